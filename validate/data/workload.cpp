#include "validate/data/workload.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <string_view>
#include <variant>

#include "sim/core/text.h"
#include "validate/data/words.h"

namespace anesim::validate {
namespace {

using Int = std::optional<std::int64_t> Workload::*;
using Real = std::optional<double> Workload::*;
using Text = std::optional<std::string> Workload::*;
using Ints = std::optional<std::vector<std::int64_t>> Workload::*;

using Kinds = std::uint32_t;
template <class... K>
constexpr Kinds in(K... kinds) {
  return ((1u << static_cast<unsigned>(kinds)) | ...);
}

/// Words a text parameter may have; empty means free text.
using Allowed = std::vector<std::string_view>;

/// One parameter: where it is kept, in which kinds it may stand, what it may be.
struct Field {
  std::string_view key;
  std::variant<Int, Real, Text, Ints> member;
  Kinds kinds;
  double low = 1;
  double high = static_cast<double>(1ll << 53);
  Allowed allowed = {};
};

const std::vector<Field>& fields() {
  using enum Kind;
  using W = Workload;
  static const Allowed dtypes{"fp32", "fp16", "bf16", "int8", "int4", "lut8",
                              "lut6", "lut4", "lut3", "lut2", "lut1", "sparse"};
  static const Allowed activation_dtypes{"fp32", "fp16", "bf16", "int8"};
  static const Allowed clocks{"call",     "submit", "task",
                              "call p10", "slope",  "task between 18 and 32 MB tensors"};
  constexpr double most = static_cast<double>(1ll << 53);
  constexpr Kinds op_kinds = in(activation, elementwise, norm, pool, reduce, softmax, transpose);
  static const std::vector<Field> table{
      {"activation_dtype", &W::activation_dtype, in(conv_chain, matmul), 0, 0, activation_dtypes},
      {"activation_zero_fraction", &W::activation_zero_fraction, in(conv_chain), 0, 1},
      {"activation_zero_pattern", &W::activation_zero_pattern, in(conv_chain)},
      {"axis", &W::axis, in(activation, norm, pool, reduce, softmax), -16, 15},
      {"batch", &W::batch,
       in(attention_block, conv_chain, matmul, Kind::model, sdpa, training_step)},
      {"bytes", &W::bytes, in(stream)},
      {"bytes_read", &W::bytes_read, in(elementwise), 0},
      {"bytes_written", &W::bytes_written, in(elementwise), 0},
      {"call_index", &W::call_index, in(conv_chain, dispatch)},
      {"calls", &W::calls, in(dispatch)},
      {"concurrent", &W::concurrent, in(conv_chain, stream)},
      {"context", &W::context, in(llm), 0},
      {"count", &W::count, op_kinds},
      {"d_model", &W::d_model, in(attention_block)},
      {"description", &W::description, in(attention_block, mlp_pairs, other)},
      {"dilation", &W::dilation, in(conv_chain)},
      {"direction", &W::direction, in(stream), 0, 0, {"read", "write"}},
      {"engines", &W::engines,
       in(conv_chain, dispatch, elementwise, mlp_pairs, other, stream, transpose), 1, 16},
      {"first_in_channels", &W::first_in_channels, in(conv_chain)},
      {"form", &W::form, in(matmul), 0, 0, {"matmul", "conv1x1"}},
      {"gap_us", &W::gap_us, in(conv_chain), 0},
      {"graph_capacity", &W::graph_capacity, in(llm)},
      {"head_dim", &W::head_dim, in(sdpa)},
      {"heads", &W::heads, in(attention_block, sdpa)},
      {"height", &W::height, in(conv_chain)},
      {"hidden", &W::hidden, in(mlp_pairs)},
      {"idle_ms", &W::idle_ms, in(other), 0},
      {"idle_s", &W::idle_s, in(conv_chain, dispatch), 0},
      {"in_channels", &W::in_channels, in(conv_chain)},
      {"input_fill", &W::input_fill, in(conv_chain, elementwise)},
      {"inputs", &W::inputs, in(elementwise, other)},
      {"io_dtype", &W::io_dtype, in(conv_chain), 0, 0, activation_dtypes},
      {"k", &W::k, in(matmul)},
      {"kernel", &W::kernel, in(conv_chain)},
      {"kv_heads", &W::kv_heads, in(sdpa)},
      {"kv_len", &W::kv_len, in(sdpa)},
      {"layer_points", &W::layer_points, in(conv_chain, elementwise)},
      {"layers", &W::layers, in(conv_chain, llm)},
      {"m", &W::m, in(matmul)},
      {"macs", &W::macs, in(Kind::model)},
      {"model", &W::model, in(dispatch, llm, training_step)},
      {"n", &W::n, in(matmul)},
      {"name", &W::name, in(Kind::model)},
      {"ne_mhz", &W::ne_mhz, in(conv_chain)},
      {"nonlinearity", &W::nonlinearity, in(conv_chain)},
      {"op", &W::op, op_kinds},
      {"out_channels", &W::out_channels, in(conv_chain)},
      {"padding", &W::padding, in(conv_chain), 0, 0, {"same", "valid"}},
      {"pairs", &W::pairs, in(mlp_pairs)},
      {"palette_group", &W::palette_group, in(conv_chain)},
      {"params", &W::params, in(Kind::model)},
      {"pe_clock", &W::pe_clock, in(elementwise), 0, 0, {"full", "lowest"}},
      {"phase", &W::phase, in(llm), 0, 0, {"prefill", "decode"}},
      {"post_op", &W::post_op, in(conv_chain)},
      {"preceding_submit_to_end_us", &W::preceding_submit_to_end_us, in(dispatch), 0},
      {"precision", &W::precision, in(llm, Kind::model)},
      {"q_len", &W::q_len, in(sdpa)},
      {"qdq", &W::qdq, in(conv_chain)},
      {"rail", &W::rail, in(conv_chain, dispatch, elementwise, other)},
      {"rhs", &W::rhs, in(matmul), 0, 0, {"const", "input"}},
      {"sequence", &W::sequence, in(attention_block, training_step)},
      {"shape", &W::shape, op_kinds},
      {"sleep_us", &W::sleep_us, in(conv_chain), 0},
      {"slope_of", &W::slope_of, in(conv_chain, dispatch, elementwise, stream), 0, 0, clocks},
      {"sparsity_pattern", &W::sparsity_pattern, in(conv_chain)},
      {"storage", &W::storage, in(conv_chain), 0, 0, {"dense", "masked"}},
      {"submission", &W::submission, in(conv_chain)},
      {"tokens", &W::tokens, in(llm, mlp_pairs)},
      {"tokens_per_call", &W::tokens_per_call, in(llm)},
      {"variant", &W::variant, in(llm, Kind::model, sdpa)},
      {"weight_bytes", &W::weight_bytes, in(mlp_pairs)},
      {"weight_dtype", &W::weight_dtype, in(conv_chain, matmul, mlp_pairs), 0, 0, dtypes},
      {"weight_sparsity", &W::weight_sparsity, in(conv_chain, matmul), 0, 1},
      {"weights", &W::weights, in(conv_chain), 0, 0, {"shared", "unique"}},
      {"what", &W::what, in(dispatch, stream)},
      {"width", &W::width, in(conv_chain, mlp_pairs), 1, most},
  };
  return table;
}

constexpr Kinds input_kinds = in(Kind::model);
constexpr Kinds clock_kinds = in(Kind::conv_chain, Kind::dispatch, Kind::elementwise,
                                 Kind::mlp_pairs, Kind::other, Kind::stream, Kind::transpose);

/// Stating these is the same as leaving them out (README of the measurements).
constexpr std::array<std::pair<std::string_view, std::string_view>, 4> stated_defaults{
    {{"batch", "1"}, {"clock", "call"}, {"weights", "unique"}, {"nonlinearity", "none"}}};

std::vector<std::int64_t> dimensions(const config::Node& node) {
  std::vector<std::int64_t> result;
  for (const config::Node& item : node.sequence()) {
    result.push_back(item.integer(1, std::int64_t{1} << 40));
  }
  if (result.empty()) node.fail("an empty list (expected at least one number)");
  return result;
}

std::string joined(const std::vector<std::int64_t>& numbers) {
  return fmt::format("{}", fmt::join(numbers, "x"));
}

void read_field(Workload& workload, const Field& field, const config::Node& node) {
  std::visit(
      [&](auto member) {
        auto& target = workload.*member;
        using T = typename std::remove_reference_t<decltype(target)>::value_type;
        if constexpr (std::is_same_v<T, std::int64_t>) {
          target = node.integer(static_cast<std::int64_t>(field.low),
                                static_cast<std::int64_t>(field.high));
        } else if constexpr (std::is_same_v<T, double>) {
          target = node.number(field.low, field.high);
        } else if constexpr (std::is_same_v<T, std::string>) {
          target = field.allowed.empty() ? node.text() : one_of(node, field.allowed);
        } else {
          target = dimensions(node);
        }
      },
      field.member);
}

}  // namespace

Workload read_workload(const config::Node& node) {
  Workload workload;
  workload.kind = read_word<Kind>(node.require("kind"), "kind of workload");
  const Kinds bit = in(workload.kind);
  std::vector<std::string_view> keys{"kind"};
  for (const Field& field : fields()) {
    if ((field.kinds & bit) != 0) keys.push_back(field.key);
  }
  if ((input_kinds & bit) != 0) keys.emplace_back("input");
  if ((clock_kinds & bit) != 0) keys.emplace_back("clock");
  node.only_keys(keys);

  for (const Field& field : fields()) {
    if ((field.kinds & bit) == 0) continue;
    if (const config::Node* value = node.find(field.key)) read_field(workload, field, *value);
  }
  if (const config::Node* value = node.find("input")) {
    workload.input =
        value->kind() == config::Node::Kind::sequence ? joined(dimensions(*value)) : value->text();
  }
  if (const config::Node* value = node.find("clock"))
    workload.clock = read_word<Clock>(*value, "clock");
  return workload;
}

std::string Workload::canonical() const {
  std::map<std::string_view, std::string> values{{"kind", std::string(validate::name(kind))}};
  for (const Field& field : fields()) {
    if (field.key == "description" && kind != Kind::other) continue;
    // What some sources of a network add and others leave out does not make it another network.
    if (field.key == "macs" || field.key == "params") continue;
    std::visit(
        [&](auto member) {
          const auto& value = this->*member;
          using T = typename std::remove_reference_t<decltype(value)>::value_type;
          if (!value) return;
          if constexpr (std::is_same_v<T, std::vector<std::int64_t>>) {
            values[field.key] = joined(*value);
          } else {
            values[field.key] = fmt::format("{}", *value);
          }
        },
        field.member);
  }
  if (input) values["input"] = *input;
  if (clock) values["clock"] = validate::name(*clock);
  for (const auto& [key, value] : stated_defaults) {
    const auto found = values.find(key);
    if (found != values.end() && found->second == value) values.erase(found);
  }
  std::string text;
  for (const auto& [key, value] : values) text += fmt::format("{}={};", key, value);
  for (char& letter : text) {
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  }
  return text;
}

}  // namespace anesim::validate
