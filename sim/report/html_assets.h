// Style and script of the HTML report, kept inline so that the page needs nothing else.
#pragma once

#include <string_view>

namespace anesim::report {

[[nodiscard]] std::string_view html_style();
/// Reads the JSON in #data; writes names by textContent only, never as markup.
[[nodiscard]] std::string_view html_script();

}  // namespace anesim::report
