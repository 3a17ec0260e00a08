#include "sim/report/text_table.h"

#include <algorithm>

#include "sim/core/error.h"
#include "sim/core/text.h"
#include "sim/core/utf8.h"

namespace anesim::report {

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

std::string markdown_escaped(std::string_view text, std::size_t limit) {
  constexpr std::string_view markup = "\\`*_[]|~@";
  constexpr std::string_view markup_at_start = "#+-";  // a heading or a list only there
  const std::string visible = printable(text, limit);
  std::string out;
  for (const char c : visible) {
    const bool escaped = markup.find(c) != std::string_view::npos ||
                         (out.empty() && markup_at_start.find(c) != std::string_view::npos);
    if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else if (c == '&') {
      out += "&amp;";
    } else {
      if (escaped) out += '\\';
      out += c;
    }
  }
  return out;
}

std::string csv_cell(std::string_view text) {
  std::string clean;
  for (std::size_t at = 0; at < text.size();) {
    const Utf8Step step = utf8_step(text, at);
    const bool line = step.code == '\n' || step.code == '\t' || step.code == '\r';
    if (!step.valid || (is_deceptive(step.code) && !line)) {
      clean += "\xEF\xBF\xBD";
    } else {
      clean += text.substr(at, step.length);
    }
    at += step.length;
  }
  if (!clean.empty() && std::string_view("=+-@\t\r\n |%").find(clean[0]) != std::string::npos) {
    if (clean != "-") clean.insert(0, 1, '\'');
  }
  // Full-width forms of = + - @ are taken for the plain ones by some spreadsheets.
  for (const char* wide : {"\uFF1D", "\uFF0B", "\uFF0D", "\uFF20"}) {
    if (clean.starts_with(wide)) clean.insert(0, 1, '\'');
  }
  if (clean.find_first_of(",\"\r\n") == std::string::npos) return clean;
  std::string quoted = "\"";
  for (const char c : clean) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

void TextTable::add(std::vector<std::string> cells) {
  check(cells.size() == columns_.size(), "a table row has one cell a column");
  rows_.push_back(std::move(cells));
}

std::string TextTable::plain(std::size_t indent) const {
  std::vector<std::vector<std::string>> shown;
  std::vector<std::string> titles;
  std::vector<std::size_t> widths;
  for (const Column& column : columns_) {
    titles.push_back(column.title);
    widths.push_back(characters(column.title));
  }
  const bool titled = std::any_of(titles.begin(), titles.end(), [](auto& t) { return !t.empty(); });
  if (titled) shown.push_back(titles);
  for (const auto& row : rows_) {
    std::vector<std::string> cells;
    for (std::size_t i = 0; i < row.size(); ++i) {
      cells.push_back(printable(row[i], columns_[i].widest));
      widths[i] = std::max(widths[i], characters(cells.back()));
    }
    shown.push_back(std::move(cells));
  }
  std::string out;
  for (const auto& cells : shown) {
    std::string line(indent, ' ');
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const std::string space(widths[i] - characters(cells[i]), ' ');
      if (i > 0) line += "  ";
      line += columns_[i].align == Align::right ? space + cells[i] : cells[i] + space;
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  }
  return out;
}

std::string TextTable::markdown() const {
  std::string out = "|";
  for (const Column& column : columns_) out += " " + markdown_escaped(column.title) + " |";
  out += "\n|";
  for (const Column& column : columns_) {
    out += column.align == Align::right ? " ---: |" : " --- |";
  }
  out += "\n";
  for (const auto& row : rows_) {
    out += "|";
    for (std::size_t i = 0; i < row.size(); ++i) {
      out += " " + markdown_escaped(row[i], columns_[i].widest) + " |";
    }
    out += "\n";
  }
  return out;
}

}  // namespace anesim::report
