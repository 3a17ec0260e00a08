// Whether moving a fitted value helps: a robust fit lowers its loss, and may still raise the median
// error, or the error of folds it has not seen. Such a move is not worth a patch.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "validate/calibrate/calibrate.h"

namespace anesim::validate {

struct Harm {
  std::size_t parameter = 0;
  double share = 0;  ///< by which the worse of its figures rises
  std::string why;   ///< one clause
};

/// Of the values that a patch would move, the one whose cases get worse the most; nothing where all
/// get better. Figures: median error and loss of its cases, `before` against `patched` (errors and
/// losses of all cases at the patch's values), and against the cross-validated ones.
struct PatchedCase {
  double error = 0, loss = 0;
};
[[nodiscard]] std::optional<Harm> most_harmful_move(const UnitResult&,
                                                    const std::vector<PatchedCase>& patched);

}  // namespace anesim::validate
