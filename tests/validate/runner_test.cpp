// The parallel runner: order kept, a crash or a hang costs one case, Ctrl-C keeps what is done.
#include "validate/judge/runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <cstdlib>
#include <stdexcept>

#include "tests/validate/fixture.h"
#include "validate/judge/prediction_line.h"

namespace anesim::validate {
namespace {

using ::testing::HasSubstr;

/// Cases "c0" to "c<n-1>", measured 1 us each.
struct Cases {
  explicit Cases(int n) : file(make(n)) {
    for (const Case& c : file.cases) requests.push_back(request_for(file, c));
  }
  static MeasurementFile make(int n) {
    std::vector<TestCase> cases;
    for (int i = 0; i < n; ++i) cases.push_back({.id = fmt::format("c{}", i), .value = 1});
    return test_file(cases);
  }
  MeasurementFile file;
  std::vector<CaseRequest> requests;
};

int number_of(const CaseRequest& request) { return std::atoi(request.measured->id.c_str() + 1); }

RunOptions quiet(int jobs, double timeout_s = 20, std::size_t chunk = 0) {
  RunOptions options;
  options.jobs = jobs;
  options.timeout_s = timeout_s;
  options.chunk = chunk;
  options.progress = false;
  return options;
}

TEST(Runner, KeepsTheOrder) {
  const Cases cases(200);
  const auto outcome = run_cases(
      cases.requests, [](const CaseRequest& r) { return predicted(number_of(r)); }, quiet(4));
  ASSERT_EQ(outcome.predictions.size(), 200u);
  EXPECT_FALSE(outcome.interrupted);
  for (int i = 0; i < 200; ++i) {
    EXPECT_EQ(outcome.predictions[static_cast<std::size_t>(i)].status, Status::ok);
    EXPECT_EQ(outcome.predictions[static_cast<std::size_t>(i)].value, i);
  }
}

TEST(Runner, WorkersAreOtherProcesses) {
  const Cases cases(4);
  const double self = ::getpid();
  const auto outcome = run_cases(
      cases.requests, [](const CaseRequest&) { return predicted(::getpid()); }, quiet(2));
  for (const Prediction& p : outcome.predictions) EXPECT_NE(p.value, self);
}

TEST(Runner, SurvivesCrashesAndHangs) {
  const Cases cases(30);
  const auto start = std::chrono::steady_clock::now();
  const auto outcome = run_cases(
      cases.requests,
      [](const CaseRequest& r) -> Prediction {
        switch (number_of(r)) {
          case 3:
            ::raise(SIGKILL);
            break;
          case 5:
            for (;;) ::pause();
          case 7:
            ::_exit(9);
          case 11:
            throw std::runtime_error("no such chip \xff");
          case 13:
            throw 5;
          case 17:
            return predicted(std::nan(""));
          case 19:
            ::_exit(0);
          default:
            break;
        }
        return predicted(1);
      },
      quiet(2, 0.4, 10));
  const auto& p = outcome.predictions;
  EXPECT_EQ(p[3].status, Status::failed);
  EXPECT_EQ(p[3].reason, "crashed (signal 9)");
  EXPECT_EQ(p[5].status, Status::timeout);
  EXPECT_EQ(p[5].reason, "no answer within 0.4 s");
  EXPECT_EQ(p[7].reason, "ended with exit code 9");
  EXPECT_THAT(p[11].reason, HasSubstr("no such chip"));
  EXPECT_EQ(p[13].reason, "ended with an unknown exception");
  EXPECT_EQ(p[17].reason, "the prediction is not a finite number");
  EXPECT_EQ(p[19].reason, "ended without an answer");
  int good = 0;
  for (const Prediction& prediction : p) good += prediction.status == Status::ok;
  EXPECT_EQ(good, 23);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10));
}

TEST(Runner, UnsupportedRequestsAreNotAsked) {
  Cases cases(2);
  cases.requests[0].unsupported = "in words";
  const auto outcome = run_cases(
      cases.requests,
      [](const CaseRequest& r) {
        if (number_of(r) == 0) ::abort();
        return predicted(1);
      },
      quiet(1));
  EXPECT_EQ(outcome.predictions[0].status, Status::unsupported);
  EXPECT_EQ(outcome.predictions[0].reason, "in words");
  EXPECT_EQ(outcome.predictions[1].status, Status::ok);
}

TEST(Runner, InterruptKeepsWhatIsDone) {
  const Cases cases(6);
  const pid_t self = ::getpid();
  const auto outcome = run_cases(
      cases.requests,
      [self](const CaseRequest& r) {
        if (number_of(r) == 3) {
          ::usleep(200'000);  // the answers before this one are read first
          ::kill(self, SIGINT);
          for (;;) ::pause();
        }
        return predicted(1);
      },
      quiet(1, 20, 6));
  EXPECT_TRUE(outcome.interrupted);
  EXPECT_EQ(outcome.predictions[2].status, Status::ok);
  EXPECT_EQ(outcome.predictions[3].status, Status::failed);
  EXPECT_EQ(outcome.predictions[5].reason, "not run: interrupted");
}

TEST(Runner, NothingToDo) {
  const std::vector<CaseRequest> none;
  const auto outcome = run_cases(
      none, [](const CaseRequest&) { return predicted(1); }, quiet(2));
  EXPECT_TRUE(outcome.predictions.empty());
  EXPECT_FALSE(outcome.interrupted);
}

TEST(PredictionLines, RoundTrip) {
  Prediction p = predicted(1.0 / 3);
  p.low = 0.25;
  p.high = 0.5;
  p.fitted_on = true;
  p.reason = "two\nlines";
  const auto back = parse_prediction_line(prediction_line(7, p));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->first, 7u);
  EXPECT_EQ(back->second.value, p.value);
  EXPECT_EQ(back->second.low, p.low);
  EXPECT_EQ(back->second.high, p.high);
  EXPECT_EQ(back->second.reason, p.reason);
  EXPECT_TRUE(back->second.fitted_on);
  EXPECT_FALSE(parse_prediction_line("warning: something"));
  EXPECT_FALSE(parse_prediction_line("{\"status\": 9}"));
}

TEST(Runner, CtrlCWhileTheFormulaRunsIsAnInterruption) {
  const Cases cases(6);
  const auto machine = [](const CaseRequest&) { return predicted(1); };
  const auto formula = [](const CaseRequest& r) {
    if (number_of(r) == 1) {
      ::kill(::getppid(), SIGINT);
      ::usleep(300000);
    }
    return predicted(2);
  };
  const auto both = run_both(cases.requests, machine, formula, quiet(1, 20, 1));
  EXPECT_TRUE(both.interrupted);
  for (const Prediction& p : both.machine) EXPECT_EQ(p.status, Status::ok);
  EXPECT_EQ(both.baseline.at(0).value, 2);
  EXPECT_THAT(both.baseline.at(5).reason, HasSubstr("interrupted"));
}

TEST(Runner, TheFormulaDoesNotRunAfterCtrlC) {
  const Cases cases(4);
  const auto both = run_both(
      cases.requests,
      [](const CaseRequest&) {
        ::kill(::getppid(), SIGINT);
        ::usleep(300000);
        return predicted(1);
      },
      [](const CaseRequest&) { return predicted(2); }, quiet(1, 20, 1));
  EXPECT_TRUE(both.interrupted);
  EXPECT_TRUE(both.baseline.empty());
}

TEST(Runner, BothAnswerWhenNothingStopsThem) {
  const Cases cases(3);
  const auto both = run_both(
      cases.requests, [](const CaseRequest&) { return predicted(1); },
      [](const CaseRequest&) { return predicted(2); }, quiet(2));
  EXPECT_FALSE(both.interrupted);
  EXPECT_EQ(both.machine.at(2).value, 1);
  EXPECT_EQ(both.baseline.at(2).value, 2);
}

}  // namespace
}  // namespace anesim::validate
