// Files of the tree that the build puts into the program, so that a page needs nothing else
// (anesim_embed in CMakeLists.txt).
#pragma once

#include <string_view>

namespace anesim::embedded {

/// The chart library as one script: global `Plot` (sim/report/charts).
extern const std::string_view charts_js;
/// Style and script of the correlation report (validate/report).
extern const std::string_view correlation_css;
extern const std::string_view correlation_js;

}  // namespace anesim::embedded
