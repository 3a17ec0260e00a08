#include "validate/import/importer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "sim/core/error.h"
#include "sim/core/text.h"
#include "validate/import/formats.h"

namespace anesim::validate {
namespace {

struct Format {
  std::string_view name;
  Imported (*read)(std::string_view, const std::string&, const ImportOptions&);
};
constexpr std::array formats{Format{"aneforge", import_aneforge}, Format{"csv", import_csv},
                             Format{"maderix", import_maderix}};

}  // namespace

const std::vector<std::string>& import_formats() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> list;
    for (const Format& format : formats) list.emplace_back(format.name);
    return list;
  }();
  return names;
}

namespace {

/// Where the parser stopped, and on what: only the events of SAX tell it for every error.
struct Stop : nlohmann::json_sax<CaseWriter::Json> {
  std::size_t byte = 0;  ///< read when it stopped
  std::string token;

  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool string(string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool start_object(std::size_t) override { return true; }
  bool key(string_t&) override { return true; }
  bool end_object() override { return true; }
  bool start_array(std::size_t) override { return true; }
  bool end_array() override { return true; }
  bool parse_error(std::size_t position, const std::string& last,
                   const nlohmann::json::exception&) override {
    byte = position;
    token = last;
    return false;
  }
};

/// "path:line:column" of a byte.
std::string place_of(std::string_view text, std::size_t byte, const std::string& path) {
  const auto before = text.substr(0, std::min(byte, text.size()));
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const std::size_t start = before.rfind('\n');
  const std::size_t column = before.size() - (start == std::string_view::npos ? 0 : start + 1) + 1;
  return fmt::format("{}:{}:{}", printable(path, 200), line, column);
}

}  // namespace

CaseWriter::Json parse_json(std::string_view text, const std::string& path) {
  try {
    return CaseWriter::Json::parse(text);
  } catch (const CaseWriter::Json::out_of_range&) {  // a number that no double holds
    Stop stop;
    (void)CaseWriter::Json::sax_parse(text, &stop);
    const std::size_t begin = stop.byte - std::min(stop.byte, stop.token.size());
    throw UserError(fmt::format("{}: the number '{}' is too large (expected one below 1e308)",
                                place_of(text, begin, path), printable(stop.token, 40)));
  } catch (const CaseWriter::Json::parse_error& error) {
    throw UserError(fmt::format("{}: not a JSON document",
                                place_of(text, error.byte > 0 ? error.byte - 1 : 0, path)));
  }
}

Imported import_measurements(const std::string& format, std::string_view text,
                             const std::string& path, const ImportOptions& options) {
  for (const Format& known : formats) {
    if (known.name != format) continue;
    try {
      return known.read(text, path, options);
    } catch (const CaseWriter::Json::exception& error) {  // of a form that no reader foresaw
      throw UserError(fmt::format("{}: not what {} writes ({})", printable(path, 200), format,
                                  printable(error.what(), 200)));
    }
  }
  throw UserError(fmt::format("'{}' is not a format (expected {}){}", printable(format),
                              fmt::join(import_formats(), ", "),
                              did_you_mean(format, import_formats())));
}

}  // namespace anesim::validate
