#include "validate/judge/grades.h"

#include "sim/config/yaml.h"
#include "validate/data/words.h"

namespace anesim::validate {

Grades read_grades(const std::string& path) { return read_grades(config::read_yaml(path)); }

Grades read_grades(const config::Node& root) {
  root.only_keys({"schema", "grades"});
  (void)one_of(root.require("schema"), {"ane-grades/1"});
  Grades grades;
  for (const auto& [source, grade] : root.require("grades").map()) {
    grades[source] = one_of(grade, {"A", "B", "C", "D"});
  }
  return grades;
}

std::string trust_of(const CaseRequest& request, const Grades& grades) {
  if (request.measured->conditions.trust) return *request.measured->conditions.trust;
  const auto found = grades.find(request.file->source.id);
  return found == grades.end() ? "" : found->second;
}

}  // namespace anesim::validate
