// A training step as streams: the programs of every layer and the CPU between them in one chain,
// the weight gradients on a serial queue of the CPU beside it.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "traces/scenario/host_code.h"
#include "traces/training/training.h"

namespace anesim::training {
namespace {

using scenario::HostWork;
using scenario::Scenario;
using scenario::Stream;

constexpr double fp16 = 2, fp32 = 4;

class Composer {
 public:
  explicit Composer(const Request& r)
      : r_(r),
        s_(r.model.shape),
        layers_(r.pipeline == Pipeline::dynamic ? dynamic_programs(s_, r.sequence)
                                                : static_programs(s_, r.sequence)) {}

  Scenario run() {
    out_.step.emplace();
    out_.step->unit = "step";
    out_.step->units = static_cast<double>(r_.accumulate);
    out_.step->repeats = {r_.accumulate};
    for (const auto& p : layers_.programs) out_.programs.push_back({p.name, p.graph});
    const std::size_t classifier = out_.programs.size();
    if (r_.classifier_on_engine) {
      auto p = classifier_program(s_, r_.sequence);
      out_.programs.push_back({p.name, std::move(p.graph)});
    }
    for (std::int64_t i = 0; i < r_.batch; ++i) microbatch(classifier);
    if (r_.update != Update::none) {
      out_.step->repeats.push_back(1);
      update();
    }
    return std::move(out_);
  }

  /// An update alone, one stream after the other.
  std::vector<Stream> only_update() {
    out_.step.emplace();
    update();
    return std::move(out_.streams);
  }
  std::int64_t baked_programs() const {
    const auto& all = layers_.programs;
    return s_.layers * std::count_if(all.begin(), all.end(), [](auto& p) { return p.weights > 0; });
  }

 private:
  double cells(std::int64_t channels) const {
    return static_cast<double>(channels) * static_cast<double>(r_.sequence);
  }

  void append(Stream stream) {
    stream.name = fmt::format("{} {}", stream.name, out_.streams.size());
    stream.phase = out_.step->repeats.size() - 1;
    stream.after = last_;
    last_ = stream.name;
    out_.streams.push_back(std::move(stream));
  }
  void host(const char* part, HostWork work) {
    Stream stream;
    stream.name = stream.part = part;
    stream.host = work;
    append(std::move(stream));
  }
  /// A product of the vendor's library, on all threads.
  void product(const char* part, double flops, double bytes) {
    host(part, {.flops = flops, .bytes = static_cast<std::int64_t>(bytes)});
  }
  /// A loop of one thread.
  void loop(const char* part, double flops, double bytes) {
    host(part,
         {.flops = flops, .bytes = static_cast<std::int64_t>(bytes), .rate = scenario::one_thread});
  }
  /// On the serial queue: starts when the chain has come this far and the one before is done.
  void aside(const char* part, double flops, double bytes) {
    Stream stream;
    stream.name = fmt::format("{} {}", part, out_.streams.size());
    stream.part = part;
    stream.phase = out_.step->repeats.size() - 1;
    stream.host = HostWork{flops, static_cast<std::int64_t>(bytes)};
    stream.after = last_;
    if (!queue_.empty()) stream.also_after.push_back(queue_);
    queue_ = stream.name;
    out_.streams.push_back(std::move(stream));
  }
  void wait_for_queue() {
    if (queue_.empty()) return;
    Stream stream;
    stream.name = "wait";
    stream.part = "wait";
    stream.host = HostWork{};
    stream.also_after.push_back(queue_);
    queue_.clear();
    append(std::move(stream));
  }

  void call(std::size_t program) {
    const LayerProgram& p = layers_.programs[program];
    // fp32 on the CPU, fp16 in the surfaces; the static pipeline keeps fp16 between programs.
    const double from = r_.pipeline == Pipeline::dynamic ? fp32 : fp16;
    loop("surfaces", 0, static_cast<double>(p.filled) * (from + fp16));
    evaluate(program, p.name);
    loop("surfaces", 0, static_cast<double>(p.taken) * (from + fp16));
  }
  void evaluate(std::size_t program, const std::string& name) {
    Stream stream;
    stream.name = stream.part = name;
    stream.program = program;
    append(std::move(stream));
  }

  void microbatch(std::size_t classifier_program_index) {
    const double row = cells(s_.width) * fp32;
    loop("embedding", 0, 2 * row);
    for (std::int64_t l = 0; l < s_.layers && r_.forward; ++l) forward();
    if (r_.forward) classifier(classifier_program_index);
    for (std::int64_t l = 0; l < s_.layers && r_.backward; ++l) backward();
    if (r_.backward) aside("weight gradients", 0, 2 * row);  // of the embedding
    wait_for_queue();
  }

  void forward() {
    const double row = cells(s_.width) * fp32;
    for (std::size_t i = 0; i < layers_.forward; ++i) {
      call(i);
      // Residual and the norm before the FFN (dynamic), residual alone (static).
      if (i + 2 == layers_.forward) loop("norms", 6 * cells(s_.width), 5 * row);
    }
    loop("norms", 6 * cells(s_.width), (r_.pipeline == Pipeline::dynamic ? 4 : 3) * row);
  }

  void backward() {
    const double row = cells(s_.width) * fp32, hidden = cells(s_.ffn) * fp32;
    for (std::size_t i = layers_.forward; i < layers_.programs.size(); ++i) {
      call(i);
      const bool first = i == layers_.forward;
      if (first && r_.pipeline == Pipeline::dynamic)
        loop("activation gradients", 12 * cells(s_.ffn), 5 * hidden);
      if (i + 1 == layers_.programs.size() || i == layers_.forward + 1)
        loop("norms", 12 * cells(s_.width), 6 * row);
    }
    // Seven products of the layer, accumulated in fp32.
    const double weights = static_cast<double>(language::layer_weights(s_, s_.layers - 1));
    aside("weight gradients", 2 * weights * static_cast<double>(r_.sequence), 2 * fp32 * weights);
  }

  void classifier(std::size_t program) {
    const double words = cells(r_.vocabulary);
    const double gemm = 2 * words * static_cast<double>(s_.width);
    loop("norms", 6 * cells(s_.width), 3 * cells(s_.width) * fp32);
    if (r_.classifier_on_engine) {
      loop("surfaces", 0, cells(s_.width) * (fp32 + fp16));
      evaluate(program, "classifier");
      loop("surfaces", 0, words * (fp32 + fp16));
    } else {
      product("classifier", gemm, words * fp32);
      host("cross entropy", {.fixed_us = words * scenario::cross_entropy_logit_us});
    }
    product("classifier", gemm, 2 * words * fp32);
    aside("weight gradients", gemm, words * fp32);
  }

  void update() {
    wait_for_queue();
    const double weights =
        static_cast<double>(language::weights_without_embedding(s_) + s_.vocabulary * s_.width);
    // Adam reads weight, gradient and two moments, and writes three of them.
    product("optimiser", 12 * weights, 7 * fp32 * weights);
    const double baked = static_cast<double>(language::weights_without_embedding(s_));
    if (r_.update == Update::rewrite) {
      loop("rewrite surfaces", 0, 2 * baked * (fp32 + fp16));  // for both passes
      return;
    }
    for (const LayerProgram& p : layers_.programs) {
      if (p.weights == 0) continue;
      Stream stream;
      const bool compile = r_.update == Update::recompile;
      stream.name = stream.part = compile ? "compile" : "reload";
      HostWork work;
      work.bytes = static_cast<std::int64_t>(static_cast<double>(p.weights) * (fp32 + fp16));
      (compile ? work.compiled : work.reloaded) = 1;
      work.baked_weights = p.weights;
      stream.host = work;
      stream.count = s_.layers;
      append(std::move(stream));
    }
  }

  const Request& r_;
  const language::Shape& s_;
  LayerPrograms layers_;
  Scenario out_;
  std::string last_, queue_;
};

/// What `update` would add, of a step that has none.
std::vector<scenario::LeftOut> left_out(const Request& step) {
  std::vector<scenario::LeftOut> out;
  const auto add = [&](Update update, std::string_view word, std::string_view what) {
    Request r = step;
    r.update = update;
    Composer c(r);
    std::string programs;
    if (update != Update::rewrite) programs = fmt::format(" of {} programs", c.baked_programs());
    out.push_back({fmt::format("optimiser and {}{}", what, programs),
                   fmt::format("update={}", word), c.only_update()});
  };
  if (step.update != Update::none || !step.backward) return out;
  if (step.pipeline == Pipeline::dynamic) {
    add(Update::rewrite, "rewrite", "rewriting of the surfaces");
  } else {
    add(Update::recompile, "recompile", "recompilation");
    add(Update::reload, "reload", "reload");
  }
  return out;
}

}  // namespace

Scenario compose(const Request& r) {
  Scenario s = Composer(r).run();
  s.name = fmt::format("{} training, {} pipeline", r.model.name,
                       r.pipeline == Pipeline::dynamic ? "dynamic" : "static");
  if (r.compacted && r.forward)
    s.notes.push_back(
        fmt::format("the classifier works over the {} words of the data, as the public dynamic "
                    "pipeline does (vocabulary={} for all)",
                    r.vocabulary, r.model.shape.vocabulary));
  s.left_out = left_out(r);
  return s;
}

}  // namespace anesim::training
