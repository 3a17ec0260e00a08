// Dispatch cases: their programs and callers stand in words, so each wording has its row here.
#include <fmt/format.h>

#include <cstdio>
#include <vector>

#include "sim/core/text.h"
#include "validate/judge/mapping.h"

namespace anesim::validate {
namespace {

/// A wording (a prefix of `what`), the program it means as the command line writes it, and the
/// callers. An empty program with a reason: known, but not a run of a program.
struct DispatchRow {
  std::string_view what;
  std::string_view kind;
  std::string_view parameters;
  Submission submission = {};
  std::string_view beside_kind = {};
  std::string_view beside = {};
  std::string_view unsupported = {};
};

constexpr std::string_view chain_384 =
    "layers=384,in_channels=512,width=128,nonlinearity=relu,weights=shared";
constexpr std::string_view chain_256 =
    "layers=256,in_channels=512,width=128,nonlinearity=relu,weights=shared";
constexpr std::string_view part_of_a_call = "a stage of a call, not a call of a program";

const std::vector<DispatchRow>& rows() {
  static const std::vector<DispatchRow> table{
      {"first call of a program of eight 1024-square fp16 matmuls", "conv_chain",
       "layers=8,in_channels=1024,width=1024,bias=false"},
      {"one program: 3x3 conv 8->8 channels pad 1, then relu, then mean", "dispatch",
       "what=conv_relu_mean,channels=8"},
      {"single tiny matmul in a continuous zero-copy loop", "matmul", "m=64,k=64,n=64"},
      {"same tiny matmul loop while a second process holds the engine",
       "",
       "",
       {},
       "",
       "",
       "the other process' program is not described"},
      {"program with one task descriptor, 64-element add-mul", "dispatch",
       "what=mul_add,channels=64,width=1"},
      {"512-channel width-128 384-layer model, 1 thread", "conv_chain", chain_384},
      {"same, 2 threads with a model object each", "conv_chain", chain_384, {.threads = 2}},
      {"same, 4 threads with a model object each", "conv_chain", chain_384, {.threads = 4}},
      {"two processes each running the single-engine model",
       "conv_chain",
       chain_384,
       {.processes = 2}},
      {"in one process, 1 thread with the 384-layer and 1 thread with the 256-layer",
       "conv_chain",
       chain_384,
       {},
       "conv_chain",
       chain_256},
      {"standard evaluateWithQoS of a 256x64 ", "conv_chain", "in_channels=256,width=64"},
      {"standard evaluateWithQoS of a 512x64 ", "conv_chain", "in_channels=512,width=64"},
      {"standard evaluateWithQoS of a 768x256 ", "conv_chain", "in_channels=768,width=256"},
      {"one private-API evaluation, XPC + IOKit part", "dispatch", "what=relu"},
      {"single-token program, minimal work", "dispatch", "what=relu"},
      {"stage of one synchronous small dispatch", "", "", {}, "", "", part_of_a_call},
      {"ANE_ProgramSendRequest external method entry to return",
       "",
       "",
       {},
       "",
       "",
       part_of_a_call},
      {"marginal cost per task descriptor",
       "",
       "",
       {},
       "",
       "",
       "an upper bound by arithmetic, not a measured call"},
      {"bonded model, 2 threads", "", "", {}, "", "", "the bonded model is not described"},
      {"in one process, 1 thread bonded", "", "", {}, "", "", "the bonded model is not described"},
      {"one program of 208 task descriptors",
       "",
       "",
       {},
       "",
       "",
       "the program's shapes are not stated"},
      {"evaluation of the program used in the weight swap test",
       "",
       "",
       {},
       "",
       "",
       "the program is not described"},
      {"average evaluation in Qwen3-4B decode",
       "",
       "",
       {},
       "",
       "",
       "an average over many different programs"},
  };
  return table;
}

ProgramRequest program(std::string_view kind, std::string_view parameters) {
  return {std::string(kind), workloads::parse_parameters(parameters)};
}

/// "k1_c512_h1w128_L96": 1x1 chain of 96 shared layers of 512 channels over 1x128.
std::optional<ProgramRequest> named_chain(const std::string& name) {
  int channels = 0, height = 0, width = 0, layers = 0, end = 0;
  if (std::sscanf(name.c_str(), "k1_c%7d_h%7dw%7d_L%7d%n", &channels, &height, &width, &layers,
                  &end) != 4 ||
      static_cast<std::size_t>(end) != name.size()) {
    return std::nullopt;
  }
  return program("conv_chain",
                 fmt::format("layers={},in_channels={},height={},width={},nonlinearity=relu,"
                             "weights=shared",
                             layers, channels, height, width));
}

/// A line over weight bytes, as the source fitted it to programs of several sizes.
void fit_over_weight_bytes(CaseRequest& request) {
  for (const std::int64_t mebibytes : {8, 16, 32, 64}) {
    const std::int64_t bytes = mebibytes << 20;
    request.points.push_back({static_cast<double>(bytes),
                              program("stream", fmt::format("bytes={},what=weights", bytes))});
  }
}

}  // namespace

void map_dispatch(CaseRequest& request) {
  const Workload& workload = request.measured->workload;
  const std::string what = workload.what.value_or("");
  if (workload.clock == Clock::intercept || workload.clock == Clock::slope) {
    fit_over_weight_bytes(request);
    return;
  }
  if (workload.model) {
    if (auto chain = named_chain(*workload.model)) {
      request.points.push_back({1, std::move(*chain)});
    } else {
      request.unsupported =
          fmt::format("no program is known for model '{}'", printable(*workload.model));
    }
    return;
  }
  for (const DispatchRow& row : rows()) {
    if (!what.starts_with(row.what)) continue;
    request.unsupported = row.unsupported;
    if (!row.unsupported.empty()) return;
    request.points.push_back({1, program(row.kind, row.parameters)});
    request.submission = row.submission;
    if (!row.beside_kind.empty()) request.beside = program(row.beside_kind, row.beside);
    if (what.find("zero-copy") != std::string::npos) request.zero_copy = true;
    return;
  }
  request.unsupported = fmt::format("no program is known for '{}'", printable(what));
}

}  // namespace anesim::validate
