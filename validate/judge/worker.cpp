#include "validate/judge/worker.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/prctl.h>
#endif

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>

#include "sim/core/error.h"
#include "validate/judge/prediction_line.h"

namespace anesim::validate {
namespace {

/// False if the reader is gone.
bool write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      return false;
    }
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

Prediction predict_safely(const CaseRequest& request, const Predict& predict) {
  try {
    return predict(request);
  } catch (const std::exception& error) {
    return Prediction::failed(error.what());
  } catch (...) {
    return Prediction::failed("ended with an unknown exception");
  }
}

[[noreturn]] void work(const std::vector<CaseRequest>& requests, const Predict& predict,
                       const std::deque<std::size_t>& cases, int descriptor, pid_t parent) {
  // Ctrl-C reaches the whole process group: the parent decides what happens, and a worker whose
  // parent is gone has nobody to work for.
  ::signal(SIGINT, SIG_IGN);
  ::signal(SIGPIPE, SIG_IGN);
#ifdef __linux__
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
  if (::getppid() != parent) ::_exit(0);
  for (const std::size_t index : cases) {
    if (!write_all(descriptor, prediction_line(index, predict_safely(requests[index], predict)))) {
      break;
    }
  }
  // No destructors, no flush: buffers of the parent must not be written twice.
  ::_exit(0);
}

}  // namespace

Worker::Worker(const std::vector<CaseRequest>& requests, const Predict& predict,
               std::deque<std::size_t> cases)
    : open_(std::move(cases)), case_started_(Clock::now()) {
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0) {
    throw UserError(fmt::format("cannot make a pipe to a worker process ({})", strerror(errno)));
  }
  const pid_t parent = ::getpid();
  pid_ = ::fork();
  if (pid_ < 0) {
    ::close(ends[0]);
    ::close(ends[1]);
    throw UserError(fmt::format("cannot start a worker process ({})", strerror(errno)));
  }
  if (pid_ == 0) {
    ::close(ends[0]);
    work(requests, predict, open_, ends[1], parent);
  }
  ::close(ends[1]);
  pipe_ = ends[0];
}

Worker::~Worker() {
  kill();
  (void)ending();
  if (pipe_ >= 0) ::close(pipe_);
}

std::vector<Worker::Answer> Worker::read_answers() {
  std::array<char, 65536> block{};
  ssize_t got = 0;
  do {
    got = ::read(pipe_, block.data(), block.size());
  } while (got < 0 && errno == EINTR);
  if (got <= 0) {
    finished_ = true;
    return {};
  }
  buffer_.append(block.data(), static_cast<std::size_t>(got));
  std::vector<Answer> answers;
  for (auto end = buffer_.find('\n'); end != std::string::npos; end = buffer_.find('\n')) {
    auto parsed = parse_prediction_line(std::string_view(buffer_).substr(0, end));
    buffer_.erase(0, end + 1);
    // Answers come in order; anything else in the pipe is not ours and is left out.
    if (!parsed || open_.empty() || parsed->first != open_.front()) continue;
    open_.pop_front();
    case_started_ = Clock::now();
    answers.push_back({parsed->first, std::move(parsed->second)});
  }
  return answers;
}

std::string Worker::ending() {
  if (!exit_status_) {
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    exit_status_ = status;
  }
  if (WIFSIGNALED(*exit_status_)) {
    return fmt::format("crashed (signal {})", WTERMSIG(*exit_status_));
  }
  if (WIFEXITED(*exit_status_) && WEXITSTATUS(*exit_status_) != 0) {
    return fmt::format("ended with exit code {}", WEXITSTATUS(*exit_status_));
  }
  return {};
}

void Worker::kill() {
  if (!exit_status_) ::kill(pid_, SIGKILL);
}

}  // namespace anesim::validate
