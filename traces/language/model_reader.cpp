// Reads ane-llm/1 (configs/schemas/ane-llm-1.schema.json).
#include <fmt/format.h>

#include <algorithm>

#include "sim/core/text.h"
#include "traces/language/model.h"
#include "traces/workloads/pieces.h"

namespace anesim::language {
namespace {

using config::Node;

constexpr std::int64_t most = 1 << 20;

std::int64_t size(const Node& n, const char* key, std::int64_t high = most) {
  return n.require(key).integer(1, high);
}
std::int64_t size_or(const Node& n, const char* key, std::int64_t fallback,
                     std::int64_t high = most) {
  const Node* v = n.find(key);
  return v ? v->integer(1, high) : fallback;
}
bool flag(const Node& n, const char* key, bool fallback) {
  const Node* v = n.find(key);
  return v ? v->boolean() : fallback;
}

std::string word(const Node& v, const std::vector<std::string_view>& allowed) {
  const std::string& text = v.text();
  if (std::find(allowed.begin(), allowed.end(), text) != allowed.end()) return text;
  const std::vector<std::string> known(allowed.begin(), allowed.end());
  v.fail(fmt::format("'{}' is not known{} (expected {})", printable(text),
                     did_you_mean(text, known), fmt::join(known, ", ")));
}

LinearAttention read_linear(const Node& n) {
  n.only_keys({"full_every", "key_heads", "value_heads", "head_size", "kernel", "chunk"});
  LinearAttention l;
  l.full_every = size(n, "full_every");
  l.key_heads = size(n, "key_heads");
  l.value_heads = size(n, "value_heads");
  l.head_size = size(n, "head_size", 4096);
  l.kernel = size_or(n, "kernel", 4, 16);
  l.chunk = size_or(n, "chunk", 64, 1024);
  if (l.value_heads % l.key_heads != 0)
    n.fail(fmt::format("{} key heads do not divide {} value heads", l.key_heads, l.value_heads));
  return l;
}

/// Dimensions of a head that rotate.
std::int64_t rotated_or(const Node& n, std::int64_t head_size) {
  const Node* v = n.find("rotated");
  if (!v) return head_size;
  const std::int64_t rotated = v->integer(0, head_size);
  if (rotated % 2 != 0) v->fail(fmt::format("{} is odd", rotated));
  return rotated;
}

SlidingAttention read_sliding(const Node& n, const Shape& s) {
  n.only_keys({"full_every", "window", "head_size", "rotated"});
  SlidingAttention l;
  l.full_every = n.require("full_every").integer(2, most);
  l.window = size(n, "window");
  l.head_size = size_or(n, "head_size", s.head_size, 4096);
  l.rotated = rotated_or(n, l.head_size);
  return l;
}

/// Kinds of layers and what they read beside their input.
void read_layer_kinds(const Node& n, Shape& s) {
  if (const Node* v = n.find("linear_attention")) s.linear = read_linear(*v);
  if (const Node* v = n.find("sliding_attention")) {
    if (s.linear)
      v->fail(
          "linear_attention says already what the layers between those of full attention are "
          "(expected one of both)");
    s.sliding = read_sliding(*v, s);
  }
  if (const Node* v = n.find("shared_kv_from")) {
    const std::int64_t kinds = s.sliding  ? s.sliding->full_every
                               : s.linear ? s.linear->full_every
                                          : 1;
    // One layer of each kind before it keeps its own.
    if (s.layers <= kinds)
      v->fail(fmt::format("{} layers are too few to share keys and values (expected {} or more)",
                          s.layers, kinds + 1));
    s.shared_kv_from = v->integer(kinds, s.layers - 1);
  }
  s.per_layer_input = size_or(n, "per_layer_input", 0);
}

Shape read_shape(const Node& n) {
  n.only_keys({"layers",
               "width",
               "heads",
               "kv_heads",
               "head_size",
               "ffn",
               "vocabulary",
               "rotated",
               "norm",
               "activation",
               "gated_ffn",
               "bias",
               "qk_norm",
               "query_gate",
               "parallel",
               "tied_head",
               "post_norms",
               "linear_attention",
               "sliding_attention",
               "shared_kv_from",
               "per_layer_input",
               "logit_cap"});
  Shape s;
  s.layers = size(n, "layers", 1024);
  s.width = size(n, "width");
  s.heads = size(n, "heads", 4096);
  s.kv_heads = size_or(n, "kv_heads", s.heads, 4096);
  s.ffn = size(n, "ffn");
  s.vocabulary = size(n, "vocabulary", 1 << 24);
  if (const Node* v = n.find("head_size")) {
    s.head_size = v->integer(1, 4096);
  } else if (s.width % s.heads == 0) {
    s.head_size = s.width / s.heads;
  } else {
    n.fail(fmt::format("{} heads do not divide width {} (give head_size)", s.heads, s.width));
  }
  if (s.heads % s.kv_heads != 0)
    n.require("kv_heads").fail(fmt::format("{} does not divide {} heads", s.kv_heads, s.heads));
  s.rotated = rotated_or(n, s.head_size);
  if (const Node* v = n.find("norm"))
    s.norm = word(*v, {"rms", "layer"}) == "rms" ? Norm::rms : Norm::layer;
  if (const Node* v = n.find("activation"))
    s.activation = word(*v, {"silu", "gelu", "gelu_tanh", "relu"});
  s.gated_ffn = flag(n, "gated_ffn", true);
  s.bias = flag(n, "bias", false);
  s.qk_norm = flag(n, "qk_norm", false);
  s.query_gate = flag(n, "query_gate", false);
  s.parallel = flag(n, "parallel", false);
  s.tied_head = flag(n, "tied_head", false);
  s.post_norms = flag(n, "post_norms", false);
  if (const Node* v = n.find("logit_cap")) s.logit_cap = v->number(1, 65504);
  read_layer_kinds(n, s);
  return s;
}

Formats read_formats(const Node& n) {
  n.only_keys({"attention", "ffn", "head", "palette_group", "sparsity"});
  Formats f;
  if (const Node* v = n.find("attention")) f.attention = word(*v, format_names());
  if (const Node* v = n.find("ffn")) f.ffn = word(*v, format_names());
  if (const Node* v = n.find("head")) f.head = word(*v, format_names());
  f.palette_group = size_or(n, "palette_group", 0);
  if (const Node* v = n.find("sparsity")) {
    f.sparsity = v->number(0, 1);
    if (!f.sparse()) v->fail("no part is stored as sparse");
  } else if (f.sparse()) {
    n.fail("sparse weights need 'sparsity', the share of them that is zero");
  }
  return f;
}

Cut read_cut(const Node& n, const Shape& s) {
  n.only_keys({"segments", "engine", "head", "head_parts", "capacity", "cache", "cache_by_host",
               "cache_copied", "decode_positions", "prefill_positions"});
  Cut c;
  c.segments = size_or(n, "segments", 1, s.layers);
  if (const Node* v = n.find("engine"))
    c.projections_only = word(*v, {"layers", "projections"}) == "projections";
  if (const Node* v = n.find("head")) {
    const std::string where = word(*v, {"engine", "cpu", "none"});
    c.head = where == "engine" ? On::engine : where == "cpu" ? On::cpu : On::none;
  }
  c.head_parts = size_or(n, "head_parts", 1, 1024);
  if (const Node* v = n.find("capacity")) {
    for (const Node& item : v->sequence()) c.capacity.push_back(item.integer(1, most));
    if (c.capacity.empty() || !std::is_sorted(c.capacity.begin(), c.capacity.end()))
      v->fail("capacities must rise");
  } else {
    c.capacity.push_back(2048);
  }
  c.cache = flag(n, "cache", true);
  c.cache_by_host = flag(n, "cache_by_host", false);
  c.cache_copied = flag(n, "cache_copied", false);
  c.decode_positions = size_or(n, "decode_positions", 1, 65536);
  c.prefill_positions = size_or(n, "prefill_positions", 64, 65536);
  return c;
}

}  // namespace

Model read_model(const Node& root) {
  root.only_keys({"schema", "name", "description", "source", "shape", "weights", "programs"});
  const Node& schema = root.require("schema");
  if (schema.text() != "ane-llm/1")
    schema.fail(fmt::format("schema '{}' is not 'ane-llm/1'", printable(schema.text())));
  Model m;
  m.name = root.require("name").text();
  if (const Node* n = root.find("description")) m.description = n->text();
  if (const Node* n = root.find("source")) m.source = n->text();
  m.shape = read_shape(root.require("shape"));
  if (const Node* n = root.find("weights")) m.formats = read_formats(*n);
  if (const Node* n = root.find("programs"))
    m.cut = read_cut(*n, m.shape);
  else
    m.cut.capacity.push_back(2048);
  return m;
}

}  // namespace anesim::language
