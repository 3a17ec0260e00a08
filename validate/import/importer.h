// Other people's results as ane-measurements/1.
// What it models: three forms: the roofline JSON of ANEForge, the community_results.json of
//   maderix/ANE, and a table with a column a key (validate/README.md).
// What it leaves out: rows that no workload of the vocabulary can express; they are named.
// Source: form of the measurement files (validate/measurements/README.md).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace anesim::validate {

/// What a file does not say about itself; empty: taken from the file, or left to a default.
struct ImportOptions {
  std::string id{};  ///< of the source; default: the file's name
  std::string chip{};
  std::string stack{};  ///< csv only; default coreml
  std::string title{}, authors{}, url{}, licence{};
  std::string retrieved{};  ///< date, YYYY-MM-DD
};

struct Imported {
  std::string yaml;                   ///< an ane-measurements/1 file that the strict reader accepts
  std::size_t cases = 0;              ///< in it
  std::vector<std::string> left_out;  ///< place and reason, a line each
};

/// Size of a file that is imported, as of any measurement file.
inline constexpr std::size_t import_largest = std::size_t{64} << 20;

/// Formats by name: "aneforge", "maderix", "csv".
[[nodiscard]] const std::vector<std::string>& import_formats();

/// Throws UserError with the place (line of a table, path inside a JSON document): wrong form, a
/// number that is none, an unknown chip or unit, no case at all.
[[nodiscard]] Imported import_measurements(const std::string& format, std::string_view text,
                                           const std::string& path, const ImportOptions&);

}  // namespace anesim::validate
