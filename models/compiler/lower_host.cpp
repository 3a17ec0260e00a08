// Operations that no engine does. Source: m6-study 8.1, ane-guide 6.
#include <fmt/format.h>

#include "models/compiler/lowering.h"
#include "traces/graph/work.h"

namespace anesim::compiler {
namespace {

using graph::Op;

void host(Lowering& s, const Op& op) {
  Layer l = s.base(op, LayerKind::host);
  l.reason = fmt::format("'{}' is not an operation of the engine", op.type);
  const auto w = graph::work_of(s.graph(), op);
  l.flops = 2.0 * static_cast<double>(w.macs) + static_cast<double>(w.elementwise_ops);
  l.host_macs = w.macs;
  s.append(std::move(l));
}

}  // namespace

void add_host_rules(LowerTable& t) {
  add_all(t, host, "cpu",
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
}

}  // namespace anesim::compiler
