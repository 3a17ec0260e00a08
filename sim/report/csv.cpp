#include <fmt/format.h>

#include <iterator>
#include <set>

#include "sim/report/report.h"
#include "sim/report/text_table.h"

namespace anesim::report {
std::string csv(const Result& r) {
  std::set<std::string> paths;
  for (const OpResult& op : r.ops) {
    for (const auto& [path, bytes] : op.bytes) paths.insert(path);
  }
  fmt::memory_buffer out;
  const auto add = std::back_inserter(out);
  fmt::format_to(add,
                 "version,device,stack,input,index,name,type,unit,start_us,end_us,bound,macs,"
                 "energy_mj");
  for (const std::string& path : paths) fmt::format_to(add, ",{}", csv_cell("bytes_" + path));
  fmt::format_to(add, ",reason\r\n");
  const std::string run = fmt::format("{},{},{},{}", csv_cell(r.version), csv_cell(r.device),
                                      csv_cell(r.stack), csv_cell(r.input));
  std::size_t index = 0;
  for (const OpResult& op : r.ops) {
    fmt::format_to(add, "{},{},{},{},{},{:.15g},{:.15g},{},{},", run, index++, csv_cell(op.name),
                   csv_cell(op.type), csv_cell(op.unit), op.start_us, op.end_us, name(op.bound),
                   op.macs);
    if (op.energy_mj) fmt::format_to(add, "{:.15g}", *op.energy_mj);
    for (const std::string& path : paths) {
      const auto found = op.bytes.find(path);
      if (found == op.bytes.end()) {
        fmt::format_to(add, ",");
      } else {
        fmt::format_to(add, ",{}", found->second);
      }
    }
    fmt::format_to(add, ",{}\r\n", csv_cell(op.reason));
  }
  return fmt::to_string(out);
}

}  // namespace anesim::report
