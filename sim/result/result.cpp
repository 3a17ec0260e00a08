#include "sim/result/result.h"

#include "sim/core/error.h"

namespace anesim {

const char* name(Bound bound) {
  switch (bound) {
    case Bound::compute:
      return "compute";
    case Bound::weights:
      return "weights";
    case Bound::activations:
      return "activations";
    case Bound::planar:
      return "planar";
    case Bound::l2:
      return "l2";
    case Bound::dram:
      return "dram";
    case Bound::dispatch:
      return "dispatch";
    case Bound::host:
      return "host";
  }
  throw InternalError("a Bound outside its enumeration");
}

}  // namespace anesim
