#include "traces/workloads/parameters.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "sim/core/error.h"
#include "sim/core/text.h"

namespace anesim::workloads {
namespace {

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<double> real_number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  if (!std::isfinite(value)) return std::nullopt;
  return value;
}

constexpr std::int64_t largest_dimension = std::int64_t{1} << 40;
constexpr std::size_t largest_rank = 16;

/// Whole numbers from `low` joined by 'x'.
std::optional<std::vector<std::int64_t>> number_list(std::string_view text, std::int64_t low) {
  std::vector<std::int64_t> list;
  for (;;) {
    const auto end = text.find('x');
    const auto number = whole_number(text.substr(0, end));
    if (!number || *number < low || *number > largest_dimension) return std::nullopt;
    list.push_back(*number);
    if (list.size() > largest_rank) return std::nullopt;
    if (end == std::string_view::npos) return list;
    text.remove_prefix(end + 1);
  }
}

}  // namespace

Parameters parse_parameters(std::string_view text) {
  Parameters parameters;
  while (!text.empty()) {
    const auto end = text.find(',');
    const std::string_view pair = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    const auto equals = pair.find('=');
    if (equals == std::string_view::npos || equals == 0) {
      throw UserError(
          fmt::format("'{}' is not a parameter (expected name=value)", printable(pair)));
    }
    const std::string name(pair.substr(0, equals));
    if (!parameters.values.emplace(name, pair.substr(equals + 1)).second) {
      throw UserError(fmt::format("parameter '{}' is given twice", printable(name)));
    }
  }
  return parameters;
}

std::string text(const Parameters& parameters) {
  std::string result;
  for (const auto& [name, value] : parameters.values) {
    result += fmt::format("{}{}={}", result.empty() ? "" : ",", name, value);
  }
  return result;
}

std::string ParameterInfo::expected() const {
  switch (form) {
    case Form::count:
      return fmt::format("a whole number from 1 to {}", most);
    case Form::index:
      return "a whole number, negative from the end";
    case Form::fraction:
      return "a number from 0 to 1";
    case Form::shape:
      return "whole numbers from 1 joined by 'x', e.g. 1x256x64x64";
    case Form::axes:
      return "whole numbers from 0 joined by 'x', e.g. 0x2x1";
    case Form::word:
      return fmt::format("one of {}", fmt::join(allowed, ", "));
  }
  return {};
}

Values::Values(std::string_view kind, const std::vector<ParameterInfo>& infos,
               const Parameters& parameters, std::string_view noun)
    : kind_(kind), noun_(noun) {
  std::vector<std::string> names;
  for (const ParameterInfo& info : infos) names.emplace_back(info.name);
  for (const auto& [name, value] : parameters.values) {
    if (std::find(names.begin(), names.end(), name) == names.end()) {
      fail(fmt::format("unknown parameter '{}'{} (expected {})", printable(name),
                       did_you_mean(name, names), fmt::join(names, ", ")));
    }
  }
  for (const ParameterInfo& info : infos) {
    const auto written = parameters.values.find(info.name);
    if (written != parameters.values.end()) {
      values_[info.name] = checked(info, written->second);
    } else if (!info.fallback) {
      fail(fmt::format("parameter '{}' is missing (expected {})", info.name, info.expected()));
    } else if (!info.fallback->empty()) {
      values_[info.name] = checked(info, std::string(*info.fallback));
    }
  }
}

Values::Value Values::checked(const ParameterInfo& info, const std::string& written) const {
  Value value;
  value.text = written;
  bool good = false;
  switch (info.form) {
    case Form::count:
    case Form::index:
      if (const auto number = whole_number(written)) {
        value.whole = *number;
        good = info.form == Form::index ? std::abs(*number) <= 64
                                        : *number >= 1 && *number <= info.most;
      }
      break;
    case Form::fraction:
      if (const auto number = real_number(written)) {
        value.real = *number;
        good = *number >= 0 && *number <= 1;
      }
      break;
    case Form::shape:
    case Form::axes:
      if (auto list = number_list(written, info.form == Form::shape ? 1 : 0)) {
        value.list = std::move(*list);
        good = true;
      }
      break;
    case Form::word:
      good = std::find(info.allowed.begin(), info.allowed.end(), written) != info.allowed.end();
      break;
  }
  if (!good) {
    const std::vector<std::string> known(info.allowed.begin(), info.allowed.end());
    fail(fmt::format("parameter '{}': '{}' is not allowed{} (expected {})", info.name,
                     printable(written), did_you_mean(written, known), info.expected()));
  }
  return value;
}

const Values::Value& Values::at(std::string_view name) const {
  const auto found = values_.find(name);
  if (found == values_.end())  // the text is costly where a generator asks for every layer
    check(false, fmt::format("{} {} has no parameter {}", noun_, kind_, name));
  return found->second;
}

bool Values::has(std::string_view name) const { return values_.contains(name); }
std::int64_t Values::count(std::string_view name) const { return at(name).whole; }
std::int64_t Values::count_or(std::string_view name, std::int64_t fallback) const {
  return has(name) ? count(name) : fallback;
}
double Values::fraction(std::string_view name) const { return at(name).real; }
const std::vector<std::int64_t>& Values::shape(std::string_view name) const {
  return at(name).list;
}
const std::string& Values::word(std::string_view name) const { return at(name).text; }

void Values::fail(const std::string& message) const {
  throw UserError(fmt::format("{} {}: {}", noun_, kind_, message));
}

}  // namespace anesim::workloads
