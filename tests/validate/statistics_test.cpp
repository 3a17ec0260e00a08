// Statistics by hand.
#include "validate/judge/statistics.h"

#include <gtest/gtest.h>

#include <cmath>

namespace anesim::validate {
namespace {

TEST(Statistics, Quantiles) {
  const std::vector<double> values{4, 1, 3, 2};
  EXPECT_DOUBLE_EQ(*median(values), 2.5);
  EXPECT_DOUBLE_EQ(*quantile(values, 0), 1);
  EXPECT_DOUBLE_EQ(*quantile(values, 1), 4);
  EXPECT_DOUBLE_EQ(*quantile(values, 0.9), 3.7);
  EXPECT_DOUBLE_EQ(*median(std::vector<double>{7}), 7);
  EXPECT_FALSE(median({}));
}

TEST(Statistics, LeastSquares) {
  // Mean (2, 4); slope ((-1)(-2) + 0 + 1*1) / 2 = 1.5, intercept 4 - 1.5*2 = 1.
  const std::vector<double> x{1, 2, 3}, y{2, 5, 5};
  const auto line = least_squares(x, y);
  ASSERT_TRUE(line);
  EXPECT_DOUBLE_EQ(line->slope, 1.5);
  EXPECT_DOUBLE_EQ(line->intercept, 1);
  EXPECT_FALSE(least_squares(std::vector<double>{1}, std::vector<double>{2}));
  EXPECT_FALSE(least_squares(std::vector<double>{3, 3}, std::vector<double>{2, 4}));
}

TEST(Statistics, KendallTau) {
  // Of six pairs one is reversed: (5 - 1) / 6.
  const std::vector<RankedPair> pairs{{1, 1, 0}, {2, 3, 0}, {3, 2, 0}, {4, 4, 0}};
  EXPECT_NEAR(*kendall_tau(pairs), 4.0 / 6, 1e-12);
  // A tie in one ranking: 2 agreeing pairs, 2 untied of predicted, 3 of measured.
  const std::vector<RankedPair> tied{{1, 1, 0}, {1, 2, 0}, {2, 3, 0}};
  EXPECT_NEAR(*kendall_tau(tied), 2 / std::sqrt(2.0 * 3.0), 1e-12);
  // Things of different groups are not compared.
  EXPECT_FALSE(kendall_tau(std::vector<RankedPair>{{1, 2, 0}, {2, 1, 1}}));
}

TEST(Statistics, BootstrapIsRepeatable) {
  std::vector<double> values;
  for (int i = 1; i <= 101; ++i) values.push_back(i);
  const auto range = bootstrap_median(values);
  ASSERT_TRUE(range);
  EXPECT_LT(range->low, 51);
  EXPECT_GT(range->high, 51);
  EXPECT_GT(range->low, 35);
  EXPECT_LT(range->high, 67);
  const auto again = bootstrap_median(values);
  EXPECT_EQ(range->low, again->low);
  EXPECT_EQ(range->high, again->high);
  EXPECT_FALSE(bootstrap_median(std::vector<double>{1}));
}

TEST(Statistics, ExplainedShare) {
  const auto share = [](std::vector<Barred> cases) { return explained_share(cases); };
  EXPECT_FALSE(share({}));
  EXPECT_FALSE(share({{10, 10, 9, 11}}));                      // nothing missed
  EXPECT_NEAR(share({{11, 10, 9, 12}}).value(), 1, 1e-12);     // inside
  EXPECT_NEAR(share({{9, 10, 10, 12}}).value(), 0, 1e-12);     // the bar is on the other side
  EXPECT_NEAR(share({{40, 10, 9, 20}}).value(), 0.25, 1e-12);  // half of the way, in logs
  EXPECT_NEAR(share({{2.5, 10, 5, 11}}).value(), 0.25, 1e-12);
  EXPECT_NEAR(share({{1, 10, 0, 11}}).value(), 1, 1e-12);  // down to zero
  // A factor 2 explained and a factor 4 not: 1 of 1 + 4.
  EXPECT_NEAR(share({{20, 10, 9, 20}, {40, 10, 9, 10}}).value(), 0.2, 1e-12);
  EXPECT_FALSE(share({{0, 10, 9, 11}}));
}

}  // namespace
}  // namespace anesim::validate
