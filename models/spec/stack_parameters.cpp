#include "models/spec/parameter.h"
#include "models/spec/parameters.h"

namespace anesim::spec {
namespace {

using config::Dimension;

std::vector<Parameter<StackSpec>> make_stack_parameters() {
  using S = StackSpec;
  std::vector<Parameter<S>> t;
  auto add = [&t](std::string path, Dimension d, double low, double high, auto member,
                  std::string text, std::vector<std::string> choices = {}) {
    t.push_back(
        parameter<S>(std::move(path), d, low, high, member, std::move(text), std::move(choices)));
  };
  constexpr auto time = Dimension::time;
  constexpr auto rate = Dimension::rate;
  add(
      "submit", time, 0, 1, [](S & s) -> auto& { return s.submit; },
      "call to the start of the first task");
  add(
      "driver_submit", time, 0, 1, [](S & s) -> auto& { return s.driver_submit; },
      "part of submit that follows the driver's submit event");
  add(
      "completion_short", time, 0, 1, [](S & s) -> auto& { return s.completion_short; },
      "task end to return, short tasks");
  add(
      "completion_long", time, 0, 1, [](S & s) -> auto& { return s.completion_long; },
      "task end to return, long tasks");
  add(
      "short_task", time, 0, 1, [](S & s) -> auto& { return s.short_task; },
      "longest task with the short completion");
  add(
      "long_task", time, 0, 1, [](S & s) -> auto& { return s.long_task; },
      "shortest task with the long completion");
  add(
      "pipelined", time, 0, 1, [](S & s) -> auto& { return s.pipelined; },
      "gap between tasks when the next request already waits");
  add(
      "sleep_leeway", Dimension::none, 0, 10, [](S & s) -> auto& { return s.sleep_leeway; },
      "share of its sleep by which a caller that pauses wakes late");
  add(
      "sleep_wake", time, 0, 1, [](S & s) -> auto& { return s.sleep_wake; },
      "extra time of a call after its caller slept");
  add(
      "input_copy", rate, 0, 1e13, [](S & s) -> auto& { return s.input_copy; },
      "host copy of inputs; 0 = none");
  add(
      "output_copy", rate, 0, 1e13, [](S & s) -> auto& { return s.output_copy; },
      "host copy of outputs; 0 = none");
  add(
      "padded_copy", Dimension::none, 0.01, 1, [](S & s) -> auto& { return s.padded_copy; },
      "rate of the copy of a result whose rows are padded to 64 bytes, relative to output_copy");
  add(
      "compile", time, 0, 100, [](S & s) -> auto& { return s.compile; },
      "compilation of a program without weights");
  add(
      "compile_weights", Dimension::elements_per_second, 1, 1e15,
      [](S & s) -> auto& { return s.compile_weights; }, "baked weights compiled a second");
  add(
      "reload", time, 0, 100, [](S & s) -> auto& { return s.reload; },
      "new weights for a compiled program");
  add(
      "weight_rate", rate, 0, 1e13, [](S & s) -> auto& { return s.weight_rate; },
      "ceiling of the weight stream of programs on this path; 0 = none");
  add(
      "engine_split", Dimension::none, 0, 1, [](S & s) -> auto& { return s.engine_split; },
      "one program may use all engines of a die", no_yes);
  add(
      "one_copy", Dimension::none, 0, 1, [](S & s) -> auto& { return s.one_copy; },
      "a constant that several operations use is in the program once", no_yes);
  add(
      "segmenter", Dimension::none, 0, 1, [](S & s) -> auto& { return s.segmenter; },
      "operations that do not pay on the engine run on another unit", no_yes);
  return t;
}

}  // namespace

const std::vector<Parameter<StackSpec>>& stack_parameters() {
  static const auto table = make_stack_parameters();
  return table;
}

}  // namespace anesim::spec
