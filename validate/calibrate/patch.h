// The result of a calibration as a unified diff of the YAML: to be reviewed, never applied here.
#pragma once

#include <string>
#include <vector>

#include "sim/core/error.h"
#include "validate/calibrate/calibrate.h"

namespace anesim::validate {

/// One value of a file moved, with what stands in its `note` from then on.
struct Edit {
  Place place;        ///< of the value
  std::string value;  ///< with unit
  std::string note;   ///< provenance; empty: the note stays
  std::string rows;   ///< new list of `fitted_on`, without brackets; empty: it stays
};

/// A leaf on one line is edited whole; of one on several lines only the value. Throws InternalError
/// if the place is not in the text.
[[nodiscard]] std::string edited(const std::string& text, const std::vector<Edit>&);

/// Unified diff of two texts with as many lines each, three lines of context; empty if equal.
[[nodiscard]] std::string unified_diff(const std::string& name, const std::string& before,
                                       const std::string& after);

/// What moves: values that the data tell, by more than half their standard error, rounded to three
/// digits and kept inside their range.
struct Move {
  const UnitParameter* parameter = nullptr;
  double value = 0;
  std::string text;  ///< with unit
};
[[nodiscard]] std::vector<Move> moves_of(const UnitResult&);

/// The patch of all units, paths below `data_root`; empty if nothing moves.
[[nodiscard]] std::string calibration_patch(const Calibration&, const CalibrationOptions&);

}  // namespace anesim::validate
