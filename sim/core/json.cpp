#include "sim/core/json.h"

#include <fmt/compile.h>

#include <cmath>
#include <iterator>

#include "sim/core/utf8.h"

namespace anesim {
namespace {

void append(fmt::memory_buffer& out, std::string_view text) {
  out.append(text.data(), text.data() + text.size());
}

}  // namespace

void append_json_string(fmt::memory_buffer& out, std::string_view text) {
  out.push_back('"');
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (c >= 0x20 && c < 0x7F && c != '"' && c != '\\' && c != '<' && c != '>' && c != '&') {
      out.push_back(c);
      ++at;
      continue;
    }
    const Utf8Step step = utf8_step(text, at);
    if (!step.valid) {
      append(out, "\\ufffd");
    } else if (c == '"' || c == '\\') {
      out.push_back('\\');
      out.push_back(c);
    } else if (c == '\n') {
      append(out, "\\n");
    } else if (c == '\t') {
      append(out, "\\t");
    } else if (step.code < 0x80 || (step.code < 0x10000 && is_deceptive(step.code))) {
      fmt::format_to(std::back_inserter(out), FMT_COMPILE("\\u{:04x}"),
                     static_cast<unsigned>(step.code));
    } else {
      append(out, text.substr(at, step.length));
    }
    at += step.length;
  }
  out.push_back('"');
}

void JsonWriter::new_line() {
  if (!pretty_) return;
  out_.push_back('\n');
  for (int i = 0; i < depth_; ++i) append(out_, "  ");
}

void JsonWriter::before_value() {
  if (after_key_) {
    after_key_ = false;
    return;
  }
  if (!first_) out_.push_back(',');
  if (depth_ > 0) new_line();
  first_ = false;
}

JsonWriter& JsonWriter::key(std::string_view name) {
  before_value();
  append_json_string(out_, name);
  append(out_, pretty_ ? ": " : ":");
  after_key_ = true;
  return *this;
}

JsonWriter& JsonWriter::open(char bracket) {
  before_value();
  out_.push_back(bracket);
  ++depth_;
  first_ = true;
  return *this;
}

JsonWriter& JsonWriter::close(char bracket) {
  --depth_;
  if (!first_) new_line();
  out_.push_back(bracket);
  first_ = false;
  return *this;
}

JsonWriter& JsonWriter::value(std::string_view text) {
  before_value();
  append_json_string(out_, text);
  return *this;
}

JsonWriter& JsonWriter::value(double number) {
  if (!std::isfinite(number)) return null();
  before_value();
  fmt::format_to(std::back_inserter(out_), FMT_COMPILE("{:.15g}"), number == 0 ? 0.0 : number);
  return *this;
}

JsonWriter& JsonWriter::value(std::int64_t number) {
  before_value();
  fmt::format_to(std::back_inserter(out_), FMT_COMPILE("{}"), number);
  return *this;
}

JsonWriter& JsonWriter::value(bool truth) {
  before_value();
  append(out_, truth ? "true" : "false");
  return *this;
}

JsonWriter& JsonWriter::null() {
  before_value();
  append(out_, "null");
  return *this;
}

}  // namespace anesim
