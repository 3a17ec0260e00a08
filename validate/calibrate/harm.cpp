#include "validate/calibrate/harm.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "validate/calibrate/patch.h"
#include "validate/judge/statistics.h"

namespace anesim::validate {
namespace {

/// Less is rounding.
constexpr double least_rise = 1e-6;

struct Errors {
  std::vector<double> error, loss;
  void add(double e, double l) {
    error.push_back(e);
    loss.push_back(l);
  }
  double median_error() const { return median(error).value_or(0); }
  double total_loss() const { return std::accumulate(loss.begin(), loss.end(), 0.0); }
};

void keep_worse(std::optional<Harm>& worst, std::size_t j, double before, double after,
                const std::string& why) {
  const double rise = after - before, share = rise / std::max(before, least_rise);
  if (rise > least_rise && share > least_rise && (!worst || share > worst->share))
    worst = Harm{j, share, why};
}

}  // namespace

std::optional<Harm> most_harmful_move(const UnitResult& r,
                                      const std::vector<PatchedCase>& patched) {
  std::optional<Harm> worst;
  for (const Move& m : moves_of(r)) {
    const auto j = static_cast<std::size_t>(m.parameter - r.unit.parameters.data());
    Errors before, after, before_crossed, crossed;
    for (std::size_t i = 0; i < r.cases.size(); ++i) {
      if (!r.fit.touched[j][i]) continue;
      const CalibratedCase& c = r.cases[i];
      before.add(c.before, c.loss_before);
      after.add(patched[i].error, patched[i].loss);
      if (!c.crossed) continue;
      before_crossed.add(c.before, c.loss_before);
      crossed.add(*c.crossed, c.loss_crossed.value_or(0));
    }
    const auto compare = [&](const Errors& a, const Errors& b, const char* how) {
      keep_worse(worst, j, a.median_error(), b.median_error(),
                 fmt::format("median error of its cases {:.1f} % as it is, {:.1f} % {}",
                             100 * a.median_error(), 100 * b.median_error(), how));
      keep_worse(worst, j, a.total_loss(), b.total_loss(),
                 fmt::format("loss of its cases {:.3g} as it is, {:.3g} {}", a.total_loss(),
                             b.total_loss(), how));
    };
    compare(before, after, "moved");
    if (!crossed.error.empty()) compare(before_crossed, crossed, "moved and cross-validated");
  }
  return worst;
}

}  // namespace anesim::validate
