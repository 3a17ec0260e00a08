#include "validate/judge/statistics.h"

#include <algorithm>
#include <cmath>
#include <random>

namespace anesim::validate {
namespace {

constexpr int resamples = 1000;
constexpr std::uint64_t seed = 20261121;

double sorted_quantile(const std::vector<double>& sorted, double q) {
  const double at = q * static_cast<double>(sorted.size() - 1);
  const auto low = static_cast<std::size_t>(at);
  const std::size_t high = std::min(low + 1, sorted.size() - 1);
  return sorted[low] + (sorted[high] - sorted[low]) * (at - static_cast<double>(low));
}

int sign(double value) { return (value > 0) - (value < 0); }

}  // namespace

std::optional<double> quantile(std::span<const double> values, double q) {
  if (values.empty()) return std::nullopt;
  std::vector<double> sorted(values.begin(), values.end());
  std::sort(sorted.begin(), sorted.end());
  return sorted_quantile(sorted, q);
}

std::optional<double> median(std::span<const double> values) { return quantile(values, 0.5); }

std::optional<Line> least_squares(std::span<const double> x, std::span<const double> y) {
  const std::size_t n = std::min(x.size(), y.size());
  if (n < 2) return std::nullopt;
  double mean_x = 0, mean_y = 0;
  for (std::size_t i = 0; i < n; ++i) {
    mean_x += x[i] / static_cast<double>(n);
    mean_y += y[i] / static_cast<double>(n);
  }
  double xx = 0, xy = 0;
  for (std::size_t i = 0; i < n; ++i) {
    xx += (x[i] - mean_x) * (x[i] - mean_x);
    xy += (x[i] - mean_x) * (y[i] - mean_y);
  }
  if (xx == 0) return std::nullopt;
  const double slope = xy / xx;
  return Line{.slope = slope, .intercept = mean_y - slope * mean_x};
}

std::optional<double> kendall_tau(std::span<const RankedPair> pairs) {
  double balance = 0, untied_predicted = 0, untied_measured = 0;
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    for (std::size_t j = i + 1; j < pairs.size(); ++j) {
      if (pairs[i].group != pairs[j].group) continue;
      const int p = sign(pairs[i].predicted - pairs[j].predicted);
      const int m = sign(pairs[i].measured - pairs[j].measured);
      balance += p * m;
      untied_predicted += p != 0;
      untied_measured += m != 0;
    }
  }
  if (untied_predicted == 0 || untied_measured == 0) return std::nullopt;
  return balance / std::sqrt(untied_predicted * untied_measured);
}

std::optional<double> explained_share(std::span<const Barred> cases) {
  double explained = 0, all = 0;
  for (const Barred& c : cases) {
    if (!(c.predicted > 0) || !(c.measured > 0)) continue;
    const double error = std::abs(std::log(c.predicted / c.measured));
    // A bar that begins at zero has no end in logs.
    const double bar = c.predicted > c.measured ? std::log(c.high / c.measured)
                       : c.low > 0              ? std::log(c.measured / c.low)
                                                : error;
    const double within = std::clamp(bar, 0.0, error);
    explained += within * within;
    all += error * error;
  }
  if (all == 0) return std::nullopt;
  return explained / all;
}

std::optional<Range> bootstrap_median(std::span<const double> values) {
  if (values.size() < 2) return std::nullopt;
  // The generator's sequence is fixed by the standard; the distributions' are not.
  std::mt19937_64 random(seed);
  std::vector<double> medians;
  std::vector<double> sample(values.size());
  for (int i = 0; i < resamples; ++i) {
    for (double& drawn : sample) drawn = values[random() % values.size()];
    std::sort(sample.begin(), sample.end());
    medians.push_back(sorted_quantile(sample, 0.5));
  }
  std::sort(medians.begin(), medians.end());
  return Range{.low = sorted_quantile(medians, 0.05), .high = sorted_quantile(medians, 0.95)};
}

}  // namespace anesim::validate
