// Language models: their files, sizes, requests and programs.
#include "traces/language/language.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>

#include "sim/core/error.h"
#include "sim/core/text.h"
#include "tests/sim/json_schema.h"
#include "tests/traces/language_fixture.h"
#include "traces/graph/work.h"
#include "traces/language/layers.h"

namespace anesim::language {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

Model tiny(const std::string& more = "", const std::string& programs = "") {
  return read_model(config::parse_yaml(
      "{schema: ane-llm/1, name: tiny, shape: {layers: 2, width: 64, heads: 4, ffn: 128, "
      "vocabulary: 1000" +
          more + "}" + programs + "}",
      "t.yaml"));
}

TEST(LanguageModel, WeightsOfTheFilesAreThoseOfTheSources) {
  // language-models.md 2: weights outside the embedding, in millions.
  const std::vector<std::pair<const char*, double>> known{
      {"qwen3-0.6b", 440.5}, {"qwen3-4b", 3634},      {"qwen3.5-4b", 3570},
      {"qwen3.5-9b", 6920},  {"qwen3.5-27b", 24353},  {"llama-2-7b", 6476},
      {"gpt2-small", 85.1},  {"gpt2-medium", 302.3},  {"gpt2-large", 708.4},
      {"gpt2-xl", 1475.6},   {"pythia-160m", 85.1},   {"pythia-410m", 302.3},
      {"pythia-1b", 805.7},  {"pythia-1.4b", 1208.6}, {"pythia-2.8b", 2517.7},
      {"opt-1.3b", 1209},    {"stories15m", 6.0},     {"stories110m", 85.0}};
  for (const auto& [name, millions] : known) {
    const Model m = find_model(folder(), name);
    EXPECT_NEAR(static_cast<double>(weights_without_embedding(m.shape)) * 1e-6, millions,
                0.006 * millions)
        << name;
  }
  EXPECT_EQ(cache_bytes_per_position(find_model(folder(), "qwen3-4b").shape), 144 * 1024);
  EXPECT_EQ(cache_bytes_per_position(find_model(folder(), "qwen3.5-4b").shape), 32 * 1024);
}

TEST(LanguageModel, EveryFileIsReadAndNamedLikeItsModel) {
  const auto models = list_models(folder());
  EXPECT_GE(models.size(), 18u);
  for (const auto& m : models) EXPECT_EQ(std::filesystem::path(m.file).stem().string(), m.name);
}

nlohmann::json to_json(const config::Node& n) {
  using Kind = config::Node::Kind;
  if (n.kind() == Kind::map) {
    auto out = nlohmann::json::object();
    for (const auto& [key, child] : n.map()) out[key] = to_json(child);
    return out;
  }
  if (n.kind() == Kind::sequence) {
    auto out = nlohmann::json::array();
    for (const auto& item : n.sequence()) out.push_back(to_json(item));
    return out;
  }
  const std::string& text = n.text();
  if (!n.quoted() && (text == "true" || text == "false")) return text == "true";
  if (!n.quoted() && text.find_first_not_of("0123456789") == std::string::npos) return n.integer();
  return text;
}

TEST(LanguageModel, TheSchemaAndTheFilesAgree) {
  const auto schema = nlohmann::json::parse(
      read_whole_file(std::string(ANESIM_SOURCE_DIR) + "/configs/schemas/ane-llm-1.schema.json"));
  for (const auto& m : list_models(folder())) {
    const auto wrong = schema_violations(schema, to_json(config::read_yaml(m.file)));
    EXPECT_TRUE(wrong.empty()) << m.file << ": " << wrong.front();
  }
  const auto refused = [&](const char* text) {
    return !schema_violations(schema, to_json(config::parse_yaml(text, "t.yaml"))).empty();
  };
  EXPECT_TRUE(refused("{schema: ane-llm/1, name: a}"));
  EXPECT_TRUE(
      refused("{schema: ane-llm/1, name: a, shape: {layers: 1, width: 1, heads: 1, ffn: 1, "
              "vocabulary: 1, sliding_attention: {full_every: 2, window: 4, windw: 4}}}"));
  EXPECT_TRUE(
      refused("{schema: ane-llm/2, name: a, shape: {layers: 1, width: 1, heads: 1, ffn: 1, "
              "vocabulary: 1}}"));
  EXPECT_TRUE(
      refused("{schema: ane-llm/1, name: a, shape: {layers: 0, width: 1, heads: 1, ffn: 1, "
              "vocabulary: 1}}"));
  EXPECT_FALSE(
      refused("{schema: ane-llm/1, name: a, shape: {layers: 1, width: 1, heads: 1, ffn: "
              "1, vocabulary: 1}}"));
}

TEST(LanguageModel, GraphsHoldTheWeightsOfTheirLayers) {
  for (const char* name : {"qwen3-0.6b", "qwen3.5-4b", "gpt2-small", "pythia-160m"}) {
    const Model m = find_model(folder(), name);
    const std::int64_t layers = 4;
    const auto g = layers_program(m, 0, layers, {4, 256});
    std::int64_t expected = 0;
    for (std::int64_t i = 0; i < layers; ++i) expected += layer_weights(m.shape, i);
    std::int64_t found = 0;
    for (const auto& t : g.tensors)
      if (t.constant && !t.literal && t.shape.size() == 4 && t.shape[0] > 1)
        found += graph::element_count(t.shape);
    EXPECT_EQ(found, expected) << name;
  }
}

TEST(LanguageModel, MacsAreThoseOfTheProjectionsAndTheWholeCapacity) {
  // 4 x 64^2 + 3 x 64 x 128 weights a layer; scores and context 2 x 64 a column and cached
  // position.
  const Model m = tiny();
  const auto g = layers_program(m, 0, 2, {8, 256});
  EXPECT_EQ(graph::work_of(g).macs, 2 * 8 * (4 * 64 * 64 + 3 * 64 * 128 + 2 * 64 * 256));
}

TEST(LanguageModel, TheCacheIsAStateUnlessTheHostMovesIt) {
  const auto states = [](const graph::Graph& g) {
    std::int64_t n = 0;
    for (const auto id : g.inputs) n += g.at(id).state ? 1 : 0;
    return n;
  };
  EXPECT_EQ(states(layers_program(tiny(), 0, 2, {1, 64})), 4);
  EXPECT_EQ(states(layers_program(tiny("", ", programs: {cache_by_host: true}"), 0, 2, {1, 64})),
            0);
  EXPECT_EQ(states(layers_program(tiny("", ", programs: {cache: false}"), 0, 2, {16, 16})), 0);
}

TEST(LanguageModel, RefusesWhatDoesNotFit) {
  EXPECT_EQ(error_of([] { (void)tiny(", kv_heads: 3"); }),
            "t.yaml:1:111: shape.kv_heads: 3 does not divide 4 heads");
  EXPECT_THAT(error_of([] { (void)tiny(", widht: 3"); }), HasSubstr("did you mean 'width'?"));
  EXPECT_THAT(error_of([] { (void)tiny(", activation: swish"); }),
              HasSubstr("shape.activation: 'swish' is not known"));
  EXPECT_THAT(error_of([] { (void)tiny("", ", programs: {capacity: [512, 256]}"); }),
              HasSubstr("capacities must rise"));
  EXPECT_THAT(error_of([] { (void)tiny("", ", weights: {ffn: lut5}"); }),
              HasSubstr("weights.ffn: 'lut5' is not known"));
}

TEST(LanguageRequest, NamesTheNearestModelAndParameter) {
  EXPECT_THAT(error_of([] { (void)parse_request(folder(), "qwen3-4"); }),
              HasSubstr("unknown language model 'qwen3-4' (did you mean 'qwen3-4b'?)"));
  EXPECT_THAT(error_of([] { (void)parse_request(folder(), "qwen3-4b,contxt=5"); }),
              HasSubstr("language model qwen3-4b: unknown parameter 'contxt' (did you mean "
                        "'context'?)"));
  EXPECT_THAT(error_of([] { (void)parse_request(folder(), "qwen3-4b,phase=train"); }),
              HasSubstr("expected one of prefill, decode"));
  EXPECT_THAT(error_of([] { (void)parse_request(folder(), "qwen3-4b,context=99999999"); }),
              HasSubstr("expected a whole number from 1 to 1048576"));
  EXPECT_THAT(error_of([] { (void)parse_request(folder(), "qwen3-4b,capacity=99999999"); }),
              HasSubstr("parameter 'capacity': 99999999 is too large (expected up to 1048576)"));
  EXPECT_THAT(error_of([] { (void)parse_request(folder(), "qwen3-4b,segments=37"); }),
              HasSubstr("37 is more than 36 layers"));
  EXPECT_THAT(error_of([] { (void)parse_request(folder(), "../evil"); }),
              HasSubstr("unknown language model"));
}

TEST(LanguageRequest, RefusesMoreThanACallHolds) {
  const auto error = [](const char* text) {
    return error_of([&] { (void)parse_request(folder(), text); });
  };
  EXPECT_THAT(error("qwen3-4b,positions=600,capacity=512"),
              EndsWith("parameter 'positions': 600 columns do not fit the KV capacity of 512 "
                       "(expected up to 512)"));
  EXPECT_THAT(error("qwen3-4b,context=600,capacity=512"),
              EndsWith("parameter 'context': 600 tokens do not fit the KV capacity of 512 "
                       "(expected up to 512)"));
  EXPECT_THAT(error("qwen3-4b,tokens=5"), HasSubstr("'tokens': 5 is more than 1 filled columns"));
  EXPECT_THAT(error("qwen3-4b,phase=prefill,drafts=2"), HasSubstr("'drafts' needs phase=decode"));
  // Without a capacity of its own, the graph that holds the columns is taken.
  EXPECT_EQ(parse_request(folder(), "qwen3-4b,phase=prefill,context=64,positions=4096")
                .model.cut.capacity.front(),
            4352);
}

// The graphs are static: a context beyond the largest would run on none of them.
TEST(LanguageRequest, ContextBeyondTheCapacitiesOfTheFileIsRefused) {
  const auto error = [](const char* text) {
    return error_of([&] { (void)parse_request(folder(), text); });
  };
  EXPECT_EQ(error("qwen3-4b,phase=decode,context=16640"), "no error");
  EXPECT_THAT(error("qwen3-4b,phase=decode,context=16641"),
              EndsWith("parameter 'context': 16641 tokens do not fit the KV capacity of 768, 1280, "
                       "2304, 4352, 8448, 16640 (expected up to 16640; capacity=16641 asks for a "
                       "graph of that size)"));
  EXPECT_THAT(error("qwen3-4b,phase=prefill,context=1048576"),
              HasSubstr("capacity=1048576 asks for a graph of that size"));
  EXPECT_EQ(error("qwen3-4b,context=16641,capacity=16641"), "no error");
  EXPECT_THAT(error("qwen3-4b,phase=prefill,positions=20000"),
              HasSubstr("'positions': 20000 columns do not fit the KV capacity of"));
  const auto small = [](const char* context) {
    return error_of([&] {
      (void)make_request(tiny("", ", programs: {capacity: [512]}"),
                         workloads::parse_parameters(context));
    });
  };
  EXPECT_EQ(small("phase=decode,context=512"), "no error");
  EXPECT_THAT(small("phase=decode,context=600"),
              EndsWith("600 tokens do not fit the KV capacity of 512 (expected up to 512; "
                       "capacity=600 asks for a graph of that size)"));
}

TEST(LanguageRequest, SparseWeightsNeedTheirShareOfZeros) {
  const auto error = [](const char* text) {
    return error_of([&] { (void)parse_request(folder(), text); });
  };
  EXPECT_THAT(error("qwen3-0.6b,weights=sparse"), HasSubstr("expected for example sparsity=0.5"));
  EXPECT_THAT(error("qwen3-0.6b,head_weights=sparse"), HasSubstr("sparsity=0.5"));
  EXPECT_THAT(error("qwen3-0.6b,sparsity=0.5"), HasSubstr("'sparsity' needs weights=sparse"));
  EXPECT_THAT(error("qwen3-0.6b,weights=sparse,sparsity=2"), HasSubstr("from 0 to 1"));
  const auto bytes = [](const char* text) {
    const auto m = parse_request(folder(), text).model;
    return static_cast<double>(graph::work_of(layers_program(m, 0, 1, {1, 768})).weight_bytes);
  };
  // Half of the values and a bit for each: 1.125 of 2 bytes; norms and tables of RoPE stay.
  EXPECT_NEAR(bytes("qwen3-0.6b,weights=sparse,sparsity=0.5") / bytes("qwen3-0.6b,weights=fp16"),
              1.125 / 2, 0.01);
  EXPECT_THAT(error_of([] { (void)tiny("", ", weights: {ffn: sparse}"); }),
              HasSubstr("sparse weights need 'sparsity'"));
  EXPECT_THAT(error_of([] { (void)tiny("", ", weights: {ffn: lut4, sparsity: 0.5}"); }),
              HasSubstr("no part is stored as sparse"));
  EXPECT_EQ(tiny("", ", weights: {ffn: sparse, sparsity: 0.75}").formats.sparsity, 0.75);
}

TEST(LanguageRequest, ChunksTakeTheSmallestCapacityThatHoldsThem) {
  const auto chunks = chunks_of(4096, 64, {256, 2048, 32768});
  ASSERT_EQ(chunks.size(), 3u);
  EXPECT_EQ(chunks[0].count, 4);   // to 256
  EXPECT_EQ(chunks[1].count, 28);  // to 2048
  EXPECT_EQ(chunks[2].count, 32);
  EXPECT_EQ(chunks_of(500, 64, {768}).at(0).count, 8);  // the last one is padded
  EXPECT_EQ(capacity_for(1025, {768, 1280, 2304}), 1280);
}

TEST(LanguageStep, ADecodeStepIsAChainOfCalls) {
  const auto s = compose(parse_request(folder(), "qwen3.5-4b,context=1024"));
  ASSERT_TRUE(s.step);
  EXPECT_EQ(s.step->unit, "token");
  EXPECT_EQ(s.step->units, 1);
  // Eight equal segments share one program; the output matrix is the other.
  EXPECT_EQ(s.programs.size(), 2u);
  int calls = 0;
  for (std::size_t i = 0; i < s.streams.size(); ++i) {
    calls += s.streams[i].host ? 0 : 1;
    EXPECT_EQ(s.streams[i].after, i == 0 ? "" : s.streams[i - 1].name);
  }
  EXPECT_EQ(calls, 9);  // language-models.md 8
}

TEST(LanguageStep, OneProgramAProjectionGives216CallsAToken) {
  // language-models.md 8: an early build made 216 dispatches a token for 36 layers.
  const auto s = compose(parse_request(folder(), "qwen3-4b,engine=projections,head=cpu"));
  int calls = 0;
  for (const auto& stream : s.streams) calls += stream.host ? 0 : 1;
  EXPECT_EQ(calls, 216);
}

TEST(LanguageStep, APromptIsItsChunksAndTheLastColumnsHead) {
  const auto s = compose(parse_request(folder(), "qwen3-4b,phase=prefill,context=2000"));
  ASSERT_TRUE(s.step);
  EXPECT_EQ(s.step->units, 2000);
  // 12 chunks to 768, 8 to 1280, 12 to 2048 in the graph of 2304, then the head.
  EXPECT_EQ(s.step->repeats, (std::vector<std::int64_t>{12, 8, 12, 1}));
}

TEST(LanguageStep, DraftsRunALayerAndTheHeadEach) {
  const auto s = compose(
      parse_request(folder(), "qwen3.5-4b,segments=4,context=512,positions=3,filled=3,drafts=2"));
  int calls = 0;
  for (const auto& stream : s.streams) calls += stream.host ? 0 : 1;
  EXPECT_EQ(calls, 2 * 2 + 4 + 1);
}

const scenario::HostWork& work_of_part(const scenario::Scenario& s, const std::string& part) {
  for (const auto& stream : s.streams)
    if (stream.host && stream.part == part) return *stream.host;
  throw std::runtime_error("no " + part);
}
bool has_part(const scenario::Scenario& s, const std::string& part) {
  return std::any_of(s.streams.begin(), s.streams.end(),
                     [&](const auto& stream) { return stream.part == part; });
}

TEST(LanguageStep, ACacheMovedByTheHostIsReadAndWrittenWhole) {
  // Llama-2-7B: 2 x 4096 x 2 B a position and layer, 32 layers, 512 positions, read and written.
  const auto s = compose(parse_request(folder(), "llama-2-7b,context=400"));
  EXPECT_EQ(work_of_part(s, "cache").bytes, 2LL * 512 * 32 * 2 * 4096 * 2);
  EXPECT_EQ(work_of_part(s, "cache").rate, 8e9);
  EXPECT_FALSE(
      has_part(compose(parse_request(folder(), "llama-2-7b,cache_by_host=beside")), "cache"));
  EXPECT_FALSE(
      has_part(compose(parse_request(folder(), "llama-2-7b,cache_by_host=false")), "cache"));
}

TEST(LanguageStep, LanesOfASurfaceAreTouchedTogether) {
  // The first projection of Qwen3-4B takes 2560 channels of 32 lanes and gives 4096.
  const auto s = compose(parse_request(folder(), "qwen3-4b,engine=projections,positions=32"));
  std::vector<std::int64_t> surfaces;
  for (const auto& stream : s.streams)
    if (stream.part == "surfaces") surfaces.push_back(stream.host->bytes);
  ASSERT_EQ(surfaces.size(), 2u * 216);
  EXPECT_EQ(surfaces[0], 2560 * 32 * 2);
  EXPECT_EQ(surfaces[1], 4096 * 32 * 2);
}

TEST(LanguageStep, TheRecurrenceOnTheCpuPassesOverItsStateSixTimes) {
  // Qwen3.5-4B: 32 heads of 128 x 128 in fp32; read to fade, written, read, read and written,
  // read. Two tokens do it twice.
  const auto s =
      compose(parse_request(folder(), "qwen3.5-4b,engine=projections,positions=32,filled=2"));
  EXPECT_EQ(work_of_part(s, "linear attention").bytes, 2LL * 6 * 32 * 128 * 128 * 4);
}

TEST(LanguageStep, LogitsForTheCallerCostTimeEach) {
  const auto s = compose(parse_request(folder(), "qwen3.5-4b,logits=true"));
  EXPECT_DOUBLE_EQ(work_of_part(s, "sampling").fixed_us, 248320 * 0.032);
  EXPECT_EQ(work_of_part(compose(parse_request(folder(), "qwen3.5-4b")), "sampling").fixed_us, 0);
}

TEST(LanguageModel, ACopiedCacheLeavesTheProgramWhole) {
  const auto written = [](const graph::Graph& g) {
    std::int64_t n = 0;
    for (const auto id : g.outputs) n += graph::element_count(g.at(id).shape);
    return n;
  };
  // Two layers of 64 wide keys and values; x itself is 64 x 1.
  EXPECT_EQ(written(layers_program(tiny(), 0, 2, {1, 256})), 2 * 2 * 64 + 64);
  const Model copied = tiny("", ", programs: {cache_copied: true}");
  EXPECT_EQ(written(layers_program(copied, 0, 2, {1, 256})), 2 * 2 * 64 * 256 + 64);
  const auto fused = parse_request(folder(), "qwen3-4b,layers=1,attention=fused");
  EXPECT_EQ(written(layers_program(fused.model, 0, 1, {8, 768})), 2 * 1024 * 768 + 2560 * 8);
}

}  // namespace
}  // namespace anesim::language
