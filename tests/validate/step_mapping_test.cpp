// Cases of language models and training steps as inputs of the program.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/validate/fixture.h"

namespace anesim::validate {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

CaseRequest request_of(const std::string& workload, const std::string& more = "") {
  const auto file = test_file({{.workload = workload, .scored_as = "language", .more = more}});
  return request_for(file, file.cases[0]);
}
std::string input_of(const std::string& workload, const std::string& more = "") {
  const auto request = request_of(workload, more);
  return request.step ? request.step->input : request.unsupported;
}

TEST(StepMapping, ImpossiblePassesRanWithACache) {
  const std::string rest = ", phase: prefill, context: 512, tokens_per_call: 512, precision: fp16}";
  const std::string cached = input_of("{kind: llm, model: GPT-2, variant: large 774M" + rest);
  EXPECT_THAT(cached, HasSubstr("gpt2-large,cache=true,cache_by_host=true"));
  EXPECT_THAT(cached, HasSubstr("phase=decode,context=511,positions=1,capacity=512"));
  const std::string whole = input_of("{kind: llm, model: Pythia, variant: 410M" + rest);
  EXPECT_THAT(whole, HasSubstr("pythia-410m,weights=fp16,phase=prefill,context=512,positions=512"));
}

TEST(StepMapping, PlainDecodeWithoutCachePassesOverTheWholeContext) {
  EXPECT_EQ(input_of("{kind: llm, model: 6-layer dim 768, phase: decode, context: 256, "
                     "precision: fp16}"),
            "llm:stories110m,layers=6,cache=false,weights=fp16,phase=decode,context=256,"
            "positions=256");
}

TEST(StepMapping, TheVersionSaysWhenTheCacheMoves) {
  const auto input = [](const char* version) {
    return input_of(std::string("{kind: llm, model: Llama-2-7B, variant: version ") + version +
                    ", phase: decode, context: 512, tokens_per_call: 64}");
  };
  EXPECT_THAT(input("1"), Not(HasSubstr("beside")));
  EXPECT_THAT(input("2"), HasSubstr("cache_by_host=beside"));
}

TEST(StepMapping, EngineTimeOfTheStaticPipelineIsItsForwardPass) {
  const auto request = request_of(
      "{kind: other, description: 'sum of ANE evaluation time in one Stories110M static training "
      "step with ANE classifier'}");
  ASSERT_TRUE(request.step);
  EXPECT_EQ(request.step->input,
            "training:stories110m,pipeline=static,pass=forward,classifier=engine");
  EXPECT_TRUE(request.step->engine_calls);
}

/// Cases and the user's input share the pipeline's default vocabulary; an older build had all
/// words.
TEST(StepMapping, DynamicTrainingIsTheDefaultComposition) {
  EXPECT_EQ(input_of("{kind: training_step, model: 'Stories110M, dynamic-weight pipeline'}"),
            "training:stories110m,pipeline=dynamic");
  EXPECT_EQ(input_of("{kind: training_step, model: 'Qwen3-0.6B, dynamic-weight pipeline'}"),
            "training:qwen3-0.6b,pipeline=dynamic");
  EXPECT_EQ(input_of("{kind: training_step, model: 'Stories110M dynamic pipeline, 9 shared "
                     "programs'}"),
            "training:stories110m,pipeline=dynamic,vocabulary=32000");
}

TEST(StepMapping, UnknownModelsAreNamed) {
  EXPECT_EQ(input_of("{kind: llm, model: Mystery, phase: decode}"),
            "no language model is known for 'Mystery'");
  // The model is known; how its weights reach the engine is not modelled.
  EXPECT_EQ(input_of("{kind: llm, model: 'Qwen3.5-27B (dense, hybrid)', phase: prefill, "
                     "context: 256, tokens_per_call: 256, "
                     "precision: fp16 computed from Q4_K/Q5_K/Q6_K}"),
            "'fp16 computed from Q4_K/Q5_K/Q6_K': the CPU unpacks the weights of every layer and "
            "writes them to the input surface; the programs of a language model have theirs baked "
            "in");
}

}  // namespace
}  // namespace anesim::validate
