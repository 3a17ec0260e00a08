#include "validate/judge/convert.h"

#include <fmt/format.h>

#include <vector>

#include "sim/core/error.h"
#include "validate/judge/statistics.h"

namespace anesim::validate {
namespace {

Converted missing(std::string_view what) {
  return {.value = std::nullopt, .reason = fmt::format("the prediction has no {}", what)};
}

Converted scaled(const std::optional<double>& amount, double factor, std::string_view what) {
  if (!amount) return missing(what);
  return {.value = *amount * factor, .reason = ""};
}

Converted ratio(double amount, double by, std::string_view what) {
  if (by <= 0) return missing(what);
  return {.value = amount / by, .reason = ""};
}

/// Calls in a second, whichever way they were submitted.
Converted rate(const Outcome& outcome, double per_call) {
  if (outcome.calls_per_second)
    return {.value = *outcome.calls_per_second * per_call, .reason = ""};
  return ratio(per_call, outcome.seconds, "time");
}

/// Stored weight bytes for matmul and convolutions, bytes read and written for the others. Where
/// the weights are small beside its activations, what a chain moves is what it spills.
double bytes_of(const CaseRequest& request, const Outcome& outcome) {
  switch (request.measured->workload.kind) {
    case Kind::conv_chain:
      if (outcome.memory_bytes && outcome.moved_bytes > outcome.weight_bytes)
        return *outcome.memory_bytes;
      [[fallthrough]];
    case Kind::matmul:
    case Kind::mlp_pairs:
      return outcome.weight_bytes;
    case Kind::stream:
      return request.measured->workload.what == "activations" ? outcome.moved_bytes
                                                              : outcome.weight_bytes;
    default:
      return outcome.moved_bytes;
  }
}

Converted bandwidth(const CaseRequest& request, const Outcome& outcome) {
  const bool per_engine = request.measured->conditions.per_engine.value_or(false);
  return ratio(bytes_of(request, outcome) * 1e-9 / (per_engine ? outcome.engines : 1),
               outcome.seconds, "time");
}

Converted energy_per(const Outcome& outcome, double amount, double factor, std::string_view what) {
  if (!outcome.joules) return missing("energy");
  return ratio(*outcome.joules * factor, amount, what);
}

Converted per_energy(const Outcome& outcome, double amount) {
  if (!outcome.joules) return missing("energy");
  return ratio(amount, *outcome.joules, "energy");
}

}  // namespace

double positions_of(const Workload& workload) {
  switch (workload.kind) {
    case Kind::conv_chain:
      return static_cast<double>(workload.height.value_or(1) * workload.width.value_or(1) *
                                 workload.batch.value_or(1));
    case Kind::matmul:
      return static_cast<double>(workload.m.value_or(1) * workload.batch.value_or(1));
    case Kind::mlp_pairs:
      return static_cast<double>(workload.tokens.value_or(1));
    case Kind::attention_block:
      return static_cast<double>(workload.sequence.value_or(1) * workload.batch.value_or(1));
    case Kind::model: {
      // "64 positions": as the file words it.
      double count = 0;
      if (workload.input && workload.input->ends_with(" positions")) {
        for (const char digit : workload.input->substr(0, workload.input->find(' '))) {
          if (digit < '0' || digit > '9') return 1;
          count = count * 10 + (digit - '0');
        }
      }
      return count > 0 ? count : 1;
    }
    case Kind::llm:
      return tokens_of(workload).value_or(1);
    default:
      return 1;
  }
}

std::optional<double> tokens_of(const Workload& workload) {
  if (workload.kind != Kind::llm) return std::nullopt;
  if (workload.tokens_per_call) return static_cast<double>(*workload.tokens_per_call);
  if (workload.phase == "decode") return 1.0;
  // A prefill in one call handles its whole context.
  if (workload.context) return static_cast<double>(*workload.context);
  return std::nullopt;
}

double images_of(const Workload& workload) {
  return static_cast<double>(workload.batch.value_or(1));
}

Converted convert(const CaseRequest& request, const Outcome& o) {
  const Workload& workload = request.measured->workload;
  const std::optional<double> tokens = tokens_of(workload);
  switch (request.measured->unit) {
    case Unit::microseconds:
      return {.value = o.seconds * 1e6, .reason = ""};
    case Unit::milliseconds:
      return {.value = o.seconds * 1e3, .reason = ""};
    case Unit::seconds:
      return {.value = o.seconds, .reason = ""};
    case Unit::milliseconds_per_token:
      return tokens ? ratio(o.seconds * 1e3, *tokens, "tokens") : missing("tokens");
    case Unit::tokens_per_s:
      return tokens ? rate(o, *tokens) : missing("tokens");
    case Unit::tflops:
    case Unit::tops:
      return ratio(2 * o.macs * 1e-12, o.seconds, "time");
    case Unit::gb_per_s:
      return bandwidth(request, o);
    case Unit::calls_per_s:
    case Unit::per_second:
    case Unit::lines_per_s:
    case Unit::steps_per_s:
      return rate(o, 1);
    case Unit::images_per_s:
      return rate(o, images_of(workload));
    case Unit::positions_per_s:
      return rate(o, positions_of(workload));
    case Unit::megahertz:
      return scaled(o.hertz, 1e-6, "clock");
    case Unit::watts:
      return scaled(o.watts, 1, "power");
    case Unit::millijoules:
      return scaled(o.joules, 1e3, "energy");
    case Unit::millijoules_per_position:
      return energy_per(o, positions_of(workload), 1e3, "positions");
    case Unit::joules_per_token:
      return tokens ? energy_per(o, *tokens, 1, "tokens") : missing("tokens");
    case Unit::picojoules_per_mac:
      return energy_per(o, o.macs, 1e12, "MACs");
    case Unit::picojoules_per_flop:
      return energy_per(o, 2 * o.macs, 1e12, "MACs");
    case Unit::picojoules_per_byte:
      return energy_per(o, o.weight_bytes, 1e12, "weight bytes");
    case Unit::picojoules_per_element:
      return energy_per(o, o.elements, 1e12, "elements");
    case Unit::tokens_per_joule:
      return tokens ? per_energy(o, *tokens) : missing("tokens");
    case Unit::images_per_joule:
      return per_energy(o, images_of(workload));
    case Unit::percent_busy:
      return scaled(o.busy, 100, "share of busy time");
    case Unit::macs_per_ne_cycle:
      if (!o.hertz) return missing("clock");
      return ratio(o.macs, o.seconds * *o.hertz * o.engines * o.cores, "time");
    case Unit::megabytes:
    case Unit::ratio:
      break;
  }
  return {.value = std::nullopt,
          .reason = fmt::format("nothing of a prediction is given in '{}'",
                                name(request.measured->unit))};
}

namespace {

/// Programs called one after another, each as often as its point says.
Outcome sum_of(const CaseRequest& request, std::span<const Outcome> outcomes) {
  Outcome sum = outcomes.back();
  for (double Outcome::*member : {&Outcome::seconds, &Outcome::macs, &Outcome::weight_bytes,
                                  &Outcome::moved_bytes, &Outcome::elements}) {
    sum.*member = 0;
    for (std::size_t i = 0; i < outcomes.size(); ++i)
      sum.*member += request.points[i].at * outcomes[i].*member;
  }
  sum.seconds_by_bound.clear();
  for (std::size_t i = 0; i < outcomes.size(); ++i)
    for (const auto& [bound, seconds] : outcomes[i].seconds_by_bound)
      sum.seconds_by_bound[bound] += request.points[i].at * seconds;
  sum.calls_per_second.reset();
  sum.joules.reset();
  return sum;
}

}  // namespace

Outcome fit_points(const CaseRequest& request, std::span<const Outcome> outcomes) {
  check(!outcomes.empty() && outcomes.size() == request.points.size(),
        "one outcome for each point of the case");
  Outcome result = outcomes.back();
  if (request.sequence) return sum_of(request, outcomes);
  if (request.clock != Clock::slope && request.clock != Clock::intercept) return result;
  std::vector<double> x;
  for (const PointRequest& point : request.points) x.push_back(point.at);
  const auto line_over = [&](const auto& value_of) {
    std::vector<double> y;
    for (const Outcome& outcome : outcomes) y.push_back(value_of(outcome));
    const auto fitted = least_squares(x, y);
    check(fitted.has_value(), "a line needs two different points");
    return request.clock == Clock::slope ? fitted->slope : fitted->intercept;
  };
  for (double Outcome::*member : {&Outcome::seconds, &Outcome::macs, &Outcome::weight_bytes,
                                  &Outcome::moved_bytes, &Outcome::elements}) {
    result.*member = line_over([member](const Outcome& outcome) { return outcome.*member; });
  }
  for (auto& [bound, seconds] : result.seconds_by_bound) {
    seconds = line_over([&bound](const Outcome& outcome) {
      const auto found = outcome.seconds_by_bound.find(bound);
      return found == outcome.seconds_by_bound.end() ? 0 : found->second;
    });
  }
  result.calls_per_second.reset();
  result.joules.reset();
  return result;
}

}  // namespace anesim::validate
