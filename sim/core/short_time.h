// Times as sentences have them: few digits, the unit that suits, no exponents.
#pragma once

#include <string>

namespace anesim {

/// "4.2 ms", "17.53 ms" with four digits, "0 us".
[[nodiscard]] std::string short_time(double us, int digits = 3);
/// "329-1300 us": both ends in the unit of `us`, which lies between them.
[[nodiscard]] std::string short_range(double low_us, double us, double high_us, int digits = 3);

}  // namespace anesim
