// Energy of a run, as pure rules over counts. Models the engine rail: dynamic energy per MAC,
// planar element and DRAM byte, and a shared part while an engine works.
// Leaves out: voltage with clock, CPU and GPU, memory-rail split. Source: MODEL.md 5, m6-study 7.
#pragma once

#include <cstdint>

#include "models/compiler/program.h"
#include "models/spec/device_spec.h"
#include "sim/core/units.h"

namespace anesim::models {

struct EnergyCounts {
  double fp16_macs = 0;
  double int8_macs = 0;
  double planar_elements = 0;
  double weight_bytes = 0;
  double activation_bytes = 0;
  double busy_s = 0;  ///< at least one engine works
};
/// Adds the work of a descriptor, without time.
void count(const compiler::TaskDescriptor&, EnergyCounts&);
[[nodiscard]] Joules energy(const EnergyCounts&, const spec::PowerSpec&);

}  // namespace anesim::models
