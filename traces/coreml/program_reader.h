// ML programs (MIL.proto) in the form that MIL text is parsed to.
#pragma once

#include "traces/coreml/wire.h"
#include "traces/mil/syntax.h"

namespace anesim::coreml {

/// Reads the current field as a Program. Parameters and attributes come in alphabetical order, as
/// Core ML's compiler writes them: the order of a protobuf map means nothing. Throws UserError.
[[nodiscard]] mil::Program read_program(Wire&);

}  // namespace anesim::coreml
