// Whole files in and out (declared in text.h).
#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "sim/core/error.h"
#include "sim/core/text.h"

namespace anesim {
namespace {

/// A file descriptor closed when it goes.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ > STDERR_FILENO) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_;
};

[[noreturn]] void fail(const char* verb, const std::string& path, int error) {
  throw UserError(fmt::format("cannot {} '{}': {}", verb, printable(path, 200), strerror(error)));
}

/// Writes everything; returns errno of the first failure or 0.
int write_all(int fd, std::string_view content) {
  while (!content.empty()) {
    const ssize_t n = ::write(fd, content.data(), content.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return errno;
    content.remove_prefix(static_cast<std::size_t>(n));
  }
  return 0;
}

void write_standard_output(std::string_view content) {
  std::fflush(stdout);
  const int error = write_all(STDOUT_FILENO, content);
  if (error != 0 && error != EPIPE) fail("write", "-", error);  // a closed pipe ends silently
}

/// The file behind symbolic links, so that a rename does not replace the link.
std::string behind_links(const std::string& path) {
  const std::unique_ptr<char, decltype(&std::free)> real(::realpath(path.c_str(), nullptr),
                                                         &std::free);
  return real ? std::string(real.get()) : path;
}

/// Ctrl-C waits until a temporary file has its final name or is gone.
class InterruptsWait {
 public:
  InterruptsWait() {
    sigset_t interrupt;
    sigemptyset(&interrupt);
    sigaddset(&interrupt, SIGINT);
    ::sigprocmask(SIG_BLOCK, &interrupt, &before_);
  }
  ~InterruptsWait() { ::sigprocmask(SIG_SETMASK, &before_, nullptr); }
  InterruptsWait(const InterruptsWait&) = delete;
  InterruptsWait& operator=(const InterruptsWait&) = delete;

 private:
  sigset_t before_;
};

mode_t new_file_mode() {
  const mode_t mask = ::umask(0);
  ::umask(mask);
  return 0666 & ~mask;
}

}  // namespace

void write_whole_file(const std::string& path, std::string_view content) {
  if (path == "-") return write_standard_output(content);
  if (path.empty()) throw UserError("cannot write a file without a name");
  struct stat before {};
  const bool exists = ::stat(path.c_str(), &before) == 0;
  if (exists && S_ISDIR(before.st_mode)) fail("write", path, EISDIR);
  if (exists && !S_ISREG(before.st_mode)) {  // a device or a pipe cannot be replaced
    const Descriptor out(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    if (out.get() < 0) fail("write", path, errno);
    if (const int error = write_all(out.get(), content)) fail("write", path, error);
    return;
  }
  const std::string target = exists ? behind_links(path) : path;
  const InterruptsWait wait;
  std::string temporary = target + ".XXXXXX";
  const Descriptor out(::mkostemp(temporary.data(), O_CLOEXEC));
  if (out.get() < 0) fail("write", path, errno);
  const mode_t mode = exists ? before.st_mode & 07777 : new_file_mode();
  int error = write_all(out.get(), content);
  if (error == 0 && ::fchmod(out.get(), mode) != 0) error = errno;
  if (error == 0 && ::rename(temporary.c_str(), target.c_str()) != 0) error = errno;
  if (error == 0) return;
  ::unlink(temporary.c_str());
  fail("write", path, error);
}

std::string read_whole_file(const std::string& path, std::size_t limit) {
  const bool standard_input = path == "-";
  const Descriptor in(standard_input ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (in.get() < 0) fail("read", path, errno);
  struct stat status {};
  if (::fstat(in.get(), &status) != 0) fail("read", path, errno);
  if (S_ISDIR(status.st_mode)) fail("read", path, EISDIR);
  const auto size = S_ISREG(status.st_mode) ? static_cast<std::size_t>(status.st_size) : 0;
  std::string content;
  std::size_t used = 0;
  if (size <= limit) content.resize(size + 1);  // one more byte, so that the end is seen
  while (size <= limit) {
    const ssize_t n = ::read(in.get(), content.data() + used, content.size() - used);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail("read", path, errno);
    used += static_cast<std::size_t>(n);
    if (n == 0 || used > limit) break;
    if (used == content.size()) content.resize(2 * used + 65536);
  }
  if (size > limit || used > limit) {
    throw UserError(
        fmt::format("cannot read '{}': larger than {} MiB", printable(path, 200), limit >> 20));
  }
  content.resize(used);
  return content;
}

}  // namespace anesim
