// What the engine of a generation can execute, by the support table of configs/placement.
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string_view>

#include "models/compiler/lowering.h"
#include "models/compiler/passes.h"
#include "sim/core/text.h"
#include "traces/graph/work.h"

namespace anesim::compiler {
namespace {

using graph::Graph;
using graph::Op;
using graph::Tensor;
using graph::TensorId;

/// topk and the arg reductions hand out indices; their arithmetic is on the values.
bool returns_indices(std::string_view type) {
  return type == "topk" || type.starts_with("reduce_arg");
}

class Check {
 public:
  Check(const Graph& g, const spec::DeviceSpec& d) : graph_(g), device_(d), table_(d.support) {}

  /// Why the table keeps the operation off the engine; nothing if it does not.
  std::optional<std::string> operation(const Op& op, bool segmenter) const {
    const auto* row = table_.find(op.type);
    if (!row) return std::nullopt;
    spec::Generation needed = row->engine;
    if (!row->constant.empty()) {
      const auto id = graph::find_input(op, row->constant);
      if (id && graph_.at(*id).constant) needed = std::min(needed, row->constant_engine);
    }
    // What no source states is said to be a guess: it may decide where a whole model runs.
    const char* how = row->evidence == "assumed" ? " (assumed)" : "";
    if (needed == spec::never_generation)
      return fmt::format("'{}' is not an operation of the engine{}", op.type, how);
    if (needed > table_.own)
      return fmt::format("'{}'{} needs an engine of generation {} ({} has {}){}", op.type,
                         row->constant.empty() ? "" : " with live " + row->constant,
                         table_.generation_name(needed), device_.name,
                         table_.generation_name(table_.own), how);
    if (segmenter && !row->core_ml)
      return fmt::format("Core ML keeps '{}' on the CPU{}", op.type, how);
    return std::nullopt;
  }

  /// The same by data types, run-time shapes and sizes.
  std::optional<std::string> data(const Layer& l, const Op& op) const {
    for (const auto& a : op.arguments)
      for (const TensorId id : a.tensors) {
        const Tensor& t = graph_.at(id);
        if (t.constant) continue;
        if (t.dynamic) return run_time_shape(t);
        if (cpu_type(t))
          return fmt::format("input '{}' is {}, which stays on the CPU", a.parameter,
                             graph::name(t.dtype));
      }
    for (const TensorId id : op.outputs) {
      const Tensor& t = graph_.at(id);
      if (t.dynamic) return run_time_shape(t);
      if (cpu_type(t) && !returns_indices(op.type)) return "integer arithmetic runs on the CPU";
    }
    return sizes(l, op);
  }

 private:
  static std::string run_time_shape(const Tensor& t) {
    return fmt::format("the shape of '{}' is only known at run time", printable(t.name, 60));
  }

  bool cpu_type(const Tensor& t) const {
    return std::find(table_.cpu_types.begin(), table_.cpu_types.end(), t.dtype) !=
           table_.cpu_types.end();
  }

  std::optional<std::string> beyond(std::string_view limit, std::int64_t value,
                                    std::string_view what) const {
    const auto most = table_.limit(limit);
    if (!most || value <= *most) return std::nullopt;
    return fmt::format("{} {} is beyond the engine's {}", what, value, *most);
  }

  std::optional<std::string> sizes(const Layer& l, const Op& op) const {
    std::optional<std::string> why;
    const auto hold = [&](std::optional<std::string> found) {
      if (!why) why = std::move(found);
    };
    const bool product =
        (l.kind == LayerKind::convolution || l.kind == LayerKind::matmul) && !l.interpolates();
    for (const TensorId id : op.outputs) {
      const graph::Shape& s = graph_.at(id).shape;
      hold(beyond("rank", static_cast<std::int64_t>(s.size()), "rank"));
      // A product lies as [1, C, 1, positions] whatever its shape says.
      if (product) continue;
      const Nchw v = as_nchw(s);
      hold(beyond("width", v.w, "width"));
      hold(beyond("height", v.h, "height"));
      hold(beyond("channels", v.c, "channel count"));
      hold(beyond("batch", v.n, "batch"));
    }
    if (product) {
      hold(beyond("channels", std::max(l.in_channels, l.out_channels), "channel count"));
      if (op.type != "conv" && op.type != "conv_transpose")
        hold(beyond("matmul_inner", l.in_channels, "inner dimension"));
    }
    if (op.type == "conv" || op.type == "conv_transpose") {
      const auto id = graph::find_input(op, "x");
      if (id)
        hold(beyond("spatial_axes", static_cast<std::int64_t>(graph_.at(*id).shape.size()) - 2,
                    "number of spatial axes"));
    }
    if (op.type == "max_pool")
      for (const std::int64_t k :
           graph::find_ints(graph_, op, "kernel_sizes").value_or(std::vector<std::int64_t>{}))
        hold(beyond("max_pool_kernel", k, "pooling window"));
    if (op.type.starts_with("reduce_arg")) {
      const auto id = graph::find_input(op, "x");
      if (id) {
        const graph::Shape& s = graph_.at(*id).shape;
        std::int64_t axis = graph::find_int(graph_, op, "axis").value_or(-1);
        if (axis < 0) axis += static_cast<std::int64_t>(s.size());
        if (axis >= 0 && axis < static_cast<std::int64_t>(s.size()))
          hold(beyond("arg_reduction", s[static_cast<std::size_t>(axis)], "arg reduction over"));
      }
    }
    return why;
  }

  const Graph& graph_;
  const spec::DeviceSpec& device_;
  const spec::SupportTable& table_;
};

}  // namespace

void check_support(const Graph& g, std::vector<Layer>& layers, const spec::DeviceSpec& d,
                   bool segmenter) {
  const Check check(g, d);
  for (std::size_t i = 0; i < layers.size(); ++i) {
    Layer& l = layers[i];
    if (l.ops.empty()) {
      // The further layers of an operation; its first holds all its work on another unit.
      const bool part = i > 0 && l.kind != LayerKind::view && l.outputs == layers[i - 1].outputs;
      const LayerKind before = i > 0 ? layers[i - 1].kind : l.kind;
      if (part && (before == LayerKind::host || before == LayerKind::view))
        l.kind = LayerKind::view;
      continue;
    }
    const Op& op = g.ops[static_cast<std::size_t>(l.ops.front())];
    if (const auto* row = d.support.find(op.type)) l.gpu_able = row->gpu;
    if (l.kind == LayerKind::host || l.kind == LayerKind::view) continue;
    auto why = check.operation(op, segmenter);
    if (!why && segmenter) why = check.data(l, op);
    if (!why) continue;
    // What the CPU computes is counted before the layer loses its kind.
    const auto work = graph::work_of(g, op);
    l.flops = 2.0 * static_cast<double>(work.macs) + static_cast<double>(work.elementwise_ops);
    if (l.flops <= 0) l.flops = static_cast<double>(l.elements) * l.element_passes;
    if (l.weight_elements == 0) l.host_macs = work.macs;
    l.kind = LayerKind::host;
    l.reason = *why;
  }
}

}  // namespace anesim::compiler
