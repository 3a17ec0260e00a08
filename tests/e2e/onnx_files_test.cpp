// Real ONNX models, from the file to the prediction, as a user runs them.
#include <gmock/gmock.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "tests/e2e/program.h"
#include "tests/prerequisites.h"
#include "traces/graph/work.h"
#include "traces/onnx/onnx.h"

namespace anesim::e2e {
namespace {

using nlohmann::json;
using testing::HasSubstr;

const std::filesystem::path graphs = shared_graphs / "onnx";

struct OnnxFile {
  std::string name;
  std::vector<graph::DimBinding> dims{};  ///< what its symbolic dimensions are bound to
  std::string hint{};                     ///< of the refusal without them
};

void PrintTo(const OnnxFile& file, std::ostream* out) { *out << file.name; }

std::vector<std::string> with_dims(std::vector<std::string> arguments, const OnnxFile& file) {
  for (const graph::DimBinding& dim : file.dims) {
    arguments.emplace_back("--dim");
    arguments.push_back(dim.what + "=" + std::to_string(dim.size));
  }
  return arguments;
}

json json_of(const std::vector<std::string>& arguments) {
  const Ended ended = anesim(arguments);
  EXPECT_EQ(ended.code, 0) << ended.err;
  json out = json::parse(ended.out, nullptr, false);
  EXPECT_FALSE(out.is_discarded());
  return out;
}

class OnnxFilesRun : public testing::TestWithParam<OnnxFile> {};

TEST_P(OnnxFilesRun, OnFourDevices) {
  const OnnxFile& file = GetParam();
  if (shared_graphs_missing(graphs)) return;
  const std::string path = (graphs / (file.name + ".onnx")).string();
  const graph::Graph graph = onnx::read_onnx(path, {file.dims, false});
  const graph::Work work = work_of(graph);
  if (!file.hint.empty()) {
    const Ended refused = anesim({"run", path});
    EXPECT_EQ(refused.code, 2);
    EXPECT_EQ(refused.out, "");
    EXPECT_THAT(refused.err, HasSubstr(file.hint));
  }
  for (const std::string device : {"m1", "m4", "m5-pro", "m6"}) {
    SCOPED_TRACE(device);
    const json result = json_of(with_dims({"run", path, "-d", device, "-o", "json"}, file));
    EXPECT_GT(result.at("totals").at("simulated_us").get<double>(), 0);
    EXPECT_EQ(result.at("totals").at("macs").get<std::int64_t>(), work.macs);

    const json explained = json_of(with_dims({"explain", path, "-d", device, "-o", "json"}, file));
    ASSERT_EQ(explained.at("programs").size(), 1u);
    const json& program = explained["programs"][0];
    std::int64_t ops = 0;
    for (const json& op : program.at("ops")) {
      ops += op.at("graph_ops").get<std::int64_t>();
      EXPECT_TRUE(std::isfinite(op.at("us").get<double>())) << op.at("name");
      EXPECT_NE(op.at("unit"), "") << op.at("name");
    }
    EXPECT_EQ(ops, static_cast<std::int64_t>(graph.ops.size()));
    EXPECT_EQ(program.at("macs").get<std::int64_t>(), work.macs);
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, OnnxFilesRun,
    testing::Values(OnnxFile{"light_resnet50"}, OnnxFile{"light_densenet121"},
                    OnnxFile{"light_squeezenet"}, OnnxFile{"light_inception_v1"},
                    OnnxFile{"resnet18_external_weights"}, OnnxFile{"squeezenet_qlinear"},
                    OnnxFile{"mamba2_ssm_prefill"},
                    OnnxFile{"mobilenetv2_dynamic_batch",
                             {{"batch_size", 1}},
                             "1 unknown dimension of the inputs (expected --dim batch_size=N)"},
                    OnnxFile{"mlperf_tiny_ds_cnn"}, OnnxFile{"mlperf_tiny_resnet8"},
                    OnnxFile{"tiny_llama_fp32_gqa",
                             {{"batch_size", 1},
                              {"sequence_length", 8},
                              {"past_sequence_length", 32},
                              {"total_sequence_length", 40}},
                             "(expected --dim batch_size=N, --dim sequence_length=N, --dim "
                             "total_sequence_length=N, --dim past_sequence_length=N)"},
                    OnnxFile{"tiny_decoder_opset24_attention",
                             {{"batch", 1}, {"sequence_len", 16}},
                             "(expected --dim batch=N, --dim sequence_len=N)"},
                    OnnxFile{"fastestdet_352"}, OnnxFile{"blazeface_front_128"},
                    OnnxFile{"basic_pitch_nmp", {{"unk__749", 1}}, "(expected --dim unk__749=N)"},
                    OnnxFile{"mnist_cntk"}, OnnxFile{"espcn_depth_to_space"},
                    OnnxFile{"silero_vad_micro",
                             {{"batch", 1}, {"samples", 576}},
                             "(expected --dim batch=N, --dim samples=N)"}),
    [](const auto& test) { return test.param.name; });

TEST(OnnxFilesRunAll, NoFileIsMissingAbove) {
  if (shared_graphs_missing(graphs)) return;
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(graphs))
    files += entry.path().extension() == ".onnx" ? 1 : 0;
  EXPECT_EQ(files, 18);
}

// An app gets a model whose symbols were bound when it was converted.
TEST(OnnxInput, BoundSymbolsAreNoRunTimeShapes) {
  if (shared_graphs_missing(graphs)) return;
  const json out = json_of({"explain", (graphs / "mobilenetv2_dynamic_batch.onnx").string(), "-d",
                            "m4", "--dim", "batch_size=1", "-o", "json"});
  for (const json& op : out.at("programs").at(0).at("ops")) EXPECT_EQ(op.at("segment"), "ANE");
}

TEST(OnnxInput, ResNet50AsByName) {
  if (shared_graphs_missing(graphs)) return;
  const auto totals = [](const std::string& input) {
    return json_of({"run", input, "-d", "m4", "-o", "json"}).at("totals");
  };
  const json file = totals((graphs / "light_resnet50.onnx").string());
  const json named = totals("network:resnet50");
  const double macs = named.at("macs").get<double>();
  const double weights = named.at("bytes").at("weights_stored").get<double>();
  EXPECT_NEAR(file.at("macs").get<double>(), macs, 0.03 * macs);
  EXPECT_NEAR(file.at("bytes").at("weights_stored").get<double>(), weights, 0.03 * weights);
}

TEST(OnnxInput, StandardInputHoldsAModelToo) {
  if (shared_graphs_missing(graphs)) return;
  const std::string path = (graphs / "mnist_cntk.onnx").string();
  Given given;
  given.input = file_text(path);
  const Ended piped = anesim({"run", "-", "-d", "m4", "-o", "json"}, given);
  ASSERT_EQ(piped.code, 0) << piped.err;
  EXPECT_EQ(json::parse(piped.out)["totals"]["simulated_us"],
            json_of({"run", path, "-d", "m4", "-o", "json"})["totals"]["simulated_us"]);
}

}  // namespace
}  // namespace anesim::e2e
