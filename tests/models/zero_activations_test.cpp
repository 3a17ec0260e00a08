// Zeros of the data, and copies of constants, as they reach the descriptors.
#include <gmock/gmock.h>

#include "tests/models/fixture.h"

namespace anesim::models {
namespace {

using testing::ElementsAre;

compiler::Program compiled(std::string_view text, const spec::DeviceSpec& d,
                           std::optional<double> zeros = {}) {
  compiler::Options o;
  o.engines = 1;
  o.force_engine = true;
  o.zero_activations = zeros;
  return compiler::compile(workload(text), d, o);
}

std::vector<double> zeros_of(const compiler::Program& p) {
  std::vector<double> out;
  for (const auto& t : p.segments.at(0).engines.at(0)) out.push_back(t.zero_activations);
  return out;
}

std::int64_t weight_bytes(const compiler::Program& p) {
  std::int64_t bytes = 0;
  for (const auto& t : p.segments.at(0).engines.at(0)) bytes += t.weight_bytes;
  return bytes;
}

TEST(ZeroActivations, HalfBehindARectifier) {
  const std::string chain = "conv_chain,layers=3,in_channels=64,width=32,bias=false,nonlinearity=";
  EXPECT_THAT(zeros_of(compiled(chain + "relu", m6())), ElementsAre(0, 0.5, 0.5));
  EXPECT_THAT(zeros_of(compiled(chain + "none", m6())), ElementsAre(0, 0, 0));
  EXPECT_THAT(zeros_of(compiled(chain + "relu", m6(), 0.75)), ElementsAre(0.75, 0.75, 0.75));
}

TEST(ZeroActivations, ChangeEnergyAndNotTime) {
  const auto s = calls_of(
      workload("conv_chain,layers=8,in_channels=512,width=128,bias=false,nonlinearity=none"));
  ReplayOptions zeros = on_engines(1);
  zeros.compiler.zero_activations = 1;
  const Result dense = run(s, m6(), on_engines(1)), empty = run(s, m6(), zeros);
  EXPECT_EQ(empty.totals.simulated_us, dense.totals.simulated_us);
  const double mac = m6().power.joules_per_mac * (1 - m6().power.zero_activation_share);
  EXPECT_NEAR(*dense.totals.energy_mj - *empty.totals.energy_mj, 8.0 * 512 * 512 * 128 * mac * 1e3,
              1e-9);
}

TEST(SharedConstants, StreamOnceUnlessEveryUseHasACopy) {
  const std::string chain =
      "conv_chain,layers=4,in_channels=256,width=64,bias=false,weights=shared,nonlinearity=none";
  const std::int64_t one = 2 * 256 * 256;
  spec::DeviceSpec d = m6();
  EXPECT_EQ(weight_bytes(compiled(chain, d)), one);
  d.engine.one_copy = false;
  EXPECT_EQ(weight_bytes(compiled(chain, d)), 4 * one);
  // Quantised layers have scales of their own.
  EXPECT_EQ(weight_bytes(compiled(chain + ",weight_dtype=int8,activation_dtype=int8", m6())),
            4 * one / 2);
}

}  // namespace
}  // namespace anesim::models
