// Convolutions and pools.
#include <fmt/format.h>

#include "sim/core/text.h"
#include "traces/onnx/mappings.h"
#include "traces/onnx/windows.h"

namespace anesim::onnx {

std::size_t spatial_rank(const Call& call, TensorId x) {
  if (call.integer("channels_last", 0) != 0) call.fail("channels_last is not supported");
  const std::size_t rank = call.shape(x).size();
  if (rank < 3 || rank > 5) {
    call.fail(
        fmt::format("x has rank {} (expected 3..5: batch, channels, 1 to 3 dimensions)", rank));
  }
  return rank - 2;
}

Ints per_dimension(const Call& call, std::string_view attribute, std::size_t count,
                   std::int64_t otherwise, std::int64_t low) {
  Ints values = call.ints(attribute).value_or(Ints(count, otherwise));
  if (values.empty()) values.assign(count, otherwise);
  if (values.size() != count) {
    call.fail(
        fmt::format("attribute '{}' has {} values (expected {})", attribute, values.size(), count));
  }
  constexpr std::int64_t largest = std::int64_t{1} << 20;  // sums of products stay in 64 bits
  for (const std::int64_t value : values) {
    if (value < low || value > largest) {
      call.fail(fmt::format("attribute '{}' is {} (expected {}..2^20)", attribute, value, low));
    }
  }
  return values;
}

void add_window(const Call& call, std::size_t spatial, Arguments& arguments) {
  arguments.push_back({"strides", {call.ints_of(per_dimension(call, "strides", spatial, 1, 1))}});
  const Ints dilations = per_dimension(call, "dilations", spatial, 1, 1);
  if (dilations != Ints(spatial, 1)) arguments.push_back({"dilations", {call.ints_of(dilations)}});
  const std::string automatic = call.word("auto_pad", "NOTSET");
  if (automatic == "SAME_UPPER" || automatic == "SAME_LOWER") {
    const std::string type = automatic == "SAME_UPPER" ? "same" : "same_lower";
    arguments.push_back({"pad_type", {call.word_of(type)}});
  } else if (automatic == "NOTSET" || automatic.empty()) {
    const Ints pads = per_dimension(call, "pads", 2 * spatial, 0, 0);
    if (pads == Ints(2 * spatial, 0)) {
      arguments.push_back({"pad_type", {call.word_of("valid")}});
      return;
    }
    Ints pairs;  // begins and ends come in two blocks
    for (std::size_t i = 0; i < spatial; ++i) {
      pairs.push_back(pads[i]);
      pairs.push_back(pads[spatial + i]);
    }
    arguments.push_back({"pad_type", {call.word_of("custom")}});
    arguments.push_back({"pad", {call.ints_of(pairs)}});
  } else if (automatic == "VALID") {
    arguments.push_back({"pad_type", {call.word_of("valid")}});
  } else {
    call.fail(fmt::format("auto_pad '{}' is unknown", printable(automatic)));
  }
}

TensorId convolve(const Call& call, TensorId x, TensorId weight, std::optional<TensorId> bias,
                  std::string_view suffix) {
  const std::size_t spatial = spatial_rank(call, x);
  Arguments arguments = {{"x", {x}}, {"weight", {weight}}};
  if (bias) arguments.push_back({"bias", {*bias}});
  add_window(call, spatial, arguments);
  arguments.push_back({"groups", {call.integer_of(call.integer("group", 1))}});
  return call.op("conv", arguments, suffix);
}

namespace map {

Results conv(const Call& call) {
  const auto bias = call.has(2) ? std::optional(call.in(2)) : std::nullopt;
  return {convolve(call, call.in(0), call.in(1), bias, "")};
}

Results conv_transpose(const Call& call) {
  const TensorId x = call.in(0);
  const TensorId weight = call.in(1);
  const std::size_t spatial = spatial_rank(call, x);
  const Shape from = call.shape(x);
  const Shape kernel = call.shape(weight);
  if (kernel.size() != from.size()) {
    call.fail(
        fmt::format("weight {} and x {} differ in rank", graph::text(kernel), graph::text(from)));
  }
  const Ints strides = per_dimension(call, "strides", spatial, 1, 1);
  const Ints dilations = per_dimension(call, "dilations", spatial, 1, 1);
  const Ints pads = per_dimension(call, "pads", 2 * spatial, 0, 0);
  const Ints extra = per_dimension(call, "output_padding", spatial, 0, 0);
  const std::string automatic = call.word("auto_pad", "NOTSET");
  const auto wanted = call.ints("output_shape");
  Ints sizes;
  for (std::size_t i = 0; i < spatial; ++i) {
    const std::int64_t reach = call.product(kernel[i + 2] - 1, dilations[i]) + 1;
    std::int64_t size = call.product(from[i + 2] - 1, strides[i]) + extra[i] + reach;
    if (wanted && wanted->size() >= spatial) {
      size = (*wanted)[wanted->size() - spatial + i];
    } else if (automatic.starts_with("SAME")) {
      size = call.product(from[i + 2], strides[i]);
    } else {
      size -= pads[i] + pads[spatial + i];
    }
    sizes.push_back(size);
  }
  Arguments arguments = {{"x", {x}}, {"weight", {weight}}};
  if (call.has(2)) arguments.push_back({"bias", {call.in(2)}});
  add_window(call, spatial, arguments);
  arguments.push_back({"groups", {call.integer_of(call.integer("group", 1))}});
  arguments.push_back({"output_shape", {call.ints_of(sizes)}});
  return {call.op("conv_transpose", arguments)};
}

Results pool(const Call& call) {
  const TensorId x = call.in(0);
  const std::size_t spatial = spatial_rank(call, x);
  Arguments arguments = {{"x", {x}}};
  arguments.push_back(
      {"kernel_sizes", {call.ints_of(per_dimension(call, "kernel_shape", spatial, 0, 1))}});
  add_window(call, spatial, arguments);
  if (call.integer("ceil_mode", 0) != 0) arguments.push_back({"ceil_mode", {call.flag_of(true)}});
  if (call.target == "avg_pool") {
    const bool exclude = call.integer("count_include_pad", 0) == 0;
    arguments.push_back({"exclude_padding_from_average", {call.flag_of(exclude)}});
  }
  return {call.op(call.target, arguments)};
}

Results global_pool(const Call& call) {
  const TensorId x = call.in(0);
  if (call.integer("channels_last", 0) != 0) call.fail("channels_last is not supported");
  Ints axes;
  for (std::size_t i = 2; i < call.shape(x).size(); ++i) {
    axes.push_back(static_cast<std::int64_t>(i));
  }
  if (axes.empty()) return {x};
  return {
      call.op(call.target,
              {{"x", {x}}, {"axes", {call.ints_of(axes)}}, {"keep_dims", {call.flag_of(true)}}})};
}

}  // namespace map
}  // namespace anesim::onnx
