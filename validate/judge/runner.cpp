#include "validate/judge/runner.h"

#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <deque>
#include <memory>
#include <thread>

#include "sim/core/error.h"
#include "sim/core/interrupt.h"
#include "validate/judge/worker.h"

namespace anesim::validate {
namespace {

// A signal handler can reach nothing but a static.
volatile sig_atomic_t interrupt_seen = 0;

/// Notes Ctrl-C while it lives, instead of ending the process.
class InterruptGuard {
 public:
  explicit InterruptGuard(bool active) : active_(active) {
    interrupt_seen = 0;
    if (!active_) return;
    struct sigaction action {};
    action.sa_handler = [](int) {
      (void)note_interrupt();  // what follows within the moment belongs to it, guard or not
      interrupt_seen = 1;
    };
    sigemptyset(&action.sa_mask);
    ::sigaction(SIGINT, &action, &before_);
  }
  ~InterruptGuard() {
    if (active_) ::sigaction(SIGINT, &before_, nullptr);
  }
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

 private:
  bool active_;
  struct sigaction before_ {};
};

/// One line on standard error that is written over, at most ten times a second.
class Progress {
 public:
  Progress(bool wanted, std::size_t total, std::string label)
      : active_(wanted && ::isatty(STDERR_FILENO) == 1), total_(total), label_(std::move(label)) {}
  ~Progress() {
    if (shown_) std::fputs("\r\033[K", stderr);
  }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void show(std::size_t done) {
    const auto now = std::chrono::steady_clock::now();
    if (!active_ || now - last_ < std::chrono::milliseconds(100)) return;
    last_ = now;
    shown_ = true;
    fmt::print(stderr, "\r{}{} of {} cases", label_, done, total_);
    std::fflush(stderr);
  }

 private:
  bool active_;
  std::size_t total_;
  std::string label_;
  bool shown_ = false;
  std::chrono::steady_clock::time_point last_{};
};

class Run {
 public:
  Run(const std::vector<CaseRequest>& requests, const Predict& predict, const RunOptions& options)
      : requests_(requests),
        predict_(predict),
        options_(options),
        jobs_(options.jobs > 0 ? static_cast<std::size_t>(options.jobs)
                               : std::max<std::size_t>(1, std::thread::hardware_concurrency())),
        progress_(options.progress, requests.size(), options.label) {
    outcome_.predictions.assign(requests.size(), Prediction::failed("not run: interrupted"));
    for (std::size_t i = 0; i < requests.size(); ++i) {
      if (requests[i].unsupported.empty()) {
        waiting_.push_back(i);
      } else {
        answer(i, Prediction::unsupported(requests[i].unsupported));
      }
    }
    // Small enough that the last process does not leave the others idle, large enough that a fork
    // (about a millisecond) does not count.
    chunk_ = options.chunk > 0 ? options.chunk
                               : std::clamp<std::size_t>(waiting_.size() / (jobs_ * 16), 1, 64);
  }

  RunOutcome execute() {
    const InterruptGuard guard(options_.catch_interrupt);
    while ((!waiting_.empty() || !workers_.empty()) && !interrupted()) {
      while (workers_.size() < jobs_ && !waiting_.empty()) start_worker();
      wait_for_answers();
      stop_late_workers();
      retire_finished_workers();
      progress_.show(done_);
    }
    outcome_.interrupted = interrupted() && done_ < requests_.size();
    workers_.clear();
    return std::move(outcome_);
  }

 private:
  using Workers = std::vector<std::unique_ptr<Worker>>;

  static bool interrupted() { return interrupt_seen != 0; }

  void answer(std::size_t index, Prediction prediction) {
    outcome_.predictions[index] = std::move(prediction);
    ++done_;
  }

  void start_worker() {
    const std::size_t size = std::min(chunk_, waiting_.size());
    const auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(size);
    workers_.push_back(std::make_unique<Worker>(requests_, predict_,
                                                std::deque<std::size_t>(waiting_.begin(), end)));
    waiting_.erase(waiting_.begin(), end);
  }

  /// Time to the earliest deadline in milliseconds, at most 100 so that progress moves.
  [[nodiscard]] int patience() const {
    double least = 0.1;
    for (const auto& worker : workers_) least = std::min(least, time_left(*worker));
    return std::max(0, static_cast<int>(least * 1000) + 1);
  }
  [[nodiscard]] double time_left(const Worker& worker) const {
    const std::chrono::duration<double> used = Worker::Clock::now() - worker.case_started();
    return options_.timeout_s - used.count();
  }

  void wait_for_answers() {
    std::vector<pollfd> descriptors;
    for (const auto& worker : workers_) descriptors.push_back({worker->descriptor(), POLLIN, 0});
    if (::poll(descriptors.data(), descriptors.size(), patience()) <= 0) return;
    for (std::size_t i = 0; i < descriptors.size(); ++i) {
      if (descriptors[i].revents == 0) continue;
      for (auto& [index, prediction] : workers_[i]->read_answers()) {
        answer(index, std::move(prediction));
      }
    }
  }

  void stop_late_workers() {
    for (auto& worker : workers_) {
      if (worker->finished() || worker->open_cases().empty() || time_left(*worker) > 0) continue;
      worker->kill();
      answer(worker->open_cases().front(),
             {.status = Status::timeout,
              .reason = fmt::format("no answer within {} s", options_.timeout_s)});
      give_back_rest(*worker);
      worker.reset();
    }
    std::erase(workers_, nullptr);
  }

  void retire_finished_workers() {
    for (auto& worker : workers_) {
      if (!worker->finished()) continue;
      if (!worker->open_cases().empty()) {
        const std::string ending = worker->ending();
        answer(worker->open_cases().front(),
               Prediction::failed(ending.empty() ? "ended without an answer" : ending));
        give_back_rest(*worker);
      }
      worker.reset();
    }
    std::erase(workers_, nullptr);
  }

  /// Everything behind the case that went wrong gets another process.
  void give_back_rest(const Worker& worker) {
    waiting_.insert(waiting_.begin(), worker.open_cases().begin() + 1, worker.open_cases().end());
  }

  const std::vector<CaseRequest>& requests_;
  const Predict& predict_;
  const RunOptions& options_;
  std::size_t jobs_;
  std::size_t chunk_ = 1;
  std::deque<std::size_t> waiting_;
  Workers workers_;
  RunOutcome outcome_;
  std::size_t done_ = 0;
  Progress progress_;
};

}  // namespace

RunOutcome run_cases(const std::vector<CaseRequest>& requests, const Predict& predict,
                     const RunOptions& options) {
  return Run(requests, predict, options).execute();
}

BothOutcomes run_both(const std::vector<CaseRequest>& requests, const Predict& machine,
                      const Predict& baseline, const RunOptions& options) {
  BothOutcomes both;
  RunOutcome first = run_cases(requests, machine, options);
  both.machine = std::move(first.predictions);
  both.interrupted = first.interrupted;
  if (both.interrupted) return both;
  RunOptions quiet = options;
  quiet.progress = false;  // a formula is quick
  RunOutcome second = run_cases(requests, baseline, quiet);
  both.baseline = std::move(second.predictions);
  both.interrupted = second.interrupted;
  return both;
}

}  // namespace anesim::validate
