// A step of a language model as streams: the calls of its programs one after the other, with the
// CPU's work between them.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "traces/language/language.h"
#include "traces/language/layers.h"

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
  void host(const char* part, double flops, double bytes) {
    Stream stream;
    stream.name = part;
    stream.part = part;
    stream.host = HostWork{flops, static_cast<std::int64_t>(bytes), 0};
    append(std::move(stream));
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
    const double row = static_cast<double>(s_.width * fp16);
    host("embedding", 0, 2 * row * static_cast<double>(filled));
    if (m_.cut.projections_only)
      projections(filled);
    else
      segments(capacity);
  }

  /// A draft: one full-attention layer of the model's own widths and the output matrix.
  void draft(std::int64_t capacity) {
    host("embedding", 0, 2 * static_cast<double>(s_.width * fp16));
    call(fmt::format("draft capacity {}", capacity), [&] {
      Model one = m_;
      one.shape.linear.reset();
      return layers_program(one, 0, 1, {1, capacity});
    });
    if (m_.cut.head == On::engine) call("head of one column", [&] { return head_program(m_, 1); });
    host("sampling", static_cast<double>(s_.vocabulary), static_cast<double>(s_.vocabulary * fp16));
  }

  void segments(std::int64_t capacity) {
    const std::int64_t n = m_.cut.segments;
    for (std::int64_t i = 0; i < n; ++i) {
      const std::int64_t first = i * s_.layers / n, last = (i + 1) * s_.layers / n;
      std::string kinds;
      for (std::int64_t l = first; l < last; ++l) kinds += s_.full_attention(l) ? 'A' : 'L';
      call(fmt::format("layers {} capacity {}", kinds, capacity), [&] {
        return layers_program(m_, first, last, {r_.positions, capacity});
      });
    }
  }

  /// One program a projection; the rest of a layer runs on the CPU in fp32.
  void projections(std::int64_t filled) {
    const double tokens = static_cast<double>(filled);
    const double row = static_cast<double>(s_.width * fp32) * tokens;
    const auto& f = m_.formats;
    for (std::int64_t i = 0; i < s_.layers; ++i) {
      host("norms", 4 * row, 3 * row);
      if (s_.full_attention(i)) {
        const std::int64_t q = s_.heads * s_.head_size, kv = s_.kv_heads * s_.head_size;
        project({"q", s_.width, q * (s_.query_gate ? 2 : 1)}, f.attention);
        project({"k", s_.width, kv}, f.attention);
        project({"v", s_.width, kv}, f.attention);
        softmax_attention(tokens);
        project({"o", q, s_.width}, f.attention);
      } else {
        const auto& l = *s_.linear;
        project({"qkv", s_.width, 2 * l.key_width() + l.value_width()}, f.attention);
        project({"z", s_.width, l.value_width()}, f.attention);
        recurrence(tokens);
        project({"out", l.value_width(), s_.width}, f.attention);
      }
      host("norms", 4 * row, 3 * row);
      project({"gate_up", s_.width, s_.ffn, s_.gated_ffn ? 2 : 1}, f.ffn);
      const double hidden = tokens * static_cast<double>(s_.ffn * fp32);
      host("activation", 8 * hidden, 3 * hidden);
      project({"down", s_.ffn, s_.width}, f.ffn);
    }
  }
  void project(const Projection& p, const std::string& format) {
    call(p.name, [&] { return projection_program(m_, p, format, r_.positions); });
  }
  void softmax_attention(double tokens) {
    const double cached = static_cast<double>(r_.context);
    const double heads = static_cast<double>(s_.heads * s_.head_size);
    const double row = static_cast<double>(2 * s_.kv_heads * s_.head_size * fp16);
    host("attention", 4 * tokens * cached * heads, cached * row);
  }
  void recurrence(double tokens) {
    const auto& l = *s_.linear;
    const double state = static_cast<double>(l.value_heads * l.head_size * l.head_size);
    host("linear attention", 8 * tokens * state, tokens * 2 * state * static_cast<double>(fp32));
  }

  void head(std::int64_t positions) {
    if (m_.cut.head == On::none) return;
    const double words = static_cast<double>(s_.vocabulary);
    const double tokens = static_cast<double>(r_.phase == Phase::prefill ? 1 : r_.filled);
    if (m_.cut.head == On::cpu) {
      const double weights = words * static_cast<double>(s_.width);
      host("head", 2 * weights * tokens, weights * static_cast<double>(fp32));
    } else {
      call("head", [&] { return head_program(m_, positions); });
    }
    // The best word of each column; all logits copied and widened first if they are handed out.
    const double read = words * tokens * static_cast<double>(fp16);
    host("sampling", words * tokens, r_.logits ? read + 2 * words * tokens * fp32 : read);
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
