#include "models/headline.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "models/compiler/rules.h"
#include "sim/core/short_time.h"
#include "sim/core/text.h"

namespace anesim::models {
namespace {

using Kind = TimeShare::Kind;

/// A format must stream that much faster to be worth a sentence.
constexpr double worth = 1.1;

/// "4.2 ms (90 %: 3.6-5.1 ms)".
std::string pretty_time(double us, double factor) {
  if (factor < 1) return short_time(us);
  return fmt::format("{} (90 %: {})", short_time(us), short_range(us / factor, us, us * factor));
}

/// "a", "a or b", "a, b or c".
std::string either(const std::vector<std::string>& choices) {
  std::string out;
  for (std::size_t i = 0; i < choices.size(); ++i)
    out += (i == 0 ? "" : i + 1 == choices.size() ? " or " : ", ") + choices[i];
  return out;
}

graph::StorageFormat integers() {
  return {.encoding = graph::Encoding::affine, .stored = graph::DType::int8, .bits = 8};
}
graph::StorageFormat palette(int bits) {
  return {.encoding = graph::Encoding::palette, .bits = bits};
}

/// Formats that the device streams faster than the weights are now, each with its gain. Of two that
/// gain the same the one with more bits is named: it loses less.
std::string weights_advice(const HeadlineFacts& facts, const spec::DeviceSpec& d) {
  double elements = 0, now = 0;
  for (const StoredWeights& w : facts.weights) {
    elements += w.elements;
    now += w.elements * stream_seconds(w.format, d);
  }
  std::vector<std::string> choices;
  if (elements > 0) {
    double best = worth;
    struct Candidate {
      const char* name;
      graph::StorageFormat format;
    };
    const std::array candidates{Candidate{"INT8 weights", integers()},
                                Candidate{"weights in 8-bit palettes", palette(8)},
                                Candidate{"weights in 4-bit palettes", palette(4)}};
    for (const Candidate& c : candidates) {
      const double gain = now / elements / stream_seconds(c.format, d);
      if (gain < best) continue;
      choices.push_back(fmt::format("{} (streamed {:.2g} times as fast)", c.name, gain));
      best = gain * worth;
    }
  }
  if (choices.empty()) choices = {"fewer weights"};
  // Wider batches make more tiles, each of which streams the weights once more.
  if (!facts.restreamed) choices.emplace_back("a wider batch");
  return either(choices);
}

std::string compute_advice(const HeadlineFacts& facts, const spec::DeviceSpec& d) {
  std::vector<std::string> choices{"fewer MACs"};
  if (!facts.int8 && d.engine.macs_int8 > worth * d.engine.macs_fp16)
    choices.emplace_back("INT8 weights and activations");
  if (d.engine.streams_sparse && d.engine.sparse_zero_skip) choices.emplace_back("sparse weights");
  return either(choices);
}

/// What would relieve the DRAM: less of what the engine moves most, or of what others move.
std::string dram_advice(const HeadlineFacts& facts, const spec::DeviceSpec& d) {
  const std::string less =
      facts.more_activations ? "smaller activations between layers" : weights_advice(facts, d);
  return facts.other_traffic ? less + ", or less memory traffic of others" : less;
}

std::string bound_advice(const std::string& bound, const HeadlineFacts& facts,
                         const spec::DeviceSpec& d) {
  if (bound == "compute") return compute_advice(facts, d);
  if (bound == "weights") return weights_advice(facts, d);
  if (bound == "activations") return "smaller activations between layers";
  if (bound == "dram") return dram_advice(facts, d);
  if (bound == "planar") return "fewer elementwise operations and norms";
  if (bound == "l2") return "more channels per position";
  return "fewer, larger operations or fewer callers at once";
}

std::string agent_advice(const char* unit, const HeadlineFacts& facts) {
  if (facts.engine_excluded)
    return fmt::format("letting the engine work (--compute-units all) or less work for the {}",
                       unit);
  return fmt::format(
      "operations that the engine takes ('explain' says why each is on the {}) or "
      "fewer of them",
      unit);
}

std::string bound_text(const TimeShare& s) {
  switch (s.kind) {
    case Kind::bound:
      return s.name;
    case Kind::cpu:
      return "operations on the CPU";
    case Kind::gpu:
      return "operations on the GPU";
    case Kind::host_part:
      return fmt::format("{} on the CPU", printable(s.name));
    case Kind::calls:
      return "host";
  }
  return s.name;
}

/// The CPU does a part of the step that its programs do not show.
bool much_host_work(const Result& r) {
  if (!r.step) return false;
  double us = 0;
  for (const StepPart& p : r.step->parts) us += p.host ? p.us : 0;
  return us > 0.01 * r.step->us;
}

std::string work_text(const Result& r) {
  const Totals& t = r.totals;
  if (unit_us(t, "engine") <= 0 && off_engine_us(t) > 0)
    return "all of the work on the " + off_engine_units(t);
  return fmt::format("{:.0f} % of the {}work on the engine", t.share_on_engine * 100,
                     much_host_work(r) ? "programs' " : "");
}

}  // namespace

TimeShare largest_share(const Result& r) {
  const Totals& t = r.totals;
  std::vector<TimeShare> shares;
  for (const auto& [bound, share] : t.share_by_bound)
    if (bound != name(Bound::host)) shares.push_back({Kind::bound, bound, share});
  double cpu_us = unit_us(t, "cpu");
  double calls_us = 0;
  std::vector<TimeShare> parts;
  if (r.step) {
    for (const StepPart& p : r.step->parts) {
      if (p.host) {
        cpu_us -= p.us;
        parts.push_back({Kind::host_part, p.name, p.us / std::max(r.step->us, 1e-9)});
      }
      if (p.name == "calls") calls_us = p.us;
    }
  } else {
    const auto host = t.share_by_bound.find(name(Bound::host));
    if (host != t.share_by_bound.end()) calls_us = host->second * t.simulated_us - off_engine_us(t);
  }
  const double us = std::max(t.simulated_us, 1e-9);
  shares.push_back({Kind::cpu, "", cpu_us / us});
  shares.push_back({Kind::gpu, "", unit_us(t, "gpu") / us});
  shares.insert(shares.end(), parts.begin(), parts.end());
  shares.push_back({Kind::calls, "", std::max(0.0, calls_us / us)});
  return *std::ranges::max_element(shares, {}, &TimeShare::share);
}

double stream_seconds(const graph::StorageFormat& format, const spec::DeviceSpec& d) {
  compiler::Layer layer;
  layer.kind = compiler::LayerKind::convolution;
  layer.format = format;
  const auto form = compiler::weight_form(layer, compiler::kernel_form(layer, d.engine), d.engine);
  const auto& dma = d.kernel_dma;
  const double scale = form.stream == compiler::Stream::compressed ? 1 / dma.compressed_efficiency
                       : form.stream == compiler::Stream::sparse   ? 1 / dma.sparse_efficiency
                                                                   : 1;
  const double memory = d.memory.dram_peak().value * d.memory.dram_efficiency;
  return form.streamed_bytes * std::max(scale / dma.rate.value, 1 / memory);
}

std::string advice(const TimeShare& s, const HeadlineFacts& facts, const spec::DeviceSpec& d) {
  switch (s.kind) {
    case Kind::bound:
      return bound_advice(s.name, facts, d) + " would help most";
    case Kind::cpu:
      return agent_advice("CPU", facts) + " would help most";
    case Kind::gpu:
      return agent_advice("GPU", facts) + " would help most";
    case Kind::host_part:
      return "less or faster work of the CPU there would help most";
    case Kind::calls:
      if (facts.segments > 1)
        return fmt::format("fewer changes between the units ({} stretches a call) would help most",
                           facts.segments);
      return "fewer, larger calls would help most";
  }
  return "";
}

std::string headline(const Result& r, const HeadlineFacts& facts, const spec::DeviceSpec& d) {
  const TimeShare most = largest_share(r);
  const std::string name = printable(r.input.empty() ? "the program" : r.input);
  std::string took;
  if (r.step)
    took =
        fmt::format("{} runs at {:.4g} {}/s on {} ({} a {})", name,
                    r.step->units / r.step->us * 1e6, r.step->unit, r.device,
                    pretty_time(r.step->us / r.step->units, facts.interval_factor), r.step->unit);
  else
    took = fmt::format("{} takes {} a call{} on {}", name,
                       pretty_time(r.totals.simulated_us, facts.interval_factor),
                       facts.several_streams ? " (the mean of all streams)" : "", r.device);
  return fmt::format("{}: bound by {} ({:.0f} % of the time), {}; {}", took, bound_text(most),
                     most.share * 100, work_text(r), advice(most, facts, d));
}

}  // namespace anesim::models
