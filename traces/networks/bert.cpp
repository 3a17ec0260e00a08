// Encoders of text: BERT-base, DistilBERT, MiniLM, in the ordinary form (tokens [N, S, D], a mask
// of the tokens as second input) and in the form for the engine of apple/ml-ane-transformers ([N,
// D, 1, S], one product a head).
#include <fmt/format.h>

#include <array>

#include "traces/networks/families.h"
#include "traces/networks/net.h"

namespace anesim::networks {
namespace {

struct Bert {
  std::string_view name;
  std::int64_t vocabulary, layers, width, heads, positions;
  bool types;             ///< token types and a pooler (BERT), or not (DistilBERT)
  bool compares;          ///< every layer compares the mask anew (DistilBERT), or adds it (BERT)
  std::string_view head;  ///< head unless asked otherwise
  std::string_view sentence;
  Published published;
};
constexpr std::array table{
    Bert{"bert_base",
         30522,
         12,
         768,
         12,
         512,
         true,
         false,
         "pooler",
         "text encoder",
         {109.482e6, 11.174e9, "arXiv 1810.04805, transformers; MACs at 128 tokens"}},
    Bert{"distilbert",
         30522,
         6,
         768,
         12,
         512,
         false,
         true,
         "classifier",
         "text encoder with the two-class head of SST-2",
         {66.955e6, 5.587e9, "arXiv 1910.01108, transformers; MACs at 128 tokens"}},
    Bert{"minilm_l6",
         30522,
         6,
         384,
         12,
         512,
         true,
         false,
         "sentence",
         "all-MiniLM-L6-v2: mean of the tokens as sentence embedding",
         {22.713e6, 1.434e9, "sentence-transformers model card; MACs computed at 128 tokens"}},
};

/// DistilBERT's eager form: (mask == 0).view().expand_as(scores), then masked_fill; the converter
/// repeats no truth values, so they pass through int32 (transformers, coremltools).
TensorId filled(Net& net, TensorId scores, TensorId tokens_seen) {
  auto& b = net.builder();
  const Shape& s = net.shape(scores);
  const auto cast = [&](TensorId x, const char* type) {
    return b.op("cast", {{"x", {x}}, {"dtype", {b.text(type)}}}, net.next_name("cast"));
  };
  const TensorId off =
      b.op("equal", {{"x", {tokens_seen}}, {"y", {b.integer(0)}}}, net.next_name("equal"));
  const TensorId view = cast(net.reshape(off, {s[0], 1, 1, s[3]}), "int32");
  const TensorId all =
      b.op("tile", {{"x", {view}}, {"reps", {b.ints({1, s[1], s[2], 1})}}}, net.next_name("tile"));
  return b.op("select", {{"cond", {cast(all, "bool")}}, {"a", {b.number(-1e4)}}, {"b", {scores}}},
              net.next_name("select"));
}

/// BERT's: (1 - mask) times a large negative number, made once, added in every layer.
TensorId additive(Net& net, TensorId tokens_seen) {
  auto& b = net.builder();
  const Shape s = net.shape(tokens_seen);
  const TensorId seen =
      b.op("cast", {{"x", {tokens_seen}}, {"dtype", {b.text("fp16")}}}, net.next_name("cast"));
  const TensorId open = net.reshape(seen, {s[0], 1, 1, s[1]});
  const TensorId shut = b.op("sub", {{"x", {b.number(1)}}, {"y", {open}}}, net.next_name("sub"));
  return net.times(shut, -1e4);
}

/// Post-norm layer over tokens.
TensorId layer(Net& net, TensorId x, const Bert& form, TensorId mask) {
  const TensorId attended =
      net.attention(x, {.heads = form.heads,
                        .head_width = form.width / form.heads,
                        .fused_qkv = false,
                        .mask = [&](TensorId scores) {
                          return form.compares ? filled(net, scores, mask) : net.add(scores, mask);
                        }});
  x = net.layer_norm(net.add(attended, x));
  const TensorId inner = net.linear(x, 4 * form.width, "gelu");
  return net.layer_norm(net.add(net.linear(inner, form.width), x));
}

/// The same with channels in front; keys transposed once, every head a product of its own.
TensorId engine_layer(Net& net, TensorId x, const Bert& form) {
  const TensorId q = net.conv(x, form.width), k = net.conv(x, form.width);
  const TensorId attended = net.engine_attention(q, k, net.conv(x, form.width), form.heads, true);
  x = net.channel_norm(net.add(net.conv(attended, form.width), x));
  const TensorId inner = net.conv(x, 4 * form.width, {.activation = "gelu"});
  return net.channel_norm(net.add(net.conv(inner, form.width), x));
}

TensorId embeddings(Net& net, const Bert& form, std::int64_t length) {
  net.at("embeddings.");
  TensorId x = net.embed(net.tokens("input_ids", length), form.vocabulary, form.width);
  x = net.add(x, net.constant({1, length, form.width}, "positions"));
  if (form.types) x = net.add(x, net.constant({1, 1, form.width}, "token_type"));
  return x;
}

graph::Graph make(const Bert& form, const Values& values) {
  const std::int64_t length = values.count("sequence");
  if (length > form.positions)
    values.fail(
        fmt::format("parameter 'sequence': {} is beyond the {} positions", length, form.positions));
  Net net(std::string(form.name), values);
  const bool engine = values.word("form") == "ane";
  TensorId x = embeddings(net, form, length), mask;
  if (engine) {
    x = net.channel_norm(
        net.reshape(net.transpose(x, {0, 2, 1}), {net.batch(), form.width, 1, length}));
  } else {
    x = net.layer_norm(x);
    mask = net.tokens("attention_mask", length);
    if (!form.compares) mask = additive(net, mask);
  }
  for (std::int64_t i = 0; i < form.layers; ++i) {
    net.at("layer" + std::to_string(i + 1) + ".");
    x = engine ? engine_layer(net, x, form) : layer(net, x, form, mask);
  }
  net.at("head.");
  const std::string& head = values.word("head");
  if (head == "none") return net.finish({x});
  if (head == "sentence") {
    if (engine) return net.finish({net.mean(x, {3})});
    return net.finish({net.mean(x, {1}, false)});
  }
  if (head == "tokens") {
    const std::int64_t classes = values.count("classes");
    return net.finish({engine ? net.conv(x, classes) : net.linear(x, classes)});
  }
  const bool pooler = head == "pooler";
  if (engine) {
    const TensorId first = net.slice(x, {0, 0, 0, 0}, {net.batch(), form.width, 1, 1});
    const TensorId y = net.conv(first, form.width, {.activation = pooler ? "tanh" : "relu"});
    return net.finish({pooler ? y : net.conv(y, values.count("classes"))});
  }
  const TensorId first =
      net.reshape(net.slice(x, {0, 0, 0}, {net.batch(), 1, form.width}), {net.batch(), form.width});
  const TensorId y = net.linear(first, form.width, pooler ? "tanh" : "relu");
  return net.finish({pooler ? y : net.linear(y, values.count("classes"))});
}

std::vector<ParameterInfo> parameters(const Bert& form) {
  return with({{"sequence", Form::count, "128", "tokens in one call", {}, 512},
               {"form",
                Form::word,
                "ordinary",
                "ane: channels in front, linears as 1x1 convolutions, a product a head",
                {"ordinary", "ane"}},
               {"head",
                Form::word,
                form.head,
                "what follows the encoder",
                {"pooler", "classifier", "sentence", "tokens", "none"}},
               {"classes", Form::count, "2", "classes of the head", {}, 1'000'000}},
              common_parameters());
}

}  // namespace

std::vector<NetworkInfo> bert_family() {
  std::vector<NetworkInfo> family;
  for (const Bert& form : table) {
    family.push_back({form.name, form.sentence, form.published, parameters(form),
                      [&form](const Values& values) { return make(form, values); }});
  }
  return family;
}

}  // namespace anesim::networks
