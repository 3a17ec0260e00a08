#include "validate/judge/mapping.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "sim/core/text.h"

namespace anesim::validate {
namespace {

struct Translation {
  std::string_view words;
  std::string_view value;
};

constexpr std::array elementwise_ops{
    Translation{"unary chain (abs, mul by constant, relu)", "unary_chain"},
    Translation{"mul by constant", "mul_const"},
    Translation{"add and mul alternating", "add_mul"},
    Translation{"add of a tensor to itself", "add_self"},
    Translation{"add of three tensors", "sum"},
    Translation{"add of four tensors", "sum"},
    Translation{"add and sub of the same two inputs (two outputs)", "add_and_sub"},
    Translation{"mul then add", "mul_add"},
};
constexpr std::array post_ops{Translation{"multiply by constant mask", "mask"},
                              Translation{"none", "none"}};
constexpr std::array qdq_places{Translation{"inner", "inner"},
                                Translation{"inner and input", "inner_and_input"},
                                Translation{"inner and both ends", "inner_and_both_ends"}};

template <std::size_t N>
std::optional<std::string> translate(const std::array<Translation, N>& table,
                                     std::string_view words) {
  for (const Translation& entry : table) {
    if (entry.words == words) return std::string(entry.value);
  }
  return std::nullopt;
}

/// Collects parameters, leaving out what the case does not state.
struct Collector {
  workloads::Parameters parameters;

  void add(std::string_view name, std::string value) {
    parameters.values[std::string(name)] = std::move(value);
  }
  void add(std::string_view name, const std::optional<std::string>& value) {
    if (value) add(name, *value);
  }
  void add(std::string_view name, const std::optional<std::int64_t>& value) {
    if (value) add(name, fmt::format("{}", *value));
  }
  void add(std::string_view name, const std::optional<double>& value) {
    if (value) add(name, fmt::format("{}", *value));
  }
  void add(std::string_view name, const std::optional<std::vector<std::int64_t>>& value) {
    if (value) add(name, fmt::format("{}", fmt::join(*value, "x")));
  }
};

MappedProgram unsupported(std::string reason) { return {std::nullopt, std::move(reason)}; }

MappedProgram unknown_words(std::string_view key, std::string_view words) {
  return unsupported(fmt::format("no program is known for {} '{}'", key, printable(words)));
}

MappedProgram conv_chain(const Workload& w) {
  Collector c;
  c.add("layers", w.layers);
  c.add("in_channels", w.in_channels);
  c.add("out_channels", w.out_channels);
  c.add("first_in_channels", w.first_in_channels);
  c.add("kernel", w.kernel);
  c.add("height", w.height);
  c.add("width", w.width);
  c.add("batch", w.batch);
  c.add("dilation", w.dilation);
  c.add("padding", w.padding);
  c.add("nonlinearity", w.nonlinearity);
  c.add("weights", w.weights);
  c.add("activation_dtype", w.activation_dtype);
  c.add("io_dtype", w.io_dtype);
  c.add("weight_dtype", w.weight_dtype);
  c.add("weight_sparsity", w.weight_sparsity);
  c.add("storage", w.storage);
  c.add("palette_group", w.palette_group);
  if (w.post_op) {
    const auto op = translate(post_ops, *w.post_op);
    if (!op) return unknown_words("post_op", *w.post_op);
    c.add("post_op", *op);
  }
  if (w.qdq) {
    const auto place = translate(qdq_places, *w.qdq);
    if (!place) return unknown_words("qdq", *w.qdq);
    c.add("qdq", *place);
  }
  return {ProgramRequest{"conv_chain", c.parameters}, ""};
}

MappedProgram matmul(const Workload& w) {
  Collector c;
  c.add("m", w.m);
  c.add("k", w.k);
  c.add("n", w.n);
  c.add("batch", w.batch);
  c.add("form", w.form);
  c.add("rhs", w.rhs);
  c.add("weight_dtype", w.weight_dtype);
  c.add("weight_sparsity", w.weight_sparsity);
  // A second matrix that is an input cannot be a convolution's weight.
  if (w.rhs == "input" && !w.form) c.add("form", std::string("matmul"));
  if (w.activation_dtype && *w.activation_dtype != "fp16") {
    return unknown_words("activation_dtype of a matmul", *w.activation_dtype);
  }
  return {ProgramRequest{"matmul", c.parameters}, ""};
}

MappedProgram elementwise(const Workload& w) {
  Collector c;
  if (w.op) c.add("op", translate(elementwise_ops, *w.op).value_or(*w.op));
  c.add("shape", w.shape);
  // A sum of several tensors is one program, however its additions are counted.
  c.add("count", w.count);
  c.add("inputs", w.inputs);
  return {ProgramRequest{"elementwise", c.parameters}, ""};
}

/// Kinds of one op over one tensor.
MappedProgram per_tensor(const Workload& w) {
  Collector c;
  c.add("op", w.op);
  c.add("shape", w.shape);
  c.add("count", w.count);
  // An activation has no axis, whatever the file says.
  if (w.kind != Kind::activation && w.kind != Kind::pool) c.add("axis", w.axis);
  return {ProgramRequest{std::string(name(w.kind)), c.parameters}, ""};
}

/// "transpose axes (0,3,2,1)".
MappedProgram transpose(const Workload& w) {
  Collector c;
  c.add("shape", w.shape);
  c.add("count", w.count);
  if (w.op) {
    const auto open = w.op->find('('), close = w.op->find(')');
    if (open == std::string::npos || close == std::string::npos || close < open) {
      return unknown_words("op", *w.op);
    }
    std::string perm = w.op->substr(open + 1, close - open - 1);
    for (char& letter : perm) {
      if (letter == ',') letter = 'x';
    }
    c.add("perm", perm);
  }
  return {ProgramRequest{"transpose", c.parameters}, ""};
}

MappedProgram sdpa(const Workload& w) {
  Collector c;
  c.add("batch", w.batch);
  c.add("heads", w.heads);
  c.add("kv_heads", w.kv_heads);
  c.add("q_len", w.q_len);
  c.add("kv_len", w.kv_len);
  c.add("head_dim", w.head_dim);
  if (w.variant == "post_pv_1_block" || w.variant == "post_pv") {
    c.add("variant", std::string("post_pv"));
  } else if (w.variant == "post_pv_4_blocks_1_graph") {
    c.add("variant", std::string("post_pv"));
    c.add("blocks", std::string("4"));
  } else if (w.variant && *w.variant != "dense" && *w.variant != "fused") {
    return unknown_words("variant", *w.variant);
  } else {
    c.add("variant", w.variant);
  }
  return {ProgramRequest{"sdpa", c.parameters}, ""};
}

MappedProgram attention_block(const Workload& w) {
  Collector c;
  c.add("batch", w.batch);
  c.add("sequence", w.sequence);
  c.add("d_model", w.d_model);
  c.add("heads", w.heads);
  return {ProgramRequest{"attention_block", c.parameters}, ""};
}

MappedProgram mlp_pairs(const Workload& w) {
  Collector c;
  c.add("pairs", w.pairs);
  c.add("width", w.width);
  c.add("hidden", w.hidden);
  c.add("tokens", w.tokens);
  c.add("weight_dtype", w.weight_dtype);
  return {ProgramRequest{"mlp_pairs", c.parameters}, ""};
}

MappedProgram stream(const Workload& w) {
  Collector c;
  c.add("bytes", w.bytes);
  c.add("what", w.what);
  c.add("direction", w.direction);
  return {ProgramRequest{"stream", c.parameters}, ""};
}

}  // namespace

MappedProgram map_program(const Workload& workload) {
  switch (workload.kind) {
    case Kind::conv_chain:
      return conv_chain(workload);
    case Kind::matmul:
      return matmul(workload);
    case Kind::elementwise:
      return elementwise(workload);
    case Kind::activation:
    case Kind::norm:
    case Kind::pool:
    case Kind::reduce:
    case Kind::softmax:
      return per_tensor(workload);
    case Kind::transpose:
      return transpose(workload);
    case Kind::sdpa:
      return sdpa(workload);
    case Kind::attention_block:
      return attention_block(workload);
    case Kind::mlp_pairs:
      return mlp_pairs(workload);
    case Kind::stream:
      return stream(workload);
    case Kind::dispatch:
    case Kind::llm:
    case Kind::model:
    case Kind::other:
    case Kind::training_step:
      break;
  }
  return unsupported(fmt::format("'{}' is not a synthetic workload", name(workload.kind)));
}

std::optional<Submission> map_submission(std::string_view words) {
  struct Entry {
    std::string_view words;
    Submission submission;
  };
  static constexpr std::array table{
      Entry{"one request at a time", {}},
      Entry{"asynchronous, 1 in flight", {}},
      Entry{"asynchronous, 2 in flight", {.in_flight = 2}},
      Entry{"asynchronous, 4 in flight", {.in_flight = 4}},
      Entry{"two processes, 2 in flight each", {.processes = 2, .in_flight = 2}},
      Entry{"batch of 2", {.batch = 2}},
      Entry{"batch of 8", {.batch = 8}},
  };
  for (const Entry& entry : table) {
    if (entry.words == words) return entry.submission;
  }
  return std::nullopt;
}

}  // namespace anesim::validate
