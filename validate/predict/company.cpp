#include "validate/predict/company.h"

#include <algorithm>
#include <cmath>

namespace anesim::validate {

void add_process_beside(scenario::Scenario& s, graph::Graph program, double call_s,
                        double beside_s) {
  scenario::Stream stream;
  stream.name = "beside";
  stream.program = s.programs.size();
  // A call waits at most for one of the other program, so this many calls outlast the first stream.
  const double calls = static_cast<double>(s.streams.at(0).count) * (1 + call_s / beside_s) + 1;
  stream.count = static_cast<std::int64_t>(std::ceil(std::min(calls, 1e5)));
  s.programs.push_back({"beside", std::move(program)});
  s.streams.push_back(std::move(stream));
}

std::optional<scenario::BackgroundTraffic> other_traffic(std::string_view words,
                                                         const spec::DeviceSpec& device) {
  scenario::BackgroundTraffic traffic;
  if (words.starts_with("GPU reading")) {
    traffic.agent = "gpu";
    traffic.read_bytes_per_second = device.gpu.bandwidth.value;
  } else if (words.starts_with("CPU reading")) {
    traffic.agent = "cpu";
    traffic.read_bytes_per_second = device.cpu.bandwidth.value;
  } else {
    return std::nullopt;
  }
  return traffic;
}

}  // namespace anesim::validate
