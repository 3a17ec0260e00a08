// Ctrl-C: exit code 130, and what is finished is kept (DESIGN.md).
#pragma once

#include <string>

namespace anesim::cli {

/// From now on Ctrl-C ends the process at once with 130, after writing what `keep` was given.
void catch_interrupts();

/// What standard output and standard error get if Ctrl-C comes before the next call of this.
void keep(std::string output, std::string message);

/// While it lives and was armed, the first Ctrl-C is only noted; the second one ends the process.
class NotedInterrupt {
 public:
  NotedInterrupt() = default;
  ~NotedInterrupt();
  NotedInterrupt(const NotedInterrupt&) = delete;
  NotedInterrupt& operator=(const NotedInterrupt&) = delete;

  void arm();
};
[[nodiscard]] bool interrupt_noted();

}  // namespace anesim::cli
