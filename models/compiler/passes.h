// The passes between lowering and descriptors. Each is a pure function over layers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "models/compiler/layer.h"
#include "models/compiler/program.h"
#include "models/spec/device_spec.h"
#include "traces/graph/graph.h"

namespace anesim::compiler {

/// conv + bias + activation become one layer; two single-input planar operations one planar task;
/// batch norms and constant scales fold. Source: MODEL.md 2, m6-study 5.3, 7.6.
[[nodiscard]] std::vector<Layer> fuse(const graph::Graph&, std::vector<Layer>);

/// Marks what the engine of this generation cannot execute as `host`, with the reason: operations
/// by the support table; under a segmenter also data types, sizes and run-time shapes.
/// Source: configs/placement/engine-ops.yaml.
void check_support(const graph::Graph&, std::vector<Layer>&, const spec::DeviceSpec&,
                   bool segmenter);

enum class ComputeUnits : std::uint8_t { all, cpu_and_ne, cpu_and_gpu, cpu_only };

/// The reason of a layer that the engine could execute and may not.
inline constexpr std::string_view engine_excluded = "engine excluded by the compute units";

struct PlaceOptions {
  ComputeUnits units = ComputeUnits::all;
  /// Stretches that do not pay on the engine leave it; without one all stays that can.
  bool segmenter = true;
};
/// Decides engine, CPU or GPU for every layer; the order stays that of the graph.
/// Source: m6-study 8.1.
[[nodiscard]] std::vector<Layer> place(const graph::Graph&, std::vector<Layer>,
                                       const spec::DeviceSpec&, const PlaceOptions&);

/// Turns concatenations into views, in a stretch of engine layers [first, last), whose parts are
/// whole blocks of the result and are all written by layers of the stretch: those write them where
/// the result wants them. A part can lie in one result only. Source: ane-guide 2.5 (other
/// concatenations are barriers), m6-study 2.9 (a concatenation alone is a task of the DMA).
void join_in_place(const graph::Graph&, std::vector<Layer>&, std::size_t first, std::size_t last);

/// What a layer has to do with a sum of three convolutions and more.
struct PartialSum {
  std::int64_t live = 0;  ///< partial results that wait at once, of the whole sum; 0: no member
  bool within = false;    ///< its result is a partial sum, read by an addition of the sum alone
};
/// Sums of convolutions in a stretch of engine layers [first, last): trees of additions over them.
/// They run in blocks of output channels, so that the partial sums stay on the chip: read from
/// products cut into parts of 32 input channels (cadamcat-m5pro-parts, -chains), which take as long
/// as their additions on the planar engine, not as their way through memory.
[[nodiscard]] std::vector<PartialSum> find_sums(const graph::Graph&, const std::vector<Layer>&,
                                                std::size_t first, std::size_t last);

/// Where the activations of a layer lie and in how many position tiles it runs.
struct LayerPlan {
  std::int64_t tiles = 1;
  std::int32_t region = 0;          ///< layers of one region run tile by tile together
  std::int64_t channel_blocks = 1;  ///< of a sum of convolutions, each run whole before the next
  bool reads_memory = false;        ///< first input comes through the tile DMA
  std::int64_t read_bytes = 0;      ///< all inputs that come through the tile DMA
  std::int64_t write_bytes = 0;     ///< outputs that leave L2
  std::string reason;
};
/// Sets Layer::zero_activations: half behind a rectifier, none elsewhere, or what is `stated`.
/// Source: m6-study 13.3 (power by the share of zeros).
void note_zero_activations(const graph::Graph&, std::vector<Layer>&, std::optional<double> stated);

/// How regions are formed (regions.h).
enum class RegionRule : std::uint8_t { greedy, least };
/// Plans a run of engine layers [first, last) on one engine (of `engines` sharing the positions).
[[nodiscard]] std::vector<LayerPlan> plan_memory(const graph::Graph&, const std::vector<Layer>&,
                                                 std::size_t first, std::size_t last, int engines,
                                                 const spec::DeviceSpec&, RegionRule);

/// How a layer is divided over the engines of a die.
enum class Split : std::uint8_t { single, rows, channels };
[[nodiscard]] const char* name(Split);
struct SplitPlan {
  bool use_both = false;
  std::vector<Split> layers;
};
/// Source: m6-study 5: the compiler's own estimate, which ignores shared bandwidth.
/// `forced` 1 or 2 overrides the decision, 0 leaves it.
[[nodiscard]] SplitPlan plan_split(const std::vector<Layer>&, std::size_t first, std::size_t last,
                                   int forced, const spec::DeviceSpec&);

/// Time of a layer alone on one engine with its data in L2 and weights in DRAM; what the compiler
/// knows before it decides. Seconds.
[[nodiscard]] double estimate_layer(const Layer&, const spec::DeviceSpec&);
/// The same with another rate of the weight stream.
[[nodiscard]] double estimate_layer(const Layer&, const spec::DeviceSpec&, BytesPerSecond weights);

}  // namespace anesim::compiler
