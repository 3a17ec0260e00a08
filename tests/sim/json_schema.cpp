#include "tests/sim/json_schema.h"

#include <fmt/format.h>

#include <set>
#include <stdexcept>

namespace anesim {
namespace {

using nlohmann::json;

bool has_type(const json& value, const std::string& type) {
  if (type == "object") return value.is_object();
  if (type == "array") return value.is_array();
  if (type == "string") return value.is_string();
  if (type == "boolean") return value.is_boolean();
  if (type == "integer") return value.is_number_integer();
  if (type == "number") return value.is_number();
  if (type == "null") return value.is_null();
  throw std::runtime_error("schema: unknown type " + type);
}

class Validator {
 public:
  explicit Validator(const json& root) : root_(root) {}

  void run(const json& schema, const json& value, const std::string& path) {
    static const std::set<std::string> known{
        "$schema",       "$defs", "$id",      "$ref",     "title",      "description",
        "type",          "const", "enum",     "required", "properties", "additionalProperties",
        "propertyNames", "items", "minItems", "maxItems", "minimum",    "maximum"};
    for (const auto& [key, unused] : schema.items()) {
      if (known.count(key) == 0) throw std::runtime_error("schema: unknown keyword " + key);
    }
    if (schema.contains("$ref")) {
      const std::string pointer = schema["$ref"].get<std::string>().substr(1);
      run(root_.at(json::json_pointer(pointer)), value, path);
    }
    if (schema.contains("const") && value != schema["const"]) {
      complain(path, "is not " + schema["const"].dump());
    }
    if (schema.contains("enum")) {
      bool matches = false;
      for (const json& allowed : schema["enum"]) matches = matches || allowed == value;
      if (!matches) complain(path, "is none of the allowed values");
    }
    if (schema.contains("type") && !type_fits(schema["type"], value)) {
      return complain(path, "is not of type " + schema["type"].dump());
    }
    if (value.is_number()) check_number(schema, value, path);
    if (value.is_array()) check_array(schema, value, path);
    if (value.is_object()) check_object(schema, value, path);
  }

  std::vector<std::string> found;

 private:
  void complain(const std::string& path, const std::string& what) {
    found.push_back(path + ": " + what);
  }

  static bool type_fits(const json& type, const json& value) {
    if (type.is_string()) return has_type(value, type);
    for (const json& one : type) {
      if (has_type(value, one)) return true;
    }
    return false;
  }

  void check_number(const json& schema, const json& value, const std::string& path) {
    if (schema.contains("minimum") && value < schema["minimum"]) complain(path, "is too small");
    if (schema.contains("maximum") && value > schema["maximum"]) complain(path, "is too large");
  }

  void check_array(const json& schema, const json& value, const std::string& path) {
    if (schema.contains("minItems") && value.size() < schema["minItems"]) {
      complain(path, "has too few items");
    }
    if (schema.contains("maxItems") && value.size() > schema["maxItems"]) {
      complain(path, "has too many items");
    }
    if (!schema.contains("items")) return;
    for (std::size_t i = 0; i < value.size(); ++i) {
      run(schema["items"], value[i], fmt::format("{}[{}]", path, i));
    }
  }

  void check_object(const json& schema, const json& value, const std::string& path) {
    for (const json& key : schema.value("required", json::array())) {
      if (!value.contains(key)) complain(path, "lacks " + key.dump());
    }
    const json properties = schema.value("properties", json::object());
    for (const auto& [key, child] : value.items()) {
      const std::string child_path = path.empty() ? key : path + "." + key;
      if (schema.contains("propertyNames")) run(schema["propertyNames"], key, child_path);
      if (properties.contains(key)) {
        run(properties[key], child, child_path);
      } else if (schema.contains("additionalProperties")) {
        const json& others = schema["additionalProperties"];
        if (others.is_object()) run(others, child, child_path);
        if (others == false) complain(child_path, "is not expected");
      }
    }
  }

  const json& root_;
};

}  // namespace

std::vector<std::string> schema_violations(const json& schema, const json& value) {
  Validator validator(schema);
  validator.run(schema, value, "");
  return validator.found;
}

}  // namespace anesim
