// Training programs against the sizes of m4-family.md 8, and the step they are put together to.
#include "traces/training/training.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/core/error.h"
#include "tests/traces/language_fixture.h"
#include "traces/graph/work.h"

namespace anesim::training {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using language::folder;

language::Shape shape(const char* name) { return language::find_model(folder(), name).shape; }

double megabytes(const graph::Graph& g, graph::TensorId id) {
  return static_cast<double>(graph::element_count(g.at(id).shape)) * 2e-6;
}

void expect_surfaces(const LayerPrograms& programs,
                     const std::vector<std::pair<double, double>>& expected) {
  ASSERT_EQ(programs.programs.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const auto& g = programs.programs[i].graph;
    EXPECT_NEAR(megabytes(g, g.inputs[0]), expected[i].first, 0.006) << programs.programs[i].name;
    double out = 0;
    for (const auto id : g.outputs) out += megabytes(g, id);
    EXPECT_NEAR(out, expected[i].second, 0.006) << programs.programs[i].name;
  }
}

TEST(TrainingPrograms, DynamicSurfacesOfStories110M) {
  expect_surfaces(dynamic_programs(shape("stories110m"), 256), {{3.93, 1.97},
                                                                {1.57, 0.39},
                                                                {10.22, 3.54},
                                                                {3.54, 1.05},
                                                                {8.39, 0.39},
                                                                {1.57, 0.39},
                                                                {1.57, 3.54},
                                                                {3.93, 0.79},
                                                                {1.57, 0.39},
                                                                {3.15, 0.39}});
}

TEST(TrainingPrograms, DynamicSurfacesOfQwen3) {
  expect_surfaces(dynamic_programs(shape("qwen3-0.6b"), 256), {{8.91, 3.67},
                                                               {5.24, 0.52},
                                                               {19.92, 5.24},
                                                               {6.82, 1.57},
                                                               {15.73, 0.52},
                                                               {4.72, 1.05},
                                                               {4.19, 5.24},
                                                               {6.29, 2.10},
                                                               {5.24, 0.52},
                                                               {5.24, 0.52}});
}

TEST(TrainingPrograms, StaticChannelsAndWork) {
  const auto s = shape("stories110m");
  const auto programs = static_programs(s, 256);
  const std::vector<std::pair<std::int64_t, std::int64_t>> channels{
      {768, 4608}, {768, 7680}, {4864, 4864}, {3072, 6912}, {7680, 1536}, {2304, 768}};
  ASSERT_EQ(programs.programs.size(), channels.size());
  std::int64_t weights = 0, macs = 0;
  for (std::size_t i = 0; i < channels.size(); ++i) {
    const auto& p = programs.programs[i];
    EXPECT_EQ(p.graph.at(p.graph.inputs[0]).shape[1], channels[i].first) << p.name;
    std::int64_t out = 0;
    for (const auto id : p.graph.outputs) out += p.graph.at(id).shape[1];
    EXPECT_EQ(out, channels[i].second) << p.name;
    weights += p.weights;
    macs += graph::work_of(p.graph).macs;
  }
  // Forward and activation gradients use every weight once: 43,487 MFLOP each over 12 layers.
  EXPECT_NEAR(static_cast<double>(2 * weights * 256 * s.layers) * 1e-6, 2 * 43487, 1);
  // Attention forward 2 and backward 1 + 2 + 2 products of heads x S x S x size.
  const std::int64_t product = 12 * 256 * 256 * 64;
  EXPECT_EQ(macs, weights * 256 + 7 * product);
}

// Qwen3-0.6B: D 1024, H 3072, 16 heads of 128 (Q 2048) on 8 key heads (KV 1024).
TEST(TrainingPrograms, StaticFormOfGroupedKeyHeads) {
  const auto s = shape("qwen3-0.6b");
  const auto programs = static_programs(s, 256);
  const std::int64_t d = 1024, h = 3072, q = 2048, kv = 1024, square = 16 * 256;
  const std::vector<std::pair<std::int64_t, std::int64_t>> channels{
      {d, 2 * d + 2 * q + 2 * kv}, {d, 2 * d + 3 * h},          {d + 2 * h, d + 2 * h},
      {3 * q + d, q + 2 * square}, {2 * square + 2 * q, 2 * q}, {q + 2 * kv, d}};
  ASSERT_EQ(programs.programs.size(), channels.size());
  std::int64_t weights = 0, macs = 0;
  for (std::size_t i = 0; i < channels.size(); ++i) {
    const auto& p = programs.programs[i];
    EXPECT_EQ(p.graph.at(p.graph.inputs[0]).shape[1], channels[i].first) << p.name;
    EXPECT_EQ(p.filled, 256 * channels[i].first) << p.name;
    std::int64_t out = 0;
    for (const auto id : p.graph.outputs) out += p.graph.at(id).shape[1];
    EXPECT_EQ(out, channels[i].second) << p.name;
    EXPECT_EQ(p.taken, 256 * channels[i].second) << p.name;
    weights += p.weights;
    macs += graph::work_of(p.graph).macs;
  }
  // Projections and FFN of a layer, baked once for each direction.
  EXPECT_EQ(weights, 2 * (d * (q + 2 * kv) + q * d + 3 * d * h));
  EXPECT_EQ(weights, 2 * language::layer_weights(s, 0));
  // Seven products of heads x S x S x size: the tiled keys save none.
  EXPECT_EQ(macs, weights * 256 + 7 * 16 * 256 * 256 * std::int64_t{128});
}

TEST(TrainingStep, CallsOfAStep) {
  const auto calls = [](const char* text) {
    int n = 0;
    for (const auto& s : compose(parse_request(folder(), text)).streams) n += s.host ? 0 : 1;
    return n;
  };
  EXPECT_EQ(calls("stories110m,pipeline=dynamic"), 120);  // m4-family 8a
  EXPECT_EQ(calls("qwen3-0.6b"), 280);
  EXPECT_EQ(calls("stories110m,pipeline=static"), 72);  // 8b
  EXPECT_EQ(calls("stories110m,pipeline=static,batch=4"), 4 * 72);
  EXPECT_EQ(calls("qwen3-0.6b,pipeline=static"), 6 * 28);
}

TEST(TrainingStep, CodeBetweenTheProgramsIsALoopOfOneThread) {
  const auto s = compose(parse_request(folder(), "stories110m"));
  double surfaces = 0, softmax_us = 0;
  for (const auto& stream : s.streams) {
    if (!stream.host) continue;
    if (stream.part == "surfaces") {
      EXPECT_EQ(stream.host->rate, 30e9);
      surfaces += static_cast<double>(stream.host->bytes);
    }
    if (stream.part == "classifier") {
      EXPECT_EQ(stream.host->rate, 0);
    }
    if (stream.part == "cross entropy") softmax_us += stream.host->fixed_us;
  }
  // m4-family 8a, channels in and out of a layer: forward 3072 + 8448, backward 18,688 + 7,424;
  // 256 positions, fp32 on one side and fp16 on the other, 12 layers.
  EXPECT_DOUBLE_EQ(surfaces, (3072. + 8448 + 18688 + 7424) * 256 * 6 * 12);
  EXPECT_DOUBLE_EQ(softmax_us, 9205 * 256 * 0.0011);
}

TEST(TrainingStep, SixtyProgramsAreRecompiled) {
  const auto s = compose(
      parse_request(folder(), "stories110m,pipeline=static,update=recompile,accumulate=10"));
  std::int64_t programs = 0;
  for (const auto& stream : s.streams)
    if (stream.host) programs += stream.count * stream.host->compiled;
  EXPECT_EQ(programs, 60);  // 5 of 6 hold weights, 12 layers
  ASSERT_TRUE(s.step);
  EXPECT_EQ(s.step->units, 10);
  EXPECT_EQ(s.step->repeats, (std::vector<std::int64_t>{10, 1}));
}

// m4-family 8: compacted to the words of the data; baked programs and a classifier on the engine
// hold all.
TEST(TrainingStep, TheDynamicPipelineCompactsItsVocabulary) {
  const auto rows = [](const char* text) { return parse_request(folder(), text).vocabulary; };
  EXPECT_EQ(rows("stories110m"), 9205);
  EXPECT_EQ(rows("qwen3-0.6b,pipeline=dynamic"), 9205);
  EXPECT_EQ(rows("stories110m,vocabulary=32000"), 32000);
  EXPECT_EQ(rows("stories110m,classifier=engine"), 32000);
  EXPECT_EQ(rows("stories110m,pipeline=static"), 32000);
  const auto notes = [](const char* text) { return compose(parse_request(folder(), text)).notes; };
  EXPECT_THAT(notes("stories110m"),
              ElementsAre("the classifier works over the 9205 words of the data, as the public "
                          "dynamic pipeline does (vocabulary=32000 for all)"));
  EXPECT_THAT(notes("stories110m,vocabulary=9205"), IsEmpty());
  EXPECT_THAT(notes("stories110m,pass=backward"), IsEmpty());
  EXPECT_THAT(notes("stories110m,pipeline=static"), IsEmpty());
}

TEST(TrainingStep, WhatAnUpdateWouldAddIsThere) {
  const auto left_out = [](const char* text) {
    return compose(parse_request(folder(), text)).left_out;
  };
  const auto fixed = left_out("stories110m,pipeline=static");
  ASSERT_EQ(fixed.size(), 2u);
  EXPECT_EQ(fixed[0].what, "optimiser and recompilation of 60 programs");
  EXPECT_EQ(fixed[0].parameter, "update=recompile");
  EXPECT_EQ(fixed[1].what, "optimiser and reload of 60 programs");
  EXPECT_EQ(fixed[1].parameter, "update=reload");
  std::int64_t compiled = 0, reloaded = 0;
  for (const auto& s : fixed[0].streams) compiled += s.count * s.host->compiled;
  for (const auto& s : fixed[1].streams) reloaded += s.count * s.host->reloaded;
  EXPECT_EQ(compiled, 60);
  EXPECT_EQ(reloaded, 60);
  const auto dynamic = left_out("stories110m");
  ASSERT_EQ(dynamic.size(), 1u);
  EXPECT_EQ(dynamic[0].what, "optimiser and rewriting of the surfaces");
  EXPECT_EQ(dynamic[0].parameter, "update=rewrite");
  EXPECT_THAT(left_out("stories110m,update=rewrite"), IsEmpty());
  EXPECT_THAT(left_out("stories110m,pipeline=static,update=reload"), IsEmpty());
}

TEST(TrainingStep, RefusesWhatDoesNotFit) {
  const auto error = [](const char* text) {
    try {
      (void)parse_request(folder(), text);
    } catch (const UserError& e) {
      return std::string(e.what());
    }
    return std::string("no error");
  };
  EXPECT_THAT(error("stories110"), HasSubstr("did you mean 'stories110m'?"));
  EXPECT_THAT(error("stories110m,pipline=static"),
              HasSubstr("training of stories110m: unknown parameter 'pipline' (did you mean "
                        "'pipeline'?)"));
  EXPECT_THAT(error("stories110m,update=recompile"), HasSubstr("needs pipeline=static"));
  EXPECT_THAT(error("gpt2-small"), HasSubstr("Llama-like layers"));
}

}  // namespace
}  // namespace anesim::training
