// maderix/ANE's community_results.json: a list of results (at the top, or below `results` or
// `submissions`), each of one machine: training times of the Stories110M step and the peak of
// inmem_peak.m. A range is its lower end with min and max.
#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <set>

#include "sim/core/error.h"
#include "sim/core/text.h"
#include "validate/import/formats.h"
#include "validate/import/json_fields.h"

namespace anesim::validate {
namespace {

using Json = CaseWriter::Json;

struct Amount {
  double low = 0, high = 0;
};

/// A number, [low, high], or a text such as "35-45" or "35 - 45 ms". Nothing for null and "n/a".
std::optional<Amount> amount(const At& at) {
  if (at.json->is_number()) return Amount{at.positive(), at.positive()};
  if (at.json->is_array() && at.json->size() == 2) {
    const Amount range{at.item(0).positive(), at.item(1).positive()};
    if (range.low > range.high) at.fail("the range begins above its end");
    return range;
  }
  if (!at.json->is_string()) at.fail("is neither a number nor a range");
  const std::string text = at.text();
  if (text.empty() || text == "n/a" || text == "N/A" || text == "-") return std::nullopt;
  std::vector<double> numbers;
  const char* p = text.data();
  const char* end = p + text.size();
  while (p < end) {
    double value = 0;
    const auto [stop, error] = std::from_chars(p, end, value);
    if (error == std::errc::result_out_of_range)
      at.fail(fmt::format("'{}' holds a number that is too large or too small", printable(text)));
    if (error == std::errc() && *p >= '0' && *p <= '9') {
      numbers.push_back(value);
      p = stop;
    } else {
      ++p;
    }
  }
  if (numbers.empty() || numbers.size() > 2 || !(numbers[0] > 0) || numbers.back() < numbers[0])
    at.fail(fmt::format("'{}' is neither a number nor a range like 35-45", printable(text)));
  return Amount{numbers.front(), numbers.back()};
}

constexpr std::string_view ane_words =
    "sum of ANE evaluation time in one Stories110M static training step (72 evaluations, 93.0 "
    "GFLOP as counted by the program)";

void add(CaseWriter& writer, const At& at, const char* id, const Json& workload, const char* scored,
         const char* metric, const char* unit, const std::string& where) {
  const auto range = amount(at);
  if (!range) return;
  Json fields{{"id", id},         {"workload", workload}, {"class", scored},
              {"metric", metric}, {"unit", unit},         {"value", range->low}};
  if (range->high > range->low) {
    fields["min"] = range->low;
    fields["max"] = range->high;
    fields["note"] = "source gives a range, value is its lower end";
  }
  fields["at"] = where;
  writer.add(at.place(), fields);
}

void read_entry(CaseWriter& writer, const At& entry, const std::string& where) {
  if (const auto at = entry.find({"ane_ms", "ane_time_ms", "ane_ms_per_step"}))
    add(writer, *at, "train_ane_time", {{"kind", "other"}, {"description", ane_words}}, "other",
        "latency", "ms", where);
  if (const auto at = entry.find({"ms_per_step", "step_ms", "step_time_ms"}))
    add(writer, *at, "train_step",
        {{"kind", "training_step"},
         {"model", "Stories110M static pipeline, 72 programs"},
         {"batch", 1},
         {"sequence", 256}},
        "training", "latency", "ms", where);
  if (const auto at = entry.find({"peak_tflops", "inmem_peak_tflops", "ane_peak_tflops"}))
    add(writer, *at, "conv1x1_c512_s64_L128",
        {{"kind", "conv_chain"},
         {"layers", 128},
         {"in_channels", 512},
         {"out_channels", 512},
         {"kernel", Json::array({1, 1})},
         {"height", 1},
         {"width", 64},
         {"batch", 1},
         {"weight_dtype", "fp16"},
         {"activation_dtype", "fp16"},
         {"weights", "shared"},
         {"io_dtype", "fp32"}},
        "call", "throughput", "TFLOPS", where);
}

std::string chip_of(const At& entry) {
  const auto chip = entry.find({"chip", "soc", "device"});
  if (!chip) entry.fail("names no 'chip'");
  return chip_name(chip->text());
}

}  // namespace

Imported import_maderix(std::string_view text, const std::string& path,
                        const ImportOptions& options) {
  const Json document = parse_json(text, path);
  At list{&document, path, ""};
  if (document.is_object()) {
    const auto below = list.find({"results", "submissions", "entries"});
    if (!below) throw UserError(fmt::format("{}: has no list 'results'", printable(path, 200)));
    list = *below;
  }
  if (!list.json->is_array())
    throw UserError(fmt::format("{}: is no list of results", list.place()));
  if (list.json->empty()) throw UserError(fmt::format("{}: an empty list", list.place()));
  const std::string wanted = chip_name(options.chip);
  std::vector<std::string> chips;
  std::set<std::string> seen;
  for (std::size_t i = 0; i < list.json->size(); ++i) {
    const std::string chip = chip_of(list.item(i));
    if (seen.insert(chip).second) chips.push_back(chip);
  }
  if (wanted.empty() ? chips.size() != 1 : !seen.contains(wanted))
    throw UserError(fmt::format(
        "{}: holds results of {} (expected --chip and one of them{})", printable(path, 200),
        printable(fmt::format("{}", fmt::join(chips, ", ")), 400), did_you_mean(wanted, chips)));
  CaseWriter writer(options, path, wanted.empty() ? chips.at(0) : wanted,
                    {.api = "private",
                     .stack = "private",
                     .toolchain = "maderix/ANE",
                     .method = "train_large: mean over the run, the step covers CPU and ANE work; "
                               "inmem_peak.m: mean of 50 evaluations after 10 for warm-up, wall "
                               "clock around the private call, fp32 surfaces in and out"});
  for (std::size_t i = 0; i < list.json->size(); ++i) {
    const At entry = list.item(i);
    if (!wanted.empty() && chip_of(entry) != wanted) continue;
    const std::string name = path == "-" ? "standard input" : path.substr(path.rfind('/') + 1);
    read_entry(writer, entry, fmt::format("{} entry {}", name, i + 1));
    if (const auto training = entry.find({"training", "train"}))
      read_entry(writer, *training, fmt::format("{} entry {} training", name, i + 1));
  }
  return {writer.yaml(), writer.cases(), {}};
}

}  // namespace anesim::validate
