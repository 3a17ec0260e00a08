// Reads the wire format of protobufs field by field, through protobuf's own CodedInputStream.
// What it does: enters messages, skips what nobody asks for (weights are never loaded), refuses
//   truncated or oversized fields, deep nesting and floods of messages before they cost memory.
// What it leaves out: descriptors and reflection, which would cost start-up time.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "sim/core/error.h"

namespace google::protobuf::io {
class CodedInputStream;
class ZeroCopyInputStream;
}  // namespace google::protobuf::io

namespace anesim::coreml {

class Wire {
 public:
  /// `bytes` is the size of the stream, `file` is for messages. Throws UserError over 2 GiB, the
  /// most that protobuf allows.
  Wire(google::protobuf::io::ZeroCopyInputStream& stream, std::int64_t bytes, std::string file);
  ~Wire();
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  [[nodiscard]] const std::string& file() const { return file_; }
  /// Throws UserError naming the file and the byte.
  [[noreturn]] void fail(const std::string& what) const;

  /// Calls `field(number)` for each field of the current message; what it does not read is skipped.
  template <class Field>
  void fields(Field&& field) {
    while (const int number = next()) {
      field(number);
      if (pending_) skip();
    }
  }
  /// Enters the field as a message.
  template <class Field>
  void message(Field&& field) {
    const int outer = enter();
    fields(std::forward<Field>(field));
    leave(outer);
  }

  /// What the current field is on the wire.
  [[nodiscard]] bool holds_integer() const { return wire_type_ == 0; }
  [[nodiscard]] bool holds_bytes() const { return wire_type_ == 2; }
  [[nodiscard]] std::int64_t integer();
  [[nodiscard]] bool flag() { return integer() != 0; }
  [[nodiscard]] double real();  ///< float or double, as the wire says
  [[nodiscard]] std::string text();
  /// The bytes of a field if they are at most `most`, else nothing; `count` is their number.
  [[nodiscard]] std::string short_bytes(std::int64_t most, std::int64_t& count);
  /// Passes over a string or bytes field and returns its length.
  [[nodiscard]] std::int64_t length();
  /// Calls `item(value)` for each number of a repeated field, packed or not.
  template <class Item>
  void integers(Item&& item) {
    if (!packed()) return item(integer());
    const int outer = enter();
    while (!ended()) item(varint());
    leave(outer);
  }
  /// The same for floats (`width` 4) or doubles (8).
  template <class Item>
  void reals(int width, Item&& item) {
    if (!packed()) return item(real());
    const int outer = enter();
    while (!ended()) item(fixed(width));
    leave(outer);
  }
  /// Count of the floats (`width` 4) or doubles (8) of a repeated field, without reading them.
  [[nodiscard]] std::int64_t count_reals(int width);

 private:
  int next();
  void skip();
  int enter();
  void leave(int outer);
  [[nodiscard]] bool ended() const;
  [[nodiscard]] bool packed() const;
  std::int64_t varint();
  double fixed(int width);
  int take_length();
  void require_type(int type, const char* expected);
  void spend();

  // Behind a pointer so that protobuf's headers stay out of this one.
  google::protobuf::io::CodedInputStream* in_;
  std::string file_;
  int wire_type_ = 0;
  int number_ = 0;
  bool pending_ = false;
  int end_ = 0;  ///< of the current message, in bytes from the start
  int depth_ = 0;
  std::int64_t budget_ = 0;
};

}  // namespace anesim::coreml
