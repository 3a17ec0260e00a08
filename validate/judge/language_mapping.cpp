// Language models as the measurement files name them: model, variant and precision in words, and
// how the project of that stack cuts its programs (../shared/language-models.md 8).
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "sim/core/text.h"
#include "validate/judge/mapping.h"

namespace anesim::validate {
namespace {

/// `positions`: what "tokens_per_call" means for that way of running the model.
enum class Calls {
  wide,   ///< a call computes that many columns
  lanes,  ///< fixed 32 lanes, that many filled
  turns,  ///< fixed 32 lanes, one filled: sessions and prompt tokens one after the other
  whole,  ///< every token is a pass over the whole context
  next,   ///< one column beside a cache of the whole context
};

struct Entry {
  std::string_view model;
  std::string_view variant;  ///< empty: not stated
  std::string_view stack;    ///< empty: any
  std::string_view input;
  Calls calls = Calls::wide;
};

constexpr std::array table{
    Entry{"Qwen3-4B", "", "coreai", "qwen3-4b"},
    Entry{"Qwen3-4B", "", "private", "qwen3-4b,engine=projections", Calls::lanes},
    // 4 and 6 bits: the projections and the output matrix at 6 give the stated 2.56 GB a token.
    Entry{"Qwen3.5-4B", "standard", "coreml",
          "qwen3.5-4b,segments=8,attention_weights=lut6,ffn_weights=lut4,head_weights=lut6"},
    Entry{"Qwen3.5-4B", "custom", "coreml", "qwen3.5-4b,segments=4,weights=lut4"},
    Entry{"Qwen3.5-4B", "", "private", "qwen3.5-4b,engine=projections", Calls::lanes},
    // Two sessions together yield 4.44 token/s where one yields 4.27: its lanes are not shared.
    Entry{"Qwen3.5-9B", "", "private", "qwen3.5-9b,engine=projections", Calls::turns},
    Entry{"Qwen3.5-27B (dense, hybrid)", "", "", "qwen3.5-27b,engine=projections"},
    Entry{"Llama-2-7B", "version 1", "", "llama-2-7b"},
    // The later version moves the cache while the engine computes.
    Entry{"Llama-2-7B", "version 2", "", "llama-2-7b,cache_by_host=beside"},
    // A pass over 512 positions is 0.4 and 0.8 TMAC; 51 and 95 ms would need 7.8 TMAC/s of an M1
    // (peak 5.8) and 8.4 of an M2 (7.9). These two ran with a cache that goes in and out.
    Entry{"GPT-2", "large 774M", "", "gpt2-large,cache=true,cache_by_host=true", Calls::next},
    Entry{"GPT-2", "xl 1558M", "", "gpt2-xl,cache=true,cache_by_host=true", Calls::next},
    Entry{"GPT-2 124M", "", "", "gpt2-small,cache=true,head=cpu,segments=12"},
    Entry{"Pythia", "160M", "", "pythia-160m", Calls::whole},
    Entry{"Pythia", "410M", "", "pythia-410m", Calls::whole},
    Entry{"Pythia", "2.8B", "", "pythia-2.8b", Calls::whole},
    Entry{"OPT-1.3B", "uncompressed", "", "opt-1.3b", Calls::whole},
    Entry{"OPT-1.3B", "4 bit per tensor", "", "opt-1.3b", Calls::whole},
    Entry{"OPT-1.3B", "4 bit per channel", "", "opt-1.3b,palette_group=1", Calls::whole},
    Entry{"OPT-1.3B", "4 bit group 2", "", "opt-1.3b,palette_group=2", Calls::whole},
    Entry{"OPT-1.3B", "4 bit group 4", "", "opt-1.3b,palette_group=4", Calls::whole},
    Entry{"OPT-1.3B", "4 bit group 8", "", "opt-1.3b,palette_group=8", Calls::whole},
    Entry{"one decoder block, width 2048, 16 heads of 128 (no grouping), SwiGLU 5504, 50.6M "
          "parameters",
          "", "", "decoder-block-2048"},
    // The project's plain programs take [1, 768, 1, 256] and no cache; with one, 85 MB of weights
    // would take 1 ms of the 6.6 that its private and its Core ML path both need.
    Entry{"Stories110M-like, 6 layers", "", "", "stories110m,layers=6,cache=false", Calls::whole},
    Entry{"6-layer dim 768", "", "", "stories110m,layers=6,cache=false", Calls::whole},
};

struct Precision {
  std::string_view words;
  std::string_view parameters;
};

/// Ways to hand weights over that the programs of a language model do not have.
struct Unmodelled {
  std::string_view words;
  const char* why;
};
constexpr std::array unmodelled{
    Unmodelled{"fp16 computed from Q4_K/Q5_K/Q6_K",
               "the CPU unpacks the weights of every layer and writes them to the input surface; "
               "the programs of a language model have theirs baked in"},
};
constexpr std::array precisions{
    Precision{"fp16", "weights=fp16"},
    Precision{"int8", "weights=int8"},
    Precision{"lut4", "weights=lut4"},
    Precision{"lut4 weights", "weights=lut4"},
    Precision{"lut4 and lut6 weights", ""},               // by the variant
    Precision{"not stated; download of about 4 GB", ""},  // by the model's file
    Precision{"fp16, fused attention", "weights=fp16,attention=fused"},
    Precision{"fp16, explicit attention, keys cached transposed", "weights=fp16"},
    Precision{"fp16, cache stored as int8", "weights=fp16,cache_format=int8"},
    Precision{"int8 weights, fp16 activations", "weights=int8"},
    Precision{"int8 weights and activations in the projections", "weights=int8,activations=int8"},
};

const Entry* find(const Workload& w, const std::string& stack) {
  for (const Entry& e : table)
    if (e.model == w.model && e.variant == w.variant.value_or("") &&
        (e.stack.empty() || e.stack == stack))
      return &e;
  return nullptr;
}

/// "graph ladder 256 / 2K / 32K" of a note as "256x2048x32768".
std::optional<std::string> ladder_of(const std::string& note) {
  constexpr std::string_view words = "graph ladder ";
  auto at = note.find(words);
  if (at == std::string::npos) return std::nullopt;
  at += words.size();
  std::string out;
  for (;;) {
    std::int64_t n = 0;
    const auto begin = at;
    while (at < note.size() && note[at] >= '0' && note[at] <= '9' && n < 1'000'000)
      n = n * 10 + (note[at++] - '0');
    if (at == begin) return std::nullopt;
    if (at < note.size() && note[at] == 'K') {
      n *= 1024;
      ++at;
    }
    out += fmt::format("{}{}", out.empty() ? "" : "x", n);
    if (note.compare(at, 3, " / ") != 0) return out;
    at += 3;
  }
}

/// "mean 1.76 tokens per step" of a note.
std::optional<double> tokens_per_step(const std::string& note) {
  constexpr std::string_view before = "mean ", after = " tokens per step";
  const auto end = note.find(after);
  if (end == std::string::npos) return std::nullopt;
  const auto begin = note.rfind(before, end);
  if (begin == std::string::npos) return std::nullopt;
  const double n = std::atof(note.substr(begin + before.size(), end - begin).c_str());
  return n > 0 ? std::optional(n) : std::nullopt;
}

/// Context of a case that states none: a short conversation.
constexpr std::int64_t usual_context = 512;

}  // namespace

void map_language(CaseRequest& request) {
  const Workload& w = request.measured->workload;
  const std::string model = w.model.value_or("");
  const Entry* entry = find(w, request.stack);
  if (!entry) {
    request.unsupported = fmt::format("no language model is known for '{}'{}", printable(model),
                                      w.variant ? ", " + printable(*w.variant) : "");
    return;
  }
  std::string input = fmt::format("llm:{}", entry->input);
  const auto add = [&](std::string_view key, auto value) {
    input += fmt::format(",{}={}", key, value);
  };
  for (const Unmodelled& u : unmodelled)
    if (w.precision && *w.precision == u.words) {
      request.unsupported = fmt::format("'{}': {}", u.words, u.why);
      return;
    }
  if (w.precision) {
    const Precision* found = nullptr;
    for (const Precision& p : precisions)
      if (p.words == *w.precision) found = &p;
    if (!found) {
      request.unsupported =
          fmt::format("no weight format is known for '{}'", printable(*w.precision));
      return;
    }
    // What the entry says about parts goes before the precision of the whole.
    const bool parts = entry->input.find("weights=") != std::string_view::npos;
    if (!found->parameters.empty() && !parts) input += fmt::format(",{}", found->parameters);
  }
  const bool next = entry->calls == Calls::next;
  const bool prefill = w.phase == "prefill" && !next;
  add("phase", prefill ? "prefill" : "decode");
  const std::int64_t context = w.context.value_or(w.tokens.value_or(usual_context));
  add("context", next ? std::max<std::int64_t>(1, context - 1) : context);
  const std::int64_t tokens = w.tokens_per_call.value_or(1);
  StepRequest step;
  step.tokens = prefill ? std::nullopt : tokens_per_step(request.measured->note);
  switch (entry->calls) {
    case Calls::wide:
      if (w.tokens_per_call) add("positions", tokens);
      if (step.tokens) {  // speculative: the model's own prediction layer drafts all but one
        add("filled", tokens);
        if (tokens > 1) add("drafts", tokens - 1);
      }
      break;
    case Calls::lanes:
      add("positions", 32);
      add("filled", tokens);
      if (!prefill) step.tokens = static_cast<double>(tokens);
      break;
    case Calls::turns:
      add("positions", 32);
      add("filled", 1);
      break;
    case Calls::whole:
      add("positions", context);
      break;
    case Calls::next:
      add("positions", 1);
      add("capacity", context);
      break;
  }
  if (const auto ladder = ladder_of(request.measured->note))
    add("capacity", *ladder);
  else if (w.graph_capacity && !next)
    add("capacity", *w.graph_capacity);
  else if (w.layers && entry->calls == Calls::wide)
    add("capacity", context);
  if (w.layers) add("layers", *w.layers);
  if (request.measured->conditions.host &&
      request.measured->conditions.host->find("all logits") != std::string::npos)
    add("logits", "true");
  step.input = std::move(input);
  request.step = std::move(step);
}

}  // namespace anesim::validate
