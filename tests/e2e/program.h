// Runs the built program as a user would: arguments, standard input, a folder to stand in.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace anesim::e2e {

struct Ended {
  int code = -1;  ///< exit code; 128 + signal where a signal ended it; -1 after the time limit
  std::string out, err;
  /// Largest resident size it had; never below this process's own size when it was started, as
  /// Linux counts from the fork.
  std::int64_t peak_bytes = 0;
};

struct Given {
  std::string input{};               ///< standard input
  std::string folder{};              ///< to run in; empty: the source folder
  double seconds = 300;              ///< ends what hangs; also with sanitizers on a busy machine
  std::size_t read_only = SIZE_MAX;  ///< closes standard output after so many bytes
};

/// `arguments` without the program's name.
[[nodiscard]] Ended anesim(const std::vector<std::string>& arguments, const Given& = {});
/// A line for /bin/sh that may call `anesim`.
[[nodiscard]] Ended shell(const std::string& line, const Given& = {});

/// A new folder that goes with its owner.
class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  [[nodiscard]] std::string path(const std::string& name = {}) const;
  /// Writes a file and returns its path.
  std::string write(const std::string& name, const std::string& text) const;
  [[nodiscard]] std::vector<std::string> names() const;  ///< sorted

 private:
  std::filesystem::path root_;
};

[[nodiscard]] std::string file_text(const std::string& path);
[[nodiscard]] std::string replaced(std::string text, const std::string& from,
                                   const std::string& to);
/// A file of the source folder.
[[nodiscard]] std::string source(const std::string& name);

}  // namespace anesim::e2e
