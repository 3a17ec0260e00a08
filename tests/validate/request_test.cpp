// From cases to requests, and from outcomes to the units of cases.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "sim/core/error.h"
#include "tests/validate/fixture.h"
#include "traces/graph/work.h"
#include "traces/workloads/workloads.h"
#include "validate/data/load.h"
#include "validate/judge/convert.h"

namespace anesim::validate {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

CaseRequest only_request(const MeasurementFile& file) { return request_for(file, file.cases[0]); }

TEST(Requests, SlopeHasAPointForEachDepth) {
  const auto file = test_file(
      {{.workload = "{kind: conv_chain, layers: 1, in_channels: 8, kernel: [3, 3], height: 4, "
                    "width: 4, clock: slope, slope_of: submit, layer_points: [4, 8, 16], "
                    "engines: 2, weights: shared}"}});
  const CaseRequest request = only_request(file);
  EXPECT_EQ(request.unsupported, "");
  EXPECT_EQ(request.clock, Clock::slope);
  EXPECT_EQ(request.point_clock, Clock::submit);
  EXPECT_EQ(request.engines, 2);
  ASSERT_EQ(request.points.size(), 3u);
  EXPECT_EQ(request.points[1].at, 8);
  EXPECT_EQ(workloads::text(request.points[1].program.parameters),
            "height=4,in_channels=8,kernel=3x3,layers=8,weights=shared,width=4");
}

TEST(Requests, ThePlanarEngineAtItsLowestClock) {
  for (const auto& [clock, lowest] : {std::pair{"full", false}, {"lowest", true}}) {
    const auto file = test_file(
        {{.workload = "{kind: elementwise, op: add, shape: [1, 8, 4, 4], count: 1, inputs: 2, "
                      "pe_clock: " +
                      std::string(clock) + "}"}});
    EXPECT_EQ(only_request(file).planar_lowest, lowest);
  }
}

TEST(Requests, CallersInWords) {
  const auto submission = [](const std::string& words) {
    const auto file = test_file(
        {{.workload = "{kind: conv_chain, in_channels: 8, submission: '" + words + "'}"}});
    return only_request(file);
  };
  EXPECT_EQ(submission("asynchronous, 4 in flight").submission.in_flight, 4);
  EXPECT_EQ(submission("two processes, 2 in flight each").submission.processes, 2);
  EXPECT_EQ(submission("batch of 8").submission.batch, 8);
  EXPECT_EQ(submission("by pigeon").unsupported, "no callers are known for 'by pigeon'");
}

TEST(Requests, DispatchByWording) {
  const auto dispatch = [](const std::string& what) {
    const auto file = test_file({{.workload = "{kind: dispatch, " + what + "}"}});
    return only_request(file);
  };
  const auto chain = dispatch("what: gap, clock: gap, model: k1_c512_h1w128_L96");
  EXPECT_EQ(workloads::text(chain.points.at(0).program.parameters),
            "height=1,in_channels=512,layers=96,nonlinearity=relu,weights=shared,width=128");
  EXPECT_EQ(dispatch("what: 'same, 4 threads with a model object each'").submission.threads, 4);
  EXPECT_EQ(dispatch("what: something new").unsupported, "no program is known for 'something new'");
  EXPECT_EQ(dispatch("what: x, model: k1_c512_h1w128_L96x").unsupported,
            "no program is known for model 'k1_c512_h1w128_L96x'");
}

TEST(Requests, EveryMappedProgramOfTheDataCanBeBuilt) {
  const auto files = load_measurements({ANESIM_SOURCE_DIR "/validate/measurements"});
  std::map<Class, int> mapped, cases;
  for (const CaseRequest& request : requests_for(files)) {
    const Class c = request.measured->scored_as;
    ++cases[c];
    const Kind kind = request.measured->workload.kind;
    if (kind == Kind::model) continue;  // network_mapping_test
    const bool network =
        kind == Kind::llm || kind == Kind::training_step || request.step || request.scenario;
    mapped[c] += request.unsupported.empty();
    EXPECT_EQ(request.points.empty(), network || !request.unsupported.empty())
        << request.file->name << "/" << request.measured->id << " " << request.unsupported;
    for (const PointRequest& point : request.points) {
      SCOPED_TRACE(request.file->name + "/" + request.measured->id);
      const auto graph = workloads::make_workload(point.program.kind, point.program.parameters);
      EXPECT_GT(graph::work_of(graph).input_bytes, 0);
    }
  }
  for (const Class c : {Class::engine, Class::intercept, Class::formats, Class::movement,
                        Class::queue, Class::call}) {
    EXPECT_GE(mapped[c], 0.95 * cases[c]) << name(c);
  }
  for (const auto& [c, count] : cases) {
    RecordProperty(std::string(name(c)), fmt::format("{} of {}", mapped[c], count));
  }
}

TEST(Requests, ClosedMappings) {
  const auto mapped = [](const std::string& workload) {
    const auto file = test_file({{.workload = workload}});
    const CaseRequest request = only_request(file);
    if (!request.unsupported.empty()) return "unsupported: " + request.unsupported;
    return request.points.at(0).program.kind + " " +
           workloads::text(request.points.at(0).program.parameters);
  };
  EXPECT_EQ(mapped("{kind: elementwise, op: add of three tensors, shape: [1, 8, 4, 4], inputs: 3}"),
            "elementwise inputs=3,op=sum,shape=1x8x4x4");
  EXPECT_EQ(mapped("{kind: transpose, op: 'transpose axes (0,3,2,1)', shape: [1, 2, 3, 4]}"),
            "transpose perm=0x3x2x1,shape=1x2x3x4");
  EXPECT_EQ(mapped("{kind: sdpa, heads: 8, q_len: 4, head_dim: 2, "
                   "variant: post_pv_4_blocks_1_graph}"),
            "sdpa blocks=4,head_dim=2,heads=8,q_len=4,variant=post_pv");
  EXPECT_EQ(mapped("{kind: matmul, m: 1, k: 2, n: 3, rhs: input}"),
            "matmul form=matmul,k=2,m=1,n=3,rhs=input");
  const auto packed =
      test_file({{.workload = "{kind: matmul, m: 1, k: 2, n: 3, rhs: input}",
                  .more = "note: weights packed beside the activations in the one input surface"}});
  EXPECT_EQ(workloads::text(only_request(packed).points.at(0).program.parameters),
            "form=matmul,k=2,m=1,n=3,rhs=packed");
  EXPECT_EQ(mapped("{kind: other, description: anything}"),
            "unsupported: described in words: no scenario is written for it");
}

double converted(const TestCase& test, const Outcome& outcome) {
  const auto file = test_file({test});
  return convert(only_request(file), outcome).value.value_or(-1);
}

TEST(Conversions, EveryUnit) {
  Outcome o;
  o.seconds = 2e-3;
  o.macs = 5e9;
  o.weight_bytes = 4e6;
  o.moved_bytes = 6e6;
  o.elements = 1e6;
  o.joules = 8e-3;
  o.watts = 3;
  o.hertz = 1e9;
  o.busy = 0.25;
  o.engines = 2;
  o.cores = 16;
  const std::string chain = "{kind: conv_chain, in_channels: 8, height: 2, width: 50, batch: 4}";
  const auto in = [&](const std::string& metric, const std::string& unit,
                      const std::string& workload) {
    return converted({.workload = workload, .metric = metric, .unit = unit}, o);
  };
  EXPECT_DOUBLE_EQ(in("latency", "us", chain), 2000);
  EXPECT_DOUBLE_EQ(in("latency", "ms", chain), 2);
  EXPECT_DOUBLE_EQ(in("latency", "s", chain), 2e-3);
  EXPECT_DOUBLE_EQ(in("throughput", "TFLOPS", chain), 5);  // 2 x 5e9 / 2e-3
  EXPECT_DOUBLE_EQ(in("throughput", "TOPS", chain), 5);
  EXPECT_DOUBLE_EQ(in("bandwidth", "GB/s", chain), 2);  // stored weights
  const std::string add = "{kind: elementwise, op: add, shape: [1, 2, 3, 4]}";
  EXPECT_DOUBLE_EQ(in("bandwidth", "GB/s", add), 3);  // read and written
  EXPECT_DOUBLE_EQ(converted({.workload = add,
                              .metric = "bandwidth",
                              .unit = "GB/s",
                              .more = "conditions: {per_engine: true}"},
                             o),
                   1.5);
  EXPECT_DOUBLE_EQ(in("throughput", "calls/s", chain), 500);
  EXPECT_DOUBLE_EQ(in("throughput", "images/s", chain), 2000);
  EXPECT_DOUBLE_EQ(in("throughput", "positions/s", chain), 200000);
  EXPECT_DOUBLE_EQ(in("frequency", "MHz", chain), 1000);
  EXPECT_DOUBLE_EQ(in("power", "W", chain), 3);
  EXPECT_DOUBLE_EQ(in("energy", "mJ", chain), 8);
  EXPECT_DOUBLE_EQ(in("energy", "mJ/position", chain), 8.0 / 400);
  EXPECT_DOUBLE_EQ(in("energy", "pJ/MAC", chain), 1.6);
  EXPECT_DOUBLE_EQ(in("energy", "pJ/FLOP", chain), 0.8);
  EXPECT_DOUBLE_EQ(in("energy", "pJ/B", chain), 2000);
  EXPECT_DOUBLE_EQ(in("energy", "pJ/element", add), 8000);
  EXPECT_DOUBLE_EQ(in("other", "percent busy", chain), 25);
  EXPECT_DOUBLE_EQ(in("other", "MAC per NE per cycle", chain), 5e9 / (2e6 * 32));
  const std::string prefill =
      "{kind: llm, model: m, phase: prefill, context: 512, tokens_per_call: 64}";
  EXPECT_DOUBLE_EQ(in("token_rate", "token/s", prefill), 32000);
  EXPECT_DOUBLE_EQ(in("latency", "ms/token", prefill), 2.0 / 64);
  EXPECT_DOUBLE_EQ(in("energy", "J/token", prefill), 8e-3 / 64);
  EXPECT_DOUBLE_EQ(in("other", "tokens/J", prefill), 64 / 8e-3);
  EXPECT_DOUBLE_EQ(in("throughput", "positions/s", "{kind: model, input: 64 positions}"), 32000);
  o.calls_per_second = 700;
  EXPECT_DOUBLE_EQ(in("throughput", "calls/s", chain), 700);
}

TEST(Conversions, SayWhatIsMissing) {
  const auto file = test_file({{.metric = "power", .unit = "W"}});
  EXPECT_EQ(convert(only_request(file), {}).reason, "the prediction has no power");
  const auto odd = test_file({{.metric = "other", .unit = "ratio"}});
  EXPECT_EQ(convert(only_request(odd), {}).reason, "nothing of a prediction is given in 'ratio'");
}

TEST(Conversions, SlopeAndInterceptOverPoints) {
  const auto request_of = [](const std::string& clock) {
    return test_file({{.workload = "{kind: conv_chain, in_channels: 8, layers: 1, clock: " + clock +
                                   ", slope_of: task, layer_points: [4, 8]}"}});
  };
  std::vector<Outcome> outcomes(2);
  outcomes[0].seconds = 30e-6;
  outcomes[0].macs = 400;
  outcomes[1].seconds = 50e-6;
  outcomes[1].macs = 800;
  const auto slope_file = request_of("slope");
  const Outcome slope = fit_points(only_request(slope_file), outcomes);
  EXPECT_NEAR(slope.seconds, 5e-6, 1e-18);
  EXPECT_NEAR(slope.macs, 100, 1e-9);
  const auto intercept_file = request_of("intercept");
  EXPECT_NEAR(fit_points(only_request(intercept_file), outcomes).seconds, 10e-6, 1e-18);
  EXPECT_THROW((void)fit_points(only_request(slope_file), {}), InternalError);
}

}  // namespace
}  // namespace anesim::validate
