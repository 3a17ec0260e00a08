// Graphs of 10,000 and 100,000 operations through the whole program: events and memory grow with
// the number of operations and no faster.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/e2e/program.h"

namespace anesim::e2e {
namespace {

using nlohmann::json;

/// MIL text of a chain of convolutions, written as it is made: this process must stay small.
void write_chain(const std::string& path, int ops) {
  std::ofstream out(path, std::ios::binary);
  out << "program(1.3)\n{\nfunc main<ios18>(tensor<fp16, [1, 64, 1, 64]> y0) {\n"
         "tensor<fp16, [64, 64, 1, 1]> w = const()[val = tensor<fp16, [64, 64, 1, 1]>(BLOBFILE("
         "path = string(\"@model_path/w.bin\"), offset = uint64(64)))];\n";
  for (int i = 1; i <= ops; ++i) {
    out << fmt::format(
        "tensor<fp16, [1, 64, 1, 64]> y{} = conv(weight = w, x = y{})[name = string(\"conv_{}\")];"
        "\n",
        i, i - 1, i);
  }
  out << "} -> (y" << ops << ");\n}\n";
}

struct Cost {
  double events = 0;
  std::int64_t peak_bytes = 0;
};

Cost cost_of_chain(int ops) {
  const Folder folder;
  write_chain(folder.path("chain.mil"), ops);
  const Ended ended = anesim({"run", folder.path("chain.mil"), "-d", "m6", "-o", "json"});
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_EQ(ended.err, "");
  const json result = json::parse(ended.out, nullptr, false);
  if (!result.is_object()) {
    ADD_FAILURE() << ended.out.substr(0, 500);
    return {};
  }
  EXPECT_EQ(result.at("ops").size(), static_cast<std::size_t>(ops));
  return {result.at("totals").at("events").get<double>(), ended.peak_bytes};
}

/// Linux counts a child's peak from the fork, so a test process that has grown would hide the small
/// graph's: the test runs in a process of its own.
bool runs_alone() { return std::getenv("ANESIM_TEST_ALONE") != nullptr; }

void run_alone(const std::string& test) {
  const std::string self = std::filesystem::read_symlink("/proc/self/exe").string();
  const Ended ended = shell(fmt::format("ANESIM_TEST_ALONE=1 '{}' --gtest_filter={}", self, test));
  EXPECT_EQ(ended.code, 0) << ended.out << ended.err;
  EXPECT_NE(ended.out.find("[  PASSED  ] 1 test"), std::string::npos) << ended.out;
}

TEST(LargeGraphs, EventsAndMemoryGrowWithOperations) {
  if (!runs_alone()) return run_alone("LargeGraphs.EventsAndMemoryGrowWithOperations");
  const Cost small = cost_of_chain(10'000);
  EXPECT_GE(small.events, 10'000);
#ifndef __SANITIZE_ADDRESS__  // there 100,000 operations are slow, and memory is mostly theirs
  // The small figure is the graph's, not that of this process.
  ASSERT_GT(small.peak_bytes, anesim({"--version"}).peak_bytes);
  const Cost large = cost_of_chain(100'000);
  EXPECT_NEAR(large.events / small.events, 10, 0.1);
  EXPECT_LT(large.peak_bytes, 12 * small.peak_bytes);
  EXPECT_LT(large.peak_bytes, 1'000'000'000);
  RecordProperty("peak_megabytes", static_cast<int>(large.peak_bytes / 1'000'000));
#endif
}

/// Refused by its beginning: a gigabyte of zeros is not read.
TEST(LargeGraphs, AGigabyteOfGarbageCostsNoMemory) {
  if (!runs_alone()) return run_alone("LargeGraphs.AGigabyteOfGarbageCostsNoMemory");
  const Folder folder;
  const std::string path = folder.path("garbage.mil");
  std::ofstream(path, std::ios::binary) << "program(1.3)";
  std::filesystem::resize_file(path, std::uintmax_t{1} << 30);  // holes
  const Ended ended = anesim({"run", path, "-d", "m6"});
  EXPECT_EQ(ended.code, 2);
#ifndef __SANITIZE_ADDRESS__
  EXPECT_LT(ended.peak_bytes, 200'000'000);
#endif
}

}  // namespace
}  // namespace anesim::e2e
