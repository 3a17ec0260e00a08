// Result shapes of operations that move channels or batches into space and back.
#include <fmt/format.h>

#include "traces/graph/rules.h"

namespace anesim::graph::rules {

namespace {
Result into_space(const OpCall& call, std::string_view parameter) {
  const Tensor& x = call.ranked("x", 4, 4);
  const std::int64_t factor = call.need_integer(parameter);
  const std::int64_t square = call.product(factor, factor);
  if (factor < 1 || x.shape[1] % square != 0) {
    call.fail(fmt::format("{} channels do not divide by {} squared", x.shape[1], factor));
  }
  return one({x.shape[0], x.shape[1] / square, call.product(x.shape[2], factor),
              call.product(x.shape[3], factor)},
             x.dtype);
}

Result out_of_space(const OpCall& call, std::string_view parameter) {
  const Tensor& x = call.ranked("x", 4, 4);
  const std::int64_t factor = call.need_integer(parameter);
  if (factor < 1 || x.shape[2] % factor != 0 || x.shape[3] % factor != 0) {
    call.fail(fmt::format("{} x {} does not divide by {}", x.shape[2], x.shape[3], factor));
  }
  return one({x.shape[0], call.product(x.shape[1], call.product(factor, factor)),
              x.shape[2] / factor, x.shape[3] / factor},
             x.dtype);
}

struct Blocks {
  std::int64_t height, width;
  std::vector<std::int64_t> edges;  ///< top, bottom, left, right
};

Blocks blocks_of(const OpCall& call, std::string_view edges) {
  const auto block = call.need_ints("block_shape");
  Blocks blocks{0, 0, call.need_ints(edges)};
  if (block.size() != 2 || blocks.edges.size() != 4 || block[0] < 1 || block[1] < 1) {
    call.fail(fmt::format("block_shape and {} need two positive and four values", edges));
  }
  blocks.height = block[0];
  blocks.width = block[1];
  return blocks;
}
}  // namespace

Result pixel_shuffle(const OpCall& call) { return into_space(call, "upscale_factor"); }
Result pixel_unshuffle(const OpCall& call) { return out_of_space(call, "downscale_factor"); }
Result depth_to_space(const OpCall& call) { return into_space(call, "block_size"); }
Result space_to_depth(const OpCall& call) { return out_of_space(call, "block_size"); }

Result batch_to_space(const OpCall& call) {
  const Tensor& x = call.ranked("x", 4, 4);
  const Blocks blocks = blocks_of(call, "crops");
  const std::int64_t count = call.product(blocks.height, blocks.width);
  if (x.shape[0] % count != 0) {
    call.fail(fmt::format("batch {} does not divide by {}", x.shape[0], count));
  }
  return one({x.shape[0] / count, x.shape[1],
              call.product(x.shape[2], blocks.height) - blocks.edges[0] - blocks.edges[1],
              call.product(x.shape[3], blocks.width) - blocks.edges[2] - blocks.edges[3]},
             x.dtype);
}

Result space_to_batch(const OpCall& call) {
  const Tensor& x = call.ranked("x", 4, 4);
  const Blocks blocks = blocks_of(call, "paddings");
  const std::int64_t height = x.shape[2] + blocks.edges[0] + blocks.edges[1];
  const std::int64_t width = x.shape[3] + blocks.edges[2] + blocks.edges[3];
  if (height % blocks.height != 0 || width % blocks.width != 0) {
    call.fail(fmt::format("{} x {} does not divide by {} x {}", height, width, blocks.height,
                          blocks.width));
  }
  return one({call.product(x.shape[0], call.product(blocks.height, blocks.width)), x.shape[1],
              height / blocks.height, width / blocks.width},
             x.dtype);
}

}  // namespace anesim::graph::rules
