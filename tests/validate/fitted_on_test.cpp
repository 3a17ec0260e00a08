// Which rows no prediction is made for: those that a value in configs/ was read from.
#include "validate/judge/fitted_on.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>

#include "models/spec/resolve.h"
#include "tests/validate/fixture.h"
#include "traces/scenario/host_code.h"
#include "validate/data/load.h"

namespace anesim::validate {
namespace {

const std::string root = ANESIM_SOURCE_DIR;

/// Ids of the cases of a file that a parameter was read from.
std::vector<std::string> read_cases(const std::string& file) {
  const auto files = load_measurements({root + "/validate/measurements/" + file});
  const auto requests = requests_for(files);
  std::vector<Prediction> answers(requests.size(), predicted(1));
  mark_fitted(requests, answers, root);
  std::vector<std::string> ids;
  for (std::size_t i = 0; i < requests.size(); ++i)
    if (answers[i].fitted_on) ids.push_back(requests[i].measured->id);
  return ids;
}

TEST(FittedOn, IsSaidOfEachCase) {
  using testing::UnorderedElementsAre;
  EXPECT_THAT(read_cases("aneforge-m2pro.yaml"),
              UnorderedElementsAre("conv3x3_c256_hw32_L16_relu_power",  // power.mac, fitted
                                   "conv3x3_c64_hw32_relu_power", "gemm_m64_k256_n256_power",
                                   "weights_fp16_k4096_power",  // power.weight_byte
                                   "weights_lut4_k4096_latency"));
  // One rate from the plain row, one from the ratio of both.
  EXPECT_EQ(read_cases("anemll-bench-m1.yaml").size(), 2u);
  // Constants of the code around an engine.
  EXPECT_THAT(read_cases("maderix-community-m3ultra-256gb.yaml"),
              UnorderedElementsAre("train_dynamic_ane_bwd", "train_dynamic_scratch"));
  EXPECT_TRUE(read_cases("orion-m4max.yaml").empty());
}

TEST(FittedOn, EveryRowThatAnythingWasReadFromIsThere) {
  const auto files = load_measurements({root + "/validate/measurements"});
  const auto requests = requests_for(files);
  std::set<std::string> rows(scenario::host_code_read_from.begin(),
                             scenario::host_code_read_from.end());
  for (const auto& item : spec::list_devices(root)) {
    const auto device = spec::resolve_device(root, item.name);
    rows.insert(device.read_from.begin(), device.read_from.end());
    for (const auto& stack : spec::list_stacks(root)) {
      const auto resolved = spec::resolve_stack(root, stack.name, device);
      rows.insert(resolved.read_from.begin(), resolved.read_from.end());
    }
  }
  EXPECT_GT(rows.size(), 100u);
  for (const std::string& row : rows)
    EXPECT_TRUE(std::any_of(requests.begin(), requests.end(), [&](const CaseRequest& r) {
      return names_case(row, r.file->name, r.measured->id);
    })) << row;
}

/// A measured value whose source is one of our files names its rows, or says that there are none.
TEST(FittedOn, MeasuredValuesNameTheRowsOfTheirSource) {
  const auto files = load_measurements({root + "/validate/measurements"});
  int values = 0;
  for (const char* folder : {"/configs/devices", "/configs/stacks"}) {
    for (const auto& entry : std::filesystem::directory_iterator(root + folder)) {
      std::ifstream lines(entry.path());
      for (std::string line; std::getline(lines, line);) {
        if (line.find("evidence: measured") == std::string::npos) continue;
        const std::size_t from = line.find("source: \"");
        ASSERT_NE(from, std::string::npos) << line;
        const std::string origin = line.substr(from + 9, line.find('"', from + 9) - from - 9);
        for (const auto& file : files) {
          if (!std::regex_search(origin,
                                 std::regex("(^|[^-a-z0-9])" + file.name + "($|[^-a-z0-9])")))
            continue;
          ++values;
          EXPECT_TRUE(line.find("fitted_on: [") != std::string::npos ||
                      line.find("no rows of validate/measurements") != std::string::npos)
              << entry.path() << ": " << line;
        }
      }
    }
  }
  EXPECT_GT(values, 40);
}

}  // namespace
}  // namespace anesim::validate
