// Joins the graphs of a pipeline: what one model gives, the next may take by the feature's name.
#pragma once

#include <string>
#include <vector>

#include "traces/coreml/description.h"
#include "traces/graph/graph.h"

namespace anesim::coreml {

struct PipelinePart {
  std::string name;
  graph::Graph graph;
};

/// One graph of all operations in order, their names led by the part's. Results are those that
/// `outputs` names, or the last part's. Throws UserError where a feature does not fit.
[[nodiscard]] graph::Graph join_parts(std::vector<PipelinePart> parts, const std::string& file,
                                      const std::vector<Feature>& outputs);

}  // namespace anesim::coreml
