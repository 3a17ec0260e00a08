// The fit against models with known answers, and against numbers computed by hand.
#include "validate/calibrate/fit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "validate/calibrate/calibrate.h"

namespace anesim::validate {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr double none = std::numeric_limits<double>::quiet_NaN();

/// A model of one value a case, in logs.
LogModel model(const std::function<std::vector<double>(const std::vector<double>&)>& values) {
  return [values](const Points& points) -> std::optional<Points> {
    Points logs;
    for (const auto& p : points) {
      logs.emplace_back();
      for (const double v : values(p)) logs.back().push_back(std::log(v));
    }
    return logs;
  };
}

std::vector<double> logs(std::vector<double> values) {
  for (double& v : values) v = std::log(v);
  return values;
}

TEST(Fit, RecoversKnownValues) {
  // A call costs 20 us and 3 us a layer.
  const auto line = model([](const auto& p) {
    return std::vector{p[0] + p[1], p[0] + 4 * p[1], p[0] + 16 * p[1], p[0] + 64 * p[1]};
  });
  const Fit f = fit({{"start", 50, 1, 100}, {"layer", 1, 0.1, 10}}, logs({23, 32, 68, 212}), line);
  EXPECT_NEAR(f.parameters[0].value, 20, 0.02);
  EXPECT_NEAR(f.parameters[1].value, 3, 0.002);
  EXPECT_EQ(f.parameters[0].verdict, Verdict::fitted);
  EXPECT_LT(f.cost_after, 1e-6);
  EXPECT_GT(f.cost_before, 0.1);
  EXPECT_EQ(f.cases, 4u);
}

TEST(Fit, OneWildCaseDoesNotBendTheRest) {
  const auto proportional = model([](const auto& p) {
    return std::vector{p[0], 2 * p[0], 3 * p[0], 4 * p[0], 5 * p[0]};
  });
  const Fit f = fit({{"x", 5, 1, 100}}, logs({10, 20, 30, 40, 500}), proportional);
  // Four residuals t against the clipped 0.1 of the fifth: 4 t = 0.1.
  EXPECT_NEAR(f.parameters[0].value, 10 * std::exp(0.025), 0.01);
}

TEST(Fit, StandardErrorOfAMean) {
  const auto same = model([](const auto& p) { return std::vector<double>(4, std::exp(p[0])); });
  const Fit f = fit({{"x", 0.2, -1, 1}}, {0.01, -0.01, 0.01, -0.01}, same);
  EXPECT_NEAR(f.parameters[0].value, 0, 1e-6);
  // s^2 = 4e-4 / 3, over 4 cases.
  EXPECT_NEAR(*f.parameters[0].error, std::sqrt(1e-4 / 3), 1e-6);
  EXPECT_NEAR(f.correlation[0][0], 1, 1e-12);
}

TEST(Fit, CorrelationOfLineThroughOneAndTwo) {
  // ln y = a + b x at x = 1, 2, twice: the normal matrix is {{4, 6}, {6, 10}}, its inverse
  // {{10, -6}, {-6, 4}} / 4, the correlation -6 / sqrt(40).
  const auto line = model([](const auto& p) {
    return std::vector{std::exp(p[0] + p[1]), std::exp(p[0] + 2 * p[1]), std::exp(p[0] + p[1]),
                       std::exp(p[0] + 2 * p[1])};
  });
  const Fit f = fit({{"a", 0.1, -1, 1}, {"b", 0.1, -1, 1}}, {0.3, 0.5, 0.3, 0.5}, line);
  EXPECT_NEAR(f.parameters[0].value, 0.1, 1e-4);
  EXPECT_NEAR(f.parameters[1].value, 0.2, 1e-4);
  EXPECT_NEAR(f.correlation[0][1], -6 / std::sqrt(40), 1e-6);
}

TEST(Fit, PairThatActsAsOneIsTold) {
  const auto product = model([](const auto& p) {
    return std::vector{p[0] * p[1], 2 * p[0] * p[1], 3.0};
  });
  const Fit f = fit({{"rate", 2, 1, 10}, {"share", 0.5, 0.1, 1}}, logs({2, 4, 3}), product);
  EXPECT_EQ(f.parameters[0].verdict, Verdict::fitted);
  EXPECT_NEAR(f.parameters[0].value, 4, 0.01);  // share stays at a half
  EXPECT_EQ(f.parameters[1].verdict, Verdict::not_separable);
  EXPECT_EQ(f.parameters[1].value, 0.5);
  EXPECT_EQ(f.parameters[1].why, "all of its effect is that of rate");
}

TEST(Fit, ValuesWithoutEffectOrSlopeStay) {
  const auto decides = model([](const auto& p) {
    return std::vector{p[0], p[0], p[2] > 0.9 ? 3 * p[0] : p[0]};
  });
  const Fit f = fit({{"x", 1, 0.1, 10}, {"idle", 1, 0, 2}, {"threshold", 0.5, 0, 1}},
                    logs({2, 2, 2}), decides);
  EXPECT_NEAR(f.parameters[0].value, 2, 1e-3);
  EXPECT_EQ(f.parameters[1].verdict, Verdict::no_effect);
  EXPECT_EQ(f.parameters[2].verdict, Verdict::flat);
  EXPECT_EQ(f.parameters[2].value, 0.5);
  EXPECT_THAT(f.parameters[2].why, HasSubstr("further away"));
}

TEST(Fit, WhatIsPulledOutOfItsRangeStaysAndTheRestIsFittedAgain) {
  const auto line = model([](const auto& p) {
    return std::vector{p[0] + p[1], p[0] + 4 * p[1], p[0] + 16 * p[1]};
  });
  // True layer time 3, its range ends at 2.
  const Fit f = fit({{"start", 20, 1, 100}, {"layer", 1, 0.1, 2}}, logs({23, 32, 68}), line);
  EXPECT_EQ(f.parameters[1].verdict, Verdict::at_bound);
  EXPECT_NEAR(f.parameters[1].tried, 2, 1e-6);
  EXPECT_EQ(f.parameters[1].value, 1);
  EXPECT_EQ(f.parameters[1].why, "the data pull it to the upper end of its range");
  const Fit alone = fit({{"start", 20, 1, 100}}, logs({23, 32, 68}), model([](const auto& p) {
                          return std::vector{p[0] + 1, p[0] + 4, p[0] + 16};
                        }));
  EXPECT_NEAR(f.parameters[0].value, alone.parameters[0].value, 0.01);
}

TEST(Fit, ErrorWiderThanTheRangeIsTold) {
  const auto weak = model([](const auto& p) {
    return std::vector{std::exp(0.001 * p[0]), std::exp(0.001 * p[0]), std::exp(0.001 * p[0])};
  });
  const Fit f = fit({{"x", 0.5, 0, 1}}, {0.05, -0.05, 0.0015}, weak);
  EXPECT_EQ(f.parameters[0].verdict, Verdict::uncertain);
  EXPECT_EQ(f.parameters[0].value, 0.5);
}

TEST(Fit, OneCaseGivesAValueAndNoError) {
  const auto one = model([](const auto& p) { return std::vector{p[0]}; });
  const Fit f = fit({{"x", 1, 0.1, 10}}, logs({2}), one);
  EXPECT_NEAR(f.parameters[0].value, 2, 1e-4);
  EXPECT_FALSE(f.parameters[0].error);
  EXPECT_THAT(f.parameters[0].why, HasSubstr("no error can be given"));
}

TEST(Fit, CasesWithoutAPredictionOrMeasurementDoNotCount) {
  const auto some = model([](const auto& p) { return std::vector{p[0], none, p[0]}; });
  const Fit f = fit({{"x", 1, 0.1, 10}}, {std::log(2.0), std::log(5.0), none}, some);
  EXPECT_EQ(f.cases, 1u);
  EXPECT_NEAR(f.parameters[0].value, 2, 1e-4);
}

TEST(Fit, EndsWhereItIsInterrupted) {
  int asked = 0;
  const LogModel interrupted = [&](const Points& points) -> std::optional<Points> {
    if (++asked > 1) return std::nullopt;
    Points logs;
    for (const auto& p : points) logs.push_back({std::log(p[0])});
    return logs;
  };
  EXPECT_TRUE(fit({{"x", 1, 0.1, 10}}, logs({2}), interrupted).interrupted);
  EXPECT_EQ(asked, 2);
}

TEST(Folds, AreDealtWhole) {
  // Sizes 3, 2, 1, 1 into two groups: 3 and 1, 2 and 1; ties by name.
  EXPECT_THAT(deal_folds({"a", "b", "a", "c", "b", "a", "d"}, 2), ElementsAre(0, 1, 0, 1, 1, 0, 0));
  EXPECT_THAT(deal_folds({"a", "a"}, 10), ElementsAre(0, 0));
  EXPECT_TRUE(deal_folds({}, 10).empty());
}

TEST(CrossCheck, CountsOnlyWhatOtherFoldsInform) {
  std::vector<CalibratedCase> cases(4);
  for (std::size_t i = 0; i < 3; ++i) {
    cases[i].before = 0.2;
    cases[i].fitted = 0.1 * static_cast<double>(i + 1);
    cases[i].crossed = 0.12 * static_cast<double>(i + 1);
  }
  cases[3].fitted = 0.9;
  const CrossCheck c = cross_check({&cases[0], &cases[1], &cases[2], &cases[3]});
  EXPECT_EQ(c.cases, 4u);
  EXPECT_EQ(c.crossed, 3u);
  EXPECT_NEAR(c.fitted, 0.2, 1e-12);
  EXPECT_NEAR(*c.ratio(), 1.2, 1e-12);
  EXPECT_FALSE(cross_check({&cases[3]}).ratio());
}

}  // namespace
}  // namespace anesim::validate
