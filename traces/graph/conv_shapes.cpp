// Result shapes of convolutions.
#include <fmt/format.h>

#include <algorithm>

#include "sim/core/text.h"
#include "traces/graph/rules.h"

namespace anesim::graph::rules {

namespace {
std::vector<std::int64_t> per_dim(const OpCall& call, std::string_view parameter, std::size_t count,
                                  std::int64_t low) {
  auto values = call.ints(parameter).value_or(std::vector<std::int64_t>(count, 1));
  if (values.size() != count) {
    call.fail(
        fmt::format("parameter '{}' has {} values (expected {})", parameter, values.size(), count));
  }
  for (const std::int64_t value : values) {
    if (value < low) {
      call.fail(fmt::format("parameter '{}' is {} (expected {} or more)", parameter, value, low));
    }
  }
  return values;
}

void check_bias(const OpCall& call, std::int64_t channels) {
  const Tensor* bias = call.find("bias");
  if (bias == nullptr) return;
  const std::int64_t count = call.elements(bias->shape);
  if (count != channels && count != 1) {
    call.fail(fmt::format("bias has shape {} (expected {} elements)", text(bias->shape), channels));
  }
}
}  // namespace

Window window_of(const OpCall& call, std::size_t spatial) {
  Window window;
  window.strides = per_dim(call, "strides", spatial, 1);
  window.dilations = per_dim(call, "dilations", spatial, 1);
  window.pad_before.assign(spatial, 0);
  window.pad_after.assign(spatial, 0);
  const std::string type = call.word("pad_type", "valid");
  if (type == "same" || type == "same_lower") {
    window.same = true;
  } else if (type == "custom") {
    // Without `pad` nothing is padded. It is ignored for the other types, where it is often given.
    if (const auto pad = call.ints("pad")) {
      if (pad->size() != 2 * spatial) {
        call.fail(
            fmt::format("parameter 'pad' has {} values (expected {})", pad->size(), 2 * spatial));
      }
      for (std::size_t i = 0; i < spatial; ++i) {
        window.pad_before[i] = (*pad)[2 * i];
        window.pad_after[i] = (*pad)[2 * i + 1];
        if (window.pad_before[i] < 0 || window.pad_after[i] < 0) {
          call.fail("parameter 'pad' is negative");
        }
      }
    }
  } else if (type != "valid") {
    call.fail(fmt::format("pad_type '{}' is unknown (expected valid, same, same_lower or custom)",
                          printable(type)));
  }
  return window;
}

std::int64_t window_positions(const OpCall& call, const Window& window, std::size_t dim,
                              std::int64_t size, std::int64_t kernel, bool ceil_mode) {
  const std::int64_t stride = window.strides[dim];
  if (window.same) return (size - 1) / stride + 1;
  const std::int64_t padded = size + window.pad_before[dim] + window.pad_after[dim];
  const std::int64_t reach = call.product(kernel - 1, window.dilations[dim]) + 1;
  if (reach > padded) {
    call.fail(fmt::format("window of {} does not fit into {} (size {}, padding {} and {})", reach,
                          padded, size, window.pad_before[dim], window.pad_after[dim]));
  }
  const std::int64_t positions = (padded - reach) / stride + 1;
  if (!ceil_mode || (padded - reach) % stride == 0) return positions;
  // A window that would start in the padding after the data is dropped.
  const bool starts_inside = positions * stride < size + window.pad_before[dim];
  return starts_inside ? positions + 1 : positions;
}

Result conv(const OpCall& call) {
  const Tensor& x = call.ranked("x", 3, 5);
  const std::size_t rank = x.shape.size();
  const Tensor& weight = call.ranked("weight", rank, rank);
  const Window window = window_of(call, rank - 2);
  const std::int64_t groups = call.integer("groups", 1);
  const std::int64_t channels = x.shape[1];
  const std::int64_t results = weight.shape[0];
  if (groups < 1 || channels % groups != 0 || results % groups != 0) {
    call.fail(fmt::format("{} groups do not divide {} input and {} output channels", groups,
                          channels, results));
  }
  if (weight.shape[1] != channels / groups) {
    call.fail(fmt::format("weight {} takes {} channels a group (expected {}: x has {} in {} {})",
                          text(weight.shape), weight.shape[1], channels / groups, channels, groups,
                          groups == 1 ? "group" : "groups"));
  }
  check_bias(call, results);
  Shape shape = {x.shape[0], results};
  for (std::size_t i = 2; i < rank; ++i) {
    shape.push_back(window_positions(call, window, i - 2, x.shape[i], weight.shape[i], false));
  }
  return one(std::move(shape), x.dtype);
}

Result conv_transpose(const OpCall& call) {
  const Tensor& x = call.ranked("x", 3, 5);
  const std::size_t rank = x.shape.size();
  const Tensor& weight = call.ranked("weight", rank, rank);
  const Window window = window_of(call, rank - 2);
  const std::int64_t groups = call.integer("groups", 1);
  const std::int64_t channels = x.shape[1];
  if (groups < 1 || channels % groups != 0) {
    call.fail(fmt::format("{} groups do not divide {} input channels", groups, channels));
  }
  if (weight.shape[0] != channels) {
    call.fail(fmt::format("weight {} takes {} channels (expected {})", text(weight.shape),
                          weight.shape[0], channels));
  }
  const std::int64_t results = call.product(weight.shape[1], groups);
  check_bias(call, results);
  Shape shape = {x.shape[0], results};
  const auto wanted = call.ints("output_shape");
  if (wanted && wanted->size() != rank && wanted->size() != rank - 2) {
    call.fail(fmt::format("output_shape has {} values (expected {})", wanted->size(), rank));
  }
  for (std::size_t i = 2; i < rank; ++i) {
    const std::size_t dim = i - 2;
    std::int64_t size = call.product(x.shape[i], window.strides[dim]);
    if (wanted) {
      size = (*wanted)[wanted->size() == rank ? i : dim];
    } else if (!window.same) {
      size = call.product(x.shape[i] - 1, window.strides[dim]) +
             call.product(weight.shape[i] - 1, window.dilations[dim]) + 1 - window.pad_before[dim] -
             window.pad_after[dim];
    }
    shape.push_back(size);
  }
  return one(std::move(shape), x.dtype);
}

Result pool(const OpCall& call) {
  const Tensor& x = call.ranked("x", 3, 5);
  const std::size_t spatial = x.shape.size() - 2;
  const std::vector<std::int64_t> kernel = call.need_ints("kernel_sizes");
  if (kernel.size() != spatial) {
    call.fail(fmt::format("parameter 'kernel_sizes' has {} values (expected {})", kernel.size(),
                          spatial));
  }
  const Window window = window_of(call, spatial);
  const bool ceil_mode = call.flag("ceil_mode", false);
  Shape shape = {x.shape[0], x.shape[1]};
  for (std::size_t i = 0; i < spatial; ++i) {
    if (kernel[i] < 1) call.fail(fmt::format("kernel size {} (expected 1 or more)", kernel[i]));
    shape.push_back(window_positions(call, window, i, x.shape[i + 2], kernel[i], ceil_mode));
  }
  return one(std::move(shape), x.dtype);
}

}  // namespace anesim::graph::rules
