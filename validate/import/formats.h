// One function a format of other people's results.
#pragma once

#include <string>
#include <string_view>

#include "validate/import/case_writer.h"
#include "validate/import/importer.h"

namespace anesim::validate {

[[nodiscard]] Imported import_aneforge(std::string_view text, const std::string& path,
                                       const ImportOptions&);
[[nodiscard]] Imported import_csv(std::string_view text, const std::string& path,
                                  const ImportOptions&);
[[nodiscard]] Imported import_maderix(std::string_view text, const std::string& path,
                                      const ImportOptions&);

/// Parses JSON. Throws UserError with line and column.
[[nodiscard]] CaseWriter::Json parse_json(std::string_view text, const std::string& path);

}  // namespace anesim::validate
