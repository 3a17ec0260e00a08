#include "sim/core/text.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/core/utf8.h"

namespace anesim {
namespace {

/// Longer words are never typos of our names, and the distance costs the product of both lengths.
constexpr std::size_t longest_word = 200;

std::string lower_case(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

/// Damerau-Levenshtein distance in its common form (optimal string alignment): an exchange of
/// neighbours counts one.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), above(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) above[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = a[i - 1] == b[j - 1] ? 0 : 1;
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + change});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], before[j - 2] + 1);
      }
    }
    std::swap(before, above);
    std::swap(above, row);
  }
  return above[b.size()];
}

}  // namespace

std::string nearest(std::string_view word, const std::vector<std::string>& candidates) {
  if (word.empty() || word.size() > longest_word) return {};
  const std::string wanted = lower_case(word);
  std::string best;
  std::size_t best_distance = longest_word;
  for (const std::string& candidate : candidates) {
    if (candidate.empty() || candidate.size() > longest_word) continue;
    const std::size_t distance = edit_distance(wanted, lower_case(candidate));
    const std::size_t allowed = std::max(word.size(), candidate.size()) / 3;
    if (distance > allowed || distance >= best_distance) continue;
    best = candidate;
    best_distance = distance;
  }
  return best;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates) {
  const std::string near = nearest(word, candidates);
  return near.empty() ? std::string() : fmt::format(" (did you mean '{}'?)", near);
}

std::string printable(std::string_view name, std::size_t limit) {
  constexpr std::string_view dots = "...";
  std::string out;
  std::size_t shown = 0;   // characters in `out`
  std::size_t cut_at = 0;  // bytes of `out` that leave room for the dots
  const std::size_t room = limit > dots.size() ? limit - dots.size() : 0;
  for (std::size_t at = 0; at < name.size();) {
    const Utf8Step step = utf8_step(name, at);
    const std::string_view bytes = name.substr(at, step.length);
    if (step.valid && !is_deceptive(step.code)) {
      out += bytes;
      shown += 1;
    } else {
      for (const char c : bytes) out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
      shown += 4 * bytes.size();
    }
    if (shown <= room) cut_at = out.size();
    if (shown > limit) {
      out.resize(cut_at);
      return out.append(dots);
    }
    at += step.length;
  }
  return out;
}

std::string html_escaped(std::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 8);
  for (std::size_t at = 0; at < text.size();) {
    const Utf8Step step = utf8_step(text, at);
    const bool space = step.code == '\n' || step.code == '\t';
    if (!step.valid || (is_deceptive(step.code) && !space)) {
      out += "\xEF\xBF\xBD";  // U+FFFD, the replacement character
    } else if (step.code == '&') {
      out += "&amp;";
    } else if (step.code == '<') {
      out += "&lt;";
    } else if (step.code == '>') {
      out += "&gt;";
    } else if (step.code == '"') {
      out += "&quot;";
    } else if (step.code == '\'') {
      out += "&#39;";
    } else {
      out += text.substr(at, step.length);
    }
    at += step.length;
  }
  return out;
}

}  // namespace anesim
