#include "models/compiler/lower.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string_view>

#include "sim/core/text.h"
#include "traces/graph/work.h"

namespace anesim::compiler {
namespace {

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

/// Shape seen as [N, C, D*H, W]: the engine's four axes.
struct Nchw {
  std::int64_t n = 1, c = 1, h = 1, w = 1;
};
Nchw as_nchw(const Shape& s) {
  Nchw v;
  const std::size_t r = s.size();
  if (r >= 1) v.w = s[r - 1];
  if (r >= 2) v.h = s[r - 2];
  if (r >= 3) v.c = s[r - 3];
  for (std::size_t i = 0; i + 3 < r; ++i) v.n *= s[i];
  return v;
}

class Lowering {
 public:
  Lowering(const Graph& g, const spec::DeviceSpec& d, const LowerOptions& o)
      : graph_(g), device_(d), options_(o) {}
  std::vector<Layer> run();

 private:
  friend struct Rules;
  Layer base(const Op& op, LayerKind kind) const;
  const Shape& shape(TensorId id) const { return graph_.at(id).shape; }
  TensorId need(const Op& op, std::string_view parameter) const {
    const auto id = graph::find_input(op, parameter);
    if (!id)
      throw UserError(graph_.place(op), fmt::format("op '{}' ({}): parameter '{}' is missing",
                                                    printable(op.name), op.type, parameter));
    return *id;
  }
  bool is_constant(TensorId id) const { return graph_.at(id).constant; }
  void set_weight(Layer& l, TensorId id) const {
    l.weight = id;
    l.weight_elements = element_count(graph_.at(id).shape);
    l.format = graph_.at(id).storage;
  }
  bool is_int8(TensorId id) const {
    const auto t = graph_.at(id).dtype;
    return t == graph::DType::int8 || t == graph::DType::uint8;
  }

  const Graph& graph_;
  const spec::DeviceSpec& device_;
  LowerOptions options_;
  std::vector<Layer> layers_;
  std::int32_t index_ = 0;
};

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

/// Rules by family; each appends one or more layers.
struct Rules {
  using Rule = void (*)(Lowering&, const Op&);

  static void convolution(Lowering& s, const Op& op) {
    Layer l = s.base(op, LayerKind::convolution);
    const TensorId x = s.need(op, "x"), w = s.need(op, "weight");
    const Shape& xs = s.shape(x);
    const Shape& ws = s.shape(w);
    const Shape& os = s.shape(op.outputs[0]);
    const std::size_t spatial = xs.size() - 2;
    const bool transposed = op.type == "conv_transpose";
    l.groups = graph::find_int(s.graph_, op, "groups").value_or(1);
    l.batch = xs[0];
    l.in_channels = xs[1];
    l.out_channels = os[1];
    const auto strides = graph::find_ints(s.graph_, op, "strides");
    const auto dilations = graph::find_ints(s.graph_, op, "dilations");
    auto at = [](const std::optional<std::vector<std::int64_t>>& v, std::size_t i) {
      return v && i < v->size() ? (*v)[i] : std::int64_t{1};
    };
    l.kernel_w = ws[spatial + 1];
    l.in_w = xs[spatial + 1];
    l.out_w = os[spatial + 1];
    l.stride_w = at(strides, spatial - 1);
    l.dilation_w = at(dilations, spatial - 1);
    l.in_h = l.out_h = 1;
    if (spatial >= 2) {
      l.kernel_h = ws[spatial];
      l.in_h = xs[spatial];
      l.out_h = os[spatial];
      l.stride_h = at(strides, spatial - 2);
      l.dilation_h = at(dilations, spatial - 2);
    }
    if (spatial >= 3) {
      l.kernel_d = ws[2];
      l.in_h *= xs[2];
      l.out_h *= os[2];
    }
    if (transposed) {
      // Interleaved outputs: an ordinary convolution per output phase (m6-study 2.4).
      l.transposed = true;
      const auto taps = [](std::int64_t k, std::int64_t st) { return (k + st - 1) / st; };
      l.kernel_h = taps(l.kernel_h, l.stride_h);
      l.kernel_w = taps(l.kernel_w, l.stride_w);
      l.stride_h = l.stride_w = 1;
    }
    l.int8_activations = s.is_int8(x);
    if (s.is_constant(w)) {
      s.set_weight(l, w);
    } else {
      l.kind = LayerKind::matmul;
      l.weight_elements = element_count(ws);
    }
    patches(l);
    limits(s, l);
    s.layers_.push_back(std::move(l));
  }

  /// Windows that do not overlap: space to depth, which costs about nothing (m6-study T7-5), and a
  /// 1x1 convolution over kernel-size times the channels.
  static void patches(Layer& l) {
    const bool disjoint = l.stride_h == l.kernel_h && l.stride_w == l.kernel_w && l.kernel_d == 1;
    if (!disjoint || l.kernel_h * l.kernel_w == 1 || l.groups != 1 || l.transposed ||
        l.kind != LayerKind::convolution || l.dilation_h * l.dilation_w != 1)
      return;
    l.in_channels *= l.kernel_h * l.kernel_w;
    l.kernel_h = l.kernel_w = l.stride_h = l.stride_w = 1;
    l.reason = "patches by space to depth";
  }

  static void limits(Lowering& s, Layer& l) {
    const auto& e = s.device_.engine;
    if (l.kernel_w > e.max_kernel_width || l.kernel_h > e.max_kernel_height) {
      l.kind = LayerKind::host;
      l.reason = fmt::format("kernel {}x{} is beyond the engine's {}x{}", l.kernel_h, l.kernel_w,
                             e.max_kernel_height, e.max_kernel_width);
      l.flops = 2.0 * static_cast<double>(l.macs());
    }
  }

  /// y = x W^T: a 1x1 convolution over [1, C, 1, S].
  static void linear(Lowering& s, const Op& op) {
    Layer l = s.base(op, LayerKind::convolution);
    const TensorId x = s.need(op, "x"), w = s.need(op, "weight");
    const Shape& xs = s.shape(x);
    const Shape& ws = s.shape(w);
    l.batch = 1;
    l.in_channels = ws[1];
    l.out_channels = ws[0];
    l.in_h = l.out_h = 1;
    l.in_w = l.out_w = xs.empty() || xs.back() == 0 ? 1 : element_count(xs) / xs.back();
    l.int8_activations = s.is_int8(x);
    if (s.is_constant(w))
      s.set_weight(l, w);
    else
      l.kind = LayerKind::matmul;
    s.layers_.push_back(std::move(l));
  }

  static void matmul(Lowering& s, const Op& op) {
    Layer l = s.base(op, LayerKind::matmul);
    const TensorId x = s.need(op, "x"), y = s.need(op, "y");
    product(s, l, x, y, graph::find_bool(s.graph_, op, "transpose_x").value_or(false));
    s.layers_.push_back(std::move(l));
  }

  static void product(Lowering& s, Layer& l, TensorId x, TensorId y, bool transpose_x) {
    const Shape& xs = s.shape(x);
    const Shape& ys = s.shape(y);
    const Shape& os = s.shape(l.outputs[0]);
    const std::size_t r = xs.size();
    const std::int64_t k = r >= 2 ? (transpose_x ? xs[r - 2] : xs[r - 1]) : (r == 1 ? xs[0] : 1);
    const std::int64_t n = os.empty() ? 1 : os.back();
    const std::int64_t total = element_count(os);
    const std::int64_t m = os.size() >= 2 ? os[os.size() - 2] : 1;
    if (s.is_constant(y) || s.is_constant(x)) {
      const TensorId w = s.is_constant(y) ? y : x;
      const bool right = s.is_constant(y);
      const bool one_matrix = element_count(s.shape(w)) == k * (right ? n : m);
      l.kind = LayerKind::convolution;
      s.set_weight(l, w);
      l.int8_activations = s.is_int8(right ? x : y);
      l.in_channels = k;
      l.out_channels = right ? n : m;
      l.in_h = l.out_h = 1;
      l.batch = one_matrix ? 1 : total / (m * n);
      l.in_w = l.out_w = total / (l.batch * l.out_channels);
      return;
    }
    l.batch = total / (m * n);
    l.in_channels = k;
    l.out_channels = n;
    l.in_h = l.out_h = 1;
    l.in_w = l.out_w = m;
    l.weight_elements = element_count(ys);
    l.row_local = false;
  }

  static void einsum(Lowering& s, const Op& op) {
    const auto& values = graph::inputs_of(op, "values");
    Layer l = s.base(op, LayerKind::matmul);
    const graph::Work w = graph::work_of(s.graph_, op);
    const Shape& os = s.shape(op.outputs[0]);
    const std::int64_t out = element_count(os);
    l.in_channels = out > 0 ? std::max<std::int64_t>(1, w.macs / out) : 1;
    l.out_channels = os.empty() ? 1 : os.back();
    l.batch = as_nchw(os).n * as_nchw(os).c;
    l.in_h = l.out_h = 1;
    l.in_w = l.out_w = std::max<std::int64_t>(1, out / (l.batch * l.out_channels));
    l.weight_elements = values.size() > 1 ? element_count(s.shape(values[1])) : 0;
    l.row_local = false;
    s.layers_.push_back(std::move(l));
  }

  /// softmax(QK^T)V as two products with a softmax between.
  static void attention(Lowering& s, const Op& op) {
    const TensorId q = s.need(op, "query"), k = s.need(op, "key"), v = s.need(op, "value");
    const Shape& qs = s.shape(q);
    const Shape& ks = s.shape(k);
    const std::size_t r = qs.size();
    const std::int64_t e = qs[r - 1], lq = qs[r - 2], lk = ks[r - 2];
    const std::int64_t heads = element_count(qs) / (e * lq);
    const std::int64_t ev = s.shape(v).back();
    Layer scores = s.base(op, LayerKind::matmul);
    scores.name = op.name + "/scores";
    scores.batch = heads;
    scores.in_channels = e;
    scores.out_channels = lk;
    scores.in_h = scores.out_h = 1;
    scores.in_w = scores.out_w = lq;
    scores.weight_elements = element_count(ks);
    scores.output_bytes = heads * lq * lk * 2;
    scores.row_local = false;
    Layer soft = s.base(op, LayerKind::planar);
    soft.type = "softmax";
    soft.name = op.name + "/softmax";
    soft.elements = heads * lq * lk;
    soft.batch = 1;
    soft.in_channels = soft.out_channels = heads;
    soft.out_h = soft.in_h = lq;
    soft.out_w = soft.in_w = lk;
    soft.input_bytes = soft.output_bytes = soft.elements * 2;
    soft.live_inputs = 1;
    softmax_cost(soft);
    Layer context = s.base(op, LayerKind::matmul);
    context.name = op.name + "/context";
    context.batch = heads;
    context.in_channels = lk;
    context.out_channels = ev;
    context.in_h = context.out_h = 1;
    context.in_w = context.out_w = lq;
    context.weight_elements = element_count(s.shape(v));
    context.row_local = false;
    s.layers_.push_back(std::move(scores));
    s.layers_.push_back(std::move(soft));
    s.layers_.push_back(std::move(context));
  }

  static void softmax_cost(Layer& l) {
    // Maximum, subtract, exponential (table), sum, scale: m6-study 2.8 lists 10 descriptors.
    l.element_passes = 5;
    l.planar_tasks = 5;
    l.needs_table = true;
    l.row_local = false;
  }

  static void elementwise(Lowering& s, const Op& op) {
    Layer l = s.base(op, LayerKind::planar);
    if (l.inputs.empty()) l.kind = LayerKind::view;  // folded at compile time
    s.layers_.push_back(std::move(l));
  }
  static void table_function(Lowering& s, const Op& op) {
    Layer l = s.base(op, LayerKind::planar);
    l.needs_table = true;
    s.layers_.push_back(std::move(l));
  }
  static void division(Lowering& s, const Op& op) {
    Layer l = s.base(op, LayerKind::planar);
    if (l.live_inputs > 1) {  // reciprocal, then multiply
      l.element_passes = 2;
      l.planar_tasks = 2;
    }
    s.layers_.push_back(std::move(l));
  }
  static void softmax(Lowering& s, const Op& op) {
    Layer l = s.base(op, LayerKind::planar);
    softmax_cost(l);
    s.layers_.push_back(std::move(l));
  }
  static void norm(Lowering& s, const Op& op) {
    // Mean, centre, square and mean, inverse root, scale and shift.
    Layer l = s.base(op, LayerKind::planar);
    l.element_passes = 4;
    l.planar_tasks = 5;
    l.row_local = false;
    s.layers_.push_back(std::move(l));
  }
  static void batch_norm(Lowering& s, const Op& op) { elementwise(s, op); }
  static void reduce(Lowering& s, const Op& op) {
    Layer l = s.base(op, LayerKind::planar);
    l.elements = l.inputs.empty() ? l.elements : element_count(s.shape(l.inputs[0]));
    l.row_local = false;
    s.layers_.push_back(std::move(l));
  }
  static void pool(Lowering& s, const Op& op) {
    Layer l = s.base(op, LayerKind::planar);
    const auto k =
        graph::find_ints(s.graph_, op, "kernel_sizes").value_or(std::vector<std::int64_t>{});
    double taps = 1;
    for (const auto v : k) taps *= static_cast<double>(v);
    const double in = l.inputs.empty() ? static_cast<double>(l.elements)
                                       : static_cast<double>(element_count(s.shape(l.inputs[0])));
    // Separable window: one pass over the input, one per further row of the window.
    l.element_passes = std::max(in / static_cast<double>(std::max<std::int64_t>(l.elements, 1)),
                                std::min(taps, 3.0));
    s.layers_.push_back(std::move(l));
  }
  static void view(Lowering& s, const Op& op) { s.layers_.push_back(s.base(op, LayerKind::view)); }
  static void movement(Lowering& s, const Op& op) {
    Layer l = s.base(op, LayerKind::movement);
    l.row_local = false;
    if (l.inputs.empty()) l.kind = LayerKind::view;
    s.layers_.push_back(std::move(l));
  }
  static void cast(Lowering& s, const Op& op) {
    Layer l = s.base(op, LayerKind::view);
    if (!op.outputs.empty() && !l.inputs.empty()) {
      const auto from = s.graph_.at(l.inputs[0]).dtype, to = s.graph_.at(op.outputs[0]).dtype;
      auto integer = [](graph::DType t) {
        return t == graph::DType::int32 || t == graph::DType::int64 || t == graph::DType::boolean;
      };
      if (integer(from) || integer(to)) {
        l.kind = LayerKind::host;
        l.reason = fmt::format("cast {} to {} runs on the CPU", name(from), name(to));
      }
    }
    s.layers_.push_back(std::move(l));
  }
  static void host(Lowering& s, const Op& op) {
    Layer l = s.base(op, LayerKind::host);
    l.reason = fmt::format("'{}' is not an operation of the engine", op.type);
    const auto w = graph::work_of(s.graph_, op);
    l.flops = 2.0 * static_cast<double>(w.macs) + static_cast<double>(w.elementwise_ops);
    l.host_macs = w.macs;
    s.layers_.push_back(std::move(l));
  }
};

struct Entry {
  Rules::Rule rule;
  const char* unit;
};

void add_all(std::map<std::string, Entry, std::less<>>& t, Rules::Rule rule, const char* unit,
             std::initializer_list<const char*> names) {
  for (const char* n : names) t[n] = {rule, unit};
}

/// Every operation with a rule: name to function, in one visible table.
const std::map<std::string, Entry, std::less<>>& rules() {
  static const auto table = [] {
    std::map<std::string, Entry, std::less<>> t;
    add_all(t, Rules::convolution, "ne", {"conv", "conv_transpose"});
    add_all(t, Rules::linear, "ne", {"linear"});
    add_all(t, Rules::matmul, "ne", {"matmul"});
    add_all(t, Rules::einsum, "ne", {"einsum"});
    add_all(t, Rules::attention, "ne", {"scaled_dot_product_attention"});
    add_all(t, Rules::elementwise, "planar",
            {"add",
             "sub",
             "mul",
             "maximum",
             "minimum",
             "relu",
             "relu6",
             "leaky_relu",
             "prelu",
             "clamped_relu",
             "thresholded_relu",
             "linear_activation",
             "abs",
             "sign",
             "square",
             "clip",
             "threshold",
             "ceil",
             "floor",
             "round",
             "equal",
             "not_equal",
             "less",
             "less_equal",
             "greater",
             "greater_equal",
             "select",
             "identity",
             "quantize",
             "dequantize",
             "logical_and",
             "logical_or",
             "logical_not",
             "logical_xor"});
    add_all(t, Rules::table_function, "planar",
            {"sigmoid",  "tanh", "silu",        "gelu",         "softplus", "softplus_parametric",
             "softsign", "elu",  "scaled_tanh", "sigmoid_hard", "sqrt",     "rsqrt",
             "inverse",  "exp",  "exp2",        "log",          "erf",      "pow",
             "sin",      "cos",  "atan"});
    add_all(t, Rules::division, "planar", {"real_div"});
    add_all(t, Rules::softmax, "planar", {"softmax"});
    add_all(t, Rules::norm, "planar",
            {"layer_norm", "instance_norm", "l2_norm", "local_response_norm"});
    add_all(t, Rules::batch_norm, "planar", {"batch_norm"});
    add_all(t, Rules::reduce, "planar",
            {"reduce_sum", "reduce_mean", "reduce_max", "reduce_min", "reduce_l1_norm",
             "reduce_l2_norm", "reduce_log_sum", "reduce_log_sum_exp", "reduce_sum_square",
             "reduce_argmax", "reduce_argmin", "topk"});
    add_all(t, Rules::pool, "planar", {"avg_pool", "max_pool", "l2_pool"});
    add_all(t, Rules::view, "view",
            {"reshape", "squeeze", "expand_dims", "split", "slice_by_index", "slice_by_size",
             "read_state", "shape", "tensor_buffer_to_tensor", "tensor_to_tensor_buffer"});
    add_all(t, Rules::movement, "dma",
            {"transpose",
             "concat",
             "stack",
             "pad",
             "tile",
             "gather",
             "gather_along_axis",
             "gather_nd",
             "pixel_shuffle",
             "pixel_unshuffle",
             "depth_to_space",
             "space_to_depth",
             "batch_to_space",
             "space_to_batch",
             "resize_nearest_neighbor",
             "resize_bilinear",
             "upsample_nearest_neighbor",
             "upsample_bilinear",
             "resize",
             "resample",
             "affine",
             "crop_resize",
             "crop",
             "reverse",
             "slice_update",
             "write_state",
             "coreml_update_state",
             "fill",
             "fill_like",
             "sliding_windows"});
    add_all(t, Rules::cast, "view", {"cast"});
    add_all(t, Rules::host, "cpu",
            {"lstm",
             "gru",
             "rnn",
             "asin",
             "acos",
             "tan",
             "sinh",
             "cosh",
             "atanh",
             "mod",
             "floor_div",
             "reduce_prod",
             "cumsum",
             "band_part",
             "one_hot",
             "non_zero",
             "range_1d",
             "argsort",
             "scatter",
             "scatter_along_axis",
             "scatter_nd",
             "random_normal",
             "random_uniform",
             "random_bernoulli",
             "random_categorical",
             "make_list",
             "list_read",
             "list_write",
             "list_gather",
             "list_scatter",
             "list_length",
             "while_loop",
             "cond",
             "non_maximum_suppression",
             "flatten2d",
             "reshape_like",
             "classify",
             "reverse_sequence"});
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

std::vector<Layer> Lowering::run() {
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
      l.row_local = false;
      l.approximated = true;
      l.reason = "unknown operation, treated as memory traffic";
      layers_.push_back(std::move(l));
      continue;
    }
    const bool moves_only = std::string_view(it->second.unit) == "view";
    const bool selects = op.type == "topk" || op.type.starts_with("reduce_arg");
    if (integer_arithmetic(graph_, op) && !moves_only && !selects) {
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

}  // namespace

std::vector<Layer> lower(const Graph& g, const spec::DeviceSpec& d, const LowerOptions& o) {
  return Lowering(g, d, o).run();
}

std::vector<OpSupport> op_support(const spec::DeviceSpec&) {
  std::vector<OpSupport> out;
  for (const auto& [name, entry] : rules())
    out.push_back({name, entry.unit,
                   std::string_view(entry.unit) == "cpu" ? "not an operation of the engine" : ""});
  return out;
}

}  // namespace anesim::compiler
