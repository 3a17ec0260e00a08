// Fuzz target: any bytes are either imported as measurements, in a form that the strict reader
// accepts, or refused with a UserError.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string_view>

#include "sim/core/error.h"
#include "validate/data/measurement.h"
#include "validate/import/importer.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace anesim;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const std::string& format : validate::import_formats()) {
    // A table does not name its chip; the others are asked for the one they name, too.
    for (const char* chip : {"M4", ""}) {
      validate::Imported imported;
      try {
        imported = validate::import_measurements(format, text, "fuzz.txt", {.chip = chip});
      } catch (const UserError&) {
        continue;  // Refused, as it should be.
      }
      try {
        (void)validate::parse_measurements(imported.yaml, "imported.yaml");
      } catch (const UserError& error) {
        std::cerr << format << ": the import is no measurement file: " << error.what() << '\n';
        std::abort();
      }
    }
  }
  return 0;
}
