// Parameters of a synthetic workload: as written, described, and checked.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace anesim::workloads {

/// Parameters as written, sorted by name. Shapes are written "1x256x64x64".
struct Parameters {
  std::map<std::string, std::string, std::less<>> values;

  friend bool operator==(const Parameters&, const Parameters&) = default;
};

/// Parses "layers=16,kernel=3x3"; an empty text has no parameters. Throws UserError for a pair
/// without '=', an empty name or a name given twice.
[[nodiscard]] Parameters parse_parameters(std::string_view text);
/// The text parse_parameters reads.
[[nodiscard]] std::string text(const Parameters&);

/// What a value has to look like.
enum class Form {
  count,     ///< whole number from 1
  index,     ///< whole number, negative counts from the end
  fraction,  ///< 0..1
  shape,     ///< whole numbers from 1 joined by 'x'
  axes,      ///< whole numbers from 0 joined by 'x'
  word,      ///< one of ParameterInfo::allowed
};

struct ParameterInfo {
  std::string_view name;
  Form form = Form::count;
  /// Used if the parameter is absent; nothing: it is required; "": absent is allowed.
  std::optional<std::string_view> fallback;
  std::string_view sentence;
  std::vector<std::string_view> allowed = {};
  std::int64_t most = std::int64_t{1} << 32;  ///< of a count

  /// "1x256x64x64", "0..1", "same|valid": what to write, for lists and messages.
  [[nodiscard]] std::string expected() const;
};

/// Parameters of one workload, checked against their description, defaults filled in.
class Values {
 public:
  /// Throws UserError naming workload and parameter: unknown (with the nearest name), missing,
  /// or not of its form.
  /// `noun` is what messages call it ("workload", "network").
  Values(std::string_view kind, const std::vector<ParameterInfo>&, const Parameters&,
         std::string_view noun = "workload");

  [[nodiscard]] std::string_view kind() const { return kind_; }
  [[nodiscard]] bool has(std::string_view name) const;
  [[nodiscard]] std::int64_t count(std::string_view name) const;
  [[nodiscard]] std::int64_t count_or(std::string_view name, std::int64_t fallback) const;
  [[nodiscard]] std::int64_t index(std::string_view name) const { return count(name); }
  [[nodiscard]] double fraction(std::string_view name) const;
  [[nodiscard]] const std::vector<std::int64_t>& shape(std::string_view name) const;
  [[nodiscard]] const std::string& word(std::string_view name) const;
  [[nodiscard]] bool flag(std::string_view name) const { return word(name) == "true"; }

  /// UserError "workload conv_chain: message".
  [[noreturn]] void fail(const std::string& message) const;

 private:
  struct Value {
    std::string text;
    std::int64_t whole = 0;
    double real = 0;
    std::vector<std::int64_t> list;
  };
  [[nodiscard]] Value checked(const ParameterInfo&, const std::string& written) const;
  [[nodiscard]] const Value& at(std::string_view name) const;

  std::string_view kind_, noun_;
  std::map<std::string_view, Value> values_;
};

}  // namespace anesim::workloads
