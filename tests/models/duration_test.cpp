// What a replay is refused for before it begins, and how one is stopped.
#include "models/duration.h"

#include <gmock/gmock.h>

#include "tests/models/fixture.h"

namespace anesim::models {
namespace {

using testing::HasSubstr;

std::string error_of(const auto& call) {
  try {
    call();
  } catch (const UserError& e) {
    return e.what();
  }
  return "accepted";
}

graph::Graph layer() { return workload("conv_chain,in_channels=64,height=16,width=16"); }

TEST(Duration, LoneTimeIsASumOverCalls) {
  const auto d = m6();
  const auto p = compiler::compile(layer(), d);
  const double one = lone_time(p, d).value;
  EXPECT_GT(one, 0);
  auto s = calls_of(layer(), 5);
  EXPECT_DOUBLE_EQ(lone_time(s, {p}, d).value, 5 * one);
  s.streams[0].gap_us = 10;
  EXPECT_DOUBLE_EQ(lone_time(s, {p}, d).value, 5 * one + 50e-6);
}

TEST(Duration, BeyondThePicosecondsIsRefused) {
  const auto d = m6();
  const auto big = workload("matmul,m=1000000,k=1000000,n=1000000");
  EXPECT_THAT(error_of([&] { (void)run(calls_of(big), d); }),
              testing::AllOf(HasSubstr("program 'matmul': 1 call of "),
                             HasSubstr(" s of simulated time on m6 (expected up to 1e+06 s")));
  auto waits = calls_of(layer(), 1'000'000);
  waits.streams[0].gap_us = 2e6;
  EXPECT_THAT(error_of([&] { (void)run(waits, d); }), HasSubstr("1000000 calls of "));
}

TEST(Stop, CallsUnderWayReturnAndNoneBegins) {
  const auto d = m6();
  const auto s = calls_of(layer(), 100'000, 2);
  auto options = on_engines(1);
  std::int64_t seen = 0;
  options.go_on = [&](const ReplayProgress& p) {
    EXPECT_EQ(p.calls, 100'000);
    EXPECT_GT(p.simulated_s, 0);
    seen = p.returned;
    return p.returned < 1000;
  };
  const FreshContext context;
  const auto r = replay(s, d, {plain_stack()}, options);
  EXPECT_FALSE(r.complete);
  EXPECT_EQ(static_cast<std::int64_t>(r.requests.size()), seen + 2);
  EXPECT_LT(seen, 5000);
  EXPECT_THAT(r.notes.back(), HasSubstr(" of 100000 calls"));
  EXPECT_GT(r.totals.simulated_us, 0);
}

TEST(Stop, AskingChangesNothing) {
  const auto d = m6();
  const auto s = calls_of(layer(), 300);
  auto asked = on_engines(1);
  int times = 0;
  asked.go_on = [&](const ReplayProgress&) { return ++times > 0; };
  const auto a = run(s, d, on_engines(1)), b = run(s, d, asked);
  EXPECT_GT(times, 2);
  EXPECT_TRUE(b.complete);
  EXPECT_EQ(a.totals.simulated_us, b.totals.simulated_us);
  EXPECT_EQ(a.totals.events, b.totals.events);
}

TEST(Stop, PeriodicCallsThatHaveNotBegunAreDropped) {
  const auto d = m6();
  auto s = calls_of(layer(), 1000);
  s.streams[0].period_us = 1000;
  auto options = on_engines(1);
  options.go_on = [](const ReplayProgress& p) { return p.returned < 10; };
  const FreshContext context;
  const auto r = replay(s, d, {plain_stack()}, options);
  EXPECT_FALSE(r.complete);
  EXPECT_LT(r.requests.size(), 20u);
}

}  // namespace
}  // namespace anesim::models
