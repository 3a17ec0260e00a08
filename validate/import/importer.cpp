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

/// Far beyond what any of the formats writes. Members are looked up one after the other, levels are
/// written out by recursion, and every case repeats the keys above it.
constexpr std::size_t most_levels = 200, most_members = 1000, longest_key = 1000;

/// Reads without keeping anything: where the parser stopped and on what, for every kind of error.
struct Check : nlohmann::json_sax<CaseWriter::Json> {
  std::size_t byte = 0;  ///< read when it stopped
  std::string token;
  bool too_large = false;         ///< a number that no double holds
  std::string excess;             ///< what passes a limit
  std::vector<std::size_t> open;  ///< members of the objects and lists that are not closed

  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool string(string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool start_object(std::size_t) override { return start(); }
  bool key(string_t& text) override {
    if (text.size() > longest_key)
      return refuse(fmt::format("a key of more than {} bytes", longest_key));
    if (++open.back() > most_members)
      return refuse(fmt::format("an object of more than {} members", most_members));
    return true;
  }
  bool end_object() override { return end(); }
  bool start_array(std::size_t) override { return start(); }
  bool end_array() override { return end(); }
  bool parse_error(std::size_t position, const std::string& last,
                   const nlohmann::json::exception& error) override {
    byte = position;
    token = last;
    too_large = dynamic_cast<const CaseWriter::Json::out_of_range*>(&error) != nullptr;
    return false;
  }

 private:
  bool start() {
    open.push_back(0);
    return open.size() <= most_levels || refuse(fmt::format("more than {} levels", most_levels));
  }
  bool end() {
    open.pop_back();
    return true;
  }
  bool refuse(std::string what) {
    excess = std::move(what);
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
  Check check;
  if (CaseWriter::Json::sax_parse(text, &check)) return CaseWriter::Json::parse(text);
  if (!check.excess.empty())
    throw UserError(fmt::format("{}: has {}", printable(path, 200), check.excess));
  if (check.too_large) {
    const std::size_t begin = check.byte - std::min(check.byte, check.token.size());
    throw UserError(fmt::format("{}: the number '{}' is too large (expected one below 1e308)",
                                place_of(text, begin, path), printable(check.token, 40)));
  }
  throw UserError(fmt::format("{}: not a JSON document",
                              place_of(text, check.byte > 0 ? check.byte - 1 : 0, path)));
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
