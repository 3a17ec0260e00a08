// Benchmarks of the pipeline: how many operations a second are built, compiled and simulated, and
// the slowdown of the simulation proper. Run: cmake --build build --target anesim_bench &&
// ./build/anesim_bench
#include <benchmark/benchmark.h>

#include <systemc>

#include "models/compiler/compile.h"
#include "models/context.h"
#include "models/machine.h"
#include "models/spec/resolve.h"
#include "traces/mil/mil.h"
#include "traces/workloads/workloads.h"

int sc_main(int, char*[]) { return 0; }

namespace {

using namespace anesim;

graph::Graph chain(std::int64_t layers) {
  return workloads::make_workload(
      "conv_chain,in_channels=256,out_channels=256,kernel=3x3,height=28,"
      "width=28,weights=unique,layers=" +
      std::to_string(layers));
}
const spec::DeviceSpec& device() {
  static const auto d = spec::resolve_device(ANESIM_SOURCE_DIR, "m6");
  return d;
}
const spec::StackSpec& stack() {
  static const auto s = spec::resolve_stack(ANESIM_SOURCE_DIR, "coreml", device());
  return s;
}

void parse_mil(benchmark::State& state) {
  const std::string file = std::string(ANESIM_SOURCE_DIR) + "/traces/examples/vit_encoder.mil";
  std::size_t ops = 0;
  for (auto _ : state) ops = mil::read_mil(file).ops.size();
  state.counters["ops/s"] =
      benchmark::Counter(static_cast<double>(ops) * static_cast<double>(state.iterations()),
                         benchmark::Counter::kIsRate);
}
BENCHMARK(parse_mil)->Unit(benchmark::kMillisecond);

void build_graph(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(chain(state.range(0)).ops.size());
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(build_graph)->Arg(100)->Arg(100000)->Unit(benchmark::kMillisecond);

void compile_graph(benchmark::State& state) {
  const auto g = chain(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(compiler::compile(g, device()).descriptors());
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(compile_graph)->Arg(100)->Arg(100000)->Unit(benchmark::kMillisecond);

void resolve_spec(benchmark::State& state) {
  for (auto _ : state)
    benchmark::DoNotOptimize(spec::resolve_device(ANESIM_SOURCE_DIR, "m6").parameters.size());
}
BENCHMARK(resolve_spec)->Unit(benchmark::kMillisecond);

/// Elaboration and simulation; the counter is simulated operations a second.
void simulate(benchmark::State& state) {
  const auto s = scenario::single_call(chain(state.range(0)));
  std::vector<compiler::Program> programs{compiler::compile(s.programs[0].graph, device())};
  double slowdown = 0, events = 0;
  for (auto _ : state) {
    const models::FreshContext context;
    const Result r = models::replay_compiled(s, programs, device(), {stack()});
    slowdown = r.totals.slowdown.simulation;
    events = static_cast<double>(r.totals.events);
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
  state.counters["slowdown"] = slowdown;
  state.counters["events"] = events;
}
BENCHMARK(simulate)->Arg(1)->Arg(100)->Arg(10000)->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
