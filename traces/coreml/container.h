// Folders that hold a Core ML model: .mlpackage and compiled .mlmodelc.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace anesim::coreml {

enum class Content : std::uint8_t { protobuf, text, pipeline };

struct Container {
  Content content = Content::protobuf;
  std::string file;                ///< of a protobuf or of MIL text
  std::vector<std::string> parts;  ///< folders of a compiled pipeline, in their order
};

/// What lies behind `path`, a file or a folder. Files named by a manifest must lie inside the
/// package. Throws UserError saying what is missing.
[[nodiscard]] Container look_inside(const std::string& path);

}  // namespace anesim::coreml
