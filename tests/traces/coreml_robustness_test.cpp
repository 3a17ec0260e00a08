// Hostile protobufs: refused in bounded time and memory, with a message that says where.
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "tests/traces/coreml_writer.h"
#include "traces/coreml/coreml.h"

namespace anesim::coreml {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

const Bytes vector_type = tensor_type(10, {4});
const Bytes x = named(1, "x", vector_type);

std::string refusal(const Bytes& bytes) {
  try {
    (void)parse_coreml(bytes, "m.mlmodel");
  } catch (const UserError& error) {
    return error.what();
  }
  return "";
}

Bytes small_model() {
  return ml_program(x, operation("relu", bound("x", "x") + named(3, "y", vector_type)), "y",
                    part(1, array_feature("x", {4})));
}

TEST(HostileCoreML, EveryTruncationIsRefused) {
  const Bytes whole = small_model();
  ASSERT_EQ(refusal(whole), "");
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_THAT(refusal(whole.substr(0, size)), StartsWith("m.mlmodel: ")) << size;
  }
}

TEST(HostileCoreML, EveryFlippedByteIsReadOrRefused) {
  const Bytes whole = small_model();
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (const int flip : {1, 2, 4, 8, 16, 32, 64, 128, 255}) {
      Bytes changed = whole;
      changed[at] = static_cast<char>(changed[at] ^ flip);
      (void)refusal(changed);
    }
  }
}

TEST(HostileCoreML, LengthsBeyondTheFile) {
  const Bytes huge = varint(502 << 3 | 2) + varint(0x7fffffff);
  EXPECT_EQ(refusal(number(1, 8) + huge + "abc"),
            "m.mlmodel: byte 9: field 502 is said to have 2147483647 bytes, 3 are left: the file "
            "is truncated or no Core ML model");
  const Bytes longer = varint(502 << 3 | 2) + varint(~std::uint64_t{0});
  EXPECT_THAT(refusal(number(1, 8) + longer), HasSubstr("is said to have 18446744073709551615"));
  // In a message that ends before the file does.
  EXPECT_THAT(refusal(number(1, 8) + part(502, varint(2 << 3 | 2) + varint(100)) + Bytes(200, 0)),
              HasSubstr("field 2 is said to have 100 bytes, 0 are left"));
}

TEST(HostileCoreML, Nesting) {
  Bytes block = part(2, "x");
  for (int i = 0; i < 1000; ++i) {
    block = operation("cond", bound("pred", "x") + part(4, block)) + part(2, "x");
  }
  const Bytes blocks = model("", 502, program({{"main", x + part(2, "o") + entry(3, "o", block)}}));
  EXPECT_THAT(refusal(blocks), HasSubstr(" deep"));

  Bytes type = vector_type;
  for (int i = 0; i < 10000; ++i) {
    if (type.size() > 2'000'000) break;
    type = part(2, part(1, type));  // a list of lists
  }
  EXPECT_THAT(refusal(ml_program(named(1, "x", type), "", "x")), HasSubstr("over 100 deep"));

  Bytes nested = small_model();
  for (int i = 0; i < 300; ++i) nested = model("", 202, part(1, nested));
  EXPECT_THAT(refusal(nested), HasSubstr("over 100 deep"));
}

TEST(HostileCoreML, FloodsOfMessages) {
  // Two bytes each: ten megabytes that would become gigabytes.
  Bytes empty;
  for (int i = 0; i < 5'000'000; ++i) empty += "\x12";  // field 2, length 18 ...
  EXPECT_NE(refusal(number(1, 8) + part(500, empty)), "");
  Bytes layers;
  layers.reserve(10'000'000);
  for (int i = 0; i < 5'000'000; ++i) layers += Bytes("\x0a\x00", 2);
  EXPECT_THAT(refusal(number(1, 8) + part(500, layers)), HasSubstr("messages and fields"));
}

TEST(HostileCoreML, CyclesAreUndefinedNames) {
  const Bytes cycle =
      operation("add", bound("x", "x") + bound("y", "b") + named(3, "a", vector_type)) +
      operation("relu", bound("x", "a") + named(3, "b", vector_type));
  EXPECT_THAT(refusal(ml_program(x, cycle, "b")), HasSubstr("name 'b' is not defined"));
  const Bytes self = operation("relu", bound("x", "a") + named(3, "a", vector_type));
  EXPECT_THAT(refusal(ml_program(x, self, "a")), HasSubstr("name 'a' is not defined"));
}

TEST(HostileCoreML, HugeShapes) {
  const Bytes huge = tensor_type(10, {std::int64_t{1} << 62, std::int64_t{1} << 62});
  EXPECT_THAT(refusal(ml_program(named(1, "x", huge), "", "x")), HasSubstr("over 2^63 elements"));
  EXPECT_THAT(refusal(ml_program(x, constant("c", huge, blob_value(huge, 64)), "x")),
              HasSubstr("over 2^63 elements"));
  const Bytes negative = part(1, number(1, 10) + part(3, part(1, number(1, -4))));
  EXPECT_THAT(refusal(ml_program(named(1, "x", negative), "", "x")), HasSubstr("a dimension of"));
  Bytes unknown_rank = part(1, number(1, 10) + number(2, -1));
  EXPECT_THAT(refusal(ml_program(named(1, "x", unknown_rank), "", "x")),
              HasSubstr("a tensor of unknown rank"));
}

TEST(HostileCoreML, GigabyteOfGarbage) {
  const std::filesystem::path file = std::filesystem::path(testing::TempDir()) / "garbage.mlmodel";
  std::ofstream(file).close();
  std::filesystem::resize_file(file, std::uintmax_t{1} << 30);
  const auto refused = [&]() -> std::string {
    try {
      (void)read_coreml(file.string());
    } catch (const UserError& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_THAT(refused(), HasSubstr("no field begins here"));
  // A head that promises a gigabyte of weights: passed over, never loaded.
  std::ofstream(file) << number(1, 1) << part(2, "") << varint(500 << 3 | 2)
                      << varint((1 << 30) - 100);
  std::filesystem::resize_file(file, std::uintmax_t{1} << 30);
  EXPECT_THAT(refused(), HasSubstr("no field begins here"));
  std::filesystem::resize_file(file, std::uintmax_t{3} << 30);
  EXPECT_THAT(refused(), HasSubstr("3221225472 bytes are too many"));
  std::filesystem::remove(file);
}

}  // namespace
}  // namespace anesim::coreml
