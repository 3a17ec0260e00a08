// Collects what happened during a run: slices of the timeline and per-operation times. Modules
// append plain structs; nothing is formatted before the run has ended.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "models/compiler/program.h"
#include "sim/result/result.h"

namespace anesim::models {

/// What bounded the descriptors of an operation, and when it ran, in the last call of a program.
struct OpRecord {
  std::int64_t start_ps = -1;
  std::int64_t end_ps = -1;
  double seconds[8] = {};  ///< time by Bound
  std::int64_t weight_bytes = 0;
  std::int64_t read_bytes = 0;
  std::int64_t write_bytes = 0;
  double joules = 0;
};

class Recorder {
 public:
  explicit Recorder(bool timeline) : timeline_(timeline) {}
  [[nodiscard]] bool timeline() const { return timeline_; }
  /// A row of the timeline; `below` an earlier one, or at the end.
  int track(const std::string& name, int below = -1) {
    tracks.push_back(name);
    const int row = static_cast<int>(tracks.size()) - 1;
    order.insert(below < 0 ? order.end() : std::find(order.begin(), order.end(), below) + 1, row);
    return row;
  }
  int label(const std::string& name) {
    labels.push_back(name);
    return static_cast<int>(labels.size()) - 1;
  }
  void slice(int track, int label, std::int64_t start_ps, std::int64_t end_ps) {
    if (timeline_ && end_ps > start_ps) slices.push_back({track, label, start_ps, end_ps});
  }

  /// As many rows of one name as there is work at once, so that slices of a row do not overlap.
  class Lanes {
   public:
    Lanes(Recorder& recorder, std::string name) : recorder_(recorder), name_(std::move(name)) {
      rows_.push_back({recorder_.track(name_), 0});
    }
    /// A row that is free at `now_ps`, taken until release().
    std::size_t take(std::int64_t now_ps) {
      std::size_t row = 0;
      while (row < rows_.size() && rows_[row].free_ps > now_ps) ++row;
      if (row == rows_.size())
        rows_.push_back(
            {recorder_.track(name_ + " " + std::to_string(row + 1), rows_.back().track), 0});
      rows_[row].free_ps = std::numeric_limits<std::int64_t>::max();
      return row;
    }
    void release(std::size_t row, int label, std::int64_t start_ps, std::int64_t end_ps) {
      rows_[row].free_ps = end_ps;
      recorder_.slice(rows_[row].track, label, start_ps, end_ps);
    }

   private:
    struct Row {
      int track;
      std::int64_t free_ps;
    };
    Recorder& recorder_;
    std::string name_;
    std::vector<Row> rows_;
  };

  std::vector<std::string> tracks, labels;
  std::vector<int> order;  ///< of the rows, from above
  std::vector<TimelineSlice> slices;

 private:
  bool timeline_;
};

}  // namespace anesim::models
