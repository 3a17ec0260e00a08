// Which class an input falls in, and what no measurement covers.
#include "sim/cli/intervals.h"

#include <gtest/gtest.h>

#include "traces/workloads/workloads.h"

namespace anesim::cli {
namespace {

using validate::Class;

Class class_of_text(const std::string& workload) {
  return class_of(scenario::single_call(workloads::make_workload(workload)),
                  "workload:" + workload);
}

TEST(Intervals, ClassFollowsFromTheInput) {
  EXPECT_EQ(class_of_text("conv_chain,layers=2,in_channels=64"), Class::call);
  EXPECT_EQ(class_of_text("conv_chain,layers=2,in_channels=64,weight_dtype=int8"), Class::formats);
  EXPECT_EQ(class_of_text("elementwise,op=add,shape=1x64x8x8"), Class::movement);
  auto two = scenario::single_call(workloads::make_workload("conv_chain,in_channels=64"));
  EXPECT_EQ(class_of(two, "network:resnet50"), Class::network);
  EXPECT_EQ(class_of(two, "llm:x"), Class::language);
  two.streams[0].depth = 2;
  EXPECT_EQ(class_of(two, "x.yaml"), Class::queue);
}

TEST(Intervals, UnmeasuredClassIsThatOfCallsWidened) {
  validate::Residuals r;
  r.generations = {{"M4", "h16"}};
  r.folds = {{Class::call, "M4", "coreml", validate::Clock::call, "a", {0.2}}};
  spec::DeviceSpec d;
  d.chip = "M4";
  d.generation = "h16";
  const auto call = interval_of(r, Class::call, d, "coreml", validate::Clock::call);
  EXPECT_NEAR(call.factor, std::exp(0.2), 1e-9);
  EXPECT_EQ(call.note, "");
  const auto network = interval_of(r, Class::network, d, "coreml", validate::Clock::call);
  EXPECT_NEAR(network.factor, std::exp(0.3), 1e-9);
  EXPECT_NE(network.note.find("class network"), std::string::npos);
  EXPECT_EQ(interval_of({}, Class::call, d, "coreml", validate::Clock::call).factor, 0);
}

TEST(Intervals, OperationsOutsideTheMeasurementsAreNamed) {
  validate::Residuals r;
  r.covered_ops = {"add", "conv"};
  const auto g = workloads::make_workload("conv_chain,layers=2,in_channels=64,nonlinearity=relu");
  EXPECT_EQ(uncovered_note(r, g, {}), "no measurement covers: relu");
  EXPECT_EQ(uncovered_note(r, g, {"relu"}), "");
}

}  // namespace
}  // namespace anesim::cli
