// Reader of Core ML models: .mlmodel files, .mlpackage folders, compiled .mlmodelc folders.
// What it reads: ML programs of all opsets up to CoreML9, through the importer of MIL text.
// What it leaves out: values of weights; weight files are never opened.
// Source: graph-inputs.md sections 2 and 3 (the public format files of coremltools).
#pragma once

#include <string>
#include <string_view>

#include "traces/graph/graph.h"
#include "traces/mil/mil.h"

namespace anesim::coreml {

/// Reads `path`: an .mlmodel file, an .mlpackage or an .mlmodelc folder. Throws UserError.
[[nodiscard]] graph::Graph read_coreml(const std::string& path, const mil::ReadOptions& = {});
/// The same from the bytes of an .mlmodel; `file` is for messages.
[[nodiscard]] graph::Graph parse_coreml(std::string_view bytes, const std::string& file,
                                        const mil::ReadOptions& = {});
/// Whether a file that begins with `head` is a Core ML protobuf.
[[nodiscard]] bool looks_like_model(std::string_view head);

}  // namespace anesim::coreml
