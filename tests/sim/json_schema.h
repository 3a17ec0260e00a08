// The part of JSON Schema that our schemas use, for tests. A keyword it does not know is an error,
// so that no rule of a schema is skipped silently.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace anesim {

/// What is wrong with `value`, each as "path: complaint"; empty if it follows the schema.
[[nodiscard]] std::vector<std::string> schema_violations(const nlohmann::json& schema,
                                                         const nlohmann::json& value);

}  // namespace anesim
