// Types and values of ML programs (MIL.proto) in the form of MIL text.
#pragma once

#include <string_view>

#include "traces/coreml/wire.h"
#include "traces/mil/syntax.h"

namespace anesim::coreml {

/// Reads the current field as a ValueType. Throws UserError for a data type that is not known and
/// for a tensor whose rank is not known.
[[nodiscard]] mil::Type read_type(Wire&);
/// Reads the current field as a Value: small tensors with their numbers, large ones and blobs by
/// size only, dictionaries and tuples empty.
[[nodiscard]] mil::Value read_value(Wire&);

}  // namespace anesim::coreml
