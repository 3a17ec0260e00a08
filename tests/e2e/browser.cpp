#include "tests/e2e/browser.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <sstream>

#include "tests/e2e/program.h"
#include "tests/prerequisites.h"

namespace anesim::e2e {

Opened open_page(const std::string& path, const std::string& hash) {
  Opened opened;
  if (shell("command -v chromium").code != 0) {
    if (in_ci()) ADD_FAILURE() << "chromium is not installed (CI=true: pages must be opened)";
    return opened;
  }
  const Folder profile;
  const Ended ended =
      shell(fmt::format("HOME={0} chromium --headless --no-sandbox --disable-gpu "
                        "--disable-dev-shm-usage --user-data-dir={0} --enable-logging=stderr "
                        "--virtual-time-budget=20000 --window-size=1400,900 --dump-dom "
                        "'file://{1}{2}'",
                        profile.path(), path, hash),
            {.folder = profile.path(), .seconds = 100});
  opened.available = true;
  opened.dom = ended.out;
  std::istringstream lines(ended.err);
  for (std::string line; std::getline(lines, line);) {
    if (line.find("CONSOLE") != std::string::npos) opened.errors.push_back(line);
  }
  return opened;
}

std::string page_value(const Opened& opened, const std::string& name) {
  const std::string root = opened.dom.substr(0, opened.dom.find("<head"));
  const std::string key = " data-" + name + "=\"";
  const std::size_t at = root.find(key);
  if (at == std::string::npos) return "";
  const std::size_t begin = at + key.size();
  return root.substr(begin, root.find('"', begin) - begin);
}

std::string element(const Opened& opened, const std::string& tag, const std::string& id) {
  const std::size_t begin = opened.dom.find(fmt::format("<{} id=\"{}\"", tag, id));
  if (begin == std::string::npos) return "";
  return opened.dom.substr(begin, opened.dom.find(fmt::format("</{}>", tag), begin) - begin);
}

std::size_t occurrences(const std::string& text, const std::string& word) {
  std::size_t n = 0;
  for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) ++n;
  return n;
}

}  // namespace anesim::e2e
