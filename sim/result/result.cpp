#include "sim/result/result.h"

#include "sim/core/error.h"

namespace anesim {

const char* name(Bound bound) {
  switch (bound) {
    case Bound::compute:
      return "compute";
    case Bound::weights:
      return "weights";
    case Bound::activations:
      return "activations";
    case Bound::planar:
      return "planar";
    case Bound::l2:
      return "l2";
    case Bound::dram:
      return "dram";
    case Bound::dispatch:
      return "dispatch";
    case Bound::host:
      return "host";
  }
  throw InternalError("a Bound outside its enumeration");
}

double unit_us(const Totals& t, const std::string& unit) {
  const auto found = t.unit_us.find(unit);
  return found == t.unit_us.end() ? 0 : found->second;
}

double off_engine_us(const Totals& t) { return unit_us(t, "cpu") + unit_us(t, "gpu"); }

std::string off_engine_units(const Totals& t) {
  const bool cpu = unit_us(t, "cpu") > 0, gpu = unit_us(t, "gpu") > 0;
  return cpu && gpu ? "CPU and GPU" : cpu ? "CPU" : gpu ? "GPU" : "";
}

}  // namespace anesim
