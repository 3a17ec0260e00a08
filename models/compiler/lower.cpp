#include "models/compiler/lower.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "models/compiler/lowering.h"
#include "sim/core/text.h"

namespace anesim::compiler {

using graph::element_count;
using graph::Graph;
using graph::Op;
using graph::Shape;
using graph::TensorId;

std::int64_t tensor_bytes(const graph::Tensor& t) {
  // The engine works on fp16 (or 8-bit) data whatever the graph says: fp32 is cast at the edge.
  const int bits = std::min(bit_width(t.dtype), 16);
  return element_count(t.shape) * std::max(bits, 8) / 8;
}

Nchw as_nchw(const Shape& s) {
  Nchw v;
  const std::size_t r = s.size();
  if (r >= 1) v.w = s[r - 1];
  if (r >= 2) v.h = s[r - 2];
  if (r >= 3) v.c = s[r - 3];
  for (std::size_t i = 0; i + 3 < r; ++i) v.n *= s[i];
  return v;
}

TensorId Lowering::need(const Op& op, std::string_view parameter) const {
  const auto id = graph::find_input(op, parameter);
  if (!id)
    throw UserError(graph_.place(op), fmt::format("op '{}' ({}): parameter '{}' is missing",
                                                  printable(op.name), op.type, parameter));
  return *id;
}

void Lowering::set_weight(Layer& l, TensorId id) const {
  l.weight = id;
  l.weight_elements = element_count(graph_.at(id).shape);
  l.format = graph_.at(id).storage;
}

bool Lowering::is_int8(TensorId id) const {
  const auto t = graph_.at(id).dtype;
  return t == graph::DType::int8 || t == graph::DType::uint8;
}

Layer Lowering::base(const Op& op, LayerKind kind) const {
  Layer l;
  l.kind = kind;
  l.type = op.type;
  l.name = op.name;
  l.ops.push_back(index_);
  for (const auto& a : op.arguments)
    for (const TensorId id : a.tensors)
      if (!is_constant(id)) {
        if (std::find(l.inputs.begin(), l.inputs.end(), id) == l.inputs.end()) {
          l.inputs.push_back(id);
          l.input_bytes += tensor_bytes(graph_.at(id));
          l.operand_bytes = std::max(l.operand_bytes, tensor_bytes(graph_.at(id)));
        }
      }
  l.outputs = op.outputs;
  for (const TensorId id : op.outputs) l.output_bytes += tensor_bytes(graph_.at(id));
  if (!op.outputs.empty()) {
    const Nchw v = as_nchw(shape(op.outputs[0]));
    l.batch = v.n;
    l.out_channels = l.in_channels = v.c;
    l.out_h = l.in_h = v.h;
    l.out_w = l.in_w = v.w;
    l.elements = element_count(shape(op.outputs[0]));
  }
  l.live_inputs = static_cast<int>(l.inputs.size());
  return l;
}

void add_all(LowerTable& t, LowerRule rule, const char* unit,
             std::initializer_list<const char*> names) {
  for (const char* n : names) t[n] = {rule, unit};
}

namespace {

/// Every operation with a rule: name to function, put together from the families.
const LowerTable& rules() {
  static const auto table = [] {
    LowerTable t;
    add_convolution_rules(t);
    add_product_rules(t);
    add_elementwise_rules(t);
    add_reduction_rules(t);
    add_movement_rules(t);
    add_resize_rules(t);
    add_host_rules(t);
    return t;
  }();
  return table;
}

bool integer_arithmetic(const Graph& g, const Op& op) {
  // int32 results leave the engine (m6-study 8.1); integers produced by shape arithmetic too.
  if (op.outputs.empty()) return false;
  const auto t = g.at(op.outputs[0]).dtype;
  return t == graph::DType::int32 || t == graph::DType::int64 || t == graph::DType::uint32 ||
         t == graph::DType::uint64;
}

}  // namespace

std::vector<Layer> Lowering::run() {
  layers_.reserve(graph_.ops.size());  // a layer is large to move
  for (std::size_t i = 0; i < graph_.ops.size(); ++i) {
    const Op& op = graph_.ops[i];
    index_ = static_cast<std::int32_t>(i);
    const auto it = rules().find(op.type);
    if (it == rules().end()) {
      if (!options_.approximate_unknown) {
        std::vector<std::string> names;
        for (const auto& [n, e] : rules()) names.push_back(n);
        throw UserError(
            graph_.place(op),
            fmt::format("op '{}': operation '{}' is not modelled{}; "
                        "--approximate-unknown treats it as memory traffic",
                        printable(op.name), printable(op.type), did_you_mean(op.type, names)));
      }
      Layer l = base(op, LayerKind::movement);
      l.belief = Belief::movement;
      l.row_local = false;
      l.approximated = true;
      l.reason = "unknown operation, treated as memory traffic";
      layers_.push_back(std::move(l));
      continue;
    }
    const bool moves_only = std::string_view(it->second.unit) == "view";
    const bool selects = op.type == "topk" || op.type.starts_with("reduce_arg");
    if (integer_arithmetic(graph_, op) && op.blocks.empty() && !moves_only && !selects) {
      Layer l = base(op, LayerKind::host);
      l.reason = "integer arithmetic runs on the CPU";
      l.flops = static_cast<double>(l.elements);
      layers_.push_back(std::move(l));
      continue;
    }
    it->second.rule(*this, op);
  }
  return std::move(layers_);
}

std::vector<Layer> lower(const Graph& g, const spec::DeviceSpec& d, const LowerOptions& o) {
  return Lowering(g, d, o).run();
}

std::vector<OpSupport> op_support(const spec::DeviceSpec& d) {
  std::vector<OpSupport> out;
  for (const auto& [op, entry] : rules()) {
    OpSupport s{op, entry.unit, "", "", "assumed", "no row of the support table"};
    const bool host = s.unit == "cpu";
    if (host) s.reason = "not an operation of the engine";
    if (const auto* row = d.support.find(op)) {
      const auto generation = [&](spec::Generation g) {
        return g == spec::never_generation ? std::string("never") : d.support.generation_name(g);
      };
      s.needs = generation(row->engine);
      if (!row->constant.empty())
        s.needs +=
            fmt::format(" ({} with constant {})", generation(row->constant_engine), row->constant);
      s.evidence = row->evidence;
      s.source = row->source;
      if (row->engine == spec::never_generation) {
        s.unit = "cpu";
        s.reason = "not an operation of the engine";
      } else if (row->engine > d.support.own) {
        const bool partly = !row->constant.empty() && row->constant_engine <= d.support.own;
        if (!partly) s.unit = "cpu";
        s.reason = fmt::format("{}needs generation {}, {} has {}",
                               partly ? "live " + row->constant + " " : "", generation(row->engine),
                               d.name, generation(d.support.own));
      } else if (!row->core_ml) {
        s.reason = "Core ML keeps it on the CPU";
      } else if (host) {
        s.reason = "no rule of this program for the engine";
      }
    }
    out.push_back(std::move(s));
  }
  return out;
}

}  // namespace anesim::compiler
