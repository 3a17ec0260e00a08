// Collects imported cases and writes them as an ane-measurements/1 file.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "validate/import/importer.h"

namespace anesim::validate {

/// A file in the making. Every case is checked by the strict reader as it comes, so that messages
/// name the place it was taken from.
class CaseWriter {
 public:
  using Json = nlohmann::ordered_json;

  struct Header {
    std::string api = "private", stack = "private", toolchain{}, os{}, method{};
    double memory_gb = 0;  ///< 0: not stated
  };

  CaseWriter(const ImportOptions& options, std::string path, std::string chip, Header header);

  /// `fields` as in the file; an id that exists already gets a number. `place` is "file:line" or
  /// the path inside a JSON document. Throws UserError.
  void add(const std::string& place, Json fields);
  [[nodiscard]] std::size_t cases() const { return cases_.size(); }
  /// The whole file. Throws UserError if there is no case.
  [[nodiscard]] std::string yaml() const;

 private:
  [[nodiscard]] Json head() const;

  ImportOptions options_;
  std::string path_, chip_;
  Header header_;
  std::vector<Json> cases_;
  std::set<std::string> ids_;
  std::map<std::string, int> last_number_;  ///< that an id got
};

/// YAML of a JSON value: maps and lists in flow style, texts quoted where they need it.
[[nodiscard]] std::string flow_yaml(const CaseWriter::Json&);

/// Name of a chip from what a machine calls it: "Apple M4 Pro" is "M4 Pro".
[[nodiscard]] std::string chip_name(std::string text);

}  // namespace anesim::validate
