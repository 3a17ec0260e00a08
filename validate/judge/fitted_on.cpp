#include "validate/judge/fitted_on.h"

#include <algorithm>
#include <map>
#include <utility>

#include "models/spec/resolve.h"
#include "sim/core/error.h"
#include "traces/scenario/host_code.h"

namespace anesim::validate {
namespace {

/// `*` stands for any text; linear in both, without recursion.
bool matches(std::string_view pattern, std::string_view text) {
  std::size_t p = 0, t = 0, star = std::string_view::npos, resume = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p, ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

/// Rows that a value of the chip, of the stack or of the code around an engine was read from; none
/// where chip or stack is not known.
std::vector<std::string> rows_of(const std::string& root, const std::string& chip,
                                 const std::string& stack) {
  std::vector<std::string> rows;
  try {
    const auto device = spec::resolve_device(root, chip);
    rows = device.read_from;
    const auto of_stack = spec::resolve_stack(root, stack, device).read_from;
    rows.insert(rows.end(), of_stack.begin(), of_stack.end());
    rows.insert(rows.end(), scenario::host_code_read_from.begin(),
                scenario::host_code_read_from.end());
  } catch (const UserError&) {  // the case itself says so
  }
  return rows;
}

}  // namespace

bool names_case(std::string_view row, std::string_view file, std::string_view id) {
  const std::size_t slash = row.find('/');
  if (slash == std::string_view::npos) return matches(row, file);
  return matches(row.substr(0, slash), file) && matches(row.substr(slash + 1), id);
}

void mark_fitted(const std::vector<CaseRequest>& requests, std::vector<Prediction>& predictions,
                 const std::string& data_root) {
  check(requests.size() == predictions.size(), "one prediction for each case");
  std::map<std::pair<std::string, std::string>, std::vector<std::string>> known;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const CaseRequest& r = requests[i];
    const auto [rows, fresh] = known.try_emplace({r.chip, r.stack});
    if (fresh) rows->second = rows_of(data_root, r.chip, r.stack);
    predictions[i].fitted_on = std::any_of(
        rows->second.begin(), rows->second.end(),
        [&](const std::string& row) { return names_case(row, r.file->name, r.measured->id); });
  }
}

}  // namespace anesim::validate
