// One Ctrl-C may arrive as several signals: `timeout` and others send it to the process and again
// to its group. Both functions may be called in a signal handler.
#pragma once

namespace anesim {

/// An interruption is noted now, to be acted on later.
void note_time_of_interrupt();

/// Whether one was noted so shortly ago (0.3 s) that this signal is the same Ctrl-C once more; a
/// person needs longer for a second one.
[[nodiscard]] bool repeats_interrupt();

}  // namespace anesim
