// Real Core ML models, from the file to the prediction, as a user runs them.
#include <gmock/gmock.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "tests/e2e/program.h"
#include "tests/prerequisites.h"

namespace anesim::e2e {
namespace {

using nlohmann::json;
using testing::HasSubstr;

std::string path_of(const std::string& name) {
  return (shared_graphs / "coreml" / (name + ".mlmodel")).string();
}

json json_of(const std::vector<std::string>& arguments) {
  const Ended ended = anesim(arguments);
  EXPECT_EQ(ended.code, 0) << ended.err;
  return json::parse(ended.out, nullptr, false);
}

struct ModelFile {
  std::string name;
  std::vector<std::string> options{};
  std::string hint{};  ///< of the refusal without them
};

void PrintTo(const ModelFile& file, std::ostream* out) { *out << file.name; }

class CoreMLFilesRun : public testing::TestWithParam<ModelFile> {};

TEST_P(CoreMLFilesRun, OnFourDevices) {
  const ModelFile& file = GetParam();
  if (shared_graphs_missing()) return;
  const std::string path = path_of(file.name);
  for (const std::string device : {"m1", "m4", "m5-pro", "m6"}) {
    SCOPED_TRACE(device);
    if (!file.hint.empty()) {
      const Ended refused = anesim({"run", path, "-d", device});
      EXPECT_EQ(refused.code, 2);
      EXPECT_EQ(refused.out, "");
      EXPECT_THAT(refused.err, HasSubstr(file.hint));
    }
    std::vector<std::string> arguments{"run", path, "-d", device, "-o", "json"};
    arguments.insert(arguments.end(), file.options.begin(), file.options.end());
    const json result = json_of(arguments);
    EXPECT_GT(result.at("totals").at("simulated_us").get<double>(), 0);
    arguments[0] = "explain";
    const json program = json_of(arguments).at("programs").at(0);
    std::int64_t macs = 0, ops = 0;
    for (const json& op : program.at("ops")) {
      ops += op.at("graph_ops").get<std::int64_t>();
      macs += op.at("macs").get<std::int64_t>();
      EXPECT_TRUE(std::isfinite(op.at("us").get<double>())) << op.at("name");
    }
    EXPECT_EQ(program.at("graph_ops").get<std::int64_t>(), ops);
    EXPECT_EQ(program.at("macs").get<std::int64_t>(), macs);
    EXPECT_EQ(result.at("totals").at("macs").get<std::int64_t>(), macs);
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, CoreMLFilesRun,
    testing::Values(
        ModelFile{"whisper_tiny_encoder"}, ModelFile{"sam2_tiny_image_encoder"},
        ModelFile{"sam2_tiny_mask_decoder",
                  {"--dim", "sparse_embedding=3"},
                  "(expected --dim sparse_embedding=N (2..15))"},
        ModelFile{"minilm_l6_v2"},
        ModelFile{
            "hifigan_generator_int8", {"--dim", "mel=200"}, "(expected --dim mel=N (1..1000))"},
        ModelFile{"tts_transformer_encoder_int8",
                  {"--dim", "mel=200", "--dim", "pos=200"},
                  "(expected --dim mel=N (1..1000), --dim pos=N (1..1000))"},
        ModelFile{"basic_pitch_nmp"}, ModelFile{"titanet_large_2s48"},
        ModelFile{"katago_29x29_fp16"},
        ModelFile{"kokoro_duration",
                  {"--dim", "input_ids=64", "--dim", "attention_mask=64"},
                  "(expected --dim input_ids=N (1..512), --dim attention_mask=N (1..512))"},
        ModelFile{"dtln_aec_128_part1",
                  {"--dim", "lpb_magnitude=1", "--dim", "mic_magnitude=1", "--dim", "states_in=1"},
                  "(expected --dim lpb_magnitude=N (1..2), --dim mic_magnitude=N (1..2), --dim "
                  "states_in=N (1..2))"},
        ModelFile{"nn_squeezenet_fp16.noweights"}, ModelFile{"nn_hourglass_pose.noweights"},
        ModelFile{"nn_tiny_drawing_embedding"}, ModelFile{"nn_tinygrad_ane_test"},
        ModelFile{"multifunction_fixture", {"--function", "mul_two"}, ""},
        ModelFile{"parakeet_eou_stream_encoder_160ms"}),
    [](const auto& test) { return test.param.name.substr(0, test.param.name.find('.')); });

TEST(CoreMLFilesRunAll, NoFileIsMissingAbove) {
  if (shared_graphs_missing()) return;
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(shared_graphs / "coreml"))
    files += entry.path().extension() == ".mlmodel" ? 1 : 0;
  EXPECT_EQ(files, 17);
}

TEST(Parakeet, PredictionIsTheSameFromTextAndProtobuf) {
  if (shared_graphs_missing()) return;
  const std::string name = "parakeet_eou_stream_encoder_160ms";
  const std::string text = (shared_graphs / "mil" / (name + ".mil")).string();
  for (const std::string device : {"m1", "m4", "m5", "m6"}) {
    SCOPED_TRACE(device);
    EXPECT_EQ(anesim({"explain", text, "-d", device, "-o", "json"}).out,
              anesim({"explain", path_of(name), "-d", device, "-o", "json"}).out);
    json a = json_of({"run", text, "-d", device, "-o", "json"});
    json b = json_of({"run", path_of(name), "-d", device, "-o", "json"});
    EXPECT_EQ(a.at("ops"), b.at("ops"));
    EXPECT_EQ(a.at("totals").at("simulated_us"), b.at("totals").at("simulated_us"));
    EXPECT_EQ(a.at("totals").at("energy_mj"), b.at("totals").at("energy_mj"));
  }
}

double predicted_us(const Ended& ended) {
  EXPECT_EQ(ended.code, 0) << ended.err;
  return json::parse(ended.out).at("totals").at("simulated_us").get<double>();
}

TEST(CoreMLInput, PackageAndTextOfTheExampleAgree) {
  for (const std::string device : {"m1", "m4", "m5-pro", "m6"}) {
    SCOPED_TRACE(device);
    const auto of = [&](const std::string& verb, const std::string& input) {
      return anesim({verb, "traces/examples/" + input, "-d", device, "-o", "json"});
    };
    EXPECT_EQ(of("explain", "conv_block.mil").out, of("explain", "conv_block.mlpackage").out);
    EXPECT_EQ(predicted_us(of("run", "conv_block.mil")),
              predicted_us(of("run", "conv_block.mlpackage")));
  }
}

TEST(CoreMLInput, IsKnownByContentAndReadFromStandardInput) {
  const std::string bytes =
      file_text(source("traces/examples/conv_block.mlpackage/Data/com.apple.CoreML/model.mlmodel"));
  const double expected = predicted_us(
      anesim({"run", "traces/examples/conv_block.mlpackage", "-d", "m4", "-o", "json"}));
  const Folder folder;
  folder.write("odd.name", bytes);
  EXPECT_EQ(predicted_us(
                anesim({"run", "odd.name", "-d", "m4", "-o", "json"}, {.folder = folder.path()})),
            expected);
  EXPECT_EQ(predicted_us(anesim({"run", "-", "-d", "m4", "-o", "json"}, {.input = bytes})),
            expected);
  const Ended cut = anesim({"run", "-", "-d", "m4"}, {.input = bytes.substr(0, 1000)});
  EXPECT_EQ(cut.code, 2);
  EXPECT_EQ(cut.out, "");
  EXPECT_THAT(cut.err, HasSubstr("the file is truncated"));
}

}  // namespace
}  // namespace anesim::e2e
