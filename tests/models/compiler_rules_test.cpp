// Rules of the compiler against numbers worked out by hand. The specs are written out here, so a
// new calibration of a device file changes nothing; examples of the M6 study name their table.
#include <gtest/gtest.h>

#include "models/compiler/rules.h"

namespace anesim::compiler {
namespace {

using graph::Encoding;

constexpr double kib = 1024;

/// Sixteen cores, 64 KiB of weights each, no overheads; Winograd as on the M6.
spec::EngineSpec engine() {
  spec::EngineSpec e;
  e.cores = 16;
  e.macs_fp16 = 256;
  e.macs_int8 = 512;
  e.winograd_speedup = 1.5;
  e.array_efficiency = 1;
  e.max_output_group = 16;
  e.winograd_output_group = 2;
  e.work_unit_positions = 128;
  e.fill_work_units = 0;
  e.task_cycles = 0;
  e.weight_buffer = Bytes(64 * 1024);
  e.native_kernel_width = 8;
  e.dilated_efficiency = 0.5;
  e.position_granule = 16;
  e.zero_skip_floor = 0.36;
  e.zero_skip_overhead = 0.17;
  return e;
}

Layer conv(std::int64_t in, std::int64_t out, std::int64_t kernel_h = 1,
           std::int64_t kernel_w = 1) {
  Layer l;
  l.kind = LayerKind::convolution;
  l.in_channels = in;
  l.out_channels = out;
  l.kernel_h = kernel_h;
  l.kernel_w = kernel_w;
  l.out_h = l.in_h = 1;
  l.out_w = l.in_w = 128;
  return l;
}

Layer with_format(Layer l, Encoding encoding, int bits, double nonzero = 1) {
  l.format.encoding = encoding;
  l.format.bits = bits;
  l.format.nonzero_fraction = nonzero;
  return l;
}

WeightForm weights(const Layer& l, const spec::EngineSpec& e = engine()) {
  return weight_form(l, kernel_form(l, e), e);
}
int group(const Layer& l, const spec::EngineSpec& e = engine()) {
  return output_group(l, kernel_form(l, e), weights(l, e), e);
}
CoreWork work(const Layer& l, std::int64_t positions, const spec::EngineSpec& e = engine()) {
  return core_work(l, positions, l.out_channels, kernel_form(l, e), weights(l, e), e);
}

// m6-study T7-3: the largest power of two whose weights fit 64 KiB.
TEST(OutputGroup, ExamplesOfTheStudy) {
  EXPECT_EQ(group(conv(256, 256, 5, 5)), 4);  // 12,800 B a channel: 5.1 fit
  EXPECT_EQ(group(conv(512, 512, 5, 5)), 2);  // 25,600 B: 2.6
  EXPECT_EQ(group(conv(256, 256, 7, 7)), 2);  // 25,088 B: 2.6
  EXPECT_EQ(group(conv(512, 512, 7, 7)), 1);  // 50,176 B: 1.3
  EXPECT_EQ(group(conv(256, 256, 3, 3)), 2);  // Winograd; the buffer would take 8
  EXPECT_EQ(group(conv(512, 512, 1, 3)), 2);
}

TEST(OutputGroup, Int8HasALimitOfItsOwn) {
  spec::EngineSpec e = engine();
  e.max_output_group_int8 = 8;  // m6-study 4.3
  Layer l = conv(512, 512);
  EXPECT_EQ(group(l, e), 16);
  l.int8_activations = true;
  EXPECT_EQ(group(l, e), 8);
  e.max_output_group_int8 = 16;
  EXPECT_EQ(group(l, e), 16);
}

TEST(OutputGroup, Edges) {
  EXPECT_EQ(group(conv(64, 64)), 16);    // never above the limit
  EXPECT_EQ(group(conv(2048, 64)), 16);  // 4096 B a channel: exactly 16
  EXPECT_EQ(group(conv(2049, 64)), 8);   // one channel more
  EXPECT_EQ(group(conv(32768, 64)), 1);  // exactly one
  EXPECT_EQ(group(conv(65536, 64)), 1);  // none fits: streamed, still one a pass
  Layer w8a8 = with_format(conv(256, 256, 5, 5), Encoding::affine, 8);
  w8a8.int8_activations = true;
  EXPECT_EQ(group(w8a8), 8);  // 6400 B a channel: 10.2
  Layer depthwise = conv(256, 256, 3, 3);
  depthwise.groups = 256;
  EXPECT_EQ(group(depthwise), 1);
  spec::EngineSpec direct = engine();
  direct.winograd_speedup = 1;
  EXPECT_EQ(group(conv(256, 256, 3, 3), direct), 8);  // 4608 B a channel: 14.2
}

// m6-study 7.4.1: two kernel sets of K values in 2(K+1) positions, a mask bit for each position.
TEST(KernelForm, WideKernelsAreRewritten) {
  const auto k9 = kernel_form(conv(256, 256, 1, 9), engine());
  EXPECT_TRUE(k9.rewritten);
  EXPECT_FALSE(k9.winograd);
  EXPECT_DOUBLE_EQ(k9.stored_taps, 19.25);  // 18 + 20/16; artifacts show 19.3
  EXPECT_DOUBLE_EQ(k9.compute_taps, 9);
  EXPECT_DOUBLE_EQ(kernel_form(conv(8, 8, 1, 10), engine()).stored_taps, 20 + 22.0 / 16);
  EXPECT_DOUBLE_EQ(kernel_form(conv(8, 8, 1, 15), engine()).stored_taps, 32.0);  // 30 + 32/16
  EXPECT_DOUBLE_EQ(kernel_form(conv(8, 8, 3, 9), engine()).stored_taps, 57.75);
  const auto k8 = kernel_form(conv(256, 256, 1, 8), engine());
  EXPECT_FALSE(k8.rewritten);
  EXPECT_DOUBLE_EQ(k8.stored_taps, 8);
  EXPECT_FALSE(kernel_form(conv(8, 8, 15, 1), engine()).rewritten);  // tall is native
}

TEST(KernelForm, DilatedAndStrided) {
  Layer dilated = conv(64, 64, 3, 3);
  dilated.dilation_h = dilated.dilation_w = 2;
  const auto d = kernel_form(dilated, engine());
  EXPECT_TRUE(d.rewritten);
  EXPECT_FALSE(d.winograd);
  EXPECT_DOUBLE_EQ(d.stored_taps, 9 + 25.0 / 16);  // 5x5 positions of mask
  EXPECT_DOUBLE_EQ(d.compute_taps, 9);
  Layer strided = conv(64, 64, 3, 3);
  strided.stride_h = strided.stride_w = 2;
  EXPECT_DOUBLE_EQ(kernel_form(strided, engine()).stored_taps, 9 + 16.0 / 16);
  EXPECT_FALSE(kernel_form(strided, engine()).winograd);
  strided.in_channels = 3;  // the first layer of a vision network
  EXPECT_FALSE(kernel_form(strided, engine()).rewritten);
  strided.in_channels = strided.groups = 64;
  EXPECT_FALSE(kernel_form(strided, engine()).rewritten);
  Layer point = conv(64, 64);
  point.stride_h = point.stride_w = 2;
  EXPECT_FALSE(kernel_form(point, engine()).rewritten);
}

TEST(KernelForm, WinogradWhereTheStudySawIt) {
  EXPECT_DOUBLE_EQ(kernel_form(conv(64, 64, 3, 3), engine()).compute_taps, 6);
  EXPECT_DOUBLE_EQ(kernel_form(conv(64, 64, 3, 3), engine()).stored_taps, 9);  // raw weights
  EXPECT_DOUBLE_EQ(kernel_form(conv(64, 64, 1, 3), engine()).compute_taps, 2);
  EXPECT_FALSE(kernel_form(conv(64, 64, 3, 1), engine()).winograd);
  EXPECT_FALSE(kernel_form(conv(64, 64, 5, 5), engine()).winograd);
  EXPECT_FALSE(
      kernel_form(with_format(conv(64, 64, 3, 3), Encoding::sparse, 16, 0.5), engine()).winograd);
  Layer depthwise = conv(64, 64, 3, 3);
  depthwise.groups = 64;
  EXPECT_FALSE(kernel_form(depthwise, engine()).winograd);
  depthwise.groups = 4;  // grouped ones use it
  EXPECT_TRUE(kernel_form(depthwise, engine()).winograd);
  Layer matmul = conv(64, 64);
  matmul.kind = LayerKind::matmul;
  EXPECT_DOUBLE_EQ(kernel_form(matmul, engine()).compute_taps, 1);
}

struct Format {
  const char* name;
  Encoding encoding;
  int bits;
  double nonzero;
  double stored, streamed, buffer, share;
  Stream stream;
};

TEST(WeightForm, EveryFormat) {
  // int8, palettes and sparse travel as stored, blocks of int4 as fp16 (the M6 set).
  const std::vector<Format> formats{
      {"fp16", Encoding::dense, 16, 1, 2, 2, 2, 1, Stream::native},
      {"dense fp16 with zeros", Encoding::dense, 16, 0.1, 2, 2, 2, 1, Stream::native},
      {"int8", Encoding::affine, 8, 1, 1, 1, 1, 1, Stream::compressed},
      {"lut8", Encoding::palette, 8, 1, 1, 1, 1, 1, Stream::compressed},
      {"lut6", Encoding::palette, 6, 1, 0.75, 0.75, 0.75, 1, Stream::compressed},
      {"lut4", Encoding::palette, 4, 1, 0.5, 0.5, 0.5, 1, Stream::compressed},
      {"lut1", Encoding::palette, 1, 1, 0.125, 0.125, 0.125, 1, Stream::compressed},
      {"int4", Encoding::blockwise, 4, 1, 0.5, 2, 2, 1, Stream::native},
      // 0.5625, 0.3125 and 0.1625 of two bytes: m6-study 7.5 has 0.56, 0.31 and 0.16.
      {"half zero", Encoding::sparse, 16, 0.5, 1.125, 1.125, 1.125, 0.67, Stream::sparse},
      {"3/4 zero", Encoding::sparse, 16, 0.25, 0.625, 0.625, 0.625, 0.42, Stream::sparse},
      {"9/10 zero", Encoding::sparse, 16, 0.1, 0.325, 0.325, 0.325, 0.36, Stream::sparse},
      {"no zeros", Encoding::sparse, 16, 1, 2.125, 2.125, 2, 1, Stream::native},
      {"masked lut4", Encoding::sparse_palette, 4, 0.5, 0.375, 0.375, 0.375, 0.67,
       Stream::compressed},
  };
  for (const auto& f : formats) {
    SCOPED_TRACE(f.name);
    const auto w = weights(with_format(conv(64, 64), f.encoding, f.bits, f.nonzero));
    EXPECT_DOUBLE_EQ(w.stored_bytes, f.stored);
    EXPECT_DOUBLE_EQ(w.streamed_bytes, f.streamed);
    EXPECT_DOUBLE_EQ(w.buffer_bytes, f.buffer);
    EXPECT_NEAR(w.compute_share, f.share, 1e-12);
    EXPECT_EQ(w.stream, f.stream);
  }
}

TEST(WeightForm, GenerationsThatUnpackOnTheWay) {
  spec::EngineSpec old = engine();
  old.streams_int8 = old.streams_palette = old.streams_sparse = false;
  for (const auto& l : {with_format(conv(64, 64), Encoding::affine, 8),
                        with_format(conv(64, 64), Encoding::palette, 4),
                        with_format(conv(64, 64), Encoding::sparse, 16, 0.5)}) {
    const auto w = weights(l, old);
    EXPECT_LT(w.stored_bytes, 2);
    EXPECT_DOUBLE_EQ(w.streamed_bytes, 2);
    EXPECT_DOUBLE_EQ(w.buffer_bytes, 2);
    EXPECT_EQ(w.stream, Stream::native);
  }
  Layer fp32 = conv(64, 64);
  fp32.format.stored = graph::DType::fp32;
  EXPECT_DOUBLE_EQ(weights(fp32).stored_bytes, 2);  // converted at load
}

TEST(WeightForm, ZerosOfDenseWeightsOnlyWhereTheGenerationSeesThem) {
  const Layer l = with_format(conv(64, 64), Encoding::dense, 16, 0.5);
  spec::EngineSpec m5 = engine();
  m5.dense_zero_skip = true;
  EXPECT_DOUBLE_EQ(weights(l, m5).compute_share, 0.67);
  m5.dense_zero_floor = 0.53;
  EXPECT_DOUBLE_EQ(weights(with_format(l, Encoding::dense, 16, 0.1), m5).compute_share, 0.53);
  EXPECT_DOUBLE_EQ(weights(with_format(l, Encoding::sparse, 16, 0.1), m5).compute_share, 0.36);
  spec::EngineSpec none = engine();
  none.sparse_zero_skip = false;
  EXPECT_DOUBLE_EQ(weights(with_format(l, Encoding::sparse, 16, 0.5), none).compute_share, 1);
}

TEST(WeightForm, RewrittenKernelsPassTheDecoder) {
  EXPECT_EQ(weights(conv(64, 64, 1, 9)).stream, Stream::decoded);
  EXPECT_EQ(weights(with_format(conv(64, 64, 1, 9), Encoding::affine, 8)).stream, Stream::decoded);
}

// m6-study 2.5: 72, 200, 154, 392 and 256 KiB a core for 256 channels.
TEST(Residency, WeightsOfACore) {
  auto kib_of = [](const Layer& l) {
    return weights_per_core(l, kernel_form(l, engine()), weights(l), engine()) / kib;
  };
  EXPECT_DOUBLE_EQ(kib_of(conv(256, 256, 3, 3)), 72);
  EXPECT_DOUBLE_EQ(kib_of(conv(256, 256, 5, 5)), 200);
  EXPECT_DOUBLE_EQ(kib_of(conv(256, 256, 1, 9)), 154);
  EXPECT_DOUBLE_EQ(kib_of(conv(256, 256, 7, 7)), 392);
  EXPECT_DOUBLE_EQ(kib_of(conv(256, 256, 1, 15)), 256);
  EXPECT_DOUBLE_EQ(kib_of(conv(256, 272)), 8.5);  // the busiest core has 17 channels
  auto stays = [](const Layer& l) {
    return resident(l, kernel_form(l, engine()), weights(l), engine());
  };
  EXPECT_TRUE(stays(conv(512, 1024)));   // 64 channels of 1 KiB: exactly full
  EXPECT_FALSE(stays(conv(512, 1025)));  // 65 on one core
  EXPECT_FALSE(stays(conv(256, 256, 3, 3)));
}

TEST(CoreWork, SharesOfTheCores) {
  // 128 positions x 256 inputs / 256 MAC a cycle: 128 cycles an output channel.
  const auto even = work(conv(256, 256), 128);
  EXPECT_EQ(even.channels_large, 16);
  EXPECT_EQ(even.cores_large, 16);
  EXPECT_EQ(even.channels_small, 0);
  EXPECT_EQ(even.passes, 1);
  EXPECT_DOUBLE_EQ(even.cycles_large, 2048);
  EXPECT_DOUBLE_EQ(even.cycles_small, 0);

  const auto w272 = work(conv(256, 272), 128);  // 17 on every core, two passes
  EXPECT_EQ(w272.channels_large, 17);
  EXPECT_EQ(w272.cores_large, 16);
  EXPECT_EQ(w272.passes, 2);
  EXPECT_DOUBLE_EQ(w272.cycles_large, 17 * 128);

  const auto w250 = work(conv(256, 250), 128);  // ten cores with 16, six with 15
  EXPECT_EQ(w250.channels_large, 16);
  EXPECT_EQ(w250.cores_large, 10);
  EXPECT_EQ(w250.channels_small, 15);
  EXPECT_DOUBLE_EQ(w250.cycles_large, 2048);
  EXPECT_DOUBLE_EQ(w250.cycles_small, 1920);

  const auto w5 = work(conv(256, 5), 128);  // eleven cores idle
  EXPECT_EQ(w5.cores_large, 5);
  EXPECT_EQ(w5.channels_small, 0);
  EXPECT_DOUBLE_EQ(w5.cycles_large, 128);
  EXPECT_DOUBLE_EQ(w5.cycles_small, 0);
}

TEST(CoreWork, PositionsComeInGranulesAndUnits) {
  EXPECT_DOUBLE_EQ(work(conv(256, 16), 1).cycles_large, 16);  // as 16 positions
  EXPECT_DOUBLE_EQ(work(conv(256, 16), 16).cycles_large, 16);
  EXPECT_DOUBLE_EQ(work(conv(256, 16), 17).cycles_large, 32);
  EXPECT_EQ(work(conv(256, 16), 128).work_units, 1);
  EXPECT_EQ(work(conv(256, 16), 129).work_units, 2);
  const auto none = work(conv(256, 16), 0);
  EXPECT_EQ(none.cores_large, 0);
  EXPECT_DOUBLE_EQ(none.cycles_large, 0);
}

TEST(CoreWork, RatesByKind) {
  Layer depthwise = conv(256, 256, 3, 3);
  depthwise.groups = 256;
  // 16 channels x 9 taps x 128 positions at 1/16 of 256 MAC a cycle.
  EXPECT_DOUBLE_EQ(work(depthwise, 128).cycles_large, 16 * 9 * 128 / 16.0);
  Layer grouped = conv(256, 256);
  grouped.groups = 64;  // four channels in, four out: 4/16 of the array
  EXPECT_DOUBLE_EQ(work(grouped, 128).cycles_large, 16 * 4 * 128 / 64.0);
  Layer dilated = conv(256, 256, 3, 3);
  dilated.dilation_h = 2;  // half rate in this spec, no Winograd
  EXPECT_DOUBLE_EQ(work(dilated, 128).cycles_large, 9 * 2048 * 2);
  EXPECT_DOUBLE_EQ(work(conv(256, 256, 3, 3), 128).cycles_large, 6 * 2048);
  Layer int8 = with_format(conv(256, 256), Encoding::affine, 8);
  EXPECT_DOUBLE_EQ(work(int8, 128).cycles_large, 2048);  // weights alone do not speed MACs
  int8.int8_activations = true;
  EXPECT_DOUBLE_EQ(work(int8, 128).cycles_large, 1024);
  EXPECT_DOUBLE_EQ(work(with_format(conv(256, 256), Encoding::sparse, 16, 0.5), 128).cycles_large,
                   2048 * 0.67);
  EXPECT_DOUBLE_EQ(work(with_format(conv(256, 256), Encoding::sparse, 16, 0.01), 128).cycles_large,
                   2048 * 0.36);
  spec::EngineSpec slow = engine();
  slow.array_efficiency = 0.8;
  EXPECT_DOUBLE_EQ(work(conv(256, 256), 128, slow).cycles_large, 2560);
}

TEST(CoreWork, FillIsPartOfAWorkUnitOfAPass) {
  spec::EngineSpec e = engine();
  e.task_cycles = 20;
  e.fill_work_units = 0.25;
  EXPECT_DOUBLE_EQ(work(conv(256, 256), 128, e).fill_cycles, 20 + 0.25 * 2048);
  EXPECT_DOUBLE_EQ(work(conv(256, 256), 512, e).fill_cycles, 20 + 0.25 * 2048);
  EXPECT_DOUBLE_EQ(work(conv(256, 512), 512, e).fill_cycles, 20 + 0.25 * 2048);  // two passes
}

TEST(L2Cycles, LargerWayCounts) {
  spec::L2Spec l2;
  l2.elements_per_cycle = 64;
  // m6-study 7.3.3: 32 channels, 8192 positions.
  EXPECT_DOUBLE_EQ(l2_cycles(conv(32, 32), 8192, 32, 1, l2), 4096);
  EXPECT_DOUBLE_EQ(l2_cycles(conv(32, 32), 8192, 32, 2, l2), 8192);     // input read again
  EXPECT_DOUBLE_EQ(l2_cycles(conv(32, 128), 8192, 128, 2, l2), 16384);  // results count
  Layer strided = conv(32, 32, 2, 2);
  strided.stride_h = strided.stride_w = 2;
  EXPECT_DOUBLE_EQ(l2_cycles(strided, 2048, 32, 1, l2), 4096);
  Layer grouped = conv(64, 64);
  grouped.groups = 4;  // each group's input is needed by its own pass only
  EXPECT_DOUBLE_EQ(l2_cycles(grouped, 128, 64, 4, l2), 128);
}

// Square products, fp16: (N + N) * 2 bytes a position, 2 MiB, steps of 64 (MODEL.md 2).
TEST(PositionTiles, SquareMatmul) {
  const Bytes limit(2 << 20);
  EXPECT_EQ(position_tiles(512, 4 * 512, limit), 1);
  EXPECT_EQ(position_tiles(2048, 4 * 2048, limit), 8);    // 256 positions a tile
  EXPECT_EQ(position_tiles(4096, 4 * 4096, limit), 32);   // 128
  EXPECT_EQ(position_tiles(6144, 4 * 6144, limit), 96);   // 85 fit, 64 are used
  EXPECT_EQ(position_tiles(8192, 4 * 8192, limit), 128);  // 64
}

TEST(PositionTiles, Edges) {
  EXPECT_EQ(position_tiles(1024, 2048, Bytes(2 << 20)), 1);  // exactly full
  EXPECT_EQ(position_tiles(1025, 2048, Bytes(2 << 20)), 2);
  EXPECT_EQ(position_tiles(128, 1 << 20, Bytes(2 << 20)), 2);  // 64 are the least
  EXPECT_EQ(position_tiles(0, 2048, Bytes(2 << 20)), 1);
  EXPECT_EQ(position_tiles(1024, 0, Bytes(2 << 20)), 1);
}

}  // namespace
}  // namespace anesim::compiler
