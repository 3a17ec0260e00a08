#include "validate/judge/prediction_line.h"

#include <cmath>
#include <nlohmann/json.hpp>

namespace anesim::validate {
namespace {

using nlohmann::json;

json number_or_null(const std::optional<double>& value) {
  return value && std::isfinite(*value) ? json(*value) : json(nullptr);
}

double finite(double value) { return std::isfinite(value) ? value : 0.0; }

std::optional<double> optional_number(const json& value) {
  return value.is_number() ? std::optional(value.get<double>()) : std::nullopt;
}

}  // namespace

std::string prediction_line(std::size_t index, const Prediction& p) {
  Prediction sent = p;
  // JSON has no infinity: a prediction that is no number is a failed one.
  if (p.status == Status::ok && !std::isfinite(p.value)) {
    sent = Prediction::failed("the prediction is not a finite number");
  }
  const json line{{"case", index},
                  {"status", static_cast<int>(sent.status)},
                  {"reason", sent.reason},
                  {"value", finite(sent.value)},
                  {"low", number_or_null(sent.low)},
                  {"high", number_or_null(sent.high)},
                  {"fitted_on", sent.fitted_on},
                  {"macs", finite(sent.breakdown.macs)},
                  {"bytes", finite(sent.breakdown.bytes)},
                  {"seconds_by_bound", sent.breakdown.seconds_by_bound}};
  return line.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
}

std::optional<std::pair<std::size_t, Prediction>> parse_prediction_line(std::string_view text) {
  try {
    const json line = json::parse(text);
    const int status = line.at("status").get<int>();
    if (status < 0 || status > static_cast<int>(Status::timeout)) return std::nullopt;
    Prediction p;
    p.status = static_cast<Status>(status);
    p.reason = line.at("reason").get<std::string>();
    p.value = line.at("value").get<double>();
    p.low = optional_number(line.at("low"));
    p.high = optional_number(line.at("high"));
    p.fitted_on = line.at("fitted_on").get<bool>();
    p.breakdown.macs = line.at("macs").get<double>();
    p.breakdown.bytes = line.at("bytes").get<double>();
    for (const auto& [bound, seconds] : line.at("seconds_by_bound").items()) {
      if (seconds.is_number()) p.breakdown.seconds_by_bound[bound] = seconds.get<double>();
    }
    return std::pair{line.at("case").get<std::size_t>(), p};
  } catch (const json::exception&) {
    return std::nullopt;
  }
}

}  // namespace anesim::validate
