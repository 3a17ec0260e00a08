// Reading of foreign JSON: every message names the path inside the document.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "validate/import/case_writer.h"

namespace anesim::validate {

/// A value and where it stands ("perf_rooflines[2].summary.gemm[0]").
struct At {
  const CaseWriter::Json* json = nullptr;
  std::string file, path;

  /// "file: path".
  [[nodiscard]] std::string place() const;
  [[noreturn]] void fail(const std::string& what) const;

  /// Member of an object; nothing if this is no object or has none of these keys.
  [[nodiscard]] std::optional<At> find(std::initializer_list<std::string_view> keys) const;
  [[nodiscard]] At require(std::string_view key) const;
  [[nodiscard]] At member(const std::string& key, const CaseWriter::Json&) const;
  [[nodiscard]] At item(std::size_t index) const;

  /// A number above zero. Throws UserError.
  [[nodiscard]] double positive() const;
  /// An integer from 1. Throws UserError.
  [[nodiscard]] std::int64_t count() const;
  /// Text of at most 1000 bytes: every case repeats some of them. Throws UserError.
  [[nodiscard]] std::string text() const;
};

}  // namespace anesim::validate
