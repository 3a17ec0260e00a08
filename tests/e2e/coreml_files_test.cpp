// Real Core ML models, from the file to the prediction, as a user runs them.
#include <gmock/gmock.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "tests/e2e/program.h"

namespace anesim::e2e {
namespace {

using nlohmann::json;
using testing::HasSubstr;

const std::filesystem::path graphs = std::filesystem::path(ANESIM_SOURCE_DIR) / "../shared/graphs";

std::string path_of(const std::string& name) {
  return (graphs / "coreml" / (name + ".mlmodel")).string();
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
  if (!std::filesystem::exists(graphs)) GTEST_SKIP() << "no shared graphs";
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
    testing::Values(ModelFile{"whisper_tiny_encoder"}, ModelFile{"sam2_tiny_image_encoder"},
                    ModelFile{"sam2_tiny_mask_decoder",
                              {"--dim", "sparse_embedding=3"},
                              "(expected --dim sparse_embedding=N (2..15))"},
                    ModelFile{"minilm_l6_v2"},
                    ModelFile{"hifigan_generator_int8",
                              {"--dim", "mel=200"},
                              "(expected --dim mel=N (1..1000))"},
                    ModelFile{"tts_transformer_encoder_int8",
                              {"--dim", "mel=200", "--dim", "pos=200"},
                              "(expected --dim mel=N (1..1000), --dim pos=N (1..1000))"},
                    ModelFile{"basic_pitch_nmp"}, ModelFile{"titanet_large_2s48"},
                    ModelFile{"katago_29x29_fp16"},
                    ModelFile{"multifunction_fixture", {"--function", "mul_two"}, ""},
                    ModelFile{"parakeet_eou_stream_encoder_160ms"}),
    [](const auto& test) { return test.param.name; });

TEST(Parakeet, PredictionIsTheSameFromTextAndProtobuf) {
  if (!std::filesystem::exists(graphs)) GTEST_SKIP() << "no shared graphs";
  const std::string name = "parakeet_eou_stream_encoder_160ms";
  const std::string text = (graphs / "mil" / (name + ".mil")).string();
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

TEST(CoreMLInput, IsKnownByContentAndReadFromStandardInput) {
  if (!std::filesystem::exists(graphs)) GTEST_SKIP() << "no shared graphs";
  const Folder folder;
  const std::string bytes = file_text(path_of("multifunction_fixture"));
  folder.write("odd.name", bytes);
  const Ended by_content =
      anesim({"run", "odd.name", "--function", "mul_two", "-d", "m4"}, {.folder = folder.path()});
  EXPECT_EQ(by_content.code, 0) << by_content.err;
  const Ended piped = anesim({"run", "-", "--function", "mul_two", "-d", "m4"}, {.input = bytes});
  EXPECT_EQ(piped.code, 0) << piped.err;
}

}  // namespace
}  // namespace anesim::e2e
