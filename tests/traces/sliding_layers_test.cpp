// Language models with sliding layers, shared keys and values and inputs of each layer, by the
// numbers of Gemma 4 E4B (language-models.md 4).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "sim/core/error.h"
#include "tests/traces/language_fixture.h"
#include "traces/graph/work.h"
#include "traces/language/language.h"
#include "traces/language/layers.h"
#include "traces/training/training.h"

namespace anesim::language {
namespace {

using ::testing::HasSubstr;

/// Three layers, the second over all positions, the third reads the first one's keys and values.
Model tiny(const std::string& more = "") {
  return read_model(config::parse_yaml(
      "{schema: ane-llm/1, name: tiny, shape: {layers: 3, width: 64, heads: 4, ffn: 128, "
      "vocabulary: 1000, sliding_attention: {full_every: 2, window: 32, head_size: 8}, "
      "shared_kv_from: 2, per_layer_input: 4" +
          more + "}}",
      "t.yaml"));
}

Model with(const std::string& shape) {
  return read_model(
      config::parse_yaml("{schema: ane-llm/1, name: tiny, shape: {layers: 3, width: 64, heads: 4, "
                         "ffn: 128, vocabulary: 1000, " +
                             shape + "}}",
                         "t.yaml"));
}

Model gemma() { return find_model(folder(), "gemma4-e4b"); }

const graph::Tensor* tensor(const graph::Graph& g, const std::string& name) {
  const auto it = std::find_if(g.tensors.begin(), g.tensors.end(),
                               [&](const auto& t) { return t.name == name; });
  return it == g.tensors.end() ? nullptr : &*it;
}

graph::Shape input_shape(const graph::Graph& g, const std::string& name) {
  for (const auto id : g.inputs)
    if (g.at(id).name == name) return g.at(id).shape;
  return {};
}

std::int64_t state_elements(const graph::Graph& g) {
  std::int64_t sum = 0;
  for (const auto id : g.inputs)
    if (g.at(id).state) sum += graph::element_count(g.at(id).shape);
  return sum;
}

/// Projections (matrices of more than one row) in a program.
std::int64_t matrix_elements(const graph::Graph& g) {
  std::int64_t sum = 0;
  for (const auto& t : g.tensors)
    if (t.constant && !t.literal && t.shape.size() == 4 && t.shape[0] > 1)
      sum += graph::element_count(t.shape);
  return sum;
}

TEST(LanguageSliding, WeightsOfGemmaAreThoseOfTheSource) {
  const Shape s = gemma().shape;
  // Sliding: q and o 2560 x 2048, k and v 2560 x 512. Over all: twice of each.
  const std::int64_t sliding = 13'107'200, over_all = 26'214'400;
  // FFN 3 x 2560 x 10240, gate and way back of the layer's input 2 x 2560 x 256.
  const std::int64_t ffn = 78'643'200, input = 1'310'720;
  EXPECT_EQ(layer_weights(s, 0), sliding + ffn + input);
  EXPECT_EQ(layer_weights(s, 5), over_all + ffn + input);
  // Without k and v.
  EXPECT_EQ(layer_weights(s, 24), sliding - 2 * 2560 * 512 + ffn + input);
  EXPECT_EQ(layer_weights(s, 41), over_all - 2 * 2560 * 1024 + ffn + input);
  // 20 + 4 layers with k and v, 15 + 3 without, and the projection 2560 x (42 x 256).
  EXPECT_EQ(weights_without_embedding(s), 20 * sliding + 4 * over_all + 15 * 10'485'760LL +
                                              3 * 20'971'520LL + 42 * (ffn + input) + 27'525'120);
  EXPECT_EQ(weights_without_embedding(s), 3'972'792'320);
  // 2.82 G entries of the table of inputs beside 671.1 M of the embedding.
  EXPECT_EQ(embedding_weights(s), 2'818'572'288 + 671'088'640);
}

TEST(LanguageSliding, LayersReadTheLastKeysAndValuesOfTheirKind) {
  const Shape s = gemma().shape;
  std::int64_t shared = 0;
  for (std::int64_t i = 0; i < s.layers; ++i) {
    const bool over_all = i % 6 == 5;
    EXPECT_EQ(s.attention(i).sliding, !over_all);
    EXPECT_EQ(s.attention(i).head_size, over_all ? 512 : 256);
    EXPECT_EQ(s.attention(i).rotated, over_all ? 128 : 256);
    EXPECT_EQ(s.kv_source(i), i < 24 ? i : over_all ? 23 : 22);
    shared += s.kv_source(i) != i ? 1 : 0;
  }
  EXPECT_EQ(shared, 18);
  EXPECT_TRUE(s.read_after(22, 36));
  EXPECT_FALSE(s.read_after(21, 24));
  EXPECT_FALSE(s.read_after(23, 42));
}

TEST(LanguageSliding, AWindowBoundsTheCache) {
  const Shape s = gemma().shape;
  // Keys and values of 2 heads in fp16: 2 KiB a position in 20 sliding layers, 4 KiB in 4 others.
  EXPECT_EQ(cache_bytes_per_position(s), 56 * 1024);
  EXPECT_EQ(cache_bytes_beyond_window(s), 16 * 1024);
  EXPECT_EQ(cache_bytes(s, 2048, 1), 20 * 512 * 2048 + 4 * 2048 * 4096);
  EXPECT_EQ(cache_bytes(s, 256, 1), 256 * 56 * 1024);  // smaller than the window
  EXPECT_EQ(s.kv_length(0, 2048, 1), 512);
  EXPECT_EQ(s.kv_length(0, 2048, 1024), 1024);  // a call's own columns
  EXPECT_EQ(s.kv_length(5, 2048, 1), 2048);
  for (const std::int64_t capacity : {256, 2048})
    EXPECT_EQ(2 * state_elements(layers_program(gemma(), 0, 42, {1, capacity})),
              cache_bytes(s, capacity, 1))
        << capacity;
}

TEST(LanguageSliding, AProgramOfGemmaHasTheInputsOfBothKinds) {
  const auto g = layers_program(gemma(), 0, 42, {8, 2048});
  EXPECT_EQ(input_shape(g, "mask"), (graph::Shape{1, 1, 8, 2048}));
  EXPECT_EQ(input_shape(g, "sliding_mask"), (graph::Shape{1, 1, 8, 512}));
  EXPECT_EQ(input_shape(g, "cos"), (graph::Shape{1, 1, 128, 8}));
  EXPECT_EQ(input_shape(g, "sliding_sin"), (graph::Shape{1, 1, 256, 8}));
  EXPECT_EQ(input_shape(g, "per_layer_rows"), (graph::Shape{1, 42 * 256, 1, 8}));
  EXPECT_EQ(input_shape(g, "attention/layer22_key_cache"), (graph::Shape{1, 2, 256, 512}));
  EXPECT_EQ(input_shape(g, "attention/layer23_value_cache"), (graph::Shape{1, 2, 2048, 512}));
  EXPECT_TRUE(tensor(g, "projections/layer23_k_weight"));
  EXPECT_FALSE(tensor(g, "projections/layer24_k_weight"));
  EXPECT_FALSE(tensor(g, "norms/layer24_k_norm_weight"));
  EXPECT_TRUE(tensor(g, "norms/layer24_q_norm_weight"));
  EXPECT_TRUE(tensor(g, "norms/layer24_norm2_after_weight"));
  // x itself, and new keys and values of 24 layers.
  EXPECT_EQ(g.outputs.size(), 1u + 2 * 24);
  EXPECT_EQ(matrix_elements(g), weights_without_embedding(gemma().shape));
}

TEST(LanguageSliding, MacsOfATokenAreTheWeightsAndTheAttendedPositions) {
  // Scores and context, 8 heads: 35 layers of 512 positions and 256 a head, 7 of 2048 and 512.
  const std::int64_t attention = 35LL * 2 * 8 * 512 * 256 + 7LL * 2 * 8 * 2048 * 512;
  EXPECT_EQ(graph::work_of(layers_program(gemma(), 0, 42, {1, 2048})).macs,
            3'972'792'320 + attention);
  EXPECT_EQ(graph::work_of(layers_program(gemma(), 0, 42, {8, 2048})).macs,
            8 * (3'972'792'320 + attention));
  EXPECT_EQ(graph::work_of(head_program(gemma(), 1)).macs, 262'144LL * 2560);
}

TEST(LanguageSliding, BytesOfTheWeightsFollowTheirFormats) {
  // Two sliding layers: matrices in fp16, five norms of the width and two of a head in each.
  const std::int64_t norms = 2 * (5 * 2560 + 2 * 256);
  const std::int64_t made = 27'525'120;
  const auto bytes = [](const Model& m) {
    return graph::work_of(layers_program(m, 0, 2, {1, 2048})).weight_bytes;
  };
  EXPECT_EQ(bytes(gemma()), 2 * (2 * 93'061'120 + made + norms));
  // Inputs of layers are stored like the FFN: a byte a weight, a scale a channel in fp16.
  Model m = gemma();
  m.formats.ffn = "int8";
  const std::int64_t ffn = 2 * (78'643'200 + 1'310'720) + made;
  const std::int64_t channels = 2 * (2 * 10240 + 2560 + 256 + 2560) + 42 * 256;
  EXPECT_EQ(bytes(m), 2 * (2 * 13'107'200 + norms) + ffn + 2 * channels);
}

TEST(LanguageSliding, ALaterProgramReadsTheCacheOfAnEarlierOne) {
  const auto g = layers_program(gemma(), 36, 42, {1, 2048});
  EXPECT_EQ(state_elements(g), 2 * 2 * (512 * 256 + 2048 * 512));
  EXPECT_EQ(input_shape(g, "attention/layer22_key_cache"), (graph::Shape{1, 2, 256, 512}));
  EXPECT_EQ(input_shape(g, "per_layer_inputs"), (graph::Shape{1, 6 * 256, 1, 1}));
  EXPECT_EQ(g.outputs.size(), 1u);
  // The first program hands the inputs of all layers on.
  EXPECT_EQ(layers_program(gemma(), 0, 6, {1, 2048}).outputs.size(), 1u + 2 * 6 + 1);
}

TEST(LanguageSliding, WithoutACacheTheKeysAndValuesAreHandedOn) {
  Model m = gemma();
  m.cut.cache = false;
  const auto made = layers_program(m, 18, 24, {16, 2048});
  EXPECT_EQ(made.outputs.size(), 1u + 4);  // those of layers 22 and 23
  EXPECT_EQ(layers_program(m, 12, 18, {16, 2048}).outputs.size(), 1u);
  const auto read = layers_program(m, 24, 30, {16, 2048});
  EXPECT_EQ(state_elements(read), 0);
  EXPECT_EQ(input_shape(read, "attention/layer22_keys"), (graph::Shape{1, 2, 256, 16}));
  EXPECT_EQ(input_shape(read, "attention/layer23_values"), (graph::Shape{1, 2, 16, 512}));
  EXPECT_EQ(input_shape(read, "sliding_mask"), (graph::Shape{1, 1, 16, 16}));
}

TEST(LanguageSliding, FusedAttentionAndCopiedCachesKeepTheWindow) {
  Model m = gemma();
  m.cut.fused_attention = true;
  const auto fused = layers_program(m, 24, 30, {1, 2048});
  EXPECT_EQ(input_shape(fused, "attention/layer22_key_cache"), (graph::Shape{1, 2, 512, 256}));
  EXPECT_EQ(graph::work_of(fused).macs,
            graph::work_of(layers_program(gemma(), 24, 30, {1, 2048})).macs);
  m.cut.cache_copied = true;
  const auto copied = layers_program(m, 0, 6, {1, 2048});
  std::int64_t written = 0;
  for (const auto id : copied.outputs) written += graph::element_count(copied.at(id).shape);
  EXPECT_EQ(written, 2 * 2 * (5 * 512 * 256 + 2048 * 512) + 42 * 256 + 2560);
}

TEST(LanguageSliding, TheLogitsAreCapped) {
  const auto ops = [](const Model& m) { return head_program(m, 1).ops.size(); };
  Model m = gemma();
  const std::size_t capped = ops(m);
  EXPECT_TRUE(tensor(head_program(m, 1), "head/part15_capped"));
  m.shape.logit_cap.reset();
  EXPECT_EQ(capped - ops(m), 3u * 16);  // product, tanh, product a part
}

TEST(LanguageSliding, SegmentsOfOneShapeAreOneProgram) {
  const auto s = compose(parse_request(folder(), "gemma4-e4b,segments=7,context=1024"));
  std::vector<std::string> names;
  for (const auto& p : s.programs) names.push_back(p.name);
  EXPECT_EQ(names, (std::vector<std::string>{"inputs and layers SSSSSA capacity 2048",
                                             "layers SSSSSA capacity 2048",
                                             "layers sssssa capacity 2048", "head"}));
  // Rows of 2560 and 42 x 256 in fp16, read and written.
  EXPECT_EQ(s.streams.at(0).host->bytes, 2 * 2 * (2560 + 42 * 256));
}

TEST(LanguageSliding, WithoutACacheTheProgramThatHandsOnIsItsOwn) {
  const auto s = compose(parse_request(folder(), "gemma4-e4b,segments=7,cache=false,context=64"));
  EXPECT_EQ(s.programs.at(2).name, "layers SSSSS+A+ capacity 2048");
}

TEST(LanguageSliding, OneProgramAProjectionLeavesOutWhatIsShared) {
  const auto s = compose(parse_request(folder(), "gemma4-e4b,engine=projections,head=none"));
  std::int64_t calls = 0;
  for (const auto& stream : s.streams) calls += stream.host ? 0 : 1;
  // q, o, gate with up, down, gate and way back of the input; k and v in 24 layers; the inputs.
  EXPECT_EQ(calls, 42 * 6 + 24 * 2 + 1);
  std::map<std::string, std::int64_t> macs;
  for (const auto& p : s.programs) macs[p.name] = graph::work_of(p.graph).macs;
  EXPECT_EQ(macs.at("sliding_q"), 2560 * 2048);
  EXPECT_EQ(macs.at("q"), 2560 * 4096);
}

TEST(LanguageSliding, FewerLayersKeepTheirPlaces) {
  EXPECT_EQ(cache_bytes_per_position(parse_request(folder(), "gemma4-e4b,layers=12").model.shape),
            10 * 2048 + 2 * 4096);
  const Shape more = parse_request(folder(), "gemma4-e4b,layers=48").model.shape;
  EXPECT_EQ(more.kv_source(47), 23);
}

TEST(LanguageSliding, AllPositionsAndOneKindAreTheDefaults) {
  const Model m = tiny();
  EXPECT_EQ(m.shape.sliding->rotated, 8);
  EXPECT_EQ(m.shape.attention(1).head_size, 16);
  EXPECT_EQ(m.shape.kv_source(2), 0);
  // Sharing needs no sliding layers.
  EXPECT_EQ(with("shared_kv_from: 1").shape.kv_source(2), 0);
  EXPECT_EQ(with("sliding_attention: {full_every: 2, window: 4}").shape.attention(0).head_size, 16);
}

TEST(LanguageSliding, RefusesWhatDoesNotFit) {
  EXPECT_EQ(error_of([] { (void)with("sliding_attention: {full_every: 1, window: 4}"); }),
            "t.yaml:1:133: shape.sliding_attention.full_every: 1 is out of range (expected "
            "2..1048576)");
  EXPECT_THAT(error_of([] { (void)with("sliding_attention: {full_every: 2}"); }),
              HasSubstr("shape.sliding_attention: key 'window' is missing"));
  EXPECT_THAT(
      error_of([] { (void)with("sliding_attention: {full_every: 2, window: 4, windw: 4}"); }),
      HasSubstr("did you mean 'window'?"));
  EXPECT_THAT(
      error_of([] {
        (void)with("sliding_attention: {full_every: 2, window: 4, head_size: 8, rotated: 7}");
      }),
      HasSubstr("shape.sliding_attention.rotated: 7 is odd"));
  EXPECT_THAT(error_of([] {
                (void)with(
                    "sliding_attention: {full_every: 2, window: 4}, linear_attention: {full_every: "
                    "2, key_heads: 2, value_heads: 2, head_size: 16}");
              }),
              HasSubstr("shape.sliding_attention: linear_attention says already"));
  EXPECT_THAT(error_of([] { (void)with("shared_kv_from: 3"); }),
              HasSubstr("shape.shared_kv_from: 3 is out of range (expected 1..2)"));
  EXPECT_THAT(error_of([] {
                (void)with("shared_kv_from: 1, sliding_attention: {full_every: 2, window: 4}");
              }),
              HasSubstr("shape.shared_kv_from: 1 is out of range (expected 2..2)"));
  EXPECT_THAT(error_of([] {
                (void)with("shared_kv_from: 1, sliding_attention: {full_every: 4, window: 4}");
              }),
              HasSubstr("shape.shared_kv_from: 3 layers are too few to share keys and values "
                        "(expected 5 or more)"));
  EXPECT_THAT(error_of([] { (void)with("logit_cap: 0"); }),
              HasSubstr("shape.logit_cap: 0 is out of range (expected 1..65504)"));
  EXPECT_THAT(error_of([] { (void)with("per_layer_input: 0"); }),
              HasSubstr("shape.per_layer_input: 0 is out of range (expected 1..1048576)"));
  EXPECT_THAT(error_of([] { (void)with("post_norms: 1"); }),
              HasSubstr("shape.post_norms: '1' is not a truth value (expected true or false)"));
  EXPECT_THAT(error_of([] { (void)training::parse_request(folder(), "gemma4-e4b"); }),
              HasSubstr("Llama-like layers"));
}

}  // namespace
}  // namespace anesim::language
