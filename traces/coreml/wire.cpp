#include "traces/coreml/wire.h"

#include <fmt/format.h>
#include <google/protobuf/io/coded_stream.h>

#include <bit>
#include <limits>

namespace anesim::coreml {

namespace {
enum WireType : int { varint_type = 0, fixed64_type = 1, bytes_type = 2, fixed32_type = 5 };

constexpr int deepest = 100;
/// A longer name or text is no name or text.
constexpr int longest_text = 1 << 20;
/// The largest model seen has 0.2 million messages (3,600 operations); language models have ten
/// times the operations.
constexpr std::int64_t most_messages = 4'000'000;
}  // namespace

Wire::Wire(google::protobuf::io::ZeroCopyInputStream& stream, std::int64_t bytes, std::string file)
    : in_(nullptr), file_(std::move(file)), budget_(most_messages) {
  if (bytes > std::numeric_limits<int>::max()) {
    throw UserError({file_, 0, 0}, fmt::format("{} bytes are too many for a Core ML model "
                                               "(expected at most 2 GiB)",
                                               bytes));
  }
  end_ = static_cast<int>(bytes);
  in_ = new google::protobuf::io::CodedInputStream(&stream);
}

Wire::~Wire() { delete in_; }

void Wire::fail(const std::string& what) const {
  throw UserError({file_, 0, 0}, fmt::format("byte {}: {}", in_->CurrentPosition(), what));
}

bool Wire::ended() const { return in_->CurrentPosition() >= end_; }

bool Wire::packed() const { return wire_type_ == bytes_type; }

std::int64_t Wire::varint() {
  std::uint64_t value = 0;
  if (!in_->ReadVarint64(&value)) fail("a number is cut off or too long");
  if (in_->CurrentPosition() > end_) fail("a number runs over the end of its message");
  return static_cast<std::int64_t>(value);
}

int Wire::next() {
  if (ended()) return 0;
  const std::int64_t tag = varint();
  if (tag <= 0 || tag > std::numeric_limits<std::uint32_t>::max() || (tag >> 3) == 0) {
    fail("no field begins here (expected a Core ML protobuf)");
  }
  number_ = static_cast<int>(tag >> 3);
  wire_type_ = static_cast<int>(tag & 7);
  if (wire_type_ != varint_type && wire_type_ != fixed64_type && wire_type_ != bytes_type &&
      wire_type_ != fixed32_type) {
    fail(fmt::format("field {} has wire type {} (expected 0, 1, 2 or 5)", number_, wire_type_));
  }
  pending_ = true;
  return number_;
}

int Wire::take_length() {
  const std::int64_t length = varint();
  const int left = end_ - in_->CurrentPosition();
  if (length < 0 || length > left) {
    fail(
        fmt::format("field {} is said to have {} bytes, {} are left: the file is truncated or no "
                    "Core ML model",
                    number_, static_cast<std::uint64_t>(length), left));
  }
  return static_cast<int>(length);
}

void Wire::skip() {
  pending_ = false;
  spend();
  int length = 0;
  switch (wire_type_) {
    case varint_type:
      (void)varint();
      return;
    case fixed64_type:
      length = 8;
      break;
    case fixed32_type:
      length = 4;
      break;
    default:
      length = take_length();
  }
  if (length > end_ - in_->CurrentPosition() || !in_->Skip(length)) fail("the file is truncated");
}

/// Small fields are cheap to write and dear to hold: there is a limit to all of a file.
void Wire::spend() {
  if (--budget_ < 0) {
    fail(fmt::format("over {} messages and fields (no network has so many)", most_messages));
  }
}

int Wire::enter() {
  require_type(bytes_type, "a message");
  spend();
  if (++depth_ > deepest) fail(fmt::format("messages are over {} deep", deepest));
  const int length = take_length();
  const int outer = end_;
  end_ = in_->CurrentPosition() + length;
  return outer;
}

void Wire::leave(int outer) {
  --depth_;
  end_ = outer;
}

void Wire::require_type(int type, const char* expected) {
  if (wire_type_ != type) {
    fail(fmt::format("field {} has wire type {} (expected {})", number_, wire_type_, expected));
  }
  pending_ = false;
}

std::int64_t Wire::integer() {
  require_type(varint_type, "a number");
  spend();
  return varint();
}

double Wire::fixed(int width) {
  if (width > end_ - in_->CurrentPosition()) fail("a number is cut off");
  if (width == 4) {
    std::uint32_t bits = 0;
    if (!in_->ReadLittleEndian32(&bits)) fail("a number is cut off");
    return std::bit_cast<float>(bits);
  }
  std::uint64_t bits = 0;
  if (!in_->ReadLittleEndian64(&bits)) fail("a number is cut off");
  return std::bit_cast<double>(bits);
}

double Wire::real() {
  spend();
  if (wire_type_ == fixed64_type) {
    pending_ = false;
    return fixed(8);
  }
  require_type(fixed32_type, "a float or a double");
  return fixed(4);
}

std::string Wire::text() {
  require_type(bytes_type, "a text");
  spend();
  const int length = take_length();
  if (length > longest_text) {
    fail(fmt::format("a text of {} bytes (expected at most {})", length, longest_text));
  }
  std::string result;
  if (!in_->ReadString(&result, length)) fail("the file is truncated");
  return result;
}

std::string Wire::short_bytes(std::int64_t most, std::int64_t& count) {
  require_type(bytes_type, "bytes");
  spend();
  const int length = take_length();
  count = length;
  std::string result;
  const bool read = length <= most ? in_->ReadString(&result, length) : in_->Skip(length);
  if (!read) fail("the file is truncated");
  return result;
}

std::int64_t Wire::length() {
  require_type(bytes_type, "bytes");
  spend();
  const int length = take_length();
  if (!in_->Skip(length)) fail("the file is truncated");
  return length;
}

std::int64_t Wire::count_reals(int width) {
  if (!packed()) {
    (void)real();
    return 1;
  }
  const std::int64_t bytes = length();
  if (bytes % width != 0) fail(fmt::format("{} bytes are no list of numbers", bytes));
  return bytes / width;
}

}  // namespace anesim::coreml
