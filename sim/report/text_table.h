// Rows of text cells for people: aligned columns for a terminal, or a Markdown table.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace anesim::report {

class TextTable {
 public:
  enum class Align { left, right };
  struct Column {
    std::string title;
    Align align = Align::left;
    std::size_t widest = 60;  ///< longer cells are cut with "..."
  };

  explicit TextTable(std::vector<Column> columns) : columns_(std::move(columns)) {}

  /// One cell a column; cells may be hostile text.
  void add(std::vector<std::string> cells);
  [[nodiscard]] std::size_t rows() const { return rows_.size(); }

  /// Columns two spaces apart, each line indented, no space at line ends.
  [[nodiscard]] std::string plain(std::size_t indent = 0) const;
  [[nodiscard]] std::string markdown() const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

/// Characters of UTF-8 text (not bytes).
[[nodiscard]] std::size_t characters(std::string_view text);
/// Text that Markdown shows as it is: markup characters and HTML escaped, controls made visible.
[[nodiscard]] std::string markdown_escaped(std::string_view text, std::size_t limit = 400);

/// A text cell (RFC 4180). Spreadsheets run cells that start with = + - @ or white space before
/// those; control characters other than line breaks and invalid UTF-8 are replaced.
[[nodiscard]] std::string csv_cell(std::string_view text);

}  // namespace anesim::report
