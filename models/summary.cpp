#include "models/summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "models/compiler/passes.h"
#include "models/headline.h"
#include "models/power/energy.h"
#include "traces/graph/work.h"

namespace anesim::models {
namespace {

constexpr std::size_t bound_count = 8;

class Summary {
 public:
  explicit Summary(const RunView& v) : v_(v) {}

  Result run() {
    r_.device = v_.device.name;
    r_.stack = v_.stacks.empty() ? "" : v_.stacks[0].name;
    r_.parameters = v_.device.parameters;
    if (!v_.stacks.empty())
      for (ResolvedParameter p : v_.stacks[0].parameters) {
        p.path = "stack." + p.path;
        r_.parameters.push_back(std::move(p));
      }
    r_.input = v_.scenario.name;
    r_.requests = v_.runtime.requests();
    operations();
    totals();
    statistics();
    for (const auto& p : v_.programs)
      r_.notes.insert(r_.notes.end(), p.notes.begin(), p.notes.end());
    if (v_.scenario.step) summarise_step(v_, r_);
    note_energy();
    if (v_.interval_factor >= 1) {
      r_.totals.interval_low_us = r_.totals.simulated_us / v_.interval_factor;
      r_.totals.interval_high_us = r_.totals.simulated_us * v_.interval_factor;
    }
    r_.headline = headline(r_, facts(), v_.device);
    rows();
    return std::move(r_);
  }

 private:
  /// The timeline, its rows in the order in which they are shown.
  void rows() {
    std::vector<int> place(v_.recorder.tracks.size());
    for (const int row : v_.recorder.order) {
      place[static_cast<std::size_t>(row)] = static_cast<int>(r_.tracks.size());
      r_.tracks.push_back(v_.recorder.tracks[static_cast<std::size_t>(row)]);
    }
    r_.labels = v_.recorder.labels;
    r_.slices = std::move(v_.recorder.slices);
    for (auto& s : r_.slices) s.track = place[static_cast<std::size_t>(s.track)];
  }

  void operations() {
    for (const auto& l : v_.loaded) {
      std::size_t engines = 1;  // the program runs on
      for (const auto& s : l.program->segments) engines = std::max(engines, s.engines.size());
      for (std::size_t i = 0; i < l.ops.size(); ++i) {
        const auto& op = l.program->ops[i];
        const OpRecord& rec = l.ops[i];
        OpResult o;
        o.name = op.name;
        o.type = op.type;
        o.unit = op.unit;
        o.reason = op.reason;
        o.macs = op.macs;
        if (rec.start_ps >= 0) {
          o.start_us = static_cast<double>(rec.start_ps) * 1e-6;
          o.end_us = static_cast<double>(rec.end_ps) * 1e-6;
          double seconds = 0;
          for (const double s : rec.seconds) seconds += s;
          if (op.tiles > 1 && seconds > 0)
            o.busy_us =
                std::min(o.end_us - o.start_us, seconds * 1e6 / static_cast<double>(engines));
        }
        std::size_t best = static_cast<std::size_t>(Bound::dispatch);
        for (std::size_t b = 0; b < bound_count; ++b)
          if (rec.seconds[b] > rec.seconds[best]) best = b;
        o.bound = static_cast<Bound>(best);
        if (rec.joules > 0) o.energy_mj = rec.joules * 1e3;
        if (rec.weight_bytes > 0) o.bytes["weights"] = rec.weight_bytes;
        if (rec.read_bytes > 0) o.bytes["activations_read"] = rec.read_bytes;
        if (rec.write_bytes > 0) o.bytes["activations_written"] = rec.write_bytes;
        r_.ops.push_back(std::move(o));
      }
    }
  }

  void totals() {
    auto& t = r_.totals;
    double sum = 0, first = 1e300, last = 0;
    const double calls = std::max<double>(1, static_cast<double>(r_.requests.size()));
    for (const auto& q : r_.requests) {
      sum += q.done_us - q.issued_us;
      first = std::min(first, q.issued_us);
      last = std::max(last, q.done_us);
      t.unit_us["engine"] += q.engine_us / calls;
      t.unit_us["cpu"] += q.cpu_us / calls;
      t.unit_us["gpu"] += q.gpu_us / calls;
    }
    t.simulated_us = sum / calls;
    EnergyCounts counts;
    std::int64_t macs = 0, on_engine = 0;
    for (const auto& s : v_.scenario.streams) {
      if (s.host) continue;
      const auto& p = v_.programs[s.program];
      const auto c = counts_of(p);
      const double n = static_cast<double>(s.count);
      add_counts(counts, c, n);
      macs += p.macs;
      on_engine += p.macs_on_engine;
      t.bytes["weights_stored"] += p.weight_bytes;
    }
    t.macs = macs;
    t.share_on_engine = macs > 0 ? static_cast<double>(on_engine) / static_cast<double>(macs)
                                 : engine_share_of_ops();
    double busy = 0, bound_total = 0;
    std::array<double, bound_count> bound{};
    for (const Engine* e : v_.engines) {
      const auto& s = e->statistics();
      busy = std::max(busy, s.busy_s);
      for (std::size_t b = 0; b < bound_count; ++b) {
        bound[b] += s.bound_s[b];
        bound_total += s.bound_s[b];
      }
    }
    const Seconds whole(std::max(0.0, last - first) * 1e-6);
    counts.powered_s = v_.runtime.powered().total(whole.value);
    if (busy > 0) set_energy(t, counts, v_.device.power, whole, calls);
    t.bytes["weights_moved"] = static_cast<std::int64_t>(counts.weight_bytes / calls);
    t.bytes["activations_moved"] = static_cast<std::int64_t>(counts.activation_bytes / calls);
    // Shares of the call: engine time by bound, then the host.
    const double engine_share =
        t.simulated_us > 0 ? std::min(1.0, busy * 1e6 / calls / t.simulated_us) : 0;
    for (std::size_t b = 0; b < bound_count; ++b)
      if (bound[b] > 0)
        t.share_by_bound[name(static_cast<Bound>(b))] += engine_share * bound[b] / bound_total;
    // What is neither engine nor host is waiting for an engine that works for somebody else.
    const double host_share =
        t.simulated_us > 0
            ? std::min(1 - engine_share, v_.runtime.host_s() * 1e6 / calls / t.simulated_us)
            : 0;
    t.share_by_bound[name(Bound::host)] += host_share;
    if (const double waiting = 1 - engine_share - host_share; waiting > 1e-6)
      t.share_by_bound[name(Bound::dispatch)] += waiting;
    utilisation(busy);
  }

  /// Energy is the engine's alone: a reader of the number must not take it for the whole call's.
  void note_energy() {
    const auto& t = r_.totals;
    if (!t.energy_mj)
      r_.notes.push_back("energy is not modelled: nothing of the work is the engine's");
    else if (off_engine_us(t) > 0)
      r_.notes.push_back("energy does not count operations on CPU and GPU");
  }

  double engine_share_of_ops() const {
    std::int64_t on = 0, all = 0;
    for (const auto& p : v_.programs)
      for (const auto& op : p.ops) {
        if (op.unit == "-") continue;
        all += op.graph_ops;
        if (op.unit != "CPU" && op.unit != "GPU") on += op.graph_ops;
      }
    return all > 0 ? static_cast<double>(on) / static_cast<double>(all) : 0;
  }

  void utilisation(double busy) {
    if (busy <= 0) return;
    auto& u = r_.totals.utilisation;
    for (std::size_t e = 0; e < v_.engines.size(); ++e) {
      double cores = 0;
      for (const auto& c : v_.engines[e]->cores()) cores += c->statistics().busy_s;
      const std::string ane = fmt::format("ane{}", e);
      u[ane + ".cores"] = cores / busy / static_cast<double>(v_.engines[e]->cores().size());
      u[ane + ".planar_engine"] = v_.engines[e]->planar().statistics().busy_s / busy;
    }
    for (const auto& l : v_.fabric.links())
      // Memory works for the CPU and GPU too, when the engine rests.
      if (l.capacity > 1) u[l.name] = l.moved / (l.capacity * std::max(busy, l.busy_s));
  }

  void add(const std::string& name, const char* unit, const char* text, double value) {
    r_.statistics.push_back({name, unit, text, value});
  }

  void statistics() {
    for (std::size_t e = 0; e < v_.engines.size(); ++e) {
      const auto& engine = *v_.engines[e];
      const auto& s = engine.statistics();
      const std::string p = fmt::format("ane{}.", e);
      add(p + "busy", "s", "time with a program", s.busy_s);
      add(p + "descriptors", "", "task descriptors executed", static_cast<double>(s.descriptors));
      add(p + "macs", "", "multiply-accumulates", static_cast<double>(s.macs));
      add(p + "core_stall", "s", "descriptor started but first data not there", s.core_stall_s);
      add(p + "l2.busy", "s", "time moving between L2 and cores", engine.l2().statistics().busy_s);
      for (std::size_t b = 0; b < bound_count; ++b)
        add(p + "bound." + name(static_cast<Bound>(b)), "s", "descriptor time by what bounds it",
            s.bound_s[b]);
      for (std::size_t c = 0; c < engine.cores().size(); ++c)
        add(p + fmt::format("core{}.busy", c), "s", "time computing",
            engine.cores()[c]->statistics().busy_s);
      add(p + "planar.busy", "s", "time computing", engine.planar().statistics().busy_s);
      auto dma = [&](const char* n, const Dma& d) {
        add(p + n + ".bytes", "B", "moved", static_cast<double>(d.statistics().bytes));
        add(p + n + ".busy", "s", "time with a transfer", d.statistics().busy_s);
        add(p + n + ".held", "s", "of it kept from its own rate by the DRAM",
            d.statistics().held_s);
      };
      dma("kernel_dma", engine.kernel_dma());
      dma("tile_dma_read", engine.tile_read());
      dma("tile_dma_write", engine.tile_write());
    }
    for (const auto& l : v_.fabric.links()) {
      add("memory." + l.name + ".bytes", "B", "moved over the link", l.bytes);
      add("memory." + l.name + ".busy", "s", "time with a transfer", l.busy_s);
    }
    const auto& channels = v_.fabric.dram().channels();
    for (std::size_t c = 0; c < channels.size(); ++c) {
      const auto& channel = channels[c]->statistics();
      const std::string p = fmt::format("memory.dram.channel{}", c);
      add(p + ".bytes", "B", "moved by the channel", channel.bytes);
      add(p + ".busy", "s", "time with a transfer", channel.busy_s);
    }
    const auto& cache = v_.fabric.cache().statistics();
    add("memory.sram.hit_bytes", "B", "served by the on-chip SRAM", cache.hit_bytes);
    add("memory.sram.miss_bytes", "B", "passed on to DRAM", cache.miss_bytes);
    add("host.time", "s", "time in the host stack", v_.runtime.host_s());
  }

  /// What the weights of the programs are stored as.
  std::vector<StoredWeights> stored_weights() const {
    std::vector<StoredWeights> out;
    for (const auto& p : v_.scenario.programs)
      for (const auto& tensor : p.graph.tensors) {
        if (!tensor.constant || !graph::is_weight(tensor)) continue;
        const auto elements = static_cast<double>(graph::element_count(tensor.shape));
        const auto same = std::ranges::find(out, tensor.storage, &StoredWeights::format);
        if (same == out.end())
          out.push_back({tensor.storage, elements});
        else
          same->elements += elements;
      }
    return out;
  }

  HeadlineFacts facts() const {
    HeadlineFacts f;
    f.weights = stored_weights();
    f.interval_factor = v_.interval_factor;
    f.several_streams = v_.scenario.streams.size() > 1;
    EnergyCounts counts;
    double once = 0, moved = 0;
    for (const auto& p : v_.programs) {
      f.segments = std::max(f.segments, p.segments.size());
      const EnergyCounts c = counts_of(p);
      counts.int8_macs += c.int8_macs;
      counts.fp16_macs += c.fp16_macs;
      counts.weight_bytes += c.weight_bytes;
      counts.activation_bytes += c.activation_bytes;
      for (const auto& op : p.ops)
        if (op.reason.starts_with(compiler::engine_excluded)) f.engine_excluded = true;
      for (const auto& op : p.ops) {
        const auto bytes = static_cast<double>(op.weight_bytes);
        moved += bytes * static_cast<double>(op.weight_passes);
        if (op.weight_passes == 1) once += bytes;
      }
    }
    f.int8 = counts.int8_macs > counts.fp16_macs;
    f.restreamed = once < 0.5 * moved;
    f.more_activations = counts.activation_bytes > counts.weight_bytes;
    f.other_traffic = !v_.scenario.traffic.empty();
    return f;
  }

  const RunView& v_;
  Result r_;
};

}  // namespace

void set_energy(Totals& t, const EnergyCounts& c, const spec::PowerSpec& p, Seconds whole,
                double calls) {
  const auto mj = [&](Joules j) { return j.value * 1e3 / calls; };
  t.energy_mj = mj(energy(c, p));
  t.memory_energy_mj = mj(memory_energy(c, p));
  t.call_energy_mj = mj(call_energy(c, p));
  t.idle_energy_mj = mj(Joules(p.idle.value * whole.value));
  t.machine_energy_mj = mj(machine_energy(c, p)) + *t.idle_energy_mj;
}

EnergyCounts counts_of(const compiler::Program& p) {
  EnergyCounts c;
  for (const auto& s : p.segments) {
    if (s.where == compiler::Where::ane) ++c.calls;
    for (const auto& list : s.engines)
      for (const auto& t : list) count(t, c);
  }
  return c;
}

Result summarise(const RunView& v) { return Summary(v).run(); }

}  // namespace anesim::models
