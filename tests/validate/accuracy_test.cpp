// The figures that the engine's timing rules must keep on the firmware-timed M6 files, and that no
// name of a file, a case or a chip enters a prediction.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "validate/data/load.h"
#include "validate/judge/judge.h"
#include "validate/judge/runner.h"
#include "validate/predict/predictor.h"

namespace anesim::validate {
namespace {

std::vector<MeasurementFile> files_of(const std::string& name) {
  return load_measurements(
      {std::string(ANESIM_SOURCE_DIR) + "/validate/measurements/" + name + ".yaml"});
}

std::vector<Prediction> predict_all(const std::vector<CaseRequest>& requests) {
  RunOptions options;
  options.progress = false;
  options.catch_interrupt = false;
  return run_cases(requests, machine_predictor({ANESIM_SOURCE_DIR, {}}), options).predictions;
}

struct Errors {
  std::size_t count = 0;
  double median = 0, p90 = 0;
};

/// Absolute errors of the predicted cases that `wanted` selects.
template <class Wanted>
Errors errors_of(const std::string& file, Wanted wanted) {
  const auto files = files_of(file);
  const auto requests = requests_for(files);
  const auto judgement = judge(requests, predict_all(requests));
  std::vector<const JudgedCase*> chosen;
  for (const auto& c : judgement.cases)
    if (c.scored && wanted(*c.request)) chosen.push_back(&c);
  const Statistics s = statistics_of(chosen);
  return {chosen.size(), s.median_abs_error.value_or(1), s.p90_abs_error.value_or(1)};
}

bool slope_on(const CaseRequest& r, std::int64_t engines) {
  return r.clock == Clock::slope && r.engines.value_or(1) == engines;
}

TEST(Accuracy, KernelSlopesOfOneEngine) {
  const Errors e =
      errors_of("m6-conv-kernel-slopes", [](const CaseRequest& r) { return slope_on(r, 1); });
  EXPECT_GE(e.count, 20u);
  EXPECT_LE(e.median, 0.03);
  EXPECT_LE(e.p90, 0.09);
}

TEST(Accuracy, KernelSlopesOfTwoEngines) {
  const Errors e =
      errors_of("m6-conv-kernel-slopes", [](const CaseRequest& r) { return slope_on(r, 2); });
  EXPECT_GE(e.count, 40u);
  EXPECT_LE(e.median, 0.07);
  EXPECT_LE(e.p90, 0.20);
}

TEST(Accuracy, FirmwareTimedChains) {
  const Errors e = errors_of("m6-conv-chain-firmware", [](const CaseRequest&) { return true; });
  EXPECT_GE(e.count, 40u);
  EXPECT_LE(e.median, 0.05);
  EXPECT_LE(e.p90, 0.15);
}

TEST(Accuracy, NamesDoNotEnterAPrediction) {
  auto files = files_of("m6-conv-chain-firmware");
  const auto before = predict_all(requests_for(files));
  files[0].name = files[0].source.id = "another-study";
  files[0].device.chip = "h18g";  // the compiler's name of the same chip
  int number = 0;
  for (auto& c : files[0].cases) {
    c.id = "case_" + std::to_string(number++);
    c.value *= 3;  // nor does the measured value
  }
  const auto after = predict_all(requests_for(files));
  ASSERT_EQ(before.size(), after.size());
  std::size_t predicted = 0;
  for (std::size_t i = 0; i < before.size(); ++i) {
    EXPECT_EQ(before[i].status, after[i].status) << i;
    EXPECT_EQ(before[i].value, after[i].value) << i;
    predicted += before[i].status == Status::ok;
  }
  EXPECT_GE(predicted, 45u);
}

}  // namespace
}  // namespace anesim::validate
