#include "traces/graph/work.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "traces/graph/multiplies.h"

namespace anesim::graph {

bool is_weight(const Tensor& tensor) {
  if (!tensor.constant || tensor.dtype == DType::string) return false;
  // Small integers, flags and scalars are parameters that end in the program, not in a stream.
  if (!tensor.literal) return true;
  const auto* numbers = std::get_if<std::vector<double>>(&tensor.literal->values);
  return numbers != nullptr && numbers->size() > 1;
}

namespace {
void add(const OpCall& call, std::int64_t& sum, std::int64_t more) {
  if (__builtin_add_overflow(sum, more, &sum)) call.fail("work overflows 64 bits");
}

void add(const OpCall& call, Work& sum, const Work& more) {
  add(call, sum.macs, more.macs);
  add(call, sum.elementwise_ops, more.elementwise_ops);
  add(call, sum.weight_elements, more.weight_elements);
  add(call, sum.weight_bytes, more.weight_bytes);
  add(call, sum.input_bytes, more.input_bytes);
  add(call, sum.output_bytes, more.output_bytes);
}

StorageFormat plain(DType dtype) {
  StorageFormat format;
  format.stored = dtype;
  format.bits = bit_width(dtype);
  return format;
}

std::int64_t bytes_of(const OpCall& call, const Tensor& tensor, const StorageFormat& format) {
  const std::int64_t elements = call.elements(tensor.shape);
  try {
    return stored_bytes(format, elements);
  } catch (const UserError& error) {
    call.fail(error.what());
  }
}

/// Adds up one op; weights that `counted` marks are left out, the others marked.
Work count(const Graph& graph, const Op& op, std::vector<bool>* counted) {
  const OpCall call(graph, op);
  Work work;
  const Arithmetic arithmetic = arithmetic_of(call);
  work.macs = arithmetic.macs;
  work.elementwise_ops = arithmetic.elementwise_ops;

  std::vector<TensorId> read;
  for (const Argument& argument : op.arguments) {
    read.insert(read.end(), argument.tensors.begin(), argument.tensors.end());
  }
  std::sort(read.begin(), read.end());
  read.erase(std::unique(read.begin(), read.end()), read.end());
  for (const TensorId id : read) {
    const Tensor& tensor = graph.at(id);
    if (!tensor.constant) {
      add(call, work.input_bytes, bytes_of(call, tensor, plain(tensor.dtype)));
    } else if (is_weight(tensor)) {
      const auto index = static_cast<std::size_t>(id.index);
      if (counted != nullptr) {
        if ((*counted)[index]) continue;
        (*counted)[index] = true;
      }
      add(call, work.weight_elements, call.elements(tensor.shape));
      add(call, work.weight_bytes, bytes_of(call, tensor, tensor.storage));
    }
  }
  for (const TensorId id : op.outputs) {
    const Tensor& tensor = graph.at(id);
    add(call, work.output_bytes, bytes_of(call, tensor, plain(tensor.dtype)));
  }

  // One branch is taken, so the dearest counts; of a loop one pass, as its count is not known.
  std::vector<Work> blocks;
  for (const Block& block : op.blocks) {
    Work sum;
    for (const Op& inner : block.ops) add(call, sum, count(graph, inner, counted));
    blocks.push_back(sum);
  }
  if (op.type == "cond" && !blocks.empty()) {
    add(call, work, *std::ranges::max_element(blocks, {}, &Work::macs));
  } else {
    for (const Work& block : blocks) add(call, work, block);
  }
  return work;
}
}  // namespace

Work work_of(const Graph& graph, const Op& op) { return count(graph, op, nullptr); }

Work work_of(const Graph& graph) {
  Work sum;
  std::vector<bool> counted(graph.tensors.size(), false);
  for (const Op& op : graph.ops) add(OpCall(graph, op), sum, count(graph, op, &counted));
  return sum;
}

}  // namespace anesim::graph
