#include "models/engine/descriptor_time.h"

#include <algorithm>

namespace anesim::models {

using compiler::TaskDescriptor;
using compiler::Unit;

Bound descriptor_bound(const TaskDescriptor& t, const DescriptorTimes& r) {
  const double cores = r.cores_large.value, l2 = r.l2.value, planar = r.planar.value;
  const double activations = r.read.value + r.write.value + r.overflow.value;
  const double most = std::max({cores, l2, planar, r.weights.value, activations});
  if (most <= 0) return Bound::dispatch;
  if (r.dram.value > most) return Bound::dram;
  if (most == r.weights.value) return Bound::weights;
  if (most == activations) return Bound::activations;
  if (t.unit == Unit::planar) return Bound::planar;
  if (most == l2) return Bound::l2;
  return Bound::compute;
}

}  // namespace anesim::models
