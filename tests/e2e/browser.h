// Opens a page in headless Chromium, as a reader of a report would.
#pragma once

#include <string>
#include <vector>

namespace anesim::e2e {

struct Opened {
  bool available = false;  ///< false where no chromium is installed; with CI=true that fails
  std::string dom;         ///< the document after its scripts ran
  std::vector<std::string> errors;  ///< lines of the console
};

/// Opens the file with `hash` ("#class=formats") behind its address.
[[nodiscard]] Opened open_page(const std::string& path, const std::string& hash = "");

/// Value of a data- attribute of the document's root; "" if absent.
[[nodiscard]] std::string page_value(const Opened&, const std::string& name);
/// Text of the element with this id up to its end tag, markup included; "" if absent.
[[nodiscard]] std::string element(const Opened&, const std::string& tag, const std::string& id);
[[nodiscard]] std::size_t occurrences(const std::string& text, const std::string& word);

}  // namespace anesim::e2e
