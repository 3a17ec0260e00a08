#include "validate/report/parameter_table.h"

#include <fmt/format.h>

#include <array>

#include "sim/report/text_table.h"

namespace anesim::validate {

EvidenceCounts evidence_counts(const std::vector<ResolvedParameter>& parameters) {
  EvidenceCounts counts;
  for (const ResolvedParameter& p : parameters) ++counts[p.evidence];
  return counts;
}

std::string parameter_table(const std::map<std::string, EvidenceCounts>& by_chip,
                            TableStyle style) {
  using report::TextTable;
  constexpr auto right = TextTable::Align::right;
  static constexpr std::array kinds{"measured", "published", "fitted", "assumed"};
  TextTable table({{"parameters of"},
                   {"measured", right},
                   {"published", right},
                   {"fitted", right},
                   {"assumed", right},
                   {"other", right},
                   {"measured or published", right}});
  for (const auto& [chip, counts] : by_chip) {
    int all = 0;
    for (const auto& [kind, count] : counts) all += count;
    const auto at = [&](const char* kind) {
      const auto found = counts.find(kind);
      return found == counts.end() ? 0 : found->second;
    };
    std::vector<std::string> row{chip};
    int rest = all;
    for (const char* kind : kinds) {
      row.push_back(fmt::format("{}", at(kind)));
      rest -= at(kind);
    }
    row.push_back(fmt::format("{}", rest));
    const int known = at("measured") + at("published");
    row.push_back(all == 0 ? "-" : fmt::format("{:.0f} %", 100.0 * known / all));
    table.add(std::move(row));
  }
  return style == TableStyle::markdown ? table.markdown() : table.plain();
}

}  // namespace anesim::validate
