// What runs beside the measured program: a second process, or other memory traffic.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "models/spec/device_spec.h"
#include "traces/scenario/scenario.h"

namespace anesim::validate {

/// Appends a synchronous caller of `program` that goes on as long as the first stream, which has
/// `calls` calls of `call_s` when it is alone; a call of the other takes `beside_s` alone.
void add_process_beside(scenario::Scenario&, graph::Graph program, double call_s, double beside_s);

/// The traffic that words like "GPU reading 1 GiB" mean: that agent reads as fast as its path to
/// memory allows. Nothing where the words are not known.
[[nodiscard]] std::optional<scenario::BackgroundTraffic> other_traffic(std::string_view words,
                                                                       const spec::DeviceSpec&);

}  // namespace anesim::validate
