#include "traces/mil/opset.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace anesim::mil {
namespace {

struct Family {
  std::string_view word;
  int newest;
};
/// Of coremltools 9, whose target iOS 26 is CoreML9.
constexpr std::array families{Family{"CoreML", 9}, Family{"ios", 26}, Family{"macos", 26}};

}  // namespace

std::optional<std::string> newest_before(std::string_view opset) {
  for (const Family& f : families) {
    if (!opset.starts_with(f.word)) continue;
    const std::string_view digits = opset.substr(f.word.size());
    const bool number =
        !digits.empty() && std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; });
    if (!number) continue;
    const std::size_t first = std::min(digits.find_first_not_of('0'), digits.size() - 1);
    const std::string_view n = digits.substr(first);
    const std::string newest = fmt::format("{}", f.newest);
    if (n.size() > newest.size() || (n.size() == newest.size() && n > newest))
      return fmt::format("{}{}", f.word, newest);
  }
  return std::nullopt;
}

}  // namespace anesim::mil
