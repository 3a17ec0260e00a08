#include "tests/e2e/program.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>

namespace anesim::e2e {
namespace {

using Clock = std::chrono::steady_clock;

void close_if_open(int& fd) {
  if (fd >= 0) ::close(fd);
  fd = -1;
}

/// Feeds and drains the three pipes until both outputs end; false after the time limit.
bool exchange(int in, int out, int err, const Given& given, Ended& ended) {
  const auto until = Clock::now() + std::chrono::duration<double>(given.seconds);
  std::size_t written = 0;
  if (given.input.empty()) close_if_open(in);
  bool in_time = true;
  while (out >= 0 || err >= 0) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now());
    if (left.count() <= 0) {
      in_time = false;
      break;
    }
    pollfd waits[] = {{in, POLLOUT, 0}, {out, POLLIN, 0}, {err, POLLIN, 0}};
    if (::poll(waits, 3, static_cast<int>(left.count())) < 0) continue;
    if (waits[0].revents != 0) {
      const ssize_t n = ::write(in, given.input.data() + written, given.input.size() - written);
      if (n > 0) written += static_cast<std::size_t>(n);
      if (n < 0 || written == given.input.size()) close_if_open(in);
    }
    char buffer[65536];
    if (waits[1].revents != 0) {
      const ssize_t n = ::read(out, buffer, sizeof buffer);
      if (n > 0) ended.out.append(buffer, static_cast<std::size_t>(n));
      if (n <= 0 || ended.out.size() >= given.read_only) close_if_open(out);
    }
    if (waits[2].revents != 0) {
      const ssize_t n = ::read(err, buffer, sizeof buffer);
      if (n > 0) ended.err.append(buffer, static_cast<std::size_t>(n));
      if (n <= 0) close_if_open(err);
    }
  }
  close_if_open(in);
  close_if_open(out);
  close_if_open(err);
  return in_time;
}

Ended execute(const std::vector<std::string>& words, const Given& given) {
  int in[2], out[2], err[2];
  if (::pipe2(in, O_CLOEXEC) != 0 || ::pipe2(out, O_CLOEXEC) != 0 || ::pipe2(err, O_CLOEXEC) != 0) {
    ADD_FAILURE() << "no pipe";
    return {};
  }
  std::vector<char*> argv;
  for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  const std::string folder = given.folder.empty() ? ANESIM_SOURCE_DIR : given.folder;
  const std::string programs = std::filesystem::path(ANESIM_BINARY).parent_path().string() + ":" +
                               std::string(std::getenv("PATH") ? std::getenv("PATH") : "/bin");
  std::signal(SIGPIPE, SIG_IGN);  // a program may end without reading its input
  const pid_t child = ::fork();
  if (child == 0) {
    std::signal(SIGPIPE, SIG_DFL);
    ::dup2(in[0], STDIN_FILENO);
    ::dup2(out[1], STDOUT_FILENO);
    ::dup2(err[1], STDERR_FILENO);
    ::setenv("PATH", programs.c_str(), 1);
    if (::chdir(folder.c_str()) == 0) ::execv(argv[0], argv.data());
    ::_exit(127);
  }
  ::close(in[0]);
  ::close(out[1]);
  ::close(err[1]);
  Ended ended;
  const bool in_time = exchange(in[1], out[0], err[0], given, ended);
  if (!in_time) ::kill(child, SIGKILL);
  int status = 0;
  rusage used{};
  ::wait4(child, &status, 0, &used);
  ended.peak_bytes = std::int64_t{used.ru_maxrss} * 1024;
  if (!in_time) {
    ADD_FAILURE() << "still running after " << given.seconds << " s";
  } else {
    ended.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  return ended;
}

}  // namespace

Ended anesim(const std::vector<std::string>& arguments, const Given& given) {
  std::vector<std::string> words{ANESIM_BINARY};
  words.insert(words.end(), arguments.begin(), arguments.end());
  return execute(words, given);
}

Ended shell(const std::string& line, const Given& given) {
  return execute({"/bin/sh", "-c", line}, given);
}

Folder::Folder() {
  std::string name = (std::filesystem::temp_directory_path() / "anesim-e2e-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) ADD_FAILURE() << "no folder " << name;
  root_ = name;
}

Folder::~Folder() {
  std::error_code ignored;
  std::filesystem::remove_all(root_, ignored);
}

std::string Folder::path(const std::string& name) const {
  return name.empty() ? root_.string() : (root_ / name).string();
}

std::string Folder::write(const std::string& name, const std::string& text) const {
  std::ofstream(root_ / name, std::ios::binary) << text;
  return path(name);
}

std::vector<std::string> Folder::names() const {
  std::vector<std::string> out;
  for (const auto& entry : std::filesystem::directory_iterator(root_))
    out.push_back(entry.path().filename().string());
  std::sort(out.begin(), out.end());
  return out;
}

std::string file_text(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
  return text;
}

std::string source(const std::string& name) { return ANESIM_SOURCE_DIR "/" + name; }

}  // namespace anesim::e2e
