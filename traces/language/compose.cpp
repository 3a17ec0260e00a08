// A step of a language model as streams: the calls of its programs one after the other, with the
// CPU's work between them.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "traces/language/language.h"
#include "traces/language/layers.h"
#include "traces/scenario/host_code.h"

namespace anesim::language {
namespace {

using scenario::HostWork;
using scenario::Scenario;
using scenario::Stream;

constexpr std::int64_t fp16 = 2, fp32 = 4;

class Composer {
 public:
  explicit Composer(const Request& r) : r_(r), m_(r.model), s_(r.model.shape) {}

  Scenario run() {
    out_.step.emplace();
    out_.step->repeats.clear();
    if (r_.phase == Phase::prefill) {
      out_.step->units = static_cast<double>(r_.context);
      for (const auto& c : chunks_of(r_.context, r_.filled, m_.cut.capacity)) {
        begin_phase(c.count);
        columns(c.capacity, r_.filled);
      }
      if (m_.cut.head != On::none) {
        begin_phase(1);
        head(m_.cut.cache ? std::min(m_.cut.decode_positions, r_.positions) : r_.positions);
      }
    } else {
      out_.step->units = r_.tokens;
      begin_phase(1);
      for (std::int64_t i = 0; i < r_.drafts; ++i) draft(capacity_for(r_.context, m_.cut.capacity));
      columns(capacity_for(r_.context + r_.filled, m_.cut.capacity), r_.filled);
      head(r_.positions);
    }
    return std::move(out_);
  }

 private:
  void begin_phase(std::int64_t repeats) { out_.step->repeats.push_back(repeats); }
  std::size_t phase() const { return out_.step->repeats.size() - 1; }

  void append(Stream stream) {
    stream.name = fmt::format("{} {}", stream.name, out_.streams.size());
    stream.phase = phase();
    stream.after = last_;
    last_ = stream.name;
    out_.streams.push_back(std::move(stream));
  }
  void host(const char* part, HostWork work) {
    Stream stream;
    stream.name = part;
    stream.part = part;
    stream.host = work;
    append(std::move(stream));
  }
  void host(const char* part, double flops, double bytes) {
    host(part, {.flops = flops, .bytes = static_cast<std::int64_t>(bytes)});
  }
  /// A loop of one thread over `bytes`.
  void loop(const char* part, double flops, double bytes) {
    host(part,
         {.flops = flops, .bytes = static_cast<std::int64_t>(bytes), .rate = scenario::one_thread});
  }
  /// Equal programs (the same shape for other weights) are compiled once.
  void call(const std::string& key, auto make) {
    const auto [it, fresh] = programs_.emplace(key, out_.programs.size());
    if (fresh) out_.programs.push_back({key, make()});
    Stream stream;
    stream.name = key;
    stream.program = it->second;
    append(std::move(stream));
  }

  /// Embedding and all layers over one call's columns, `filled` of which hold tokens.
  void columns(std::int64_t capacity, std::int64_t filled) {
    const double row = static_cast<double>((s_.width + s_.layers * s_.per_layer_input) * fp16);
    host("embedding", 0, 2 * row * static_cast<double>(filled));
    if (m_.cut.projections_only) {
      projections(filled);
    } else {
      segments(capacity);
      move_cache(capacity);
    }
  }

  /// The host shifts all keys and values to make room for the next columns.
  void move_cache(std::int64_t capacity) {
    if (!m_.cut.cache || !m_.cut.cache_by_host || m_.cut.cache_beside) return;
    host("cache",
         {.bytes = 2 * cache_bytes(s_, capacity, r_.positions), .rate = scenario::shifted_rows});
  }

  /// A draft: one full-attention layer of the model's own widths and the output matrix.
  void draft(std::int64_t capacity) {
    host("embedding", 0, 2 * static_cast<double>(s_.width * fp16));
    call(fmt::format("draft capacity {}", capacity), [&] {
      Model one = m_;
      one.shape.linear.reset();
      one.shape.sliding.reset();
      one.shape.shared_kv_from.reset();
      one.shape.per_layer_input = 0;
      return layers_program(one, 0, 1, {1, capacity});
    });
    if (m_.cut.head == On::engine) call("head of one column", [&] { return head_program(m_, 1); });
    host("sampling", static_cast<double>(s_.vocabulary), static_cast<double>(s_.vocabulary * fp16));
  }

  void segments(std::int64_t capacity) {
    const std::int64_t n = m_.cut.segments;
    for (std::int64_t i = 0; i < n; ++i) {
      const std::int64_t first = i * s_.layers / n, last = (i + 1) * s_.layers / n;
      const bool inputs = first == 0 && s_.per_layer_input > 0;
      call(fmt::format("{}layers {} capacity {}", inputs ? "inputs and " : "", kinds(first, last),
                       capacity),
           [&] {
             return layers_program(m_, first, last, {r_.positions, capacity});
           });
    }
  }

  /// Layers by letter: A attends to all positions, S to a window, L is linear; small where it reads
  /// keys and values of another, + where a later program is handed its own.
  std::string kinds(std::int64_t first, std::int64_t last) const {
    std::string out;
    for (std::int64_t i = first; i < last; ++i) {
      const bool own = s_.kv_source(i) == i;
      if (!s_.full_attention(i))
        out += 'L';
      else if (s_.attention(i).sliding)
        out += own ? 'S' : 's';
      else
        out += own ? 'A' : 'a';
      if (!m_.cut.cache && s_.full_attention(i) && s_.read_after(i, last)) out += '+';
    }
    return out;
  }

  /// One program a projection; the rest of a layer runs on the CPU in fp32.
  void projections(std::int64_t filled) {
    const double tokens = static_cast<double>(filled);
    const double row = static_cast<double>(s_.width * fp32) * tokens;
    const auto& f = m_.formats;
    const double after = s_.post_norms ? 2 : 1;
    const auto norms = [&](double times) { loop("norms", times * 4 * row, times * 3 * row); };
    if (s_.per_layer_input > 0) {
      const std::int64_t made = s_.layers * s_.per_layer_input;
      project({"layer_inputs", s_.width, made}, f.ffn);
      const double sums = tokens * static_cast<double>(made);
      loop("per-layer input", sums, 3 * sums * fp32);
    }
    for (std::int64_t i = 0; i < s_.layers; ++i) {
      norms(1);
      if (s_.full_attention(i)) {
        attention(i, tokens);
      } else {
        const auto& l = *s_.linear;
        project({"qkv", s_.width, 2 * l.key_width() + l.value_width()}, f.attention);
        project({"z", s_.width, l.value_width()}, f.attention);
        recurrence(tokens);
        project({"out", l.value_width(), s_.width}, f.attention);
      }
      norms(after);
      project({"gate_up", s_.width, s_.ffn, s_.gated_ffn ? 2 : 1}, f.ffn);
      const double hidden = tokens * static_cast<double>(s_.ffn * fp32);
      loop("activation", 8 * hidden, 3 * hidden);
      project({"down", s_.ffn, s_.width}, f.ffn);
      if (s_.post_norms) norms(1);
      if (s_.per_layer_input > 0) {
        project({"input_gate", s_.width, s_.per_layer_input}, f.ffn);
        const double own = tokens * static_cast<double>(s_.per_layer_input * fp32);
        loop("activation", 8 * own, 3 * own);
        project({"input_out", s_.per_layer_input, s_.width}, f.ffn);
        norms(1);
      }
    }
  }
  void attention(std::int64_t layer, double tokens) {
    const Attention kind = s_.attention(layer);
    const std::string& format = m_.formats.attention;
    const std::string prefix = kind.sliding ? "sliding_" : "";
    const std::int64_t q = s_.heads * kind.head_size, kv = s_.kv_heads * kind.head_size;
    project({prefix + "q", s_.width, q * (s_.query_gate ? 2 : 1)}, format);
    if (s_.kv_source(layer) == layer) {
      project({prefix + "k", s_.width, kv}, format);
      project({prefix + "v", s_.width, kv}, format);
    }
    softmax_attention(kind, tokens);
    project({prefix + "o", q, s_.width}, format);
  }
  /// Lanes lie side by side: filling or reading a few touches the lines of all.
  void project(const Projection& p, const std::string& format) {
    const auto surface = static_cast<double>(r_.positions * fp16);
    loop("surfaces", 0, surface * static_cast<double>(p.in));
    call(p.name, [&] { return projection_program(m_, p, format, r_.positions); });
    loop("surfaces", 0, surface * static_cast<double>(p.out * p.count));
  }
  void softmax_attention(const Attention& kind, double tokens) {
    const double cached =
        static_cast<double>(kind.sliding ? std::min(r_.context, s_.sliding->window) : r_.context);
    const double heads = static_cast<double>(s_.heads * kind.head_size);
    const double row = static_cast<double>(2 * s_.kv_heads * kind.head_size * fp16);
    loop("attention", 4 * tokens * cached * heads, tokens * cached * row);
  }
  void recurrence(double tokens) {
    const auto& l = *s_.linear;
    const double state = static_cast<double>(l.value_heads * l.head_size * l.head_size);
    // Fading and the update read and write the state, the two products read it.
    loop("linear attention", 8 * tokens * state, tokens * 6 * state * static_cast<double>(fp32));
  }

  void head(std::int64_t positions) {
    if (m_.cut.head == On::none) return;
    const double words = static_cast<double>(s_.vocabulary);
    const double tokens = static_cast<double>(r_.phase == Phase::prefill ? 1 : r_.filled);
    if (m_.cut.head == On::cpu) {
      const double weights = words * static_cast<double>(s_.width);
      const double cap = s_.logit_cap ? 3 * words : 0;
      host("head", (2 * weights + cap) * tokens, weights * static_cast<double>(fp32));
    } else {
      call("head", [&] { return head_program(m_, positions); });
    }
    // The best word of each column; all logits are handed to the caller first if it wants them.
    host("sampling", {.flops = words * tokens,
                      .bytes = static_cast<std::int64_t>(words * tokens) * fp16,
                      .fixed_us = r_.logits ? words * tokens * scenario::python_logit_us : 0,
                      .rate = scenario::one_thread});
  }

  const Request& r_;
  const Model& m_;
  const Shape& s_;
  Scenario out_;
  std::map<std::string, std::size_t> programs_;
  std::string last_;
};

}  // namespace

std::int64_t capacity_for(std::int64_t positions, const std::vector<std::int64_t>& capacities) {
  for (const auto c : capacities)
    if (c >= positions) return c;
  return capacities.back();
}

std::vector<Chunks> chunks_of(std::int64_t context, std::int64_t positions,
                              const std::vector<std::int64_t>& capacities) {
  std::vector<Chunks> out;
  for (std::int64_t done = 0; done < context; done += positions) {
    const std::int64_t capacity = capacity_for(std::min(done + positions, context), capacities);
    if (out.empty() || out.back().capacity != capacity) out.push_back({capacity, 0});
    ++out.back().count;
  }
  return out;
}

Scenario compose(const Request& r) {
  Scenario s = Composer(r).run();
  s.name = fmt::format("{} {}, context {}", r.model.name,
                       r.phase == Phase::prefill ? "prefill" : "decode", r.context);
  return s;
}

}  // namespace anesim::language
