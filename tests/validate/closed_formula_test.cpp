// The closed formula by hand, and that it stands beside the prediction.
#include "validate/baseline/closed_formula.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "tests/validate/fixture.h"
#include "traces/workloads/workloads.h"
#include "validate/data/load.h"
#include "validate/data/scenarios.h"
#include "validate/judge/report.h"

namespace anesim::validate {
namespace {

/// 16 cores of 256 MACs at 2.5 GHz, 100 GB/s of weights, 64 KiB a core, 2 MiB of L2.
spec::DeviceSpec device() {
  spec::DeviceSpec d;
  d.engine.cores = 16;
  d.engine.macs_fp16 = 256;
  d.engine.clock = Hertz(2.5e9);
  d.engine.weight_buffer = Bytes(64 << 10);
  d.engine.winograd_speedup = 1.5;
  d.engine.task_cycles = 0;
  d.kernel_dma.rate = BytesPerSecond(100e9);
  d.kernel_dma.restream_rate = BytesPerSecond(100e9);
  d.l2.size = Bytes(2 << 20);
  d.tile_dma.rate = BytesPerSecond(100e9);
  return d;
}

double microseconds(const char* workload, double engines = 1) {
  return 1e6 * formula_task(workloads::make_workload(workload), device(), engines).seconds;
}

TEST(ClosedFormula, MacsOrWeightsWhicheverIsSlower) {
  // 2^30 MACs a layer over 4096 a cycle; 2 MiB of weights in two tiles would take 41.9 us.
  EXPECT_NEAR(microseconds("conv_chain,layers=2,in_channels=1024,width=1024"), 2 * 104.858, 0.01);
  EXPECT_NEAR(microseconds("conv_chain,layers=2,in_channels=1024,width=1024", 2), 104.858, 0.01);
  // 64 positions: 6.6 us of MACs, 2 MiB of weights once.
  EXPECT_NEAR(microseconds("conv_chain,layers=1,in_channels=1024,width=64"), 20.972, 0.02);
}

TEST(ClosedFormula, SharedWeightsThatFitStreamOnce) {
  EXPECT_NEAR(microseconds("conv_chain,layers=4,in_channels=256,width=64,weights=shared"),
              1.31072 + 3 * 0.4096, 0.01);
}

TEST(ClosedFormula, WinogradOfTheGeneration) {
  // 256 channels over 32 x 32 positions: 604 M MACs, 59 us direct.
  const double fast =
      microseconds("conv_chain,layers=1,in_channels=256,height=32,width=32,kernel=3x3");
  EXPECT_NEAR(fast, 58.982 / 1.5, 0.01);
  EXPECT_NEAR(microseconds("conv_chain,layers=1,in_channels=256,height=32,width=32,kernel=3x1"),
              58.982 / 3, 0.01);
}

TEST(ClosedFormula, CopiesByTheByte) {
  spec::StackSpec s;
  s.submit = Seconds(30e-6);
  s.completion_short = Seconds(130e-6);
  s.completion_long = Seconds(320e-6);
  s.input_copy = BytesPerSecond(1e9);
  s.output_copy = BytesPerSecond(2e9);
  const auto g = workloads::make_workload("conv_chain,layers=1,in_channels=512,width=64");
  spec::DeviceSpec d = device();
  d.dual.start = Seconds(28e-6);
  const double copies = 65.536 + 32.768;
  EXPECT_NEAR(formula_host_seconds(g, d, s, 1e-5, 1), (30 + 130 + copies) * 1e-6, 1e-12);
  EXPECT_NEAR(formula_host_seconds(g, d, s, 1e-3, 1), (30 + 320 + copies) * 1e-6, 1e-12);
  // Half way between 350 and 660 us of task; a second engine starts too.
  EXPECT_NEAR(formula_host_seconds(g, d, s, 505e-6, 2), (30 + 225 + 28 + copies) * 1e-6, 1e-12);
}

TEST(ClosedFormula, PlanarElementsBesideProductsAlone) {
  spec::DeviceSpec d = device();
  d.planar.clock = Hertz(1e9);
  d.planar.elements_per_cycle = 32;
  const auto seconds = [&](const char* workload) {
    return formula_task(workloads::make_workload(workload), d, 1).seconds;
  };
  // A rectifier comes with its product.
  EXPECT_DOUBLE_EQ(seconds("conv_chain,layers=2,in_channels=512,width=512,nonlinearity=relu"),
                   seconds("conv_chain,layers=2,in_channels=512,width=512,nonlinearity=none"));
  // Two live operands of 2^20 elements through 32 a cycle; then at 10 GB/s their six MB.
  EXPECT_NEAR(seconds("elementwise,op=add,shape=1x256x64x64"), 2 * 1048576 / 32e9, 1e-9);
  d.tile_dma.rate = BytesPerSecond(10e9);
  EXPECT_NEAR(seconds("elementwise,op=add,shape=1x256x64x64"), 3 * 2097152 / 10e9, 1e-9);
}

TEST(ClosedFormula, StoredBytes) {
  const auto seconds = [&](const char* dtype) {
    return microseconds(
        (std::string("conv_chain,layers=1,in_channels=2048,width=32,weight_dtype=") + dtype)
            .c_str());
  };
  const double fp16 = 2048.0 * 2049 * 2 / 100e3;  // and biases
  EXPECT_NEAR(seconds("fp16"), fp16, 1e-3);
  EXPECT_NEAR(seconds("int8"), fp16 / 2, 0.01 * fp16);
}

TEST(ClosedFormula, EnergyByMacAndByte) {
  const auto g = workloads::make_workload("conv_chain,layers=1,in_channels=512,width=64");
  const spec::DeviceSpec d = device();
  const double weights = 512.0 * 513 * 2, ends = 2.0 * 512 * 64 * 2;
  EXPECT_NEAR(formula_task(g, d, 1).joules,
              512.0 * 512 * 64 * d.power.joules_per_mac + weights * d.power.joules_per_weight_byte +
                  ends * d.power.joules_per_activation_byte,
              1e-12);
}

TEST(ClosedFormula, AnswersEveryClass) {
  const std::string root = ANESIM_SOURCE_DIR;
  std::set<std::string> classes;
  for (const char* file : {"maderix-community-m5max", "m6-apps", "aneforge-m4", "m6-overlap"}) {
    const auto files = load_measurements({root + "/validate/measurements/" + file + ".yaml"});
    const auto requests =
        requests_for(files, load_scenarios(root + "/validate/scenarios/index.yaml"));
    const Predict formula = formula_predictor({root, {}});
    for (const CaseRequest& r : requests) {
      const Prediction p = formula(r);
      if (p.status != Status::ok) continue;
      EXPECT_TRUE(std::isfinite(p.value) && p.value > 0) << r.measured->id;
      classes.insert(std::string(name(r.measured->scored_as)));
    }
  }
  EXPECT_THAT(classes, ::testing::IsSupersetOf({"training", "other", "language", "power", "network",
                                                "call", "movement"}));
}

TEST(ClosedFormula, StandsBesideThePrediction) {
  const std::vector<MeasurementFile> files{
      test_file({{.id = "a", .value = 10},
                 {.id = "b", .workload = "{kind: conv_chain, layers: 9}", .value = 20},
                 {.id = "c", .workload = "{kind: conv_chain, layers: 7}", .value = 40}})};
  const auto requests = requests_for(files);
  const auto judgement = judge(requests, {predicted(10), predicted(20), predicted(40)}, {},
                               {predicted(15), predicted(22), Prediction::unsupported("no graph")});
  EXPECT_EQ(judgement.all.baseline_scored, 2);
  EXPECT_DOUBLE_EQ(judgement.all.baseline_median.value(), 0.3);
  EXPECT_NEAR(judgement.all.baseline_p90.value(), 0.46, 1e-12);
  const auto json = nlohmann::json::parse(validation_json(judgement, {}));
  EXPECT_EQ(json["cases"][0]["baseline"], 15);
  EXPECT_TRUE(json["cases"][2]["baseline"].is_null());
  EXPECT_EQ(json["summary"]["by_class"]["call"]["baseline"]["scored"], 2);
  const auto table = validation_table(judgement, TableStyle::plain);
  EXPECT_THAT(table, ::testing::HasSubstr("formula median"));
  EXPECT_THAT(table, ::testing::HasSubstr("30.0 %"));
  // Without the formula the columns stay empty.
  EXPECT_FALSE(judge(requests, {predicted(10), predicted(20), predicted(40)}).all.baseline_median);
}

}  // namespace
}  // namespace anesim::validate
