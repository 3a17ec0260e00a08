// The sets of operations that functions are written against: "ios18" in MIL text, "CoreML8" in
// protobufs. What a set holds is not checked, each operation is known or not by itself.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace anesim::mil {

/// The newest known opset of the same spelling, where `opset` is a later one: what it means may
/// have changed.
[[nodiscard]] std::optional<std::string> newest_before(std::string_view opset);

}  // namespace anesim::mil
