// Training steps as the measurement files describe them (../shared/hardware/m4-family.md 8).
#include <fmt/format.h>

#include <array>

#include "sim/core/text.h"
#include "validate/judge/mapping.h"

namespace anesim::validate {
namespace {

struct Entry {
  std::string_view words;
  std::string_view input;
  bool engine_calls = false;
};

/// The dynamic pipeline compacts its vocabulary to the words of the data, the default of its
/// composition; its older build of 9 programs did not (14.3 ms of classifier on M3 Ultra).
///
/// The clock of the static pipeline's engine time sees the forward pass: 72 evaluations would cost
/// 72 x 0.06 ms of calls and 95 GFLOP at 19 TFLOPS, 9.3 ms, where M4 Pro and M5 print 8.9 and 9.1;
/// on M3 Ultra the calls alone (0.23 ms each) exceed the 15.9 ms printed, and the parts printed
/// leave 46 of 84 ms of the step open (m4-family 8b).
constexpr std::array table{
    Entry{"Stories110M dynamic pipeline, 9 shared programs",
          "stories110m,pipeline=dynamic,vocabulary=32000"},
    Entry{"Stories110M, dynamic-weight pipeline", "stories110m,pipeline=dynamic"},
    Entry{"Qwen3-0.6B, dynamic-weight pipeline", "qwen3-0.6b,pipeline=dynamic"},
    Entry{"Stories110M static pipeline, 72 programs", "stories110m,pipeline=static"},
    Entry{"Stories110M train_large_ane --no-ane-extras", "stories110m,pipeline=static"},
    Entry{"Stories110M static pipeline, classifier, softmax and RMSNorm backward on ANE (99 "
          "programs)",
          "stories110m,pipeline=static,classifier=engine"},
    Entry{"Stories110M, 4 microbatches, ANE forward and dx, CPU dW", "stories110m,pipeline=static"},
    Entry{"Stories110M, 4 microbatches, with delta reload",
          "stories110m,pipeline=static,update=reload"},
    Entry{"sum of ANE evaluation time in one Stories110M static training step (72 evaluations, "
          "93.0 GFLOP as counted by the program)",
          "stories110m,pipeline=static,pass=forward", true},
    Entry{"sum of ANE evaluation time in one Stories110M static training step with ANE classifier",
          "stories110m,pipeline=static,pass=forward,classifier=engine", true},
    Entry{"sum of backward ANE evaluations of one Stories110M dynamic step (12 layers, weights as "
          "runtime input)",
          "stories110m,pipeline=dynamic,pass=backward", true},
};

}  // namespace

bool map_training(CaseRequest& request) {
  const Workload& w = request.measured->workload;
  const bool step = w.kind == Kind::training_step;
  const std::string words = (step ? w.model : w.description).value_or("");
  for (const Entry& e : table) {
    if (e.words != words) continue;
    StepRequest r;
    r.engine_calls = e.engine_calls;
    r.input = fmt::format("training:{}", e.input);
    if (w.batch) r.input += fmt::format(",batch={}", *w.batch);
    if (w.sequence) r.input += fmt::format(",sequence={}", *w.sequence);
    request.step = std::move(r);
    return true;
  }
  if (step)
    request.unsupported = fmt::format("no training program is known for '{}'", printable(words));
  return false;
}

}  // namespace anesim::validate
