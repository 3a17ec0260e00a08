// ONNX files that are broken or made to harm: refused with exit code 2, in bounded time and memory.
#include <gmock/gmock.h>
#include <sys/resource.h>
#include <unistd.h>

#include <fstream>

#include "tests/e2e/program.h"
#include "tests/traces/onnx_model.h"

namespace anesim::e2e {
namespace {

using testing::HasSubstr;

/// The run of a file, in 30 s and 512 MiB beside what the file takes in the address space.
Ended run_in_bounds(const std::string& path) {
  Given given;
  given.seconds = 30;
  std::error_code folder;
  const auto size = std::filesystem::file_size(path, folder);
  const auto kib = (512 << 10) + (folder ? 0 : size >> 10);
  std::string limit = "ulimit -v " + std::to_string(kib) + "; ";
#ifdef __SANITIZE_ADDRESS__
  limit.clear();  // its shadow memory is many times the address space of the program
#endif
  return shell(limit + "anesim run '" + path + "'", given);
}

std::string length_of(std::size_t bytes) {
  std::string out;
  for (; bytes > 127; bytes >>= 7) out += static_cast<char>((bytes & 127) | 128);
  return out + static_cast<char>(bytes);
}

/// A field of bytes on the wire.
std::string field(int number, const std::string& content) {
  return length_of(static_cast<std::size_t>(number) << 3 | 2) + length_of(content.size()) + content;
}

std::string small_model() {
  return onnx::model_bytes(
      onnx::model_with(13, "x: 1,8,8,8 float",
                       onnx::weight("w", {16, 8, 3, 3}) + onnx::node("Conv", "x w", "c") +
                           onnx::node("Relu", "c", "y") + "output { name: 'y' }"));
}

void expect_refused(const std::string& path, const std::string& text) {
  const Ended ended = run_in_bounds(path);
  EXPECT_EQ(ended.code, 2) << ended.err.substr(0, 500);
  EXPECT_EQ(ended.out, "");
  EXPECT_THAT(ended.err, HasSubstr(text));
}

TEST(OnnxRobustness, TruncatedFilesAreRefusedAtEveryByte) {
  const Folder folder;
  const std::string whole = small_model();
  const std::string path = folder.write("model.onnx", whole);
  EXPECT_EQ(run_in_bounds(path).code, 0);
  for (std::size_t size = 0; size < whole.size(); size += 1 + whole.size() / 40) {
    const Ended ended = run_in_bounds(folder.write("cut.onnx", whole.substr(0, size)));
    EXPECT_EQ(ended.code, 2) << size << ": " << ended.err;
    EXPECT_THAT(ended.err, HasSubstr("cut.onnx: ")) << size;
  }
}

TEST(OnnxRobustness, GarbageOfAGigabyte) {
  const Folder folder;
  const std::string path = folder.write("zeros.onnx", "");
  ASSERT_EQ(::truncate(path.c_str(), 1 << 30), 0);
  expect_refused(path, "zeros.onnx: is no ONNX model: field tag 0 at byte 0");

  // A valid beginning, then a weight of four numbers whose data fill the rest of the file.
  const std::size_t data = std::size_t{1} << 30;
  const std::string tensor =
      std::string("\x08\x04\x10\x01", 4) + field(8, "w") + "\x4a" + length_of(data);
  const std::string initializer = "\x2a" + length_of(tensor.size() + data) + tensor;
  const std::string graph = "\x3a" + length_of(initializer.size() + data) + initializer;
  const std::string large = folder.write("large.onnx", "\x08\x08" + graph);
  ASSERT_EQ(::truncate(large.c_str(), static_cast<off_t>(2 + graph.size() + data)), 0);
  expect_refused(large,
                 "large.onnx: tensor 'w': has 1073741824 bytes of data (expected 16 for [4])");
}

TEST(OnnxRobustness, TextAndOtherFiles) {
  const Folder folder;
  expect_refused(folder.write("a.onnx", ""), "a.onnx: is empty");
  expect_refused(folder.write("b.onnx", "version https://git-lfs.github.com/spec/v1\noid ..."),
                 "b.onnx: is a Git LFS pointer, not the model ('git lfs pull' fetches it)");
  expect_refused(folder.write("c.onnx", "program(1.0) { }"), "c.onnx: is no ONNX model: ");
  expect_refused(folder.write("d.onnx", std::string("\x08\x08", 2)),
                 "d.onnx: is no ONNX model: it has no graph");
  std::filesystem::create_directory(folder.path("e.onnx"));
  expect_refused(folder.path("e.onnx"), "e.onnx");
}

TEST(OnnxRobustness, LengthsBeyondTheFile) {
  const Folder folder;
  // The graph claims 2^62 bytes.
  const std::string huge = "\x3a" + length_of(std::size_t{1} << 62);
  expect_refused(folder.write("a.onnx", "\x08\x08" + huge + "xyz"),
                 "field 7 of 4611686018427387904 bytes where 3 are left at byte 2");
  expect_refused(folder.write("b.onnx", "\x08\x08\x3a\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"),
                 "a number of over 64 bits");
}

TEST(OnnxRobustness, DeepNesting) {
  const Folder folder;
  // Graphs within attributes of nodes within graphs, two thousand deep.
  std::string graph;
  for (int i = 0; i < 2'000; ++i) {
    graph = field(1, field(4, "If") + field(5, field(1, "then_branch") + field(6, graph)));
  }
  expect_refused(folder.write("graphs.onnx", "\x08\x08" + field(7, graph)),
                 "graphs and types are nested deeper than 64 messages");
  // Sequences of sequences as the type of an input.
  std::string type = field(1, std::string("\x08\x01", 2));
  for (int i = 0; i < 2'000; ++i) type = field(4, field(1, type));
  const std::string input = field(11, field(1, "x") + field(2, type));
  expect_refused(folder.write("types.onnx", "\x08\x08" + field(7, input)), "nest too deep");
}

TEST(OnnxRobustness, MillionsOfEmptyFields) {
  const Folder folder;
  std::string nodes;
  for (int i = 0; i < 9'000'000; ++i) nodes += std::string("\x0a\x00", 2);
  expect_refused(folder.write("nodes.onnx", "\x08\x08" + field(7, nodes)),
                 "has over 8000000 fields");
}

TEST(OnnxRobustness, HostileNamesPrintHarmlessly) {
  const Folder folder;
  const std::string name = "</script>\\033[31m";
  const std::string model =
      onnx::model_bytes(onnx::model_with(13, "x: 1,8 float", onnx::node(name, "x", "y")));
  const Ended ended = run_in_bounds(folder.write("names.onnx", model));
  EXPECT_EQ(ended.code, 2);
  EXPECT_EQ(ended.err.find('\033'), std::string::npos);
  EXPECT_THAT(ended.err, HasSubstr("</script>\\x1b[31m"));
}

}  // namespace
}  // namespace anesim::e2e
