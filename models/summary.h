// Turns what the machine counted into a Result.
#pragma once

#include <vector>

#include "models/engine/engine.h"
#include "models/host/runtime.h"
#include "models/power/energy.h"
#include "sim/result/result.h"

namespace anesim::models {

struct RunView {
  const scenario::Scenario& scenario;
  const std::vector<compiler::Program>& programs;
  const std::vector<LoadedProgram>& loaded;
  const spec::DeviceSpec& device;
  const std::vector<spec::StackSpec>& stacks;
  const Runtime& runtime;
  const std::vector<Engine*>& engines;
  Fabric& fabric;
  Recorder& recorder;
  double interval_factor = 0;  ///< as in ReplayOptions
};
[[nodiscard]] Result summarise(const RunView&);

/// Energy and bytes of one call of a program, from its descriptors.
[[nodiscard]] EnergyCounts counts_of(const compiler::Program&);
/// Energies of a call on every supply, from the counts of `calls` calls that took `whole` together.
void set_energy(Totals&, const EnergyCounts&, const spec::PowerSpec&, Seconds whole, double calls);
/// Scenario::step set: totals and parts of the whole step, each phase as often as it repeats.
void summarise_step(const RunView&, Result&);

}  // namespace anesim::models
