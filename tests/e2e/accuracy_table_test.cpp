// The tables of validate/README.md and the residuals are what the program prints.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <sstream>
#include <tuple>

#include "sim/core/text.h"
#include "tests/e2e/program.h"
#include "tests/sim/json_schema.h"
#include "validate/calibrate/unit.h"
#include "validate/data/vocabulary.h"
#include "validate/judge/fitted_on.h"
#include "validate/uncertainty/residuals.h"

namespace anesim::e2e {
namespace {

using nlohmann::json;

constexpr std::string_view begin_mark = "<!-- begin: anesim validate -->\n";
constexpr std::string_view end_mark = "<!-- end: anesim validate -->\n";

std::string percent(const json& fraction) {
  if (!fraction.is_number()) return "-";
  const double value = 100 * fraction.get<double>();
  return value < 9.95 ? fmt::format("{:.1f} %", value) : fmt::format("{:.0f} %", value);
}

/// A row a class, in the order of their names.
std::string table_of(const json& by_class) {
  std::string out =
      "| class | cases | predicted | scored | median | 90th percentile | bias | repeats explain | "
      "not read from | median | 90th percentile | formula median | formula 90th |\n"
      "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n";
  for (const auto& [name, s] : by_class.items()) {
    const json& bias = s.at("bias");
    const json& unread = s.at("not_fitted_on");
    const json& formula = s.at("baseline");
    out += fmt::format(
        "| {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} |\n", name,
        s.at("cases").get<int>(), s.at("predicted").get<int>(), s.at("scored").get<int>(),
        percent(s.at("median_abs_error")), percent(s.at("p90_abs_error")),
        bias.is_number() ? fmt::format("{:+.1f} %", 100 * bias.get<double>()) : "-",
        percent(s.at("repeats_explain")), unread.at("scored").get<int>(),
        percent(unread.at("median_abs_error")), percent(unread.at("p90_abs_error")),
        percent(formula.at("median_abs_error")), percent(formula.at("p90_abs_error")));
  }
  return out;
}

/// In which classes the machine has less error than the closed formula, and in which not.
std::string against_formula(const json& by_class, const char* figure, std::string_view what) {
  std::vector<std::string> better, not_better;
  for (const auto& [name, s] : by_class.items()) {
    const double ours = s.at(figure), formula = s.at("baseline").at(figure);
    (ours < formula ? better : not_better)
        .push_back(fmt::format("{} ({:.1f} against {:.1f} %)", name, 100 * ours, 100 * formula));
  }
  return fmt::format(
      "The {} of the machine is below that of the formula in: {}. It is not in: {}.\n", what,
      fmt::join(better, ", "),
      not_better.empty() ? "none" : fmt::to_string(fmt::join(not_better, ", ")));
}
std::string against_formula(const json& by_class) {
  return against_formula(by_class, "median_abs_error", "median") +
         against_formula(by_class, "p90_abs_error", "90th percentile");
}

/// Names of the classes of such a sentence, without their numbers.
std::string without_numbers(const std::string& sentence) {
  return std::regex_replace(sentence, std::regex(" \\([^)]*\\)"), "");
}

constexpr std::string_view formula_mark = "<!-- begin: against the formula -->\n";
constexpr std::string_view formula_end = "<!-- end: against the formula -->\n";

std::vector<std::string> cells_of(const std::string& line) {
  std::vector<std::string> cells;
  std::size_t from = 1;
  for (std::size_t to; (to = line.find('|', from)) != std::string::npos; from = to + 1) {
    std::string cell = line.substr(from, to - from);
    cell.erase(0, cell.find_first_not_of(' '));
    cell.erase(cell.find_last_not_of(' ') + 1);
    cells.push_back(cell);
  }
  return cells;
}

/// The table must not claim less error than there is, beyond a quarter or a point. Where the
/// program got better, the table may wait.
void expect_true(const std::string& stated, const std::string& now, const std::string& what) {
  if (stated == "-") return;
  ASSERT_NE(now, "-") << what;
  const double a = std::abs(std::atof(stated.c_str())), b = std::abs(std::atof(now.c_str()));
  EXPECT_GE(a, b - std::max(1.0, 0.25 * b)) << what;
}

double tflops(double n, double us) { return 2 * n * n * n / us * 1e-6; }

/// Time of a square product on the engine alone, with this use of 32 MiB of SRAM.
json explained(const std::string& n, const std::string& allocate) {
  const Ended ended = anesim({"explain", fmt::format("workload:matmul,m={0},k={0},n={0}", n), "-d",
                              "m4", "--stack", "aneforge", "--set", "memory.sram.size=32 MiB",
                              "--set", "memory.sram.allocate=" + allocate, "-o", "json"});
  EXPECT_EQ(ended.code, 0) << ended.err;
  return json::parse(ended.out).at("programs").at(0).at("ops").at(0);
}

TEST(SramTable, IsWhatTheProgramPrints) {
  std::istringstream lines(file_text(source("README.md")));
  int rows = 0;
  for (std::string line; std::getline(lines, line);) {
    if (line.find(" times | ") == std::string::npos || !line.starts_with("| ")) continue;
    ++rows;
    const auto cells = cells_of(line);
    ASSERT_EQ(cells.size(), 9u) << line;
    SCOPED_TRACE(line);
    const double n = std::stod(cells[0]);
    const json none = explained(cells[0], "none");
    EXPECT_EQ(none.at("weight_streams"), std::stoi(cells[1]));
    EXPECT_NEAR(std::stod(cells[2]), none.at("weight_bytes_moved").get<double>() * 1e-9,
                0.02 * std::stod(cells[2]));
    const char* policies[] = {"none", "activations", "weights"};
    for (std::size_t i = 0; i < 3; ++i)
      EXPECT_NEAR(std::stod(cells[3 + i]),
                  tflops(n, explained(cells[0], policies[i]).at("us").get<double>()), 0.051)
          << policies[i];
    const Ended ended = anesim({"run", fmt::format("workload:matmul,m={0},k={0},n={0}", cells[0]),
                                "-d", "m4", "--stack", "aneforge", "-o", "json", "--quiet"});
    ASSERT_EQ(ended.code, 0) << ended.err;
    EXPECT_NEAR(std::stod(cells[6]),
                tflops(n, json::parse(ended.out).at("totals").at("simulated_us").get<double>()),
                0.051);
  }
  EXPECT_EQ(rows, 4);
}

/// All of ours, run once for the tests of this file.
const json& whole_validation() {
  static const json document = [] {
    const Ended ended = anesim({"validate", "-o", "json", "--quiet"}, {.seconds = 115});
    EXPECT_EQ(ended.code, 0) << ended.err;
    return json::parse(ended.out);
  }();
  return document;
}

/// What stands between two marks, and where it begins.
struct Stated {
  std::size_t begin = 0;
  std::string text;
};

Stated stated_between(const std::string& readme, std::string_view from, std::string_view to) {
  const std::size_t begin = readme.find(from), end = readme.find(to);
  if (begin == std::string::npos || end == std::string::npos || end < begin) {
    ADD_FAILURE() << "no " << from;
    return {};
  }
  const std::size_t first = begin + from.size();
  return {first, readme.substr(first, end - first)};
}

TEST(AccuracyTable, IsWhatTheProgramPrints) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "a whole validation is too slow with sanitizers";
#endif
  const json& document = whole_validation();
  const std::string now = table_of(document.at("summary").at("by_class"));
  std::string readme = file_text(source("validate/README.md"));
  const auto [first, stated] = stated_between(readme, begin_mark, end_mark);
  const std::string claim = against_formula(document.at("summary").at("by_class"));
  const auto [claim_first, claimed] = stated_between(readme, formula_mark, formula_end);
  if (std::getenv("ANESIM_WRITE_README")) {
    ASSERT_LT(first, claim_first);  // the later part first, so that places stay
    readme.replace(claim_first, claimed.size(), claim);
    readme.replace(first, stated.size(), now);
    write_whole_file(source("validate/README.md"), readme);
    return;
  }
  EXPECT_EQ(without_numbers(claimed), without_numbers(claim));
  SCOPED_TRACE("ANESIM_WRITE_README=1 writes the table anew");
  std::istringstream stated_lines(stated), now_lines(now);
  std::string a, b;
  while (std::getline(now_lines, b)) {
    ASSERT_TRUE(std::getline(stated_lines, a)) << "the table ends before: " << b;
    const auto have = cells_of(a), want = cells_of(b);
    ASSERT_EQ(have.size(), want.size()) << a;
    EXPECT_EQ(have[0], want[0]);
    if (have[0] == "class" || have[0].starts_with("-")) continue;
    EXPECT_LE(std::stoi(have[2]), std::stoi(want[2])) << "predicted cases of " << have[0];
    for (const std::size_t i : {4, 5, 6, 9, 10})
      expect_true(have[i], want[i], have[0] + ", column " + std::to_string(i));
  }
  EXPECT_FALSE(std::getline(stated_lines, a)) << "a row too many: " << a;
}

/// A pattern "FILE/ID" of the list and the cases off by more than a factor of 3 that it names.
std::map<std::string, int> listed_patterns(const std::string& readme) {
  const std::size_t begin = readme.find("## Off by more than a factor of 3");
  EXPECT_NE(begin, std::string::npos);
  std::istringstream lines(readme.substr(begin, readme.find("\n## ", begin + 1) - begin));
  std::map<std::string, int> patterns;
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("| `")) continue;
    const auto cells = cells_of(line);
    EXPECT_EQ(cells.size(), 2u) << line;
    EXPECT_GT(cells.back().size(), 8u) << "no reason: " << line;
    const std::string& cases = cells.front();
    for (std::size_t at = 0; (at = cases.find('`', at)) != std::string::npos;) {
      const std::size_t end = cases.find('`', at + 1);
      EXPECT_TRUE(patterns.try_emplace(cases.substr(at + 1, end - at - 1), 0).second) << line;
      at = end + 1;
    }
  }
  return patterns;
}

TEST(AccuracyTable, EveryCaseOffByAFactorOfThreeHasAReason) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "a whole validation is too slow with sanitizers";
#endif
  auto patterns = listed_patterns(file_text(source("validate/README.md")));
  EXPECT_FALSE(patterns.empty());
  for (const json& c : whole_validation().at("cases")) {
    if (!c.at("predicted").is_number() || c.at("reference") == 0) continue;
    const double factor = c.at("predicted").get<double>() / c.at("reference").get<double>();
    if (factor <= 3 && factor >= 1.0 / 3) continue;
    const auto file = c.at("file").get<std::string>(), id = c.at("id").get<std::string>();
    bool named = false;
    for (auto& [pattern, count] : patterns) {
      if (!validate::names_case(pattern, file, id)) continue;
      named = true;
      ++count;
    }
    EXPECT_TRUE(named) << file << "/" << id << " is off by a factor of " << factor
                       << " and has no row";
  }
  for (const auto& [pattern, count] : patterns)
    EXPECT_GT(count, 0) << pattern << ": no case is off by a factor of 3 any more";
}

/// Rows of slices whose intervals hold less than they say, of at least `least_cases` cases.
std::map<std::string, std::string> narrow_slices(const json& cases) {
  constexpr int least_cases = 10;
  struct Share {
    int cases = 0, inside = 0;
  };
  std::map<std::string, Share> slices;
  for (const json& c : cases) {
    const json& interval = c.at("interval");
    if (!interval.is_array() || !c.at("reason").get<std::string>().empty()) continue;
    const double measured = c.at("reference").get<double>();
    const bool inside =
        interval[0].get<double>() <= measured && measured <= interval[1].get<double>();
    const auto scored_as = c.at("class").get<std::string>(), chip = c.at("chip").get<std::string>();
    for (const std::string& key :
         {chip + ", all classes", scored_as + ", " + chip,
          scored_as + ", " + (chip == "M6" ? "M6 alone" : "chips other than M6")}) {
      slices[key].cases += 1;
      slices[key].inside += inside;
    }
  }
  std::map<std::string, std::string> rows;
  for (const auto& [key, s] : slices)
    if (s.cases >= least_cases && s.inside < 0.85 * s.cases)
      rows[key] = fmt::format("| {} | {} | {:.0f} % |\n", key, s.cases, 100.0 * s.inside / s.cases);
  return rows;
}

TEST(AccuracyTable, SlicesOfNarrowIntervalsAreTold) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "a whole validation is too slow with sanitizers";
#endif
  const auto now = narrow_slices(whole_validation().at("cases"));
  std::string readme = file_text(source("validate/README.md"));
  const Stated stated = stated_between(readme, "<!-- begin: narrow intervals -->\n",
                                       "<!-- end: narrow intervals -->\n");
  if (std::getenv("ANESIM_WRITE_README")) {
    std::string table = "| slice | scored | in 90 % interval |\n|---|---:|---:|\n";
    for (const auto& [key, row] : now) table += row;
    readme.replace(stated.begin, stated.text.size(), table);
    return write_whole_file(source("validate/README.md"), readme);
  }
  std::map<std::string, double> told;
  std::istringstream lines(stated.text);
  for (std::string line; std::getline(lines, line);)
    if (const auto cells = cells_of(line); cells.size() == 3)
      told[cells[0]] = std::atof(cells[2].c_str());
  SCOPED_TRACE("ANESIM_WRITE_README=1 writes the table anew");
  for (const auto& [key, row] : now) {
    ASSERT_TRUE(told.count(key)) << "not told: " << row;
    EXPECT_LE(told[key], std::atof(cells_of(row)[2].c_str()) + 5) << row;
  }
}

TEST(AccuracyTable, EveryFitStandsInTheTableOfCrossValidation) {
  const Stated stated =
      stated_between(file_text(source("validate/README.md")), "<!-- begin: anesim calibrate -->\n",
                     "<!-- end: anesim calibrate -->\n");
  std::set<std::string> fits;
  std::istringstream lines(stated.text);
  for (std::string line; std::getline(lines, line);) {
    const auto cells = cells_of(line);
    ASSERT_EQ(cells.size(), 10u) << line;
    if (cells[0] == "fit" || cells[0].starts_with('-') || cells[0] == "all fits") continue;
    fits.insert(cells[0]);
    // A median without folds to hold it against is said to be one.
    if (cells[5] == "0") {
      EXPECT_FALSE(cells[9].empty()) << line;
    }
  }
  std::set<std::string> units;
  for (const auto& unit : validate::calibration_units(source(""), {})) units.insert(unit.name);
  EXPECT_EQ(fits, units);
}

/// Intervals are made from this file: after a change of the machine it must be made anew.
TEST(AccuracyTable, ResidualsAreWhatTheProgramWrites) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "a whole validation is too slow with sanitizers";
#endif
  const Folder folder;
  const std::string made = folder.path("residuals.yaml");
  const Ended ended =
      anesim({"calibrate", "--residuals", made, "--quiet", "-o", "json"}, {.seconds = 115});
  ASSERT_EQ(ended.code, 0) << ended.err;
  const json schema =
      json::parse(read_whole_file(source("configs/schemas/anesim-calibration-1.schema.json")));
  EXPECT_THAT(schema_violations(schema, json::parse(ended.out)), testing::IsEmpty());
  SCOPED_TRACE("./anesim calibrate --residuals validate/residuals.yaml writes the file anew");
  const auto now = validate::load_residuals(made);
  const auto shipped = validate::load_residuals(source("validate/residuals.yaml"));
  EXPECT_EQ(shipped.generations, now.generations);
  EXPECT_EQ(shipped.split_studies, now.split_studies);
  EXPECT_EQ(shipped.covered_ops, now.covered_ops);
  ASSERT_EQ(shipped.folds.size(), now.folds.size());
  std::map<validate::Class, std::size_t> cases;
  for (std::size_t i = 0; i < now.folds.size(); ++i) {
    const auto &a = shipped.folds[i], &b = now.folds[i];
    SCOPED_TRACE(std::string(name(b.scored_as)) + ", " + b.chip + ", " + b.fold);
    EXPECT_EQ(std::tie(a.scored_as, a.chip, a.stack, a.clock, a.fold),
              std::tie(b.scored_as, b.chip, b.stack, b.clock, b.fold));
    ASSERT_EQ(a.log_errors.size(), b.log_errors.size());
    cases[b.scored_as] += b.log_errors.size();
    for (std::size_t k = 0; k < b.log_errors.size(); ++k)  // thousandths; one is rounding
      EXPECT_NEAR(a.log_errors[k], b.log_errors[k], 0.0015);
  }
  // Residuals are of exactly the cases that validate scores, those in words too.
  for (const auto& [key, s] : whole_validation().at("summary").at("by_class").items())
    EXPECT_EQ(cases[*validate::parse_word<validate::Class>(key)], s.at("scored")) << key;
}

TEST(TwoValidations, AtOnceAndReadOnly) {
  // What a run may read, in a folder that it must not change.
  const Folder data, work;
  for (const char* name : {"configs", "validate/scenarios", "validate/accuracy.yaml",
                           "validate/grades.yaml", "validate/measurements/m6-overlap.yaml"}) {
    const std::filesystem::path to = data.path(name);
    std::filesystem::create_directories(to.parent_path());
    std::filesystem::copy(source(name), to, std::filesystem::copy_options::recursive);
  }
  const auto list = "find " + data.path() + " -printf '%p %s %T@\\n' | sort";
  const std::string before = shell("chmod -R a-w " + data.path() + "; " + list).out;
  const Ended both = shell("export ANESIM_DATA=" + data.path() +
                               "\nanesim validate -o csv >a.csv & first=$!\n"
                               "anesim validate -o csv >b.csv && wait $first && cmp a.csv b.csv",
                           {.folder = work.path()});
  EXPECT_EQ(both.code, 0) << both.err;
  EXPECT_EQ(both.err, "");
  EXPECT_THAT(file_text(work.path("a.csv")), testing::HasSubstr("ovl_A128_call"));
  EXPECT_EQ(shell(list).out, before);
  (void)shell("chmod -R u+w " + data.path());
}

}  // namespace
}  // namespace anesim::e2e
