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

CaseWriter::Json parse_json(std::string_view text, const std::string& path) {
  try {
    return CaseWriter::Json::parse(text);
  } catch (const CaseWriter::Json::parse_error& error) {
    const std::size_t end = std::min(error.byte > 0 ? error.byte - 1 : 0, text.size());
    const auto before = text.substr(0, end);
    const auto line = std::count(before.begin(), before.end(), '\n') + 1;
    const std::size_t start = before.rfind('\n');
    const std::size_t column = end - (start == std::string_view::npos ? 0 : start + 1) + 1;
    throw UserError(
        fmt::format("{}:{}:{}: not a JSON document", printable(path, 200), line, column));
  }
}

Imported import_measurements(const std::string& format, std::string_view text,
                             const std::string& path, const ImportOptions& options) {
  for (const Format& known : formats) {
    if (known.name == format) return known.read(text, path, options);
  }
  throw UserError(fmt::format("'{}' is not a format (expected {}){}", printable(format),
                              fmt::join(import_formats(), ", "),
                              did_you_mean(format, import_formats())));
}

}  // namespace anesim::validate
