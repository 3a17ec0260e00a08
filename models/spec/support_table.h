// Which operation which generation of the engine executes, and within which limits.
// What it models: the support table of configs/placement (ane-placement/1) as data with evidence.
// What it leaves out: the order of preference of units, which is the segmenter's
// (compiler/place.h). Parameters: configs/placement/engine-ops.yaml. Source: ane-guide 1.1 and 6,
// m6-study 8.1.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "traces/graph/graph.h"

namespace anesim::config {
class Node;
}

namespace anesim::spec {

/// Position of a generation in the file's list; `never_generation` for an operation none executes.
using Generation = int;
inline constexpr Generation never_generation = std::numeric_limits<int>::max();

/// One operation of the table.
struct OpSupportRow {
  Generation engine = 0;  ///< first generation that lowers it
  bool core_ml = true;    ///< false: Core ML's segmenter keeps it off the engine
  bool gpu = true;        ///< false: the CPU is the only unit
  std::string constant;   ///< parameter whose constness lowers the need; empty: none
  Generation constant_engine = 0;
  std::string evidence, source;
};

/// A limit of a generation, with what supports it.
struct OpLimit {
  std::int64_t value = 0;
  std::string evidence, source;
};

/// The table as resolved for one generation. A default-made table restricts nothing.
struct SupportTable {
  std::vector<std::string> generations;
  Generation own = 0;
  std::map<std::string, OpSupportRow, std::less<>> ops;
  std::map<std::string, OpLimit, std::less<>> limits;
  std::vector<graph::DType> cpu_types;  ///< data types that keep an operation off the engine
  std::string types_evidence, types_source;

  [[nodiscard]] const OpSupportRow* find(std::string_view op) const;
  [[nodiscard]] std::optional<std::int64_t> limit(std::string_view name) const;
  [[nodiscard]] const std::string& generation_name(Generation g) const {
    return generations[static_cast<std::size_t>(g)];
  }
};

/// Names of the limits that a file may give.
[[nodiscard]] const std::vector<std::string>& support_limits();

/// Reads a file of schema ane-placement/1 for a generation. Throws UserError with place for unknown
/// keys, generations, limits and types, for an operation in two rows, and for a generation that the
/// file does not list.
[[nodiscard]] SupportTable read_support_table(const std::string& file,
                                              const std::string& generation);
/// The same from a document that was read already.
[[nodiscard]] SupportTable read_support_table(const config::Node& root,
                                              const std::string& generation);

}  // namespace anesim::spec
