#include <fmt/format.h>

#include <algorithm>

#include "sim/core/text.h"
#include "traces/language/language.h"
#include "traces/workloads/named.h"

namespace anesim::language {

using workloads::Form;
using workloads::ParameterInfo;
using workloads::Values;

namespace {
/// Positions of anything.
constexpr std::int64_t longest = 1 << 20;
}  // namespace

const std::vector<ParameterInfo>& parameters() {
  static const std::vector<std::string_view> formats = [] {
    auto names = format_names();
    return names;
  }();
  static const std::vector<ParameterInfo> table{
      {"phase", Form::word, "decode", "prompt or next token", {"prefill", "decode"}},
      {"context",
       Form::count,
       "",
       "tokens of the prompt, or in the cache before the next token",
       {},
       longest},
      {"capacity", Form::shape, "", "KV positions of the static graphs, rising"},
      {"positions", Form::count, "", "columns that a call computes", {}, longest},
      {"filled", Form::count, "", "columns of a decode call that hold tokens", {}, longest},
      {"tokens", Form::count, "", "tokens that a decode step yields; absent: one"},
      {"weights", Form::word, "", "stored format of all weights", formats},
      {"attention_weights", Form::word, "", "of the projections", formats},
      {"ffn_weights", Form::word, "", "of the FFN", formats},
      {"head_weights", Form::word, "", "of the output matrix", formats},
      {"palette_group", Form::count, "", "output channels that share a palette"},
      {"sparsity", Form::fraction, "", "share of the weights stored as sparse that is zero"},
      {"layers", Form::count, "", "fewer or more layers than the model has", {}, 1024},
      {"segments", Form::count, "", "programs that the layers are cut into"},
      {"engine", Form::word, "", "what runs on the engine", {"layers", "projections"}},
      {"head", Form::word, "", "where the output matrix runs", {"engine", "cpu", "none"}},
      {"head_parts", Form::count, "", "convolutions that it is cut into", {}, 1024},
      {"cache", Form::word, "", "keep keys and values between calls", {"true", "false"}},
      {"cache_by_host",
       Form::word,
       "",
       "the host moves the KV cache, between calls or beside them",
       {"true", "false", "beside"}},
      {"cache_copied",
       Form::word,
       "",
       "new columns make a new cache instead of landing in it",
       {"true", "false"}},
      {"cache_format", Form::word, "fp16", "of keys and values", {"fp16", "int8"}},
      {"attention", Form::word, "explicit", "one operation or several", {"explicit", "fused"}},
      {"activations", Form::word, "fp16", "of the projections", {"fp16", "int8"}},
      {"drafts", Form::count, "", "steps of a one-layer draft model before each call", {}, 64},
      {"logits", Form::word, "false", "hand all logits to the caller", {"true", "false"}},
  };
  return table;
}

namespace {

void override_formats(Formats& f, const Values& v) {
  if (v.has("weights")) f.attention = f.ffn = f.head = v.word("weights");
  if (v.has("attention_weights")) f.attention = v.word("attention_weights");
  if (v.has("ffn_weights")) f.ffn = v.word("ffn_weights");
  if (v.has("head_weights")) f.head = v.word("head_weights");
  f.palette_group = v.count_or("palette_group", f.palette_group);
  if (v.has("sparsity")) {
    if (!f.sparse()) v.fail("parameter 'sparsity' needs weights=sparse, or a part stored so");
    f.sparsity = v.fraction("sparsity");
  }
  if (f.sparse() && !f.sparsity)
    v.fail(
        "sparse weights need the share of them that is zero (expected for example sparsity=0.5)");
}

void override_cut(Cut& c, const Values& v, std::int64_t layers) {
  c.segments = v.count_or("segments", std::min(c.segments, layers));
  if (c.segments > layers)
    v.fail(fmt::format("parameter 'segments': {} is more than {} layers", c.segments, layers));
  if (v.has("engine")) c.projections_only = v.word("engine") == "projections";
  if (v.has("head"))
    c.head = v.word("head") == "engine" ? On::engine : v.word("head") == "cpu" ? On::cpu : On::none;
  c.head_parts = v.count_or("head_parts", c.head_parts);
  if (v.has("cache")) c.cache = v.flag("cache");
  if (v.has("cache_by_host")) {
    c.cache_by_host = v.word("cache_by_host") != "false";
    c.cache_beside = v.word("cache_by_host") == "beside";
  }
  if (v.has("cache_copied")) c.cache_copied = v.flag("cache_copied");
  c.cache_int8 = v.word("cache_format") == "int8";
  c.fused_attention = v.word("attention") == "fused";
  c.int8_activations = v.word("activations") == "int8";
  if (v.has("capacity")) {
    c.capacity = v.shape("capacity");
    if (!std::is_sorted(c.capacity.begin(), c.capacity.end()))
      v.fail("parameter 'capacity': capacities must rise");
  }
}

/// Graphs whose cache holds a call's columns and the context. The graphs are static: the model has
/// no others, so what does not fit them cannot run.
void fit_capacity(Request& r, const Values& v) {
  auto& sizes = r.model.cut.capacity;
  const auto refuse = [&](const char* parameter, std::int64_t given, const char* what,
                          std::int64_t needed) {
    std::string hint;
    if (!v.has("capacity") && needed <= longest)
      hint = fmt::format("; capacity={} asks for a graph of that size", needed);
    v.fail(fmt::format(
        "parameter '{}': {} {} do not fit the KV capacity of {} (expected up to {}{})", parameter,
        given, what, fmt::join(r.model.cut.capacity, ", "), r.model.cut.capacity.back(), hint));
  };
  if (r.positions > sizes.back())
    refuse("positions", r.positions, "columns", std::max(r.positions, r.context));
  if (r.context > sizes.back()) refuse("context", r.context, "tokens", r.context);
  std::erase_if(sizes, [&](std::int64_t c) { return c < r.positions; });
}

}  // namespace

Request make_request(Model model, const workloads::Parameters& given) {
  const std::string name = model.name;
  const Values v(name, parameters(), given, "language model");
  Request r;
  r.model = std::move(model);
  r.phase = v.word("phase") == "prefill" ? Phase::prefill : Phase::decode;
  Model& m = r.model;
  m.shape.layers = v.count_or("layers", m.shape.layers);
  override_formats(m.formats, v);
  override_cut(m.cut, v, m.shape.layers);
  const bool prefill = r.phase == Phase::prefill;
  const std::int64_t usual = prefill ? m.cut.prefill_positions : m.cut.decode_positions;
  r.positions = v.count_or("positions", usual);
  r.context = v.count_or("context", m.cut.capacity.front());
  r.filled = v.count_or("filled", prefill ? r.positions : 1);
  r.tokens = static_cast<double>(v.count_or("tokens", 1));
  r.logits = v.flag("logits");
  r.drafts = v.count_or("drafts", 0);
  for (const auto c : m.cut.capacity)
    if (c > longest)
      v.fail(fmt::format("parameter 'capacity': {} is too large (expected up to {})", c, longest));
  for (const char* key : {"tokens", "drafts"})
    if (prefill && v.has(key)) v.fail(fmt::format("parameter '{}' needs phase=decode", key));
  if (!prefill && r.tokens > static_cast<double>(r.filled))
    v.fail(
        fmt::format("parameter 'tokens': {} is more than {} filled columns", r.tokens, r.filled));
  if (r.filled > r.positions)
    v.fail(fmt::format("parameter 'filled': {} is more than {} positions", r.filled, r.positions));
  if (m.cut.head_parts > m.shape.vocabulary)
    v.fail(fmt::format("parameter 'head_parts': {} is more than {} words", m.cut.head_parts,
                       m.shape.vocabulary));
  if (m.cut.cache) fit_capacity(r, v);
  return r;
}

Request parse_request(const std::filesystem::path& folder, std::string_view text) {
  const auto named = workloads::parse_named(text);
  return make_request(find_model(folder, named.name), named.parameters);
}

}  // namespace anesim::language
