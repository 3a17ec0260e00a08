// The accuracy table of validate/README.md is what the program prints.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <regex>

#include "sim/core/text.h"
#include "tests/e2e/program.h"
#include "validate/data/vocabulary.h"

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
        percent(s.at("repeat_spread")), unread.at("scored").get<int>(),
        percent(unread.at("median_abs_error")), percent(unread.at("p90_abs_error")),
        percent(formula.at("median_abs_error")), percent(formula.at("p90_abs_error")));
  }
  return out;
}

/// In which classes the machine has less error than the closed formula, and in which not.
std::string against_formula(const json& by_class) {
  std::vector<std::string> better, not_better;
  for (const auto& [name, s] : by_class.items()) {
    const double median = s.at("median_abs_error"),
                 formula = s.at("baseline").at("median_abs_error");
    (median < formula ? better : not_better)
        .push_back(fmt::format("{} ({:.1f} against {:.1f} %)", name, 100 * median, 100 * formula));
  }
  return fmt::format(
      "The median of the machine is below that of the formula in: {}. It is not in: {}.\n",
      fmt::join(better, ", "),
      not_better.empty() ? "none" : fmt::to_string(fmt::join(not_better, ", ")));
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

TEST(AccuracyTable, IsWhatTheProgramPrints) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "a whole validation is too slow with sanitizers";
#endif
  const Ended ended = anesim({"validate", "-o", "json", "--quiet"}, {.seconds = 115});
  ASSERT_EQ(ended.code, 0) << ended.err;
  const json document = json::parse(ended.out);
  const std::string now = table_of(document.at("summary").at("by_class"));
  std::string readme = file_text(source("validate/README.md"));
  const std::size_t begin = readme.find(begin_mark), end = readme.find(end_mark);
  ASSERT_NE(begin, std::string::npos);
  ASSERT_NE(end, std::string::npos);
  const std::size_t first = begin + begin_mark.size();
  const std::string claim = against_formula(document.at("summary").at("by_class"));
  const std::size_t claimed = readme.find(formula_mark), claim_end = readme.find(formula_end);
  ASSERT_NE(claimed, std::string::npos);
  ASSERT_NE(claim_end, std::string::npos);
  const std::size_t claim_first = claimed + formula_mark.size();
  if (std::getenv("ANESIM_WRITE_README")) {
    ASSERT_LT(end, claimed);  // the later part first, so that places stay
    readme.replace(claim_first, claim_end - claim_first, claim);
    readme.replace(first, end - first, now);
    write_whole_file(source("validate/README.md"), readme);
    return;
  }
  EXPECT_EQ(without_numbers(readme.substr(claim_first, claim_end - claim_first)),
            without_numbers(claim));
  const std::string stated = readme.substr(first, end - first);
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

  // Every file of synthetic programs with a case off by more than a factor of 3 is named with a
  // likely reason.
  const std::string reasons =
      readme.substr(readme.find("## Off by more than a factor of 3"), std::string::npos);
  for (const json& c : document.at("cases")) {
    if (!c.at("predicted").is_number() || !c.at("reason").get<std::string>().empty()) continue;
    // Whole models are still being added.
    const std::string scored_as = c.at("class").get<std::string>();
    if (scored_as == "network" || scored_as == "language" || scored_as == "training") continue;
    const double factor = c.at("predicted").get<double>() / c.at("reference").get<double>();
    if (factor > 3 || factor < 1.0 / 3) {
      EXPECT_THAT(reasons, testing::HasSubstr("`" + c.at("file").get<std::string>() + "`"))
          << c.at("id");
    }
  }
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
