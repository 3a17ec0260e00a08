#include "traces/scenario/scenario.h"

#include <utility>

namespace anesim::scenario {

Scenario single_call(graph::Graph graph) {
  Scenario s;
  s.name = graph.name;
  s.programs.push_back({graph.name, std::move(graph)});
  Stream stream;
  stream.name = "main";
  s.streams.push_back(std::move(stream));
  return s;
}

}  // namespace anesim::scenario
