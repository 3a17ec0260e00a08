// ANEForge's roofline results: `suite: roofline`, `perf_rooflines[].summary` with sweeps (lists of
// rows that have `lat_ms`) of the device ANE.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "sim/core/error.h"
#include "sim/core/text.h"
#include "validate/import/formats.h"
#include "validate/import/json_fields.h"

namespace anesim::validate {
namespace {

using Json = CaseWriter::Json;

constexpr int deepest = 8;  ///< levels of a summary

struct Program {
  std::string id;
  Json workload;
};

/// "N x N input by an N x N constant weight", or m, k and n apart.
std::optional<Program> product(const At& row) {
  const auto side = row.find({"N", "size", "dim"});
  const auto m = row.find({"m", "M"}), k = row.find({"k", "K"}), n = row.find({"n", "N"});
  Program p;
  std::int64_t size[3];
  if (m && k && n) {
    size[0] = m->count(), size[1] = k->count(), size[2] = n->count();
  } else if (side || n) {
    size[0] = size[1] = size[2] = (side ? side : n)->count();
  } else {
    return std::nullopt;
  }
  const bool square = size[0] == size[1] && size[1] == size[2];
  p.id = square ? fmt::format("gemm_square_{}", size[0])
                : fmt::format("gemm_m{}_k{}_n{}", size[0], size[1], size[2]);
  p.workload = {{"kind", "matmul"},
                {"m", size[0]},
                {"k", size[1]},
                {"n", size[2]},
                {"batch", 1},
                {"form", "matmul"},
                {"rhs", "const"},
                {"weight_dtype", "fp16"},
                {"activation_dtype", "fp16"}};
  return p;
}

/// One same-padded convolution; 3x3 where the row does not say.
std::optional<Program> convolution(const At& row) {
  const auto in = row.find({"cin", "in_channels", "c", "C", "channels"});
  const auto out = row.find({"cout", "out_channels"});
  const auto height = row.find({"h", "H", "height", "hw", "HW"});
  const auto width = row.find({"w", "W", "width", "hw", "HW"});
  if (!in || !height || !width) return std::nullopt;
  const auto batch = row.find({"batch", "b", "B", "n", "N"});
  const auto kernel = row.find({"kernel", "k", "K", "ksize"});
  const std::int64_t c = in->count(), h = height->count(), w = width->count();
  const std::int64_t b = batch ? batch->count() : 1, k = kernel ? kernel->count() : 3;
  Program p;
  p.id = h == w ? fmt::format("conv{0}x{0}_c{1}_hw{2}_b{3}", k, c, h, b)
                : fmt::format("conv{0}x{0}_c{1}_h{2}_w{3}_b{4}", k, c, h, w, b);
  p.workload = {{"kind", "conv_chain"},
                {"layers", 1},
                {"in_channels", c},
                {"out_channels", out ? out->count() : c},
                {"kernel", Json::array({k, k})},
                {"height", h},
                {"width", w},
                {"batch", b},
                {"weight_dtype", "fp16"},
                {"activation_dtype", "fp16"},
                {"padding", "same"}};
  return p;
}

struct StreamOp {
  std::string_view word, kind, op;
};
constexpr std::array stream_ops{
    StreamOp{"relu", "activation", "relu"},         StreamOp{"gelu", "activation", "gelu"},
    StreamOp{"silu", "activation", "silu"},         StreamOp{"sigmoid", "activation", "sigmoid"},
    StreamOp{"tanh", "activation", "tanh"},         StreamOp{"softmax", "softmax", "softmax"},
    StreamOp{"layer_norm", "norm", "layer_norm"},   StreamOp{"layernorm", "norm", "layer_norm"},
    StreamOp{"reduce_sum", "reduce", "reduce_sum"}, StreamOp{"sum", "reduce", "reduce_sum"}};

/// An op over a tensor: `shape`, or rows and columns.
std::optional<Program> stream(const At& row, const std::string& sweep) {
  const auto named = row.find({"op", "kernel", "name"});
  const std::string word = named && named->json->is_string() ? named->text() : sweep;
  const auto op = std::find_if(stream_ops.begin(), stream_ops.end(),
                               [&](const StreamOp& known) { return known.word == word; });
  if (op == stream_ops.end()) return std::nullopt;
  Json shape = Json::array();
  if (const auto list = row.find({"shape"}); list && list->json->is_array()) {
    for (std::size_t i = 0; i < list->json->size(); ++i) shape.push_back(list->item(i).count());
  } else {
    const auto rows = row.find({"rows", "m", "M", "n"}),
               columns = row.find({"cols", "d", "D", "k"});
    if (!rows || !columns) return std::nullopt;
    shape = {rows->count(), columns->count()};
  }
  if (shape.empty()) return std::nullopt;
  Program p;
  p.id = fmt::format("stream_{}", op->op);
  for (std::size_t i = 0; i < shape.size(); ++i)
    p.id += fmt::format("{}{}", i == 0 ? "_" : "x", shape[i].get<std::int64_t>());
  p.workload = {{"kind", op->kind}, {"op", op->op}, {"shape", shape}, {"axis", -1}, {"count", 1}};
  return p;
}

std::optional<Program> program(const At& row, const std::string& sweep) {
  if (sweep.find("gemm") != std::string::npos || sweep.find("matmul") != std::string::npos)
    return product(row);
  if (sweep.find("conv") != std::string::npos) return convolution(row);
  return stream(row, sweep);
}

bool on_engine(const std::optional<At>& device) {
  return !device || !device->json->is_string() || device->text() == "ANE";
}

class Reader {
 public:
  Reader(CaseWriter& writer, std::string file) : writer_(writer), file_(std::move(file)) {}

  /// Looks for sweeps below `at`; `sweep` is the key they hang on, `entry` the benchmark's name.
  void visit(const At& at, const std::string& sweep, const std::string& entry, int depth) {
    if (depth > deepest) at.fail("is nested too deeply");
    if (at.json->is_object()) {
      if (!on_engine(at.find({"device"}))) return;
      if (at.json->contains("lat_ms")) return read_row(at, sweep, entry);
      for (const auto& [key, value] : at.json->items()) {
        const bool list = key == "rows" || key == "points" || key == "results";
        visit(at.member(key, value), list ? sweep : key, entry, depth + 1);
      }
    } else if (at.json->is_array()) {
      for (std::size_t i = 0; i < at.json->size(); ++i) visit(at.item(i), sweep, entry, depth + 1);
    }
  }

  std::vector<std::string> left_out;

 private:
  void read_row(const At& row, const std::string& sweep, const std::string& entry) {
    const double milliseconds = row.require("lat_ms").positive();
    const auto p = program(row, sweep);
    if (!p) {
      left_out.push_back(fmt::format("{}: no workload is known for this row of '{}'", row.place(),
                                     printable(sweep)));
      return;
    }
    const std::string where = fmt::format("{}, {} {}", file_, entry, sweep);
    Json latency{{"id", p->id + "_latency"},
                 {"workload", p->workload},
                 {"class", "call"},
                 {"metric", "latency"},
                 {"unit", "ms"},
                 {"value", milliseconds}};
    const auto power = row.find({"power"});
    auto sustained = row.find({"sustained_ms", "iter_ms"});
    if (!sustained && power) sustained = power->find({"lat_ms", "iter_ms", "ms_per_iter"});
    if (sustained) latency["sustained"] = sustained->positive();
    latency["at"] = where;
    writer_.add(row.place(), latency);
    if (!power) return;
    const auto active = power->find({"ane_active_mW"});
    if (!active) return;
    writer_.add(active->place(), {{"id", p->id + "_power"},
                                  {"workload", p->workload},
                                  {"class", "power"},
                                  {"metric", "power"},
                                  {"unit", "W"},
                                  {"value", active->positive() / 1000},
                                  {"at", where + " power.ane_active_mW"},
                                  {"note", "engine rail"}});
  }

  CaseWriter& writer_;
  std::string file_;
};

/// The first text under one of these keys, at the top or one level below.
std::string somewhere(const At& root, std::initializer_list<std::string_view> keys) {
  if (const auto own = root.find(keys); own && own->json->is_string()) return own->text();
  for (const auto& [key, value] : root.json->items()) {
    if (!value.is_object()) continue;
    if (const auto below = root.member(key, value).find(keys); below && below->json->is_string())
      return below->text();
  }
  return "";
}

}  // namespace

Imported import_aneforge(std::string_view text, const std::string& path,
                         const ImportOptions& options) {
  const Json document = parse_json(text, path);
  const At root{&document, path, ""};
  if (!document.is_object())
    throw UserError(
        fmt::format("{}: not an object (expected ANEForge's roofline JSON)", printable(path, 200)));
  const std::string suite = somewhere(root, {"suite"});
  if (suite != "roofline")
    throw UserError(fmt::format("{}: suite is '{}' (expected 'roofline')", printable(path, 200),
                                printable(suite)));
  std::string chip = options.chip;
  if (chip.empty()) chip = somewhere(root, {"chip", "soc", "cpu_brand"});
  if (chip.empty())
    throw UserError(
        fmt::format("{}: names no chip (expected --chip, e.g. --chip M4)", printable(path, 200)));
  const std::string version = somewhere(root, {"aneforge_version", "version"});
  CaseWriter writer(
      options, path, chip_name(chip),
      {.api = "private",
       .stack = "aneforge",
       .toolchain = version.empty() ? "ANEForge" : "ANEForge " + version,
       .os = somewhere(root, {"os", "macos", "os_version"}),
       .method = "End-to-end time of a Python call of a compiled program, minimum of a "
                 "few calls after warm-up, including host binding and fp16 input and "
                 "output copies; power is the idle-subtracted engine rail over a "
                 "sustained loop"});
  Reader reader(writer, path == "-" ? "standard input" : path.substr(path.rfind('/') + 1));
  const At rooflines = root.require("perf_rooflines");
  if (!rooflines.json->is_array()) rooflines.fail("is no list");
  for (std::size_t i = 0; i < rooflines.json->size(); ++i) {
    const At entry = rooflines.item(i);
    if (!on_engine(entry.find({"device"}))) continue;
    const auto named = entry.find({"name", "benchmark", "script", "id"});
    const std::string name = named && named->json->is_string() ? named->text() : "roofline";
    reader.visit(entry.require("summary"), name, name, 0);
  }
  return {writer.yaml(), writer.cases(), std::move(reader.left_out)};
}

}  // namespace anesim::validate
