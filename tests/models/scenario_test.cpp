// Trace files (ane-trace/1) from text to replay: who calls when, what is refused and how it is
// said, and that cost grows with descriptors.
#include "traces/scenario/scenario.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <chrono>
#include <set>
#include <string>

#include "sim/config/yaml.h"
#include "tests/models/fixture.h"
#include "traces/graph/work.h"
#include "traces/scenario/trace_reader.h"

namespace anesim::models {
namespace {

using ::testing::DoubleNear;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

scenario::Scenario read(const std::string& yaml) {
  const auto root = config::parse_yaml(yaml, "t.yaml");
  return scenario::read_trace(root, [](const std::string& input, const auto&) {
    const std::string prefix = "workload:";
    if (input.rfind(prefix, 0) != 0) throw UserError("cannot open " + input);
    return workload(std::string_view(input).substr(prefix.size()));
  });
}

/// A trace of one program `net` and the given streams (or other sections).
std::string trace(const std::string& rest) {
  return "schema: ane-trace/1\n"
         "programs:\n"
         "  - {name: net, workload: conv_chain, parameters: {in_channels: 64, layers: 4}}\n" +
         rest;
}
std::string streams(const std::string& list) { return trace("streams:\n" + list); }

std::string error_of(const std::string& yaml) {
  try {
    (void)read(yaml);
  } catch (const UserError& e) {
    return e.what();
  }
  return "accepted";
}

std::vector<double> issued(const Result& r, const std::string& stream) {
  std::vector<double> v;
  for (const auto& q : r.requests)
    if (q.stream == stream) v.push_back(q.issued_us);
  std::sort(v.begin(), v.end());
  return v;
}

MATCHER_P(Us, us, "") { return std::abs(arg - us) < 1e-6; }

// --- reading -----------------------------------------------------------------------------------

TEST(TraceFile, Defaults) {
  const auto s = read(trace(""));
  EXPECT_EQ(s.name, "net");
  ASSERT_EQ(s.streams.size(), 1u);
  EXPECT_EQ(s.streams[0].name, "net");
  EXPECT_EQ(s.streams[0].count, 1);
  EXPECT_EQ(s.streams[0].depth, 1);
  EXPECT_EQ(graph::work_of(s.programs[0].graph).macs, 4 * 64 * 64);
  EXPECT_FALSE(s.device);
}

TEST(TraceFile, EveryField) {
  const auto s = read(
      "schema: ane-trace/1\n"
      "name: all\n"
      "device: m6\n"
      "idle: 2 s\n"
      "programs:\n"
      "  - name: own\n"
      "    inputs: [{name: x, shape: [1, 8, 4, 4]}]\n"
      "    ops: [{op: relu, name: y, x: x}]\n"
      "    outputs: [y]\n"
      "  - {name: chain, workload: conv_chain, parameters: {in_channels: 16, kernel: [3, 3]}}\n"
      "streams:\n"
      "  - {name: a, program: own, count: 3, depth: 2, gap: 5 us, start: 1 ms, priority: 7}\n"
      "  - {name: b, program: chain, count: 4, period: 2 ms, stack: private}\n"
      "  - {name: c, program: chain, arrivals: [0 us, 10 us, 1 ms], after: a}\n"
      "traffic:\n"
      "  - {agent: gpu, read: 60 GB/s, write: 20 GB/s, start: 1 ms, end: 3 ms}\n");
  EXPECT_EQ(s.name, "all");
  EXPECT_EQ(s.device.value_or(""), "m6");
  EXPECT_EQ(s.idle_s.value_or(0), 2);
  EXPECT_EQ(graph::work_of(s.programs[1].graph).macs, 16 * 16 * 9);
  EXPECT_EQ(s.streams[0].count, 3);
  EXPECT_EQ(s.streams[0].depth, 2);
  EXPECT_DOUBLE_EQ(s.streams[0].gap_us, 5);
  EXPECT_DOUBLE_EQ(s.streams[0].start_us, 1000);
  EXPECT_EQ(s.streams[0].priority, 7);
  EXPECT_DOUBLE_EQ(s.streams[1].period_us.value_or(0), 2000);
  EXPECT_EQ(s.streams[1].stack, "private");
  EXPECT_THAT(s.streams[2].arrivals_us, ElementsAre(Us(0), Us(10), Us(1000)));
  EXPECT_EQ(s.streams[2].count, 3);
  EXPECT_EQ(s.streams[2].after, "a");
  ASSERT_EQ(s.traffic.size(), 1u);
  EXPECT_DOUBLE_EQ(s.traffic[0].read_bytes_per_second, 60e9);
  EXPECT_DOUBLE_EQ(s.traffic[0].end_us.value_or(0), 3000);
}

TEST(TraceFile, Refusals) {
  EXPECT_EQ(error_of(streams("  - {name: s, program: nett}\n")),
            "t.yaml:5:24: streams[0].program: no program is named 'nett' (did you mean 'net'?)");
  EXPECT_EQ(error_of(streams("  - {name: s, program: net, after: s}\n")),
            "t.yaml:5:3: streams: streams wait for each other in a cycle: s -> s");
  EXPECT_EQ(error_of(streams("  - {name: a, program: net, after: b}\n"
                             "  - {name: b, program: net, after: c}\n"
                             "  - {name: c, program: net, after: a}\n")),
            "t.yaml:5:3: streams: streams wait for each other in a cycle: a -> b -> c -> a");
  EXPECT_EQ(error_of(streams("  - {name: camera, program: net}\n"
                             "  - {name: b, program: net, after: camra}\n")),
            "t.yaml:5:3: streams: stream 'b' comes after 'camra', which is not a stream (did you "
            "mean 'camera'?)");
  EXPECT_EQ(error_of(streams("  - {name: s, program: net, period: 1 ms, arrivals: [0 us]}\n")),
            "t.yaml:5:5: streams[0]: stream 's' has both period and arrivals");
  EXPECT_EQ(error_of(streams("  - {name: s, program: net, period: 1 ms, depth: 2}\n")),
            "t.yaml:5:5: streams[0]: stream 's': depth applies only without period and arrivals");
  EXPECT_EQ(error_of(streams("  - {name: s, program: net, arrivals: [5 us, 1 us]}\n")),
            "t.yaml:5:39: streams[0].arrivals: arrival times do not increase");
  EXPECT_EQ(error_of(streams("  - {name: s, program: net, arrivals: []}\n")),
            "t.yaml:5:39: streams[0].arrivals: a stream needs at least one arrival");
  EXPECT_EQ(error_of(streams("  - {name: s, program: net, arrivals: [1 us], count: 2}\n")),
            "t.yaml:5:39: streams[0].arrivals: count is 2 but there are 1 arrival times");
  EXPECT_EQ(error_of(streams("  - {name: s, program: net}\n  - {name: s, program: net}\n")),
            "t.yaml:6:5: streams[1]: a stream named 's' exists already");
  EXPECT_EQ(error_of(streams("  - {name: s, program: net, gap: 5}\n")),
            "t.yaml:5:34: streams[0].gap: '5' has no unit (expected e.g. '5 us')");
  EXPECT_EQ(error_of(trace("streams: []\n")),
            "t.yaml:4:10: streams: a trace needs at least one stream");
  EXPECT_EQ(error_of("schema: ane-trace/1\nprograms: []\n"),
            "t.yaml:2:11: programs: a trace needs at least one program");
  EXPECT_EQ(error_of("schema: ane-trace/2\nprograms: []\n"),
            "t.yaml:1:9: schema is 'ane-trace/2' (expected 'ane-trace/1')");
  EXPECT_EQ(error_of("schema: ane-device/1\nchip: M4\n"),
            "t.yaml:1:9: schema is 'ane-device/1' (expected 'ane-trace/1')");
  EXPECT_EQ(error_of("shema: ane-trace/1\nprograms: []\n"),
            "t.yaml:1:1: unknown key 'shema' (did you mean 'schema'?)");
  EXPECT_EQ(
      error_of("schema: ane-trace/1\nprograms:\n  - {name: p}\n"),
      "t.yaml:3:5: programs[0]: program 'p' needs exactly one of graph, workload, network and "
      "ops");
}

/// Each stream is looked at once; once for every stream behind it would take the time limit.
TEST(TraceFile, ALongChainOfStreamsIsRead) {
  std::string rows = "  - {name: s0, program: net}\n";
  for (int i = 1; i < 20'000; ++i)
    rows += fmt::format("  - {{name: s{}, program: net, after: s{}}}\n", i, i - 1);
  EXPECT_EQ(read(streams(rows)).streams.size(), 20'000u);
}

TEST(TraceFile, RefusalsThatNameTheRange) {
  EXPECT_THAT(error_of(streams("  - {name: s, program: net, count: 0}\n")),
              HasSubstr("t.yaml:5:36: streams[0].count"));
  EXPECT_THAT(error_of(streams("  - {name: s, program: net, priority: 8}\n")), HasSubstr("0..7"));
  EXPECT_THAT(error_of(streams("  - {name: s, program: net, depth: 128}\n")), HasSubstr("1..127"));
  EXPECT_THAT(error_of(streams("  - {name: s, program: net, dept: 2}\n")),
              HasSubstr("did you mean 'depth'?"));
  EXPECT_THAT(error_of(streams("  - {name: s, program: net, gap: -5 us}\n")),
              HasSubstr("streams[0].gap"));
}

// --- who calls when ----------------------------------------------------------------------------

TEST(Replay, ClosedLoopWithAGap) {
  const auto r = run(read(streams("  - {name: s, program: net, count: 3, gap: 40 us}\n")), m6());
  const double call = r.requests[0].done_us - r.requests[0].issued_us;
  EXPECT_THAT(issued(r, "s"), ElementsAre(Us(0), Us(call + 40), Us(2 * (call + 40))));
}

TEST(Replay, PeriodsDoNotWaitForResults) {
  // The four layers of one position take some microseconds; calls come every two.
  const auto r = run(
      read(streams("  - {name: s, program: net, count: 5, period: 2 us, start: 7 us}\n")), m6());
  EXPECT_THAT(issued(r, "s"), ElementsAre(Us(7), Us(9), Us(11), Us(13), Us(15)));
  const auto d1 = m6({"engine.count=1"});
  const auto one = run(read(streams("  - {name: s, program: net, count: 5, period: 1 us}\n")), d1);
  // The engine does them one after the other, in order, without a pause.
  for (std::size_t i = 1; i < 5; ++i) {
    EXPECT_EQ(one.requests[i].index, static_cast<std::int64_t>(i));
    EXPECT_GE(one.requests[i].start_us, one.requests[i - 1].end_us - 1e-6);
  }
}

TEST(Replay, LongPeriodsLeaveTheEngineIdle) {
  const auto r = run(read(streams("  - {name: s, program: net, count: 3, period: 1 ms}\n")), m6());
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_NEAR(r.requests[i].issued_us, 1000.0 * static_cast<double>(i), 1e-6);
    EXPECT_NEAR(r.requests[i].done_us - r.requests[i].issued_us, r.requests[0].done_us, 1e-3);
  }
}

TEST(Replay, Arrivals) {
  const auto r = run(
      read(streams("  - {name: s, program: net, arrivals: [5 us, 5 us, 900 us], start: 100 us}\n")),
      m6());
  EXPECT_THAT(issued(r, "s"), ElementsAre(Us(105), Us(105), Us(1000)));
}

TEST(Replay, AfterStartsWithTheLastResult) {
  const auto r = run(read(streams("  - {name: b, program: net, after: a, start: 15 us}\n"
                                  "  - {name: a, program: net, count: 2}\n"
                                  "  - {name: c, program: net, after: b}\n")),
                     m6());
  double a = 0, b = 0;
  for (const auto& q : r.requests) {
    if (q.stream == "a") a = std::max(a, q.done_us);
    if (q.stream == "b") b = q.done_us;
  }
  EXPECT_THAT(issued(r, "b"), ElementsAre(Us(a + 15)));
  EXPECT_THAT(issued(r, "c"), ElementsAre(Us(b)));
}

TEST(Replay, DepthKeepsThatManyInFlight) {
  const auto r = run(read(streams("  - {name: s, program: net, count: 9, depth: 3}\n")), m6());
  // At no time are more than three calls between issue and return, and three are at the start.
  for (const auto& q : r.requests) {
    const auto open = std::count_if(r.requests.begin(), r.requests.end(), [&](const auto& o) {
      return o.issued_us <= q.issued_us && o.done_us > q.issued_us;
    });
    EXPECT_LE(open, 3);
  }
  const auto times = issued(r, "s");
  EXPECT_EQ(std::count(times.begin(), times.end(), 0.0), 3);
}

/// What an operation took and moved is that of one call, however many wait.
TEST(Replay, OperationsAreThoseOfOneCall) {
  const auto g = workload("conv_chain,layers=8,in_channels=256,height=32,width=32");
  const auto d = m6({"engine.count=1"});
  const auto one = run(calls_of(g), d, on_engines(1));
  const auto many = run(calls_of(g, 8, 8), d, on_engines(1));
  ASSERT_EQ(many.ops.size(), one.ops.size());
  for (std::size_t i = 0; i < one.ops.size(); ++i) {
    EXPECT_NEAR(many.ops[i].end_us - many.ops[i].start_us, one.ops[i].end_us - one.ops[i].start_us,
                1e-3);
    EXPECT_EQ(many.ops[i].bytes, one.ops[i].bytes);
    EXPECT_NEAR(many.ops[i].energy_mj.value_or(0), one.ops[i].energy_mj.value_or(0), 1e-9);
    EXPECT_EQ(many.ops[i].bound, one.ops[i].bound);
  }
  EXPECT_GT(many.ops[0].start_us, many.requests[6].end_us - 1e-6);  // of the last call
}

/// Operations of the CPU last as long as memory lets them, and fill the call without gaps.
TEST(Replay, ContentionStretchesOperationsOfTheCpu) {
  const auto d = m6();
  ReplayOptions cpu;
  cpu.compiler.units = compiler::ComputeUnits::cpu_only;
  const auto g = workload("mlp_pairs,pairs=2,width=2048,hidden=8192,tokens=1");
  auto s = calls_of(g);
  const auto worked = [](const Result& r) {
    double us = 0;
    for (const auto& op : r.ops) us += op.end_us - op.start_us;
    return us;
  };
  const auto alone = run(s, d, cpu);
  EXPECT_NEAR(worked(alone), alone.requests[0].cpu_us, 1e-3);
  s.traffic.push_back({"gpu", 200e9, 0, 0, std::nullopt});
  const auto beside = run(s, d, cpu);
  EXPECT_GT(beside.requests[0].cpu_us, 1.1 * alone.requests[0].cpu_us);
  EXPECT_NEAR(worked(beside), beside.requests[0].cpu_us, 1e-3);
}

/// Slices of a row neither overlap nor nest, with callers and requests side by side.
TEST(Replay, RowsOfTheTimelineDoNotOverlap) {
  scenario::Scenario s;
  for (const char* name : {"a", "b", "c"}) {
    s.programs.push_back({name, workload("conv_chain,layers=2,in_channels=64,height=8,width=8")});
    scenario::Stream stream;
    stream.name = name;
    stream.program = s.programs.size() - 1;
    stream.count = 6;
    stream.depth = 3;
    s.streams.push_back(stream);
  }
  scenario::Stream work;
  work.name = "work";
  work.count = 4;
  work.depth = 2;
  work.host = scenario::HostWork{.bytes = 100'000};
  s.streams.push_back(work);
  ReplayOptions o = on_engines(1);
  o.timeline = true;
  auto r = run(s, m6(), o);
  std::sort(r.slices.begin(), r.slices.end(), [](const auto& a, const auto& b) {
    return a.track != b.track ? a.track < b.track : a.start_ps < b.start_ps;
  });
  std::set<std::string> rows;
  for (std::size_t i = 0; i < r.slices.size(); ++i) {
    rows.insert(r.tracks[static_cast<std::size_t>(r.slices[i].track)]);
    if (i == 0 || r.slices[i].track != r.slices[i - 1].track) continue;
    EXPECT_GE(r.slices[i].start_ps, r.slices[i - 1].end_ps)
        << r.tracks[static_cast<std::size_t>(r.slices[i].track)];
  }
  EXPECT_TRUE(rows.contains("host 2"));
  const auto host = std::find(r.tracks.begin(), r.tracks.end(), "host");
  ASSERT_LT(host + 1, r.tracks.end());
  EXPECT_EQ(*(host + 1), "host 2");
  EXPECT_EQ(r.tracks.back(), "DRAM channel 7");
  EXPECT_TRUE(rows.contains("CPU operations 2"));
}

TEST(Replay, LowerPriorityNumbersRunFirst) {
  // One engine, four calls at once: the first to arrive runs, then by priority, then by arrival.
  const auto r = run(read(streams("  - {name: a, program: net, priority: 3}\n"
                                  "  - {name: b, program: net, priority: 5}\n"
                                  "  - {name: c, program: net, priority: 0}\n"
                                  "  - {name: d, program: net, priority: 5}\n")),
                     m6({"engine.count=1"}));
  auto by_start = r.requests;
  std::sort(by_start.begin(), by_start.end(),
            [](const auto& x, const auto& y) { return x.start_us < y.start_us; });
  std::string order;
  for (const auto& q : by_start) order += q.stream;
  EXPECT_EQ(order, "acbd");
}

TEST(Replay, TrafficSlowsOnlyWhatItMeets) {
  const std::string program =
      "schema: ane-trace/1\n"
      "programs:\n"
      "  - {name: net, workload: matmul, parameters: {m: 1, k: 4096, n: 4096}}\n";
  const double alone = task_us(run(read(program), m6()));
  const double beside = task_us(
      run(read(program + "traffic:\n  - {agent: gpu, read: 120 GB/s, write: 26 GB/s}\n"), m6()));
  const double later = task_us(
      run(read(program + "traffic:\n  - {agent: gpu, read: 146 GB/s, start: 1 s}\n"), m6()));
  const auto d = m6();
  const double half = d.memory.dram_peak().value * d.memory.dram_efficiency / 2;
  EXPECT_NEAR(beside / alone, d.kernel_dma.rate.value / half, 0.02);
  EXPECT_NEAR(later, alone, 1e-6);
}

TEST(Replay, StackOfEachStream) {
  auto slow = plain_stack();
  slow.submit = microseconds(500);
  const FreshContext context;
  const auto s =
      read(streams("  - {name: a, program: net}\n  - {name: b, program: net, after: a}\n"));
  const auto r = replay(s, m6(), {plain_stack(), slow}, on_engines(1));
  EXPECT_NEAR(r.requests[0].start_us - r.requests[0].issued_us, 10, 1e-6);
  EXPECT_NEAR(r.requests[1].start_us - r.requests[1].issued_us, 500, 1e-6);
}

TEST(Replay, CopiesOfInputsAndResults) {
  auto stack = plain_stack();
  stack.input_copy = BytesPerSecond(1e9);
  stack.output_copy = BytesPerSecond(2e9);
  // 64 channels of fp16 in and out: 128 ns and 64 ns.
  const auto r = run(read(trace("")), m6(), on_engines(1), stack);
  EXPECT_NEAR(r.requests[0].start_us, 10.128, 1e-6);
  EXPECT_NEAR(r.requests[0].done_us - r.requests[0].end_us, 20.064, 1e-6);
}

// --- cost --------------------------------------------------------------------------------------

double events(int layers) {
  const auto r = run(fmt::format("conv_chain,in_channels=64,width=64,layers={}", layers), m6());
  EXPECT_EQ(r.ops.size(), static_cast<std::size_t>(layers));
  return static_cast<double>(r.totals.events);
}

TEST(Cost, GrowsWithLayersOnly) {
  const double thousand = events(1000), ten_thousand = events(10000);
  // What does not grow is a handful of events of the call itself.
  EXPECT_NEAR(ten_thousand / thousand, 10, 0.1);
  EXPECT_LT(ten_thousand, 10000 * 12);
}

TEST(Cost, DoesNotGrowWithBytesOrPositions) {
  auto count = [](const char* text) { return static_cast<double>(run(text, m6()).totals.events); };
  // 128 times the work, one descriptor: a few events more or less by what overlaps.
  EXPECT_NEAR(count("matmul,m=64,k=64,n=256"), count("matmul,m=512,k=1024,n=256"), 10);
}

TEST(Cost, AHundredThousandLayers) { EXPECT_NEAR(events(100'000) / events(10'000), 10, 0.01); }

}  // namespace
}  // namespace anesim::models
