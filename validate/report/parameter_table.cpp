#include "validate/report/parameter_table.h"

#include <fmt/format.h>

#include <array>

#include "sim/report/text_table.h"

namespace anesim::validate {

EvidenceCounts evidence_counts(const std::vector<ResolvedParameter>& parameters) {
  EvidenceCounts counts;
  for (const ResolvedParameter& p : parameters)
    if (p.follows.empty()) ++counts[p.evidence];
  return counts;
}

namespace {

int count_of(const EvidenceCounts& counts, const char* kind) {
  const auto found = counts.find(kind);
  return found == counts.end() ? 0 : found->second;
}

int all_of(const EvidenceCounts& counts) {
  int all = 0;
  for (const auto& [kind, count] : counts) all += count;
  return all;
}

}  // namespace

std::string parameter_table(const std::map<std::string, ChipEvidence>& by_chip, TableStyle style) {
  using report::TextTable;
  constexpr auto right = TextTable::Align::right;
  static constexpr std::array kinds{"measured", "published", "fitted", "assumed"};
  TextTable table({{"parameters (device + host paths)"},
                   {"measured", right},
                   {"published", right},
                   {"fitted", right},
                   {"assumed", right},
                   {"other", right},
                   {"measured or published", right}});
  for (const auto& [chip, evidence] : by_chip) {
    std::vector<std::string> row{chip};
    int device_rest = all_of(evidence.device), stacks_rest = all_of(evidence.stacks), known = 0;
    const int all = device_rest + stacks_rest;
    for (std::size_t i = 0; i < kinds.size(); ++i) {
      const int device = count_of(evidence.device, kinds[i]);
      const int stacks = count_of(evidence.stacks, kinds[i]);
      row.push_back(fmt::format("{} + {}", device, stacks));
      device_rest -= device;
      stacks_rest -= stacks;
      if (i < 2) known += device + stacks;
    }
    row.push_back(fmt::format("{} + {}", device_rest, stacks_rest));
    row.push_back(all == 0 ? "-" : fmt::format("{:.0f} %", 100.0 * known / all));
    table.add(std::move(row));
  }
  return style == TableStyle::markdown ? table.markdown() : table.plain();
}

}  // namespace anesim::validate
