// The correlation report: predicted against measured as one offline HTML page.
#pragma once

#include <string>

#include "validate/judge/judge.h"
#include "validate/judge/report.h"

namespace anesim::validate {

/// One page without any outside reference: predicted against measured on log axes with error bands
/// and the bars of repeats, filters by class, chip and source (also by the address' hash, such as
/// "#class=formats&chip=M6"), distribution of errors, residuals against work, worst cases with
/// their predicted time by bound. Names of cases and sources are hostile text and harmless here.
[[nodiscard]] std::string correlation_page(const Judgement&, const ReportInfo&);

}  // namespace anesim::validate
