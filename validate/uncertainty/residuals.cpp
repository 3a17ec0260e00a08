#include "validate/uncertainty/residuals.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>
#include <tuple>

#include "sim/core/text.h"
#include "validate/data/words.h"

namespace anesim::validate {
namespace {

using config::Node;

/// The file holds thousandths. Errors beyond a factor of e^8 are not errors of a model.
constexpr double thousandth = 1e-3;
constexpr int largest = 8000;

std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> found;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = text.find_first_not_of(' ', at);
    if (begin == std::string::npos) break;
    const std::size_t end = std::min(text.find(' ', begin), text.size());
    found.push_back(text.substr(begin, end - begin));
    at = end;
  }
  return found;
}

std::vector<double> read_errors(const Node& node) {
  std::vector<double> errors;
  for (const std::string& word : words_of(node.text())) {
    int value = 0;
    const auto [end, fault] = std::from_chars(word.data(), word.data() + word.size(), value);
    if (fault != std::errc() || end != word.data() + word.size() || std::abs(value) > largest)
      node.fail(fmt::format("'{}' is not a log error in thousandths (expected -8000 to 8000)",
                            printable(word)));
    errors.push_back(value * thousandth);
  }
  if (errors.empty()) node.fail("no log error (expected whole numbers separated by spaces)");
  std::sort(errors.begin(), errors.end());
  return errors;
}

/// "stack clock fold", the key of one list of errors.
FoldResiduals read_fold(const std::string& key, const Node& node) {
  const auto parts = words_of(key);
  const auto clock = parts.size() == 3 ? parse_word<Clock>(parts[1]) : std::nullopt;
  if (!clock)
    throw UserError(node.key_place(),
                    fmt::format("'{}' is not a stack, a clock and a fold (expected e.g. "
                                "'coreml call study/M4')",
                                printable(key)));
  FoldResiduals fold;
  fold.stack = parts[0];
  fold.clock = *clock;
  fold.fold = parts[2];
  fold.log_errors = read_errors(node);
  return fold;
}

std::vector<std::string> read_list(const Node& node) {
  std::vector<std::string> out;
  for (const Node& item : node.sequence()) out.push_back(item.text());
  return out;
}

}  // namespace

Residuals read_residuals(const Node& root) {
  root.only_keys({"schema", "generations", "split_studies", "log_errors", "covered_ops"});
  (void)one_of(root.require("schema"), {"ane-residuals/1"});
  Residuals r;
  for (const auto& [chip, node] : root.require("generations").map())
    r.generations[chip] = node.text();
  r.split_studies = read_list(root.require("split_studies"));
  for (const auto& [word, chips] : root.require("log_errors").map()) {
    const auto scored_as = parse_word<Class>(word);
    if (!scored_as)
      throw UserError(chips.key_place(), fmt::format("unknown class '{}'", printable(word)));
    for (const auto& [chip, folds] : chips.map()) {
      if (!r.generations.count(chip))
        throw UserError(folds.key_place(),
                        fmt::format("chip '{}' has no entry in generations", printable(chip)));
      for (const auto& [key, node] : folds.map()) {
        r.folds.push_back(read_fold(key, node));
        r.folds.back().scored_as = *scored_as;
        r.folds.back().chip = chip;
      }
    }
  }
  r.covered_ops = read_list(root.require("covered_ops"));
  std::sort(r.covered_ops.begin(), r.covered_ops.end());
  return r;
}

Residuals load_residuals(const std::string& path) {
  return read_residuals(config::read_yaml(path));
}

std::string residuals_text(const Residuals& r) {
  std::string out =
      "# 1000 ln(measured / predicted) of the scored cases, by class and chip; a key is stack, "
      "clock "
      "and\n"
      "# fold. Written by 'anesim calibrate --residuals'; intervals are made from it.\n"
      "schema: ane-residuals/1\ngenerations:\n";
  for (const auto& [chip, generation] : r.generations)
    out += fmt::format("  {}: {}\n", chip, generation);
  std::vector<std::string> quoted;
  for (const std::string& url : r.split_studies) quoted.push_back('"' + url + '"');
  out += fmt::format("split_studies: [{}]\nlog_errors:{}\n", fmt::join(quoted, ", "),
                     r.folds.empty() ? " {}" : "");
  const FoldResiduals* last = nullptr;
  for (const FoldResiduals& f : r.folds) {
    const bool same_class = last && last->scored_as == f.scored_as;
    if (!same_class) out += fmt::format("  {}:\n", name(f.scored_as));
    if (!same_class || last->chip != f.chip) out += fmt::format("    {}:\n", f.chip);
    out += fmt::format("      \"{} {} {}\": \"", f.stack, name(f.clock), f.fold);
    for (std::size_t i = 0; i < f.log_errors.size(); ++i)
      out += fmt::format("{}{}", i == 0 ? "" : " ", std::lround(f.log_errors[i] / thousandth));
    out += "\"\n";
    last = &f;
  }
  out += "covered_ops:";
  for (const std::string& op : r.covered_ops) out += "\n  - " + op;
  return out + (r.covered_ops.empty() ? " []\n" : "\n");
}

Residuals residuals_of(const Judgement& judgement, const std::vector<std::string>& split) {
  using Key = std::tuple<std::string, std::string, std::string, Clock, std::string>;
  std::map<Key, FoldResiduals> folds;
  for (const JudgedCase& c : judgement.cases) {
    if (!c.scored || c.prediction.value <= 0) continue;
    const CaseRequest& request = *c.request;
    const Class scored_as = request.measured->scored_as;
    const std::string fold = fold_of(request, split);
    FoldResiduals& f =
        folds[{std::string(name(scored_as)), request.chip, request.stack, request.clock, fold}];
    f.scored_as = scored_as;
    f.chip = request.chip;
    f.stack = request.stack;
    f.clock = request.clock;
    f.fold = fold;
    f.log_errors.push_back(std::clamp(std::log(c.reference.value / c.prediction.value),
                                      -largest * thousandth, largest * thousandth));
  }
  Residuals r;
  r.split_studies = split;
  for (auto& [key, fold] : folds) {
    std::sort(fold.log_errors.begin(), fold.log_errors.end());
    r.folds.push_back(std::move(fold));
  }
  return r;
}

}  // namespace anesim::validate
