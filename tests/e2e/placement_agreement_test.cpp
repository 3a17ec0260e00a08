// `validate` judges what `run` prints: networks are placed by the same rules.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/e2e/program.h"

namespace anesim::e2e {
namespace {

using nlohmann::json;

double judged(const std::string& study, const std::string& id) {
  const Ended ended = anesim(
      {"validate", source("validate/measurements/" + study + ".yaml"), "-o", "json", "--quiet"});
  EXPECT_EQ(ended.code, 0) << ended.err;
  const json judgement = json::parse(ended.out);
  for (const json& c : judgement.at("cases"))
    if (c.at("id") == id) return c.at("predicted").get<double>();
  ADD_FAILURE() << study << " has no case " << id;
  return 0;
}

json printed(std::vector<std::string> words) {
  words.insert(words.begin(), "run");
  words.insert(words.end(), {"-o", "json", "--quiet"});
  const Ended ended = anesim(words);
  EXPECT_EQ(ended.code, 0) << ended.err;
  return json::parse(ended.out);
}

// A program of the private interface has no segmenter: one small layer stays on the engine.
TEST(PlacementAgreement, NetworkOfThePrivateStack) {
  const json run =
      printed({"network:gated_mlp,width=64,hidden=128,activation=silu,positions=64,layers=1", "-d",
               "m1-pro", "--stack", "private"});
  EXPECT_NEAR(judged("maderix-megakernel-m1pro", "ffn_d064_L01"),
              run.at("totals").at("simulated_us").get<double>(), 0.1);
}

}  // namespace
}  // namespace anesim::e2e
