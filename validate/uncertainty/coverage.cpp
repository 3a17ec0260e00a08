#include "validate/uncertainty/coverage.h"

#include <algorithm>
#include <set>

#include "models/compiler/lower.h"

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

std::map<std::string, int> uncovered_ops(const Judgement& judgement,
                                         const std::vector<std::string>& covered,
                                         const std::set<std::string>& free,
                                         const GraphsByName& graphs) {
  std::map<std::string, std::set<std::string>> by_program;  // many cases share a program
  std::map<std::string, int> counts;
  for (const JudgedCase& c : judgement.cases) {
    if (c.prediction.status != Status::ok || c.request->points.empty()) continue;
    std::set<std::string> missing;
    for (const PointRequest& point : c.request->points) {
      const ProgramRequest& program = point.program;
      const auto [types, fresh] =
          by_program.try_emplace(program.kind + " " + workloads::text(program.parameters));
      if (fresh) {
        add_types(make_program(program, graphs).ops, types->second);
        std::erase_if(types->second, [&](const std::string& type) {
          return free.contains(type) || std::binary_search(covered.begin(), covered.end(), type);
        });
      }
      missing.insert(types->second.begin(), types->second.end());
    }
    for (const std::string& type : missing) ++counts[type];
  }
  return counts;
}

std::set<std::string> free_ops(const spec::DeviceSpec& device) {
  std::set<std::string> free;
  for (const compiler::OpSupport& op : compiler::op_support(device))
    if (op.unit == "view") free.insert(op.op);
  return free;
}

}  // namespace anesim::validate
