#include "sim/cli/interrupt.h"

#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <utility>

#include "sim/cli/options.h"
#include "sim/core/interrupt.h"

namespace anesim::cli {
namespace {

struct Kept {
  std::string output, message;
};

// A signal handler can reach nothing but statics. It is blocked while `kept` changes.
Kept kept;
volatile std::sig_atomic_t armed = 0;
volatile std::sig_atomic_t noted = 0;

void write_all(int fd, const std::string& text) {
  std::size_t done = 0;
  while (done < text.size()) {
    const ssize_t n = ::write(fd, text.data() + done, text.size() - done);
    if (n <= 0) return;
    done += static_cast<std::size_t>(n);
  }
}

void on_interrupt(int) {
  const Interrupt which = note_interrupt();
  if (which == Interrupt::repeated) return;
  if (armed != 0 && which == Interrupt::first) {
    noted = 1;
    return;
  }
  write_all(STDOUT_FILENO, kept.output);
  write_all(STDERR_FILENO, kept.message);
  std::_Exit(interrupted);
}

}  // namespace

void catch_interrupts() {
  struct sigaction action {};
  action.sa_handler = on_interrupt;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  ::sigaction(SIGINT, &action, nullptr);
}

void keep(std::string output, std::string message) {
  Kept next{std::move(output), std::move(message)};
  sigset_t interrupt, before;
  sigemptyset(&interrupt);
  sigaddset(&interrupt, SIGINT);
  ::sigprocmask(SIG_BLOCK, &interrupt, &before);
  std::swap(kept, next);
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
}

void NotedInterrupt::arm() { armed = 1; }
NotedInterrupt::~NotedInterrupt() { armed = 0; }

bool interrupt_noted() { return noted != 0; }

}  // namespace anesim::cli
