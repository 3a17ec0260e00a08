#include "traces/networks/net.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "traces/workloads/pieces.h"
#include "traces/workloads/weight_format.h"

namespace anesim::networks {

using graph::Builder;
using graph::DType;

Net::Net(std::string name, const Values& values)
    : values_(values),
      builder_(std::move(name)),
      batch_(values.count("batch")),
      int8_(values.word("activation_dtype") == "int8") {}

std::string Net::next_name(std::string_view what) {
  return fmt::format("{}{}_{}", place_, what, counts_[std::string(what)]++);
}

TensorId Net::image(std::int64_t channels) {
  const std::int64_t side = values_.count("resolution");
  return builder_.input("image", {batch_, channels, side, side});
}
TensorId Net::input(std::string name, Shape shape) {
  return builder_.input(std::move(name), std::move(shape));
}
TensorId Net::tokens(std::string name, std::int64_t length) {
  return builder_.input(std::move(name), {batch_, length}, DType::int32);
}

TensorId Net::weight(Shape shape, std::string_view what) {
  const std::int64_t out = shape.at(0);
  const std::int64_t each =
      std::accumulate(shape.begin() + 1, shape.end(), std::int64_t{1}, std::multiplies<>());
  return builder_.weight(next_name(what), std::move(shape),
                         workloads::weight_format(values_, out, each, false));
}
TensorId Net::constant(Shape shape, std::string_view what) {
  return builder_.weight(next_name(what), std::move(shape));
}
TensorId Net::bias(std::int64_t width) { return constant({width}, "bias"); }

/// The pair of quantize and dequantize that coremltools writes before a layer with 8-bit
/// activations; layers that share an input share the pair.
TensorId Net::quantised(TensorId x) {
  if (!int8_) return x;
  const auto found = quantised_.find(x);
  if (found != quantised_.end()) return found->second;
  return quantised_[x] = workloads::quantize_pair(builder_, x, next_name("int8"));
}

TensorId Net::add(TensorId x, TensorId y) {
  const bool live = !builder_.is_constant(x) && !builder_.is_constant(y);
  return live ? binary("add", quantised(x), quantised(y)) : binary("add", x, y);
}

TensorId Net::conv(TensorId x, std::int64_t out, const Conv& c) {
  const std::int64_t high = c.kernel, wide = c.wide.value_or(c.kernel);
  const std::int64_t pad_h = c.pad.value_or((high - 1) / 2), pad_w = c.pad.value_or((wide - 1) / 2);
  const std::string name = next_name(c.groups > 1 && c.groups == channels(x) ? "dwconv" : "conv");
  const TensorId w =
      c.weight ? *c.weight : weight({out, channels(x) / c.groups, high, wide}, "weight");
  Builder::Arguments arguments{{"x", {quantised(x)}},
                               {"weight", {w}},
                               {"strides", {builder_.ints({c.stride, c.stride})}},
                               {"pad_type", {builder_.text("custom")}},
                               {"pad", {builder_.ints({pad_h, pad_h, pad_w, pad_w})}},
                               {"dilations", {builder_.ints({c.dilation, c.dilation})}},
                               {"groups", {builder_.integer(c.groups)}}};
  if (c.bias) arguments.push_back({"bias", {bias(out)}});
  return activate(builder_.op("conv", std::move(arguments), name), c.activation);
}

TensorId Net::depthwise(TensorId x, const Conv& c) {
  Conv own = c;
  own.groups = channels(x);
  return conv(x, channels(x), own);
}

TensorId Net::deconv(TensorId x, std::int64_t out, const Conv& c) {
  const std::int64_t pad = c.pad.value_or(0);
  const std::string name = next_name("deconv");
  Builder::Arguments arguments{
      {"x", {quantised(x)}},
      {"weight", {weight({channels(x), out / c.groups, c.kernel, c.kernel}, "weight")}},
      {"strides", {builder_.ints({c.stride, c.stride})}},
      {"pad_type", {builder_.text("custom")}},
      {"pad", {builder_.ints({pad, pad, pad, pad})}},
      {"groups", {builder_.integer(c.groups)}}};
  if (c.bias) arguments.push_back({"bias", {bias(out)}});
  return activate(builder_.op("conv_transpose", std::move(arguments), name), c.activation);
}

TensorId Net::linear(TensorId x, std::int64_t out, std::string_view activation, bool with_bias) {
  const std::string name = next_name("linear");
  const TensorId w = weight({out, shape(x).back()}, "weight");
  const TensorId y = workloads::linear(builder_, quantised(x), w,
                                       with_bias ? std::optional(bias(out)) : std::nullopt, name);
  return activate(y, activation);
}

TensorId Net::activate(TensorId x, std::string_view activation) {
  if (activation.empty()) return x;
  if (activation == "hard_sigmoid") {  // relu6(x + 3) / 6
    return builder_.op(
        "sigmoid_hard",
        {{"x", {x}}, {"alpha", {builder_.number(1.0 / 6)}}, {"beta", {builder_.number(0.5)}}},
        next_name("hard_sigmoid"));
  }
  if (activation == "hard_swish") return mul(x, activate(x, "hard_sigmoid"));
  return workloads::activation(builder_, activation, x, next_name(activation));
}

TensorId Net::binary(std::string_view op, TensorId x, TensorId y) {
  return workloads::binary(builder_, op, x, y, next_name(op));
}
TensorId Net::times(TensorId x, double factor) { return mul(x, builder_.number(factor)); }
TensorId Net::unary(std::string_view op, TensorId x) {
  return workloads::unary(builder_, op, x, next_name(op));
}

TensorId Net::scale(TensorId x, bool shift) {
  const bool map = shape(x).size() == 4;
  const std::int64_t width = map ? channels(x) : shape(x).back();
  const Shape each = map ? Shape{1, width, 1, 1} : Shape{width};
  const TensorId scaled = mul(x, constant(each, "gain"));
  return shift ? add(scaled, constant(each, "offset")) : scaled;
}

TensorId Net::excite(TensorId x, const Excite& e) {
  const TensorId squeezed =
      conv(mean(x, {2, 3}), e.inner, {.kernel = 1, .activation = e.activation});
  return mul(x, conv(squeezed, channels(x), {.kernel = 1, .activation = e.gate}));
}

TensorId Net::pool(std::string_view op, TensorId x, std::int64_t kernel, std::int64_t stride,
                   std::int64_t pad, bool ceil) {
  Builder::Arguments arguments{{"x", {x}},
                               {"kernel_sizes", {builder_.ints({kernel, kernel})}},
                               {"strides", {builder_.ints({stride, stride})}},
                               {"pad_type", {builder_.text("custom")}},
                               {"pad", {builder_.ints({pad, pad, pad, pad})}},
                               {"ceil_mode", {builder_.boolean(ceil)}}};
  if (op == "avg_pool")
    arguments.push_back({"exclude_padding_from_average", {builder_.boolean(true)}});
  return builder_.op(op, std::move(arguments), next_name(op));
}

TensorId Net::reduce(std::string_view op, TensorId x, std::vector<std::int64_t> axes) {
  return workloads::reduce(builder_, op, x, std::move(axes), true, next_name(op));
}

TensorId Net::mean(TensorId x, std::vector<std::int64_t> axes, bool keep) {
  return workloads::reduce(builder_, "reduce_mean", x, std::move(axes), keep, next_name("mean"));
}

TensorId Net::layer_norm(TensorId x) {
  const std::int64_t width = shape(x).back();
  return builder_.op("layer_norm",
                     {{"x", {x}},
                      {"axes", {builder_.ints({-1})}},
                      {"gamma", {constant({width}, "gamma")}},
                      {"beta", {constant({width}, "beta")}},
                      {"epsilon", {builder_.number(1e-5)}}},
                     next_name("layer_norm"));
}

TensorId Net::channel_norm(TensorId x) {
  const TensorId centred = binary("sub", x, mean(x, {1}));
  const TensorId variance = mean(mul(centred, centred), {1});
  const TensorId inverse = unary("rsqrt", add(variance, builder_.number(1e-5)));
  const TensorId normed = mul(centred, inverse);
  const Shape each{1, channels(x), 1, 1};
  return mul(add(normed, constant(each, "beta")), constant(each, "gamma"));
}

TensorId Net::group_norm(TensorId x, std::int64_t groups) {
  const Shape s = shape(x);
  const TensorId grouped = reshape(x, {s[0], groups, s[1] / groups, s[2], s[3]});
  const TensorId centred = binary("sub", grouped, mean(grouped, {2, 3, 4}));
  const TensorId variance = mean(unary("square", centred), {2, 3, 4});
  const TensorId inverse = unary("rsqrt", add(variance, builder_.number(1e-5)));
  return scale(reshape(mul(centred, inverse), s), true);
}

TensorId Net::softmax(TensorId x, std::int64_t axis) {
  return workloads::softmax(builder_, x, axis, next_name("softmax"));
}

TensorId Net::matmul(TensorId x, TensorId y, bool transpose_y, bool transpose_x) {
  return builder_.op("matmul",
                     {{"x", {x}},
                      {"y", {y}},
                      {"transpose_x", {builder_.boolean(transpose_x)}},
                      {"transpose_y", {builder_.boolean(transpose_y)}}},
                     next_name("matmul"));
}

TensorId Net::reshape(TensorId x, Shape to) {
  return workloads::reshape(builder_, x, std::move(to), next_name("reshape"));
}
TensorId Net::transpose(TensorId x, std::vector<std::int64_t> order) {
  return workloads::transpose(builder_, x, std::move(order), next_name("transpose"));
}
TensorId Net::concat(std::vector<TensorId> values, std::int64_t axis) {
  return builder_.op("concat",
                     {{"values", std::move(values)},
                      {"axis", {builder_.integer(axis)}},
                      {"interleave", {builder_.boolean(false)}}},
                     next_name("concat"));
}
std::vector<TensorId> Net::split(TensorId x, std::int64_t parts, std::int64_t axis) {
  return builder_.op_many(
      "split",
      {{"x", {x}}, {"num_splits", {builder_.integer(parts)}}, {"axis", {builder_.integer(axis)}}},
      next_name("split"));
}
TensorId Net::slice(TensorId x, Shape begin, Shape size) {
  return builder_.op("slice_by_size",
                     {{"x", {x}},
                      {"begin", {builder_.ints(std::move(begin))}},
                      {"size", {builder_.ints(std::move(size))}}},
                     next_name("slice"));
}

TensorId Net::upsample(TensorId x, std::int64_t factor, bool bilinear) {
  const auto by = static_cast<double>(factor);
  return enlarge(x, by, by, bilinear);
}

TensorId Net::upsample_to(TensorId x, TensorId like, bool bilinear) {
  const auto by = [&](std::size_t axis) {
    return static_cast<double>(shape(like)[axis]) / static_cast<double>(shape(x)[axis]);
  };
  return enlarge(x, by(2), by(3), bilinear);
}

TensorId Net::enlarge(TensorId x, double high, double wide, bool bilinear) {
  Builder::Arguments arguments{{"x", {x}},
                               {"scale_factor_height", {builder_.number(high, DType::fp32)}},
                               {"scale_factor_width", {builder_.number(wide, DType::fp32)}}};
  if (bilinear) arguments.push_back({"align_corners", {builder_.boolean(false)}});
  return builder_.op(bilinear ? "upsample_bilinear" : "upsample_nearest_neighbor",
                     std::move(arguments), next_name("upsample"));
}

TensorId Net::resize(TensorId x, std::int64_t height, std::int64_t width) {
  return builder_.op("resize_bilinear",
                     {{"x", {x}},
                      {"target_size_height", {builder_.integer(height)}},
                      {"target_size_width", {builder_.integer(width)}},
                      {"sampling_mode", {builder_.text("STRICT_ALIGN_CORNERS")}}},
                     next_name("resize"));
}

TensorId Net::embed(TensorId tokens, std::int64_t rows, std::int64_t width) {
  return builder_.op("gather",
                     {{"x", {weight({rows, width}, "table")}},
                      {"indices", {tokens}},
                      {"axis", {builder_.integer(0)}}},
                     next_name("embedding"));
}

TensorId Net::attention(TensorId x, const Attention& a) {
  const std::int64_t n = shape(x)[0], length = shape(x)[1], width = shape(x)[2];
  const std::int64_t values = a.value_width > 0 ? a.value_width : a.head_width;
  const std::int64_t each = 2 * a.head_width + values;
  TensorId q, k, v;
  const auto heads = [&](TensorId t, std::int64_t size) {
    return transpose(reshape(t, {n, length, a.heads, size}), {0, 2, 1, 3});
  };
  if (a.fused_qkv) {
    const TensorId qkv = linear(x, a.heads * each, {}, a.qkv_bias);
    const TensorId apart = heads(qkv, each);
    const auto part = [&](std::int64_t from, std::int64_t size) {
      return slice(apart, {0, 0, 0, from}, {n, a.heads, length, size});
    };
    q = part(0, a.head_width);
    k = part(a.head_width, a.head_width);
    v = part(2 * a.head_width, values);
  } else {
    q = heads(linear(x, a.heads * a.head_width, {}, a.qkv_bias), a.head_width);
    k = heads(linear(x, a.heads * a.head_width, {}, a.qkv_bias && a.key_bias), a.head_width);
    v = heads(linear(x, a.heads * values, {}, a.qkv_bias), values);
  }
  TensorId scores = matmul(times(q, 1 / std::sqrt(static_cast<double>(a.head_width))), k, true);
  if (a.position_bias) scores = add(scores, constant({1, a.heads, length, length}, "positions"));
  if (a.mask) scores = a.mask(scores);
  const TensorId apart = transpose(matmul(softmax(scores), v), {0, 2, 1, 3});
  const TensorId joined = reshape(apart, {n, length, a.heads * values});
  return a.project ? linear(joined, width) : joined;
}

TensorId Net::engine_attention(TensorId q, TensorId k, TensorId v, std::int64_t heads, bool mask,
                               std::int64_t chunk) {
  const Shape qs = shape(q);
  const std::int64_t keys = shape(k)[3], queries = qs[3];
  const double factor = 1 / std::sqrt(static_cast<double>(qs[1] / heads));
  const auto product = [&](TensorId a, TensorId b, const char* equation, const char* what) {
    return builder_.op("einsum", {{"values", {a, b}}, {"equation", {builder_.text(equation)}}},
                       next_name(what));
  };
  const auto every_q = split(q, heads), every_v = split(v, heads);
  const auto every_k = split(transpose(k, {0, 3, 2, 1}), heads, 3);
  std::optional<TensorId> table;
  if (mask) table = constant({1, keys, 1, 1}, "mask");
  std::vector<TensorId> results;
  for (std::size_t h = 0; h < every_q.size(); ++h) {
    std::vector<TensorId> pieces{every_q[h]};
    if (chunk > 0 && queries > chunk && queries % chunk == 0)
      pieces = split(every_q[h], queries / chunk, 3);
    for (TensorId& piece : pieces) {
      TensorId scores = times(product(piece, every_k[h], "bchq,bkhc->bkhq", "scores"), factor);
      if (table) scores = add(scores, *table);
      piece = product(softmax(scores, 1), every_v[h], "bkhq,bchk->bchq", "context");
    }
    results.push_back(pieces.size() == 1 ? pieces.front() : concat(pieces, 3));
  }
  return concat(results);
}

TensorId Net::to_tokens(TensorId x) {
  const Shape s = shape(x);
  return transpose(reshape(x, {s[0], s[1], s[2] * s[3]}), {0, 2, 1});
}
TensorId Net::to_map(TensorId x, std::int64_t height, std::int64_t width) {
  const Shape s = shape(x);
  return reshape(transpose(x, {0, 2, 1}), {s[0], s[2], height, width});
}

bool Net::has_head() const { return values_.word("head") == "classifier"; }

TensorId Net::classifier(TensorId x) {
  if (!has_head()) return x;
  at("head.");
  const TensorId pooled = mean(x, {2, 3});
  const TensorId flat = reshape(pooled, {shape(x)[0], channels(x)});
  return linear(flat, values_.count("classes"));
}

graph::Graph Net::finish(std::vector<TensorId> outputs) {
  return builder_.finish(std::move(outputs));
}

std::vector<ParameterInfo> with(std::vector<ParameterInfo> list, std::vector<ParameterInfo> more) {
  std::move(more.begin(), more.end(), std::back_inserter(list));
  return list;
}

std::vector<ParameterInfo> common_parameters() {
  return with(with({{"batch", Form::count, "1", "inputs in one call", {}, 4096}},
                   workloads::weight_parameters()),
              {{"activation_dtype",
                Form::word,
                "fp16",
                "int8: the inputs of convolutions, linears and additions are quantised (W8A8 with "
                "weight_dtype=int8)",
                {"fp16", "int8"}}});
}

std::vector<ParameterInfo> image_parameters(std::string_view resolution, std::string_view classes) {
  return with({{"resolution", Form::count, resolution, "height and width of the image", {}, 8192},
               {"classes", Form::count, classes, "classes of the head", {}, 1'000'000},
               {"head",
                Form::word,
                "classifier",
                "none: the backbone alone, its last map is the result",
                {"classifier", "none"}}},
              common_parameters());
}

std::int64_t round_to_8(double width) {
  const std::int64_t rounded =
      std::max<std::int64_t>(8, static_cast<std::int64_t>(width + 4) / 8 * 8);
  return static_cast<double>(rounded) < 0.9 * width ? rounded + 8 : rounded;
}

}  // namespace anesim::networks
