// JSON text written straight into a buffer: keys in the order they are written, about 20 ns a
// value.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace anesim {

/// Appends a JSON string with its quotes. Invalid UTF-8 becomes U+FFFD; `<`, `>` and `&` are
/// escaped too, so that the text may stand inside an HTML script element.
void append_json_string(fmt::memory_buffer& out, std::string_view text);

/// Writes one document. The caller opens and closes in order; commas and indentation come by
/// themselves. Numbers are printed with up to 15 digits; what is not finite becomes null.
class JsonWriter {
 public:
  enum class Layout { pretty, compact };
  explicit JsonWriter(Layout layout) : pretty_(layout == Layout::pretty) {}

  JsonWriter& key(std::string_view name);
  JsonWriter& begin_object() { return open('{'); }
  JsonWriter& end_object() { return close('}'); }
  JsonWriter& begin_array() { return open('['); }
  JsonWriter& end_array() { return close(']'); }

  JsonWriter& value(std::string_view text);
  JsonWriter& value(const char* text) { return value(std::string_view(text)); }
  JsonWriter& value(const std::string& text) { return value(std::string_view(text)); }
  JsonWriter& value(double number);
  JsonWriter& value(std::int64_t number);
  JsonWriter& value(bool truth);
  JsonWriter& null();
  template <class T>
  JsonWriter& value(const std::optional<T>& v) {
    return v ? value(*v) : null();
  }

  [[nodiscard]] std::string text() const { return fmt::to_string(out_); }

 private:
  JsonWriter& open(char bracket);
  JsonWriter& close(char bracket);
  void before_value();
  void new_line();

  fmt::memory_buffer out_;
  bool pretty_;
  int depth_ = 0;
  bool first_ = true;       ///< nothing written yet at this depth
  bool after_key_ = false;  ///< the next value follows its key
};

}  // namespace anesim
