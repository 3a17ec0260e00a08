// A small Result for the reporters' tests, with the kind of names a hostile model file would have.
#pragma once

#include "sim/result/result.h"

namespace anesim {

inline Result sample_result() {
  Result r;
  r.version = "0.1.0";
  r.device = "m1";
  r.stack = "coreml";
  r.input = "vit.yaml";
  r.headline = "vit.yaml takes 1.70 ms on m1, bound by weights";
  r.parameters = {{"memory.sram.size", "2 MiB", "configs/devices/m1.yaml:12", "measured", "paper"}};
  r.totals.simulated_us = 1700;
  r.totals.interval_low_us = 1610;
  r.totals.interval_high_us = 1790;
  r.totals.wall_us = 850;
  r.totals.slowdown = {0.5, 0.75, 2};
  r.totals.macs = 4'600'000'000;
  r.totals.bytes = {{"weights", 12'582'912}, {"activations_read", 1000}};
  r.totals.energy_mj = 3.25;
  r.totals.utilisation = {{"ne", 0.5}};
  r.totals.share_by_bound = {{"weights", 0.75}, {"compute", 0.25}};
  r.totals.share_on_engine = 0.981;
  r.totals.events = 1234;
  r.requests = {{"main", 0, 0, 10, 1690, 1700}};
  OpResult conv;
  conv.name = "conv_1";
  conv.type = "conv";
  conv.unit = "ANE0";
  conv.start_us = 10;
  conv.end_us = 1210;
  conv.bound = Bound::weights;
  conv.macs = 4'500'000'000;
  conv.bytes = {{"weights", 12'582'912}};
  conv.energy_mj = 3;
  conv.reason = "weights streamed 4 times";
  OpResult hostile = conv;
  hostile.name = "=cmd|'/c calc'!A0,\"x\"\x1b[2J</script><b>\xff";
  hostile.type = "softmax";
  hostile.start_us = 1210;
  hostile.end_us = 1610.5;
  hostile.bound = Bound::compute;
  hostile.macs = 100'000'000;
  hostile.bytes = {{"activations_read", 1000}};
  hostile.energy_mj.reset();
  hostile.reason = "a | b";
  OpResult free = conv;
  free.name = "reshape";
  free.type = "reshape";
  free.unit = "-";
  free.start_us = free.end_us = 1610.5;
  free.macs = 0;
  free.bytes = {};
  free.reason = "";
  r.ops = {conv, hostile, free};
  r.statistics = {{"ane0.kernel_dma.bytes", "B", "bytes of weights read", 12'582'912}};
  r.notes = {"softmax is approximated", "<i>x</i>"};
  r.tracks = {"ANE0", "DMA \"k\""};
  r.labels = {"conv_1", "a\"\\\x1b\xff</script>"};
  r.slices = {{0, 0, 10'000'000, 1'210'000'000}, {1, 1, 1'234'567, 2'234'499}};
  return r;
}

}  // namespace anesim
