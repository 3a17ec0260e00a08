#include "traces/workloads/weight_format.h"

#include <fmt/format.h>

#include <string>

namespace anesim::workloads {
namespace {

using graph::DType;
using graph::Encoding;
using graph::StorageFormat;

constexpr std::int64_t fp16_bytes = 2;
/// coremltools' default block of int4 weights.
constexpr std::int64_t int4_block = 32;

StorageFormat dense(DType type) {
  return {.encoding = Encoding::dense, .stored = type, .bits = graph::bit_width(type)};
}

StorageFormat palette(int bits, std::int64_t tables, std::int64_t out_channels, bool int8_table) {
  StorageFormat format{.encoding = Encoding::palette, .stored = DType::fp16, .bits = bits};
  const std::int64_t entries = tables << bits;
  if (int8_table) {
    format.stored = DType::int8;
    format.table_bytes = entries + out_channels * fp16_bytes;
  } else {
    format.table_bytes = entries * fp16_bytes;
  }
  return format;
}

StorageFormat without_zeros(const Values& values, std::int64_t out_channels,
                            std::int64_t per_channel, bool int8_table) {
  const std::string& dtype = values.word("weight_dtype");
  if (dtype == "fp32") return dense(DType::fp32);
  if (dtype == "bf16") return dense(DType::bf16);
  if (dtype == "int8") {
    return {.encoding = Encoding::affine,
            .stored = DType::int8,
            .bits = 8,
            .table_bytes = out_channels * fp16_bytes};
  }
  if (dtype == "int4") {
    const std::int64_t blocks = (per_channel + int4_block - 1) / int4_block;
    return {.encoding = Encoding::blockwise,
            .stored = DType::int4,
            .bits = 4,
            .table_bytes = out_channels * blocks * fp16_bytes};
  }
  if (dtype.starts_with("lut")) {
    const std::int64_t group = values.count_or("palette_group", out_channels);
    const std::int64_t tables = (out_channels + group - 1) / group;
    return palette(dtype[3] - '0', tables, out_channels, int8_table);
  }
  StorageFormat format = dense(DType::fp16);
  if (dtype == "sparse") format.encoding = Encoding::sparse;
  return format;
}

}  // namespace

std::vector<ParameterInfo> weight_parameters() {
  return {
      {"weight_dtype",
       Form::word,
       "fp16",
       "stored format of the weights; sparse is a mask and the non-zero values",
       {"fp16", "fp32", "bf16", "int8", "int4", "lut8", "lut6", "lut4", "lut3", "lut2", "lut1",
        "sparse"}},
      {"weight_sparsity", Form::fraction, "",
       "share of the weights that is exactly zero; absent: none"},
      {"storage",
       Form::word,
       "dense",
       "masked: a palette keeps a mask and the indices of the non-zero weights only",
       {"dense", "masked"}},
      {"palette_group", Form::count, "", "output channels that share one palette; absent: all"},
  };
}

StorageFormat weight_format(const Values& values, std::int64_t out_channels,
                            std::int64_t per_channel, bool int8_table) {
  StorageFormat format = without_zeros(values, out_channels, per_channel, int8_table);
  const bool zeros = values.has("weight_sparsity");
  format.nonzero_fraction = zeros ? 1 - values.fraction("weight_sparsity") : 1;
  const bool is_palette = format.encoding == Encoding::palette;
  if (values.has("palette_group") && !is_palette) {
    values.fail("parameter 'palette_group' needs a palette (expected weight_dtype=lut8 to lut1)");
  }
  if (values.word("storage") == "masked") {
    if (!is_palette) {
      values.fail(
          "parameter 'storage': masked needs a palette (expected weight_dtype=lut8 to lut1, or "
          "weight_dtype=sparse without storage)");
    }
    format.encoding = Encoding::sparse_palette;
  }
  const bool masked = format.encoding == Encoding::sparse_palette;
  // A mask over no zeros is larger and slower than the plain weights: nobody means that.
  if ((format.encoding == Encoding::sparse || masked) && !zeros) {
    values.fail(fmt::format(
        "parameter '{}': {} weights need the share of them that is zero (expected for example "
        "weight_sparsity=0.5)",
        masked ? "storage" : "weight_dtype", masked ? "masked" : "sparse"));
  }
  return format;
}

}  // namespace anesim::workloads
