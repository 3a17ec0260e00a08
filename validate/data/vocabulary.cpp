#include "validate/data/vocabulary.h"

#include <array>

namespace anesim::validate {
namespace {

constexpr std::array classes{
    Word{"call", Class::call},           Word{"engine", Class::engine},
    Word{"formats", Class::formats},     Word{"governor", Class::governor},
    Word{"intercept", Class::intercept}, Word{"language", Class::language},
    Word{"movement", Class::movement},   Word{"network", Class::network},
    Word{"other", Class::other},         Word{"power", Class::power},
    Word{"queue", Class::queue},         Word{"training", Class::training},
};

constexpr std::array metrics{
    Word{"bandwidth", Metric::bandwidth},   Word{"energy", Metric::energy},
    Word{"frequency", Metric::frequency},   Word{"latency", Metric::latency},
    Word{"other", Metric::other},           Word{"power", Metric::power},
    Word{"throughput", Metric::throughput}, Word{"token_rate", Metric::token_rate},
};

constexpr std::array units{
    Word{"1/s", Unit::per_second},
    Word{"GB/s", Unit::gb_per_s},
    Word{"J/token", Unit::joules_per_token},
    Word{"MAC per NE per cycle", Unit::macs_per_ne_cycle},
    Word{"MB", Unit::megabytes},
    Word{"MHz", Unit::megahertz},
    Word{"TFLOPS", Unit::tflops},
    Word{"TOPS", Unit::tops},
    Word{"W", Unit::watts},
    Word{"calls/s", Unit::calls_per_s},
    Word{"images/J", Unit::images_per_joule},
    Word{"images/s", Unit::images_per_s},
    Word{"lines/s", Unit::lines_per_s},
    Word{"mJ", Unit::millijoules},
    Word{"mJ/position", Unit::millijoules_per_position},
    Word{"ms", Unit::milliseconds},
    Word{"ms/token", Unit::milliseconds_per_token},
    Word{"pJ/B", Unit::picojoules_per_byte},
    Word{"pJ/FLOP", Unit::picojoules_per_flop},
    Word{"pJ/MAC", Unit::picojoules_per_mac},
    Word{"pJ/element", Unit::picojoules_per_element},
    Word{"percent busy", Unit::percent_busy},
    Word{"positions/s", Unit::positions_per_s},
    Word{"ratio", Unit::ratio},
    Word{"s", Unit::seconds},
    Word{"step/s", Unit::steps_per_s},
    Word{"token/s", Unit::tokens_per_s},
    Word{"tokens/J", Unit::tokens_per_joule},
    Word{"us", Unit::microseconds},
};

constexpr std::array clocks{
    Word{"call", Clock::call},   Word{"gap", Clock::gap},       Word{"intercept", Clock::intercept},
    Word{"slope", Clock::slope}, Word{"submit", Clock::submit}, Word{"task", Clock::task},
};

constexpr std::array kinds{
    Word{"activation", Kind::activation},
    Word{"attention_block", Kind::attention_block},
    Word{"conv_chain", Kind::conv_chain},
    Word{"dispatch", Kind::dispatch},
    Word{"elementwise", Kind::elementwise},
    Word{"llm", Kind::llm},
    Word{"matmul", Kind::matmul},
    Word{"mlp_pairs", Kind::mlp_pairs},
    Word{"model", Kind::model},
    Word{"norm", Kind::norm},
    Word{"other", Kind::other},
    Word{"pool", Kind::pool},
    Word{"reduce", Kind::reduce},
    Word{"sdpa", Kind::sdpa},
    Word{"softmax", Kind::softmax},
    Word{"stream", Kind::stream},
    Word{"training_step", Kind::training_step},
    Word{"transpose", Kind::transpose},
};

constexpr std::array bandwidth_units{Unit::gb_per_s};
constexpr std::array energy_units{Unit::joules_per_token,         Unit::millijoules,
                                  Unit::millijoules_per_position, Unit::picojoules_per_byte,
                                  Unit::picojoules_per_flop,      Unit::picojoules_per_mac,
                                  Unit::picojoules_per_element};
constexpr std::array frequency_units{Unit::megahertz};
constexpr std::array latency_units{Unit::milliseconds, Unit::milliseconds_per_token, Unit::seconds,
                                   Unit::microseconds};
constexpr std::array power_units{Unit::watts};
constexpr std::array throughput_units{Unit::per_second,      Unit::tflops,       Unit::tops,
                                      Unit::calls_per_s,     Unit::images_per_s, Unit::lines_per_s,
                                      Unit::positions_per_s, Unit::steps_per_s};
constexpr std::array token_rate_units{Unit::tokens_per_s};

}  // namespace

template <>
std::span<const Word<Class>> words() {
  return classes;
}
template <>
std::span<const Word<Metric>> words() {
  return metrics;
}
template <>
std::span<const Word<Unit>> words() {
  return units;
}
template <>
std::span<const Word<Clock>> words() {
  return clocks;
}
template <>
std::span<const Word<Kind>> words() {
  return kinds;
}

std::span<const Unit> units_of(Metric metric) {
  switch (metric) {
    case Metric::bandwidth:
      return bandwidth_units;
    case Metric::energy:
      return energy_units;
    case Metric::frequency:
      return frequency_units;
    case Metric::latency:
      return latency_units;
    case Metric::other:
      return {};
    case Metric::power:
      return power_units;
    case Metric::throughput:
      return throughput_units;
    case Metric::token_rate:
      return token_rate_units;
  }
  return {};
}

double largest_value(Unit unit) {
  switch (unit) {
    case Unit::seconds:
      return 1e6;
    case Unit::milliseconds:
    case Unit::milliseconds_per_token:
      return 1e9;
    case Unit::microseconds:
      return 1e12;
    case Unit::gb_per_s:
    case Unit::megahertz:
    case Unit::tflops:
    case Unit::tops:
    case Unit::joules_per_token:
      return 1e6;
    case Unit::watts:
      return 1e4;
    case Unit::percent_busy:
      return 1e3;  // engines may be added up
    case Unit::macs_per_ne_cycle:
    case Unit::megabytes:
    case Unit::millijoules:
    case Unit::millijoules_per_position:
    case Unit::picojoules_per_byte:
    case Unit::picojoules_per_flop:
    case Unit::picojoules_per_mac:
    case Unit::picojoules_per_element:
    case Unit::ratio:
      return 1e9;
    case Unit::per_second:
    case Unit::calls_per_s:
    case Unit::images_per_joule:
    case Unit::images_per_s:
    case Unit::lines_per_s:
    case Unit::positions_per_s:
    case Unit::steps_per_s:
    case Unit::tokens_per_s:
    case Unit::tokens_per_joule:
      return 1e12;
  }
  return 0;
}

}  // namespace anesim::validate
