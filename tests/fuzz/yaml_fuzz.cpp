// Fuzz target: any text is either read as the YAML file that its `schema:` says, or refused with a
// UserError. Without a schema of ours every reader refuses it in turn.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "models/spec/resolve.h"
#include "models/spec/support_table.h"
#include "sim/config/yaml.h"
#include "traces/graph/work.h"
#include "traces/language/language.h"
#include "traces/networks/networks.h"
#include "traces/scenario/trace_reader.h"
#include "traces/workloads/workloads.h"
#include "validate/data/measurement.h"
#include "validate/data/scenarios.h"
#include "validate/judge/accuracy.h"
#include "validate/judge/grades.h"
#include "validate/uncertainty/residuals.h"

namespace {

using namespace anesim;
using config::Node;

const std::string data_root = ANESIM_SOURCE_DIR;
/// Where files named relative to the text are looked for.
const std::string file = data_root + "/validate/scenarios/fuzz.yaml";

const spec::DeviceSpec& m4() {
  static const spec::DeviceSpec device = spec::resolve_device(data_root, "m4");
  return device;
}

/// Ten million layers are allowed, but no fuzzer affords them.
bool is_long(std::string_view text) {
  for (const std::string_view key : {"layers=", "count=", "pairs="}) {
    const std::size_t at = text.find(key);
    if (at == std::string_view::npos) continue;
    const std::string_view value = text.substr(at + key.size());
    if (std::min(value.find(','), value.size()) > 3) return true;
  }
  return false;
}

/// Generated programs only: graph files have targets of their own.
graph::Graph open_program(const std::string& input, const std::vector<graph::DimBinding>& dims) {
  const std::string_view text = input;
  graph::Graph g;
  if (is_long(text)) throw UserError("too many operations for a fuzzer");
  if (text.starts_with("workload:")) {
    g = workloads::make_workload(text.substr(9));
  } else if (text.starts_with("network:")) {
    g = networks::make_network(text.substr(8));
  } else {
    throw UserError("no graph files here");
  }
  graph::bind_dimensions(g, dims);
  graph::propagate_shapes(g);
  return g;
}

void read_device(const Node& root) { (void)spec::resolve_device(data_root, root); }
void read_stack(const Node& root) { (void)spec::resolve_stack(data_root, root, m4()); }
void read_placement(const Node& root) { (void)spec::read_support_table(root, m4().generation); }
void read_trace(const Node& root) {
  for (const auto& program : scenario::read_trace(root, open_program).programs)
    (void)graph::work_of(program.graph);
}
void read_llm(const Node& root) {
  (void)language::compose(language::make_request(language::read_model(root), {}));
}
void read_measurements(const Node& root) {
  for (const auto& c : validate::read_measurements(root, "fuzz.yaml").cases)
    (void)c.workload.canonical();
}
void read_scenarios(const Node& root) { (void)validate::read_scenarios(root); }
void read_limits(const Node& root) {
  for (const auto& limit : validate::read_limits(root)) (void)limit.name();
}
void read_grades(const Node& root) { (void)validate::read_grades(root); }
void read_residuals(const Node& root) {
  (void)validate::residuals_text(validate::read_residuals(root));
}

struct Reader {
  std::string_view schema;
  void (*read)(const Node&);
};
constexpr std::array readers{Reader{"ane-device/1", read_device},
                             Reader{"ane-stack/1", read_stack},
                             Reader{"ane-placement/1", read_placement},
                             Reader{"ane-trace/1", read_trace},
                             Reader{"ane-llm/1", read_llm},
                             Reader{"ane-measurements/1", read_measurements},
                             Reader{"ane-scenarios/1", read_scenarios},
                             Reader{"ane-accuracy/1", read_limits},
                             Reader{"ane-grades/1", read_grades},
                             Reader{"ane-residuals/1", read_residuals}};

/// Empty if there is none.
std::string schema_of(const Node& root) {
  const Node* schema = root.kind() == Node::Kind::map ? root.find("schema") : nullptr;
  return schema && schema->kind() == Node::Kind::scalar ? schema->text() : "";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  Node root;
  try {
    root = config::parse_yaml(text, file);
  } catch (const UserError&) {
    return 0;  // Refused, as it should be.
  }
  const std::string schema = schema_of(root);
  const bool known =
      std::ranges::any_of(readers, [&](const Reader& reader) { return reader.schema == schema; });
  for (const Reader& reader : readers) {
    if (known && reader.schema != schema) continue;
    try {
      reader.read(root);
    } catch (const UserError&) {
      // Refused, as it should be.
    }
  }
  return 0;
}
