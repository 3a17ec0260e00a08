// Shared by the tests of language models and training: the folder of models, the text of an error.
#pragma once

#include <filesystem>
#include <string>

#include "sim/core/error.h"

namespace anesim::language {

inline const std::filesystem::path& folder() {
  static const std::filesystem::path path =
      std::filesystem::path(ANESIM_SOURCE_DIR) / "configs" / "llms";
  return path;
}

inline std::string error_of(auto call) {
  try {
    call();
  } catch (const UserError& e) {
    return e.what();
  }
  return "no error";
}

}  // namespace anesim::language
