// One Ctrl-C may arrive as several signals: `timeout` and others send it to the process and again
// to its group.
#pragma once

namespace anesim {

/// What a signal is: a Ctrl-C, the same once more, or a second one.
enum class Interrupt {
  first,     ///< to be acted on when it suits
  repeated,  ///< the same Ctrl-C once more, within 0.3 s; a person needs longer for a second one
  second     ///< the user insists
};

/// Notes the time of the first one. May be called in signal handlers, of several threads too.
[[nodiscard]] Interrupt note_interrupt();

}  // namespace anesim
