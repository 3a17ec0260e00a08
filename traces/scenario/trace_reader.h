// Reads ane-trace/1 (YAML): programs and the streams that call them. Graph files and workloads are
// opened through a callback, so that this reader knows no other format.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "sim/config/yaml.h"
#include "traces/graph/shape_rules.h"
#include "traces/scenario/scenario.h"

namespace anesim::scenario {

/// Opens what a program names: `input` is a file path (relative ones are resolved against the
/// trace's folder first), or "workload:..." and the like.
using OpenGraph = std::function<graph::Graph(const std::string& input,
                                             const std::vector<graph::DimBinding>& dims)>;

/// Throws UserError with place: unknown key, a stream without program, a cycle of `after`, a count
/// of zero, two waiting rules at once.
[[nodiscard]] Scenario read_trace(const config::Node& root, const OpenGraph& open);
/// What to do with a file of another schema: schema to sentence.
using SchemaHints = std::map<std::string, std::string, std::less<>>;
/// Throws UserError with place if the document names another schema than ane-trace/1, with its
/// hint.
void refuse_other_schemas(const config::Node& root, const SchemaHints& hints);

}  // namespace anesim::scenario
