#include "models/compiler/limits.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/core/text.h"

namespace anesim::compiler {
namespace {

constexpr std::int64_t most_bytes = std::int64_t{1} << 53;
constexpr std::int64_t most_macs = std::int64_t{1} << 60;
/// Some 200 bytes each.
constexpr std::int64_t most_descriptors = 4'000'000;

[[noreturn]] void refuse(const graph::Graph& g, const graph::Op& op, const std::string& what) {
  throw UserError(g.place(op),
                  fmt::format("{} '{}': {}", printable(op.type), printable(op.name), what));
}

/// By name, as layers and operations of a program carry it; parts of one are named "NAME/PART".
[[noreturn]] void refuse(const graph::Graph& g, const std::string& type, const std::string& name,
                         const std::string& what) {
  for (const auto& op : g.ops)
    if (op.name == name) refuse(g, op, what);
  throw UserError(Place{g.file, 0, 0},
                  fmt::format("{} '{}': {}", printable(type), printable(name), what));
}

void check_tensor(const graph::Graph& g, const graph::Op& op, const graph::Tensor& t) {
  std::int64_t bytes = 0;
  const std::int64_t elements = graph::element_count(t.shape);
  // Whatever its type, a pass may count two bytes an element.
  if (__builtin_mul_overflow(elements, std::max(2, bit_width(t.dtype) / 8), &bytes) ||
      bytes > most_bytes)
    refuse(g, op,
           fmt::format("tensor '{}' of shape {} has {:.3g} bytes (expected up to 2^53)",
                       printable(t.name), graph::text(t.shape), 2 * static_cast<double>(elements)));
}

}  // namespace

graph::Work checked_work(const graph::Graph& g) {
  std::int64_t macs = 0;
  for (const auto& op : g.ops) {
    for (const auto& a : op.arguments)
      for (const auto id : a.tensors) check_tensor(g, op, g.at(id));
    for (const auto id : op.outputs) check_tensor(g, op, g.at(id));
  }
  const graph::Work sum = graph::work_of(g);
  if (sum.macs <= most_macs) return sum;
  for (const auto& op : g.ops)
    if (__builtin_add_overflow(macs, graph::work_of(g, op).macs, &macs) || macs > most_macs)
      refuse(g, op, "multiply-accumulates up to here pass 2^60");
  return sum;
}

void check_descriptors(const graph::Graph& g, const std::vector<Layer>& layers,
                       const std::vector<LayerPlan>& plans, std::size_t first, std::size_t last,
                       std::int64_t engines) {
  std::int64_t sum = 0;
  for (std::size_t i = first; i < last; ++i) {
    // Tiles are at most positions, so the product fits.
    const std::int64_t own = plans[i - first].tiles;
    if (own > most_descriptors || (sum += own * engines) > most_descriptors)
      refuse(g, layers[i].type, layers[i].name,
             fmt::format("its activations need {} position tiles in L2 (expected a program of up "
                         "to {} task descriptors)",
                         own, most_descriptors));
  }
}

void check_sums(const graph::Graph& g, const Program& p) {
  std::int64_t bytes = 0, macs = 0;
  for (const auto& s : p.segments)
    for (const auto& list : s.engines)
      for (const auto& t : list) {
        if (__builtin_add_overflow(bytes, t.weight_bytes, &bytes) ||
            __builtin_add_overflow(bytes, t.read_bytes, &bytes) ||
            __builtin_add_overflow(bytes, t.write_bytes, &bytes) ||
            __builtin_add_overflow(macs, t.macs, &macs)) {
          const auto& op = p.ops[static_cast<std::size_t>(t.op)];
          refuse(g, op.type, op.name,
                 fmt::format("the bytes or MACs of all its tiles pass 2^63 (weights of {:.3g} "
                             "bytes are streamed {} times)",
                             static_cast<double>(op.weight_bytes), op.weight_passes));
        }
      }
}

}  // namespace anesim::compiler
