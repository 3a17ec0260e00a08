// Statistics of errors: pure functions, deterministic.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace anesim::validate {

/// Quantile with linear interpolation between order statistics (as NumPy's default); nothing for
/// no values. `q` in 0..1.
[[nodiscard]] std::optional<double> quantile(std::span<const double> values, double q);
[[nodiscard]] std::optional<double> median(std::span<const double> values);

struct Line {
  double slope = 0;
  double intercept = 0;
};
/// Least-squares line; nothing for fewer than two different x.
[[nodiscard]] std::optional<Line> least_squares(std::span<const double> x,
                                                std::span<const double> y);

/// Two rankings of one thing; only things of one group are compared.
struct RankedPair {
  double predicted = 0;
  double measured = 0;
  std::int64_t group = 0;
};
/// Kendall's tau-b over all pairs within groups: 1 same order, -1 reversed. Nothing if no pair
/// differs in both rankings' ties.
[[nodiscard]] std::optional<double> kendall_tau(std::span<const RankedPair>);

/// A prediction beside a measurement whose repeats spread from `low` to `high`.
struct Barred {
  double predicted = 0;
  double measured = 0;
  double low = 0;
  double high = 0;
};
/// The share of the error that repeats explain, 0..1: of the squared log errors summed over the
/// cases, the part from the measurement to the end of its bar on the prediction's side. 1 if every
/// prediction lies inside its bar, 0 if no bar reaches towards its prediction. Squares, because
/// independent errors add so; a case far outside counts for what it misses. Values not above zero
/// are left out. Nothing without a case, or where nothing is missed.
[[nodiscard]] std::optional<double> explained_share(std::span<const Barred>);

struct Range {
  double low = 0;
  double high = 0;
};
/// 90 % bootstrap interval of the median: 1000 resamples from a fixed seed, so the same values give
/// the same interval. Nothing for fewer than two values.
[[nodiscard]] std::optional<Range> bootstrap_median(std::span<const double> values);

}  // namespace anesim::validate
