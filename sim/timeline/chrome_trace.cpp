#include "sim/timeline/chrome_trace.h"

#include <fmt/compile.h>
#include <fmt/format.h>

#include <iterator>
#include <vector>

#include "sim/core/error.h"
#include "sim/core/json.h"
#include "sim/core/text.h"

namespace anesim::timeline {
namespace {

constexpr std::size_t bytes_an_event = 110;

std::int64_t to_ns(std::int64_t ps) { return (ps >= 0 ? ps + 500 : ps - 499) / 1000; }

void append(fmt::memory_buffer& out, std::string_view text) {
  out.append(text.data(), text.data() + text.size());
}

/// Labels repeat thousands of times: each is escaped once, and shortened as in tables, so that a
/// long name does not multiply the file.
std::vector<std::string> escaped(const std::vector<std::string>& names) {
  std::vector<std::string> out;
  out.reserve(names.size());
  for (const std::string& name : names) {
    fmt::memory_buffer buffer;
    append_json_string(buffer, printable(name));
    out.push_back(fmt::to_string(buffer));
  }
  return out;
}

}  // namespace

std::string chrome_trace(const Result& r) {
  const std::vector<std::string> tracks = escaped(r.tracks);
  const std::vector<std::string> labels = escaped(r.labels);
  const std::vector<std::string> process = escaped({printable(r.device, 30) + ": " + r.input});

  fmt::memory_buffer out;
  out.reserve((r.slices.size() + 2 * tracks.size() + 4) * bytes_an_event);
  const auto add = std::back_inserter(out);
  append(out, "{\"displayTimeUnit\":\"ns\",\"traceEvents\":[\n");
  fmt::format_to(add, R"({{"ph":"M","pid":1,"name":"process_name","args":{{"name":{}}}}})",
                 process[0]);
  for (std::size_t i = 0; i < tracks.size(); ++i) {
    fmt::format_to(add, ",\n");
    fmt::format_to(add,
                   R"({{"ph":"M","pid":1,"tid":{},"name":"thread_name","args":{{"name":{}}}}},)",
                   i + 1, tracks[i]);
    fmt::format_to(add, "\n");
    fmt::format_to(
        add,
        R"({{"ph":"M","pid":1,"tid":{},"name":"thread_sort_index","args":{{"sort_index":{}}}}})",
        i + 1, i);
  }
  for (const TimelineSlice& s : r.slices) {
    check(s.track >= 0 && static_cast<std::size_t>(s.track) < tracks.size() && s.label >= 0 &&
              static_cast<std::size_t>(s.label) < labels.size() && s.start_ps >= 0 &&
              s.end_ps >= s.start_ps,
          "a timeline slice has a track, a label and a time span");
    const std::int64_t start = to_ns(s.start_ps);
    const std::int64_t duration = to_ns(s.end_ps) - start;
    fmt::format_to(add,
                   FMT_COMPILE(",\n{{\"ph\":\"X\",\"pid\":1,\"tid\":{},\"ts\":{}.{:03},"
                               "\"dur\":{}.{:03},\"name\":{}}}"),
                   s.track + 1, start / 1000, start % 1000, duration / 1000, duration % 1000,
                   labels[static_cast<std::size_t>(s.label)]);
  }
  append(out, "\n]}\n");
  return fmt::to_string(out);
}

}  // namespace anesim::timeline
