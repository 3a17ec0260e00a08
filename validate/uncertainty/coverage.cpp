#include "validate/uncertainty/coverage.h"

#include <set>

#include "validate/predict/programs.h"

namespace anesim::validate {
namespace {

void add_types(const std::vector<graph::Op>& ops, std::set<std::string>& types) {
  for (const graph::Op& op : ops) {
    types.insert(op.type);
    for (const graph::Block& block : op.blocks) add_types(block.ops, types);
  }
}

}  // namespace

std::vector<std::string> covered_ops(const Judgement& judgement) {
  std::set<std::string> types, made;
  for (const JudgedCase& c : judgement.cases) {
    if (!c.scored || c.request->points.empty()) continue;
    const ProgramRequest& program = c.request->points.back().program;
    if (!made.insert(program.kind + workloads::text(program.parameters)).second) continue;
    add_types(make_program(program, {}).ops, types);
  }
  return {types.begin(), types.end()};
}

}  // namespace anesim::validate
