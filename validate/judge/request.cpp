#include <fmt/format.h>

#include "sim/core/text.h"
#include "validate/judge/mapping.h"
#include "validate/judge/network_mapping.h"
#include "validate/judge/prediction.h"
#include "validate/judge/rail.h"

namespace anesim::validate {
namespace {

/// Depths of a slope whose source does not say at which ones it was taken.
std::vector<std::int64_t> points_of(const Workload& workload) {
  if (workload.layer_points) return *workload.layer_points;
  const std::int64_t depth = workload.layers.value_or(1);
  return depth > 1 ? std::vector{depth / 2, depth} : std::vector<std::int64_t>{8, 16};
}

Clock point_clock(const Workload& workload) {
  const std::string of = workload.slope_of.value_or("call");
  if (of == "submit") return Clock::submit;
  if (of.starts_with("task")) return Clock::task;
  return Clock::call;
}

/// Tensors of 18 and 32 MiB: the sizes between which the M6 study took its stream slopes.
void tensor_size_points(CaseRequest& request, const ProgramRequest& program) {
  for (const std::int64_t side : {192, 256}) {
    PointRequest point{static_cast<double>(side * side), program};
    point.program.parameters.values["shape"] = fmt::format("1x256x{0}x{0}", side);
    request.points.push_back(std::move(point));
  }
}

void depth_points(CaseRequest& request, const ProgramRequest& program) {
  const bool chain = program.kind == "conv_chain";
  for (const std::int64_t depth : points_of(request.measured->workload)) {
    PointRequest point{static_cast<double>(depth), program};
    point.program.parameters.values[chain ? "layers" : "count"] = fmt::format("{}", depth);
    request.points.push_back(std::move(point));
  }
}

void byte_points(CaseRequest& request, const ProgramRequest& program) {
  for (const std::int64_t mebibytes : {8, 16, 32, 64}) {
    const std::int64_t bytes = mebibytes << 20;
    PointRequest point{static_cast<double>(bytes), program};
    point.program.parameters.values["bytes"] = fmt::format("{}", bytes);
    request.points.push_back(std::move(point));
  }
}

void set_points(CaseRequest& request, const ProgramRequest& program) {
  const bool line = request.clock == Clock::slope || request.clock == Clock::intercept;
  if (!line) {
    request.points.push_back({1, program});
  } else if (program.kind == "stream") {
    byte_points(request, program);
  } else if (request.measured->workload.slope_of == "task between 18 and 32 MB tensors") {
    tensor_size_points(request, program);
  } else if (program.kind == "conv_chain" || program.kind == "elementwise") {
    depth_points(request, program);
  } else {
    request.unsupported =
        fmt::format("a {} of kind '{}' has no depths", name(request.clock), program.kind);
  }
}

/// Words are looked up, never interpreted.
void set_scenario(CaseRequest& request, const ScenarioCatalog& scenarios) {
  const std::string words = request.measured->workload.description.value_or("");
  if (const ScenarioEntry* entry = find_scenario(scenarios, words)) {
    request.unsupported = entry->unsupported;
    if (!entry->trace.empty()) request.scenario = {entry->trace, entry->value};
    request.clock_step = entry->clock_step;
  } else {
    request.unsupported = "described in words: no scenario is written for it";
  }
}

void set_company(CaseRequest& request) {
  const Workload& workload = request.measured->workload;
  if (workload.submission) {
    if (const auto submission = map_submission(*workload.submission)) {
      request.submission = *submission;
    } else {
      request.unsupported =
          fmt::format("no callers are known for '{}'", printable(*workload.submission));
    }
  }
  if (!workload.concurrent) return;
  const std::string& words = *workload.concurrent;
  if (words.starts_with("a second process running the same model")) {
    request.beside = request.points.at(0).program;
  } else if (words == "the 2048-wide chain in a second process") {
    request.beside = ProgramRequest{
        "conv_chain", workloads::parse_parameters("layers=8,in_channels=2048,bias=false")};
  } else {
    request.other_memory = words;
  }
}

CaseRequest mapped_request(const MeasurementFile& file, const Case& measured,
                           const ScenarioCatalog& scenarios);

}  // namespace

const char* name(Status status) {
  switch (status) {
    case Status::ok:
      return "ok";
    case Status::unsupported:
      return "unsupported";
    case Status::failed:
      return "failed";
    case Status::timeout:
      return "timeout";
  }
  return "?";
}

CaseRequest request_for(const MeasurementFile& file, const Case& measured,
                        const ScenarioCatalog& scenarios) {
  CaseRequest request = mapped_request(file, measured, scenarios);
  request.rail = modelled_rail(measured);
  request.zero_activations = measured.workload.activation_zero_fraction;
  const std::string fill = measured.workload.input_fill.value_or("");
  // Zeros stay zeros along a chain of products without biases.
  if (measured.workload.kind == Kind::conv_chain &&
      (fill == "zero" || fill == "all_zero" || fill == "negzero"))
    request.zero_activations = 1;
  // However well its program is known: the number is of something else.
  if (const std::string reason = unmodelled_rail(measured); !reason.empty()) {
    request.unsupported = reason;
    request.points.clear();
    request.step.reset();
    request.scenario.reset();
    request.clock_step.reset();
  }
  return request;
}

namespace {

CaseRequest mapped_request(const MeasurementFile& file, const Case& measured,
                           const ScenarioCatalog& scenarios) {
  const Workload& workload = measured.workload;
  CaseRequest request;
  request.file = &file;
  request.measured = &measured;
  request.chip = file.device.chip;
  request.stack = file.stack_of(measured);
  request.engines = workload.engines;
  request.clock = workload.clock.value_or(Clock::call);
  request.point_clock = point_clock(workload);
  if (request.clock != Clock::slope && request.clock != Clock::intercept) {
    request.point_clock = request.clock;
  }
  request.idle_s = workload.idle_s;
  request.call_index = workload.call_index.value_or(0);
  request.sleep_us = static_cast<double>(workload.sleep_us.value_or(0));
  if (workload.ne_mhz) request.ne_hertz = static_cast<double>(*workload.ne_mhz) * 1e6;
  request.planar_lowest = workload.pe_clock == "lowest";
  request.zero_copy = measured.conditions.zero_copy.value_or(false) ||
                      !measured.conditions.host_transfer.value_or(true);

  switch (workload.kind) {
    case Kind::llm:
      map_language(request);
      return request;
    case Kind::model:
      map_network(request);
      return request;
    case Kind::training_step:
      map_training(request);
      return request;
    case Kind::other:
      if (map_training(request)) return request;
      set_scenario(request, scenarios);
      return request;
    case Kind::dispatch:
      map_dispatch(request);
      return request;
    default:
      break;
  }
  MappedProgram mapped = map_program(workload);
  // The file has no key for it, but says it in these words.
  if (mapped.program && workload.kind == Kind::matmul && workload.rhs == "input" &&
      measured.note.find("weights packed beside the activations in the one input surface") !=
          std::string::npos)
    mapped.program->parameters.values["rhs"] = "packed";
  request.unsupported = mapped.unsupported;
  if (mapped.program) set_points(request, *mapped.program);
  if (request.unsupported.empty()) set_company(request);
  return request;
}

}  // namespace

std::vector<CaseRequest> requests_for(const std::vector<MeasurementFile>& files,
                                      const ScenarioCatalog& scenarios) {
  std::vector<CaseRequest> requests;
  for (const MeasurementFile& file : files) {
    for (const Case& measured : file.cases) {
      requests.push_back(request_for(file, measured, scenarios));
    }
  }
  return requests;
}

}  // namespace anesim::validate
