// The schema of ane-trace/1 and its reader agree on what a trace may hold.
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "sim/config/yaml.h"
#include "sim/core/text.h"
#include "tests/sim/json_schema.h"

namespace anesim {
namespace {

using nlohmann::json;

json to_json(const config::Node& n) {
  using Kind = config::Node::Kind;
  switch (n.kind()) {
    case Kind::null:
      return nullptr;
    case Kind::map: {
      json out = json::object();
      for (const auto& [key, child] : n.map()) out[key] = to_json(child);
      return out;
    }
    case Kind::sequence: {
      json out = json::array();
      for (const auto& item : n.sequence()) out.push_back(to_json(item));
      return out;
    }
    case Kind::scalar:
      break;
  }
  const std::string& text = n.text();
  const bool number =
      !n.quoted() && !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
  return number ? json(n.integer()) : json(text);
}

json schema() {
  return json::parse(
      read_whole_file(std::string(ANESIM_SOURCE_DIR) + "/configs/schemas/ane-trace-1.schema.json"));
}

TEST(TraceSchema, OurExamplesFollowIt) {
  int traces = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::string(ANESIM_SOURCE_DIR) + "/traces/examples")) {
    if (entry.path().extension() != ".yaml") continue;
    ++traces;
    const auto violations =
        schema_violations(schema(), to_json(config::read_yaml(entry.path().string())));
    EXPECT_TRUE(violations.empty()) << entry.path() << ": " << violations.front();
  }
  EXPECT_GE(traces, 1);
}

TEST(TraceSchema, RefusesWhatTheReaderRefuses) {
  const auto violations = [](const char* text) {
    return schema_violations(schema(), to_json(config::parse_yaml(text, "t.yaml")));
  };
  EXPECT_FALSE(violations("{schema: ane-trace/1}").empty());
  EXPECT_FALSE(violations("{schema: ane-trace/2, programs: [{name: a, graph: a.mil}]}").empty());
  EXPECT_FALSE(violations("{schema: ane-trace/1, programs: [{name: a, grph: a.mil}]}").empty());
  EXPECT_FALSE(violations("{schema: ane-trace/1, programs: [{name: a, graph: a.mil}], streams: "
                          "[{name: s, program: a, count: 0}]}")
                   .empty());
  EXPECT_TRUE(violations("{schema: ane-trace/1, programs: [{name: a, graph: a.mil}], streams: "
                         "[{name: s, program: a, count: 2, period: 1 ms}]}")
                  .empty());
}

}  // namespace
}  // namespace anesim
