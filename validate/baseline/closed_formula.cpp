#include "validate/baseline/closed_formula.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "traces/graph/work.h"

namespace anesim::validate {
namespace {

using graph::Encoding;

double bytes_of(const graph::Graph& g, const std::vector<graph::TensorId>& ids) {
  double bytes = 0;
  for (const graph::TensorId id : ids)
    bytes += static_cast<double>(graph::element_count(g.at(id).shape)) *
             graph::bit_width(g.at(id).dtype) / 8;
  return bytes;
}

/// The largest constant that an op reads; invalid for an op without weights.
graph::TensorId weights_of(const graph::Graph& g, const graph::Op& op) {
  graph::TensorId largest;
  for (const auto& argument : op.arguments)
    for (const graph::TensorId id : argument.tensors)
      if (graph::is_weight(g.at(id)) &&
          (largest.index < 0 ||
           graph::element_count(g.at(id).shape) > graph::element_count(g.at(largest).shape)))
        largest = id;
  return largest;
}

bool over_one(const graph::Graph& g, const graph::Op& op, const char* parameter) {
  const auto steps = graph::find_ints(g, op, parameter);
  return steps && std::any_of(steps->begin(), steps->end(), [](auto s) { return s > 1; });
}

/// Bytes that move for one read of the weights, and the rate of that format.
double weight_bytes(const graph::Tensor& w, double stored, const spec::DeviceSpec& d,
                    double& efficiency) {
  const auto& e = d.engine;
  const Encoding form = w.storage.encoding;
  if (form == Encoding::dense) return stored;
  const bool sparse = form == Encoding::sparse || form == Encoding::sparse_palette;
  const bool streams = sparse                        ? e.streams_sparse
                       : form == Encoding::palette   ? e.streams_palette
                       : form == Encoding::blockwise ? e.streams_blockwise
                                                     : e.streams_int8;
  if (!streams) return 2 * static_cast<double>(graph::element_count(w.shape));
  efficiency = sparse ? d.kernel_dma.sparse_efficiency : d.kernel_dma.compressed_efficiency;
  return stored;
}

struct Product {
  double seconds, weight_bytes;
};

/// One convolution or matrix product.
Product product(const graph::Graph& g, const graph::Op& op, const spec::DeviceSpec& d,
                double engines, bool int8, std::set<graph::TensorId>& held) {
  const auto& e = d.engine;
  const graph::Work w = graph::work_of(g, op);
  const graph::TensorId id = weights_of(g, op);
  const graph::Tensor* weights = id.index < 0 ? nullptr : &g.at(id);
  const double out = static_cast<double>(graph::element_count(g.at(op.outputs.at(0)).shape));
  const double in = static_cast<double>(w.input_bytes) / 2, macs = static_cast<double>(w.macs);
  const double depth = macs / out;  // multiply-accumulates of a result
  const double channels =
      weights ? static_cast<double>(graph::element_count(weights->shape)) / depth : 16;
  const double positions = out / channels;
  const bool kernel = weights && op.type == "conv" && weights->shape.size() == 4;
  const double height = kernel ? static_cast<double>(weights->shape[2]) : 1;
  const double width = kernel ? static_cast<double>(weights->shape[3]) : 1;
  const auto groups = graph::find_int(g, op, "groups").value_or(1);
  const bool dilated = over_one(g, op, "dilations"), strided = over_one(g, op, "strides");
  const bool sparse = weights && (weights->storage.encoding == Encoding::sparse ||
                                  weights->storage.encoding == Encoding::sparse_palette);
  const bool wide = width > e.native_kernel_width;
  const bool winograd = kernel && width == 3 && (height == 3 || height == 1) && groups == 1 &&
                        !dilated && !strided && !sparse && e.winograd_speedup > 1;

  // Passes over groups of output channels: what of the weights fits a core's buffer.
  double group = int8 ? e.max_output_group_int8 : e.max_output_group;
  const double room = static_cast<double>(e.weight_buffer.value) / (depth * (int8 ? 1 : 2));
  while (group > 1 && group > room) group /= 2;
  const double passes = std::ceil(channels / (e.cores * group));

  const double rate = e.cores * e.clock.value * (int8 ? e.macs_int8 : e.macs_fp16);
  const double granule = e.position_granule;
  double compute = macs / rate / e.array_efficiency;
  compute *= std::ceil(channels / e.cores) * e.cores / channels;
  compute *= std::ceil(positions / granule) * granule / positions;
  if (groups > 1)
    compute *= std::max(1.0, e.max_output_group * static_cast<double>(groups) / channels);
  if (winograd) compute /= e.winograd_speedup;
  if (dilated) compute /= e.dilated_efficiency;
  if (wide) compute *= (width + 1) / width;
  if (weights && weights->storage.nonzero_fraction < 1) {
    const double left = weights->storage.nonzero_fraction + e.zero_skip_overhead;
    if (sparse ? e.sparse_zero_skip : e.dense_zero_skip)
      compute *= std::clamp(left, sparse ? e.zero_skip_floor : e.dense_zero_floor, 1.0);
  }
  const double l2 = std::max(in * passes, out) / (d.l2.elements_per_cycle * d.planar.clock.value);
  compute +=
      e.fill_work_units * compute / passes * std::min(1.0, e.work_unit_positions / positions);

  // Position tiles whose input and output fit L2: weights beyond the cores' buffers stream for
  // each.
  const bool leaves =
      std::find(g.outputs.begin(), g.outputs.end(), op.outputs.at(0)) != g.outputs.end();
  const double room_of_position =
      (in + (leaves ? std::min(in, out) : out)) / positions * (int8 ? 1 : 2);
  const auto tiles_of = [&](double share) {
    const double tile =
        std::floor(static_cast<double>(d.l2.size.value) / room_of_position / 64) * 64;
    return std::ceil(positions * share / std::max(64.0, tile));
  };
  double bytes = 0, rate_now = d.kernel_dma.rate.value,
         rate_again = d.kernel_dma.restream_rate.value;
  bool resident = false;
  if (weights) {
    double efficiency = 1;
    bytes = weight_bytes(*weights, static_cast<double>(w.weight_bytes), d, efficiency);
    if (wide) bytes *= 2 * (width + 1) / width;  // stored twice, shifted
    resident = bytes <= static_cast<double>(e.weight_buffer.value) * e.cores;
    if (resident && !held.insert(id).second) bytes = 0;
    rate_now *= efficiency;
    rate_again = std::min(rate_again, rate_now);
    const auto period = static_cast<double>(d.kernel_dma.conflict_stride.value);
    if (depth == channels && (2 * depth == period || depth == period))
      rate_now /= d.kernel_dma.conflict_factor;  // 1x1, as many channels in as out
    const double decoded = static_cast<double>(w.weight_elements) * 2 * (width + 1) / width;
    if (wide && bytes > 0)
      rate_now = std::min(rate_now, bytes * d.kernel_dma.decode_rate / decoded);
  }
  // The slower of work and weights: read by so many engines, then again for further tiles.
  const auto both = [&](double work, double streams, double readers) {
    const double again = resident ? 0 : (streams - readers) * bytes / rate_again;
    return std::max(work, readers * bytes / rate_now + again);
  };
  const double work = std::max(compute, l2) + d.l2.exposed * l2;
  const double tiles = tiles_of(1);
  double seconds = both(work, tiles, 1);
  double streamed = resident ? 1 : tiles;
  if (engines > 1) {
    // Each engine reads all weights for its rows, or half of them for all rows.
    const double mine = tiles > 1 ? std::ceil(tiles / engines) / tiles : 1 / engines;
    const double halo = height > 1 ? d.dual.halo.value : 0;
    const double rows = both(work * mine, std::max(tiles, engines), engines) + halo;
    const double split = both(work / engines, tiles_of(0.75), 1) + d.dual.merge.value;
    seconds = (bytes > 0 && !resident ? std::min(rows, split) : rows) + d.dual.sync.value;
  }
  return {seconds + e.task_cycles / e.clock.value, bytes * streamed};
}

/// One operation of the planar engine.
double planar(const graph::Graph& g, const graph::Op& op, const graph::Work& w,
              const spec::DeviceSpec& d, double engines) {
  const auto& p = d.planar;
  const double elements = static_cast<double>(std::max(w.input_bytes / 2, w.output_bytes / 2));
  std::size_t live = 0;
  for (const auto& a : op.arguments)
    for (const auto t : a.tensors) live += !g.at(t).constant;
  const bool norm = op.type.ends_with("_norm"), softmax = op.type == "softmax";
  const double passes = norm ? p.norm_passes : softmax ? p.softmax_passes : live > 1 ? 1 : 0.5;
  const double tasks = norm      ? static_cast<double>(p.norm_tasks)
                       : softmax ? static_cast<double>(p.softmax_tasks)
                                 : passes;
  const double each = elements / (live > 1 ? static_cast<double>(live) : 1);
  double seconds = passes * each / (p.elements_per_cycle * p.clock.value);
  const auto& shape = g.at(op.outputs.at(0)).shape;
  const std::int64_t plane =
      shape.size() < 2 ? 0 : 2 * shape[shape.size() - 1] * shape[shape.size() - 2];
  if (live > 1 && plane % d.l2.bank_period.value == 0) seconds *= p.conflict_factor;
  const double operands = static_cast<double>(w.input_bytes + w.output_bytes);
  if (live > 1 && operands / engines > static_cast<double>(d.l2.size.value))
    seconds = std::max(seconds, static_cast<double>(w.output_bytes) / p.overflow_rate.value);
  return seconds / engines + tasks * p.task_time.value;
}

}  // namespace

FormulaTask formula_task(const graph::Graph& g, const spec::DeviceSpec& d, double engines) {
  std::set<graph::TensorId> held, made;  // weights in the cores; results of products
  const bool int8 = std::any_of(g.ops.begin(), g.ops.end(),
                                [](const graph::Op& op) { return op.type == "quantize"; });
  FormulaTask task;
  double first = -1, last = 0;
  for (const graph::Op& op : g.ops) {
    const graph::Work w = graph::work_of(g, op);
    if (w.macs > 0) {
      const Product p = product(g, op, d, engines, int8, held);
      last = p.seconds;
      task.bytes += p.weight_bytes;
      task.joules +=
          p.weight_bytes * d.power.joules_per_weight_byte +
          static_cast<double>(w.macs) * d.power.joules_per_mac * (int8 ? d.power.int8_share : 1);
      made.insert(op.outputs.at(0));
    } else if (w.elementwise_ops > 0) {
      // What a product's last stage absorbs: one operation on its result alone.
      std::size_t live = 0, of_product = 0;
      for (const auto& a : op.arguments)
        for (const auto t : a.tensors) live += !g.at(t).constant, of_product += made.count(t);
      const graph::TensorId constant = weights_of(g, op);
      const bool by_channel =
          constant.index < 0 || 2 * graph::element_count(g.at(constant).shape) < w.output_bytes / 2;
      if (live == 1 && of_product == 1 && by_channel && !op.type.ends_with("_norm") &&
          op.type != "softmax" && op.type.find("reduce") == std::string::npos) {
        made.insert(op.outputs.at(0));
        continue;
      }
      last = planar(g, op, w, d, engines);
      task.joules += static_cast<double>(w.elementwise_ops) * d.power.joules_per_planar_element;
    } else {
      continue;
    }
    if (first < 0) first = last;
    task.seconds += last;
  }
  // Input and output of the program: hidden by the first and last layer only.
  const double in = bytes_of(g, g.inputs), out = bytes_of(g, g.outputs);
  const bool cached = d.memory.sram_allocate == spec::SramPolicy::activations &&
                      in + out <= static_cast<double>(d.memory.sram_size.value);
  const double tile = (cached ? d.tile_dma.cached_rate : d.tile_dma.rate).value * engines;
  task.seconds +=
      std::max(0.0, in / tile - std::max(first, 0.0)) + std::max(0.0, out / tile - last);
  task.bytes += in + out;
  task.joules += (in + out) * d.power.joules_per_activation_byte;
  return task;
}

double formula_host_seconds(const graph::Graph& g, const spec::DeviceSpec& d,
                            const spec::StackSpec& s, double task_seconds, double engines) {
  const double late = std::clamp(
      (task_seconds - s.short_task.value) / std::max(1e-9, s.long_task.value - s.short_task.value),
      0.0, 1.0);
  double seconds = s.submit.value + s.completion_short.value +
                   late * (s.completion_long.value - s.completion_short.value);
  if (s.input_copy.value > 0) seconds += bytes_of(g, g.inputs) / s.input_copy.value;
  if (s.output_copy.value > 0) seconds += bytes_of(g, g.outputs) / s.output_copy.value;
  return seconds + (engines > 1 ? d.dual.start.value : 0);
}

}  // namespace anesim::validate
