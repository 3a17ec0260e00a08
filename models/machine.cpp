#include "models/machine.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>

#include "models/clock.h"
#include "models/duration.h"
#include "models/engine/engine.h"
#include "models/host/runtime.h"
#include "models/memory/fabric.h"
#include "models/summary.h"
#include "sim/core/error.h"

namespace anesim::models {
namespace {

double wall_now() {
  using clock = std::chrono::steady_clock;
  return std::chrono::duration<double>(clock::now().time_since_epoch()).count();
}

/// A constant stream of background traffic: restarts itself until its end.
class TrafficAgent : public sc_core::sc_module, private Completion {
 public:
  TrafficAgent(sc_core::sc_module_name name, Fabric& fabric, double rate, double start_s,
               double end_s)
      : sc_module(name), fabric_(fabric), rate_(rate), end_s_(end_s) {
    SC_HAS_PROCESS(TrafficAgent);
    SC_METHOD(on_start);
    sensitive << start_;
    dont_initialize();
    start_.notify(to_sc_time(Seconds(start_s)));
  }

 private:
  void on_start() { completed(0); }
  void completed(int) override {
    const double left = end_s_ - sc_core::sc_time_stamp().to_seconds();
    if (left <= 0 || rate_ <= 0) return;
    // Pieces of 100 us cost few events. Towards the end they get shorter, because contention can
    // stretch a piece.
    const double piece = std::min(100e-6, std::max(left / 4, std::min(left, 1e-6)));
    Transfer transfer;
    transfer.bytes = std::max(rate_ * piece, 1.0);
    transfer.limit = BytesPerSecond(rate_);
    fabric_.start(transfer, this, 0);
  }
  Fabric& fabric_;
  double rate_, end_s_;
  sc_core::sc_event start_;
};

/// Owns all modules of the chip; destroyed before the SystemC context.
struct Chip {
  Chip(const spec::DeviceSpec& device, Recorder& recorder)
      : fabric("fabric", device.memory, recorder) {}
  Fabric fabric;
  std::vector<std::unique_ptr<Engine>> engines;
  std::vector<std::unique_ptr<Exchange>> exchanges;  ///< one a die
  std::unique_ptr<Runtime> runtime;
  std::vector<std::unique_ptr<TrafficAgent>> agents;
};

}  // namespace

Result replay(const scenario::Scenario& scenario, const spec::DeviceSpec& chip,
              const std::vector<spec::StackSpec>& stacks, const ReplayOptions& options) {
  check(!stacks.empty(), "replay needs a stack");
  const spec::DeviceSpec device = spec::through(stacks[0], chip);
  std::vector<compiler::Program> programs;
  compiler::Options copy = options.compiler;
  for (const auto& p : scenario.programs)
    programs.push_back(compiler::compile(p.graph, device, copy));
  return replay_compiled(scenario, programs, device, stacks, options);
}

Result replay_compiled(const scenario::Scenario& scenario,
                       const std::vector<compiler::Program>& programs,
                       const spec::DeviceSpec& device,
                       const std::vector<spec::StackSpec>& stacks_in,
                       const ReplayOptions& options) {
  check(!stacks_in.empty(), "replay needs a stack");
  const double alone_s = lone_time(scenario, programs, device).value;
  std::vector<spec::StackSpec> stacks;
  for (std::size_t s = 0; s < scenario.streams.size(); ++s)
    stacks.push_back(s < stacks_in.size() ? stacks_in[s] : stacks_in[0]);

  Recorder recorder(options.timeline);
  std::vector<LoadedProgram> loaded;
  for (const auto& p : programs) {
    LoadedProgram l;
    l.program = &p;
    l.ops.resize(p.ops.size());
    l.labels.assign(p.ops.size(), 0);
    if (options.timeline)
      for (std::size_t i = 0; i < p.ops.size(); ++i) l.labels[i] = recorder.label(p.ops[i].name);
    loaded.push_back(std::move(l));
  }

  auto chip = std::make_unique<Chip>(device, recorder);
  const auto per_die = static_cast<std::size_t>(device.engine.count);
  const auto dies = static_cast<std::size_t>(device.engine.dies);
  std::vector<Engine*> engines;
  for (std::size_t die = 0; die < dies; ++die) {
    const std::string suffix = dies > 1 ? fmt::format("_die{}", die) : "";
    const PortId kernel = chip->fabric.add_port("kernel_stream" + suffix, device.kernel_dma.rate);
    chip->exchanges.push_back(
        std::make_unique<Exchange>(("exchange" + suffix).c_str(), device.dual, per_die));
    for (std::size_t k = 0; k < per_die; ++k) {
      const std::size_t e = die * per_die + k;
      chip->engines.push_back(std::make_unique<Engine>(fmt::format("ane{}", e).c_str(), e, device,
                                                       chip->fabric, kernel,
                                                       *chip->exchanges.back(), recorder));
      engines.push_back(chip->engines.back().get());
    }
  }
  chip->runtime = std::make_unique<Runtime>("host", device, stacks, scenario, loaded, engines,
                                            chip->fabric, recorder);
  chip->fabric.add_rows();
  for (std::size_t i = 0; i < scenario.traffic.size(); ++i) {
    const auto& t = scenario.traffic[i];
    const double end = t.end_us ? *t.end_us * 1e-6 : 1e6;
    chip->agents.push_back(std::make_unique<TrafficAgent>(
        fmt::format("agent_{}", i).c_str(), chip->fabric,
        t.read_bytes_per_second + t.write_bytes_per_second, t.start_us * 1e-6, end));
  }

  const double wall_start = wall_now();
  // Background traffic never ends by itself: run until the requests have, in steps. Their length
  // follows from the programs alone, so that equal inputs give equal results.
  Runtime& runtime = *chip->runtime;
  ReplayProgress progress;
  for (const auto& s : scenario.streams) progress.calls += s.count;
  const auto step = to_sc_time(Seconds(std::max(1e-3, alone_s / 1000)));
  bool stopped = false;
  while (sc_core::sc_pending_activity()) {
    if (!scenario.traffic.empty() && runtime.finished()) break;
    if (stopped && runtime.idle()) break;
    // The kernel warns of a step in which nothing happens.
    sc_core::sc_start(sc_core::sc_time_to_pending_activity() + step,
                      sc_core::SC_EXIT_ON_STARVATION);
    if (!options.go_on || stopped || runtime.finished()) continue;
    progress.returned = static_cast<std::int64_t>(runtime.requests().size());
    progress.simulated_s = sc_core::sc_time_stamp().to_seconds();
    stopped = !options.go_on(progress);
    if (stopped) runtime.stop();
  }
  const double wall = wall_now() - wall_start;
  chip->fabric.finish();
  check(stopped || runtime.finished(), "the simulation ended before all requests had returned");
  scenario::Scenario done;  // what of it was replayed
  if (stopped) {
    done = scenario;
    for (std::size_t s = 0; s < done.streams.size(); ++s)
      done.streams[s].count = runtime.returned()[s];
  }

  Result result = summarise({stopped ? done : scenario, programs, loaded, device, stacks, runtime,
                             engines, chip->fabric, recorder, options.interval_factor});
  result.complete = runtime.finished();
  if (!result.complete)
    result.notes.push_back(
        fmt::format("stopped after {} of {} calls", result.requests.size(), progress.calls));
  result.totals.events = static_cast<std::int64_t>(sc_core::sc_delta_count());
  result.totals.wall_us = wall * 1e6;
  const double simulated_s = sc_core::sc_time_stamp().to_seconds();
  if (simulated_s > 0) {
    result.totals.slowdown.simulation = wall / simulated_s;
    result.totals.slowdown.pipeline = (wall + options.parse_wall_s) / simulated_s;
  }
  return result;
}

}  // namespace anesim::models
