// Real compiled programs, from the file to the prediction, as a user runs them.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "sim/core/error.h"
#include "tests/e2e/program.h"
#include "tests/prerequisites.h"
#include "traces/graph/shape_rules.h"
#include "traces/graph/work.h"
#include "traces/mil/mil.h"

namespace anesim::e2e {
namespace {

using nlohmann::json;
using testing::HasSubstr;

const std::filesystem::path graphs = shared_graphs / "mil";

struct MilFile {
  std::string name;
  std::vector<std::string> dims{};  ///< what its unknown dimensions are bound to
  std::string hint{};               ///< of the refusal without them
};

void PrintTo(const MilFile& file, std::ostream* out) { *out << file.name; }

std::vector<std::string> with_dims(std::vector<std::string> arguments, const MilFile& file) {
  for (const std::string& dim : file.dims) {
    arguments.emplace_back("--dim");
    arguments.push_back(dim);
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

double predicted_us(const std::vector<std::string>& arguments) {
  std::vector<std::string> all{"run"};
  all.insert(all.end(), arguments.begin(), arguments.end());
  all.insert(all.end(), {"-o", "json"});
  return json_of(all).at("totals").at("simulated_us").get<double>();
}

class MilFilesRun : public testing::TestWithParam<MilFile> {};

TEST_P(MilFilesRun, OnFourDevices) {
  const MilFile& file = GetParam();
  if (shared_graphs_missing(graphs)) return;
  const std::string path = (graphs / (file.name + ".mil")).string();
  graph::Graph graph = mil::read_mil(path);
  for (const std::string& dim : file.dims) {
    const auto equals = dim.find('=');
    graph::bind_dimensions(graph, {{dim.substr(0, equals), std::stoll(dim.substr(equals + 1))}});
  }
  graph::propagate_shapes(graph);
  const graph::Work work = work_of(graph);
  for (const std::string device : {"m1", "m4", "m5-pro", "m6"}) {
    SCOPED_TRACE(device);
    if (!file.dims.empty()) {
      const Ended refused = anesim({"run", path, "-d", device});
      EXPECT_EQ(refused.code, 2);
      EXPECT_EQ(refused.out, "");
      EXPECT_THAT(refused.err, HasSubstr(file.hint));
    }
    const json result = json_of(with_dims({"run", path, "-d", device, "-o", "json"}, file));
    EXPECT_GT(result.at("totals").at("simulated_us").get<double>(), 0);
    EXPECT_THAT(result.at("totals").at("macs").get<std::int64_t>(), work.macs);

    const json explained = json_of(with_dims({"explain", path, "-d", device, "-o", "json"}, file));
    ASSERT_EQ(explained.at("programs").size(), 1u);
    const json& program = explained["programs"][0];
    std::int64_t ops = 0, macs = 0;
    for (const json& op : program.at("ops")) {
      ops += op.at("graph_ops").get<std::int64_t>();
      macs += op.at("macs").get<std::int64_t>();
      EXPECT_TRUE(std::isfinite(op.at("us").get<double>())) << op.at("name");
      EXPECT_NE(op.at("unit"), "") << op.at("name");
    }
    EXPECT_EQ(ops, static_cast<std::int64_t>(graph.ops.size()));
    EXPECT_EQ(program.at("graph_ops").get<std::int64_t>(), ops);
    EXPECT_THAT(macs, work.macs);
    EXPECT_THAT(program.at("macs").get<std::int64_t>(), work.macs);
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, MilFilesRun,
    testing::Values(MilFile{"parakeet_eou_stream_encoder_160ms"},
                    MilFile{"parakeet_eou_preprocessor",
                            {"audio_signal=16000"},
                            "1 unknown dimension of the inputs (expected --dim audio_signal=N "
                            "(1..32000))"},
                    MilFile{"parakeet_eou_joint_decision"},
                    MilFile{"fluid_transpose_encoder",
                            {"x[1]=64", "x[2]=128"},
                            "2 unknown dimensions of the inputs (expected --dim x[1]=N (1..2048), "
                            "--dim x[2]=N (1..2048))"},
                    MilFile{"silero_vad_fp16"}, MilFile{"silero_vad_palette4"},
                    MilFile{"silero_vad_256ms_int8"}, MilFile{"coremltools_add_model"},
                    MilFile{"espresso_conv"}, MilFile{"espresso_sdpa_fwd"},
                    MilFile{"espresso_ffn_fwd"}, MilFile{"espresso_fused_decode_layer"},
                    MilFile{"espresso_rwkv_3layer_2step"},
                    MilFile{"ane_study_conv_transpose_annotated"}),
    [](const auto& test) { return test.param.name; });

TEST(MilFilesRunAll, NoFileIsMissingAbove) {
  if (shared_graphs_missing(graphs)) return;
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(graphs))
    files += entry.path().extension() == ".mil" ? 1 : 0;
  EXPECT_EQ(files, 14);
}

TEST(Parakeet, StreamEncoderAsMeasuredOnM5) {
  if (shared_graphs_missing(graphs)) return;
  const std::string path = (graphs / "parakeet_eou_stream_encoder_160ms.mil").string();
  const json program = json_of({"explain", path, "-d", "m5", "-o", "json"}).at("programs").at(0);
  EXPECT_EQ(program.at("graph_ops"), 1174);
  EXPECT_NEAR(program.at("weight_bytes").get<double>(), 212.7e6, 0.05e6);
  // Published: 6.5 ms a chunk, Core ML.
  EXPECT_NEAR(predicted_us({path, "-d", "m5", "--stack", "coreml"}), 6500, 0.35 * 6500);
}

// Published for the M5: 97 % of the encoder's operations on the engine, the joint all on the CPU.
TEST(Parakeet, PlacementAsPublished) {
  if (shared_graphs_missing(graphs)) return;
  const auto share = [](const char* file) {
    const std::string path = (graphs / file).string();
    const json p = json_of({"explain", path, "-d", "m5", "-o", "json"}).at("programs").at(0);
    return p.at("graph_ops_on_engine").get<double>() / p.at("graph_ops").get<double>();
  };
  EXPECT_EQ(share("parakeet_eou_joint_decision.mil"), 0);
  EXPECT_NEAR(share("parakeet_eou_stream_encoder_160ms.mil"), 0.97, 0.005);
}

TEST(Placement, ListsAndLoopsStayOffTheEngine) {
  const auto path = graphs.parent_path() / "coreml" / "dtln_aec_128_part1.mlmodel";
  if (shared_graphs_missing(path)) return;
  const json p = json_of({"explain", path.string(), "-d", "m5", "--dim", "lpb_magnitude=1", "--dim",
                          "mic_magnitude=1", "--dim", "states_in=1", "-o", "json"})
                     .at("programs")
                     .at(0);
  std::set<std::string> found;
  for (const json& op : p.at("ops")) {
    const std::string type = op.at("type");
    if (type != "while_loop" && type.find("list") == std::string::npos) continue;
    found.insert(type);
    EXPECT_EQ(op.at("unit"), "CPU");
    EXPECT_EQ(op.at("reason"), "'" + type + "' is not an operation of the engine");
  }
  EXPECT_EQ(found,
            (std::set<std::string>{"list_gather", "list_scatter", "make_list", "while_loop"}));
}

// A15, Core ML: 9.89 ms as exported and 3.48 ms in the form for the engine (whole-models 0.9).
TEST(DistilBert, TheExportedFormIsSlowAsMeasured) {
  const double exported = predicted_us({"network:distilbert", "-d", "a15"});
  const double engine = predicted_us({"network:distilbert,form=ane", "-d", "a15"});
  EXPECT_NEAR(exported, 9890, 0.25 * 9890);
  EXPECT_NEAR(engine, 3480, 0.25 * 3480);
  EXPECT_GT(exported, 2 * engine);
}

TEST(ComputeUnits, AllFourValues) {
  const auto units = [](const char* value) {
    const json p =
        json_of({"explain", "network:resnet50", "-d", "m4", "--compute-units", value, "-o", "json"})
            .at("programs")
            .at(0);
    std::set<std::string> found;
    for (const json& op : p.at("ops")) {
      found.insert(op.at("segment").get<std::string>());
      if (op.at("unit") == "-") continue;
      EXPECT_FALSE(op.at("segment") == "ANE" && op.at("alternatives").empty()) << op.at("name");
      EXPECT_NE(op.at("reason"), "") << op.at("name");
    }
    return found;
  };
  using Units = std::set<std::string>;
  EXPECT_EQ(units("all"), Units{"ANE"});
  EXPECT_EQ(units("cpu_and_ne"), Units{"ANE"});
  EXPECT_EQ(units("cpu_only"), Units{"CPU"});
  EXPECT_TRUE(units("cpu_and_gpu").contains("GPU"));
  EXPECT_FALSE(units("cpu_and_gpu").contains("ANE"));
}

TEST(Renaming, ChangesNoPrediction) {
  const Folder folder;
  const std::string text = file_text(source("traces/examples/conv_block.mil"));
  const std::string here = folder.write("first.mil", text);
  const std::string renamed = folder.write(
      "another name.mil", replaced(replaced(text, "conv_1", "zebra"), "conv_2", "aardvark"));
  for (const std::string device : {"m1", "m4", "m5-pro", "m6"}) {
    EXPECT_EQ(predicted_us({here, "-d", device}), predicted_us({renamed, "-d", device})) << device;
  }
  const std::string trace = file_text(source("traces/examples/two_clients.yaml"));
  std::string other = trace;
  for (const std::string name : {"c1", "r1", "c2", "r2", "decoder", "vision", "image"})
    other = replaced(other, name, "other_" + name);
  EXPECT_EQ(predicted_us({folder.write("a.yaml", trace)}),
            predicted_us({folder.write("b.yaml", other)}));
}

TEST(Renaming, AliasIsItsChip) {
  const std::string input = "workload:matmul,m=1024,k=1024,n=1024";
  const std::string listed = anesim({"list", "devices", "-o", "json"}).out;
  int aliases = 0;
  for (const json& device : json::parse(listed)) {
    std::string names = device.at("aliases");
    for (std::size_t end = 0; !names.empty(); names.erase(0, end)) {
      end = std::min(names.size(), names.find(", ") + 2);
      const std::string alias = names.substr(0, names.find(", "));
      EXPECT_EQ(predicted_us({input, "-d", alias}), predicted_us({input, "-d", device["name"]}))
          << alias;
      ++aliases;
      if (names.find(", ") == std::string::npos) break;
    }
  }
  EXPECT_GT(aliases, 10);
}

class SquareMatmul : public testing::TestWithParam<std::string> {};

TEST_P(SquareMatmul, IsNeverSlowerWithMoreSram) {
  const std::string allocate = GetParam();
  for (const std::string n : {"1024", "2048", "3072", "4096", "6144", "8192"}) {
    double smaller = 0;
    for (const std::string size : {"0 MiB", "16 MiB", "32 MiB"}) {
      SCOPED_TRACE(n + " with " + size);
      const std::vector<std::string> what{"workload:matmul,m=" + n + ",k=" + n + ",n=" + n,
                                          "-d",
                                          "m4",
                                          "--set",
                                          "memory.sram.size=" + size,
                                          "--set",
                                          "memory.sram.allocate=" + allocate};
      std::vector<std::string> explain{"explain"};
      explain.insert(explain.end(), what.begin(), what.end());
      explain.insert(explain.end(), {"-o", "json"});
      const json ops = json_of(explain).at("programs").at(0).at("ops");
      ASSERT_FALSE(ops.empty());
      const std::int64_t bytes = 2 * std::stoll(n) * std::stoll(n);
      std::int64_t moved = 0;
      for (const json& op : ops) {
        const std::string reason = op.at("reason").get<std::string>();
        const std::string held = " (from DRAM once, then from SRAM)";
        const bool keeps =
            allocate == "weights" && std::stod(size) * (1 << 20) >= static_cast<double>(bytes);
        const bool caches = allocate == "activations" && size != "0 MiB";
        const auto streams = op.at("weight_streams").get<std::int64_t>();
        // What the tile DMA moves, input and result, against the size of the cache.
        const bool whole = 2.0 * static_cast<double>(bytes) <= std::stod(size) * (1 << 20);
        EXPECT_EQ(op.at("level"), !caches ? "DRAM" : whole ? "SRAM" : "SRAM+DRAM");
        if (streams > 1) {
          EXPECT_EQ(reason.find(held) != std::string::npos, keeps) << reason;
          EXPECT_NE(reason.find(fmt::format("streamed {} times", streams)), std::string::npos);
        }
        EXPECT_EQ(op.at("weight_bytes_moved"), streams * bytes);
        EXPECT_GE(op.at("weight_streams").get<std::int64_t>(), 1);
        EXPECT_GE(op.at("tiles").get<std::int64_t>(), 1);
        moved += op.at("weight_bytes_moved").get<std::int64_t>() +
                 op.at("bytes_read").get<std::int64_t>();
      }
      EXPECT_GE(moved, bytes);
      const double us = predicted_us(what);
      EXPECT_TRUE(std::isfinite(us));
      EXPECT_GT(us, 0);
      if (smaller > 0) {
        EXPECT_LE(us, smaller * (1 + 1e-9));
      }
      smaller = us;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Allocate, SquareMatmul, testing::Values("none", "activations", "weights"),
                         [](const auto& test) { return test.param; });

}  // namespace
}  // namespace anesim::e2e
