// The JSON Schema files of devices and stacks follow from the parameter tables. After a change of
// a table, ANESIM_WRITE_SCHEMAS=1 writes them anew.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "models/spec/parameters.h"
#include "sim/config/yaml.h"

namespace anesim::spec {
namespace {

namespace fs = std::filesystem;
using json = nlohmann::ordered_json;
using config::Dimension;

const fs::path source(ANESIM_SOURCE_DIR);

json object_schema() {
  return {{"type", "object"}, {"additionalProperties", false}, {"properties", json::object()}};
}

template <class Spec>
json value_schema(const Parameter<Spec>& p) {
  if (!p.choices.empty()) {
    json choices = p.choices;
    if (p.choices.front() == "false") choices.insert(choices.end(), {false, true});
    return {{"enum", choices}};
  }
  if (p.dimension == Dimension::none)
    return {{"type", "number"}, {"minimum", p.low}, {"maximum", p.high}};
  if (p.dimension == Dimension::count)
    return {{"type", "integer"}, {"minimum", p.low}, {"maximum", p.high}};
  return {{"type", "string"}, {"pattern", "^[0-9]+(\\.[0-9]+)?([eE][+-]?[0-9]+)? ?[^0-9 ]+$"}};
}

template <class Spec>
json leaf_schema(const Parameter<Spec>& p) {
  json leaf = object_schema();
  leaf["description"] = p.description;
  leaf["required"] = {"value", "evidence", "source"};
  json& properties = leaf["properties"];
  properties["value"] = value_schema(p);
  properties["evidence"] = {{"$ref", "#/$defs/evidence"}};
  properties["source"] = {{"type", "string"}, {"minLength", 1}};
  properties["note"] = {{"type", "string"}};
  properties["fitted_on"] = {{"type", "array"},
                             {"items", {{"type", "string"}, {"minLength", 1}}},
                             {"minItems", 1},
                             {"description", "rows that a fitted or measured value was read from"}};
  if (!p.choices.empty()) return leaf;
  json item = value_schema(p);
  properties["range"] = {{"type", "array"}, {"items", item}, {"minItems", 2}, {"maxItems", 2}};
  properties["follows"] = {{"type", "string"}, {"minLength", 1}};
  return leaf;
}

/// The table as nested objects: "memory.dram.rate" stands in memory, dram.
template <class Spec>
json parameters_schema(const std::vector<Parameter<Spec>>& table) {
  json root = object_schema();
  for (const auto& p : table) {
    json* group = &root;
    std::istringstream path(p.path);
    std::string step;
    std::vector<std::string> steps;
    while (std::getline(path, step, '.')) steps.push_back(step);
    for (std::size_t i = 0; i + 1 < steps.size(); ++i) {
      json& child = (*group)["properties"][steps[i]];
      if (child.is_null()) child = object_schema();
      group = &child;
    }
    (*group)["properties"][steps.back()] = leaf_schema(p);
  }
  return root;
}

template <class Spec>
json file_schema(const std::string& name, const std::vector<Parameter<Spec>>& table, bool device) {
  const json text{{"type", "string"}, {"minLength", 1}};
  const json texts{{"type", "array"}, {"items", text}};
  json s;
  s["$schema"] = "https://json-schema.org/draft/2020-12/schema";
  s["title"] = name;
  s["type"] = "object";
  s["required"] = {"schema", "name"};
  s["additionalProperties"] = false;
  json& p = s["properties"];
  p["schema"] = {{"const", name}};
  p["name"] = text;
  if (device) {
    p["chip"] = text;
    p["generation"] = {{"type", "string"}, {"pattern", "^h1[1-8]$"}};
  }
  p["description"] = text;
  p["extends"] = text;
  p["aliases"] = texts;
  p["notes"] = texts;
  p["parameters"] = {{"$ref", "#/$defs/parameters"}};
  if (!device)
    p["chips"] = {{"type", "object"}, {"additionalProperties", {{"$ref", "#/$defs/parameters"}}}};
  s["$defs"]["parameters"] = parameters_schema(table);
  s["$defs"]["evidence"] = {{"enum", {"measured", "published", "fitted", "assumed"}}};
  return s;
}

void expect_shipped(const std::string& file, const json& expected) {
  const fs::path path = source / "configs" / "schemas" / file;
  if (std::getenv("ANESIM_WRITE_SCHEMAS")) {
    fs::create_directories(path.parent_path());
    std::ofstream(path) << expected.dump(1) << '\n';
  }
  std::ifstream in(path);
  ASSERT_TRUE(in) << path;
  const json shipped = json::parse(in, nullptr, false);
  EXPECT_TRUE(shipped == expected) << path << " is not what the table gives; set "
                                   << "ANESIM_WRITE_SCHEMAS=1 to write it";
}

TEST(SpecSchema, DeviceFollowsTheTable) {
  expect_shipped("ane-device-1.schema.json",
                 file_schema("ane-device/1", device_parameters(), true));
}

TEST(SpecSchema, StackFollowsTheTable) {
  expect_shipped("ane-stack-1.schema.json", file_schema("ane-stack/1", stack_parameters(), false));
}

/// A small reader of the part of JSON Schema that the two files use.
void expect_valid(const config::Node& node, const json& schema, const json& root) {
  if (schema.contains("$ref")) {
    const std::string ref = schema["$ref"];
    return expect_valid(node, root[json::json_pointer(ref.substr(1))], root);
  }
  const auto where = [&] { return node.place().text() + ": " + node.path(); };
  if (schema.contains("const")) {
    EXPECT_EQ(node.text(), schema["const"].get<std::string>()) << where();
    return;
  }
  if (schema.contains("enum")) {
    bool found = false;
    for (const json& c : schema["enum"]) found |= c.is_string() && c == node.text();
    EXPECT_TRUE(found) << where();
    return;
  }
  if (!schema.contains("type")) return;
  const std::string type = schema["type"];
  if (type == "object") {
    for (const auto& [key, child] : node.map()) {
      const json properties = schema.value("properties", json::object());
      if (properties.contains(key))
        expect_valid(child, properties[key], root);
      else if (schema["additionalProperties"].is_object())
        expect_valid(child, schema["additionalProperties"], root);
      else
        ADD_FAILURE() << where() << ": unknown key " << key;
    }
    for (const json& key : schema.value("required", json::array()))
      EXPECT_NE(node.find(key.get<std::string>()), nullptr) << where() << ": no " << key;
  } else if (type == "array") {
    for (const auto& item : node.sequence()) expect_valid(item, schema["items"], root);
  } else if (type == "string") {
    EXPECT_FALSE(node.text().empty()) << where();
  } else {
    const double v = type == "integer" ? static_cast<double>(node.integer()) : node.number();
    EXPECT_GE(v, schema["minimum"].get<double>()) << where();
    EXPECT_LE(v, schema["maximum"].get<double>()) << where();
  }
}

TEST(SpecSchema, EveryFileIsOfItsForm) {
  const json device = file_schema("ane-device/1", device_parameters(), true);
  const json stack = file_schema("ane-stack/1", stack_parameters(), false);
  for (const char* folder : {"devices", "stacks"})
    for (const auto& entry : fs::directory_iterator(source / "configs" / folder)) {
      const json& schema = std::string(folder) == "devices" ? device : stack;
      expect_valid(config::read_yaml(entry.path().string()), schema, schema);
    }
}

}  // namespace
}  // namespace anesim::spec
