// Turns what the machine counted into a Result.
#pragma once

#include <vector>

#include "models/engine/engine.h"
#include "models/host/runtime.h"
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
  FlowNetwork& network;
  Recorder& recorder;
};
[[nodiscard]] Result summarise(const RunView&);

}  // namespace anesim::models
