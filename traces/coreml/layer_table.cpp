// NeuralNetwork.proto's kinds of layer, one line each: field number, name, parameters, builder.
#include "traces/coreml/layer_table.h"

#include <algorithm>
#include <array>

#include "traces/coreml/layers.h"

namespace anesim::coreml {

namespace {
using enum Holds;

constexpr std::array border_amounts{FieldOf{10, message}};
constexpr std::array valid_padding{FieldOf{1, message, border_amounts}};
constexpr std::array caffe_padding{FieldOf{10, integers}};
constexpr std::array first_integers{FieldOf{1, integers}};
constexpr std::array second_integers{FieldOf{2, integers}};
constexpr std::array first_weights{FieldOf{1, weights}};

constexpr std::array convolution{FieldOf{20, integers}, FieldOf{30, integers},
                                 FieldOf{40, integers}, FieldOf{50, message, valid_padding},
                                 FieldOf{51, message},  FieldOf{90, weights},
                                 FieldOf{91, weights},  FieldOf{100, integers}};
constexpr std::array pooling{FieldOf{10, integers}, FieldOf{20, integers},
                             FieldOf{30, message, valid_padding}, FieldOf{31, message},
                             FieldOf{32, message, caffe_padding}};
constexpr std::array activation{FieldOf{5, message},
                                FieldOf{10, message},
                                FieldOf{15, message},
                                FieldOf{20, message},
                                FieldOf{25, message, first_weights},
                                FieldOf{30, message},
                                FieldOf{31, message},
                                FieldOf{40, message},
                                FieldOf{41, message},
                                FieldOf{50, message},
                                FieldOf{60, message},
                                FieldOf{70, message},
                                FieldOf{71, message}};
constexpr std::array product{FieldOf{20, weights}, FieldOf{21, weights}};
constexpr std::array matmul{FieldOf{8, weights}, FieldOf{9, weights}};
constexpr std::array batch_norm{FieldOf{15, weights}, FieldOf{16, weights}, FieldOf{17, weights},
                                FieldOf{18, weights}};
constexpr std::array layer_norm{FieldOf{1, integers}, FieldOf{3, weights}, FieldOf{4, weights}};
constexpr std::array padding{FieldOf{1, message}, FieldOf{2, message}, FieldOf{3, message},
                             FieldOf{10, message, border_amounts}};
constexpr std::array crop{FieldOf{1, message, border_amounts}, FieldOf{5, integers}};
constexpr std::array upsample{FieldOf{1, integers}, FieldOf{7, reals}};
constexpr std::array scale{FieldOf{1, integers}, FieldOf{2, weights}, FieldOf{4, integers},
                           FieldOf{5, weights}};
constexpr std::array constant{FieldOf{1, integers}, FieldOf{2, weights}};
constexpr std::array split_nd{FieldOf{3, integers}};
constexpr std::array slice_static{FieldOf{1, integers}, FieldOf{2, integers}, FieldOf{3, integers},
                                  FieldOf{4, integers}, FieldOf{5, integers}, FieldOf{6, integers}};
constexpr std::array recurrent{FieldOf{30, weights}};
constexpr std::array lstm{FieldOf{15, message}, FieldOf{20, message, first_weights}};

constexpr Schema none{};

constexpr std::array table = std::to_array<LayerKind>({
    {100, "convolution", convolution, layers::convolution},
    {120, "pooling", pooling, layers::pooling},
    {130, "activation", activation, layers::activation},
    {140, "innerProduct", product, layers::inner_product},
    {150, "embedding", product, layers::embedding},
    {160, "batchnorm", batch_norm, layers::batch_norm},
    {165, "mvn", none, layers::mean_variance},
    {170, "l2normalize", none, layers::l2_normalize},
    {175, "softmax", none, layers::softmax},
    {180, "lrn", none, layers::response_norm},
    {190, "crop", crop, layers::crop},
    {200, "padding", padding, layers::padding},
    {210, "upsample", upsample, layers::upsample},
    {211, "resizeBilinear", first_integers, layers::resize_bilinear},
    {212, "cropResize", none, nullptr},
    {220, "unary", none, layers::unary},
    {230, "add", none, layers::chain},
    {231, "multiply", none, layers::chain},
    {240, "average", none, layers::chain},
    {245, "scale", scale, layers::scale},
    {250, "bias", constant, layers::bias},
    {260, "max", none, layers::chain},
    {261, "min", none, layers::chain},
    {270, "dot", none, layers::dot},
    {280, "reduce", none, layers::reduce},
    {290, "loadConstant", constant, layers::load_constant},
    {300, "reshape", first_integers, layers::reshape},
    {301, "flatten", none, layers::flatten},
    {310, "permute", first_integers, layers::permute},
    {320, "concat", none, layers::concat},
    {330, "split", none, layers::split},
    {340, "sequenceRepeat", none, nullptr},
    {345, "reorganizeData", none, layers::reorganize},
    {350, "slice", none, layers::slice},
    {400, "simpleRecurrent", recurrent, layers::recurrent},
    {410, "gru", recurrent, layers::recurrent},
    {420, "uniDirectionalLSTM", lstm, layers::recurrent},
    {430, "biDirectionalLSTM", lstm, layers::recurrent},
    {500, "custom", none, nullptr},
    {600, "copy", none, layers::copy},
    {605, "branch", none, nullptr},
    {615, "loop", none, nullptr},
    {660, "clip", none, layers::clip},
    {665, "ceil", none, layers::same_name},
    {670, "floor", none, layers::same_name},
    {680, "sign", none, layers::same_name},
    {685, "round", none, layers::same_name},
    {700, "exp2", none, layers::same_name},
    {710, "sin", none, layers::same_name},
    {715, "cos", none, layers::same_name},
    {720, "tan", none, layers::same_name},
    {730, "asin", none, layers::same_name},
    {735, "acos", none, layers::same_name},
    {740, "atan", none, layers::same_name},
    {750, "sinh", none, layers::same_name},
    {755, "cosh", none, layers::same_name},
    {760, "tanh", none, layers::same_name},
    {780, "atanh", none, layers::same_name},
    {790, "erf", none, layers::same_name},
    {795, "gelu", none, layers::same_name},
    {815, "equal", none, layers::broadcast},
    {820, "notEqual", none, layers::broadcast},
    {825, "lessThan", none, layers::broadcast},
    {827, "lessEqual", none, layers::broadcast},
    {830, "greaterThan", none, layers::broadcast},
    {832, "greaterEqual", none, layers::broadcast},
    {840, "logicalOr", none, layers::broadcast},
    {845, "logicalXor", none, layers::broadcast},
    {850, "logicalNot", none, layers::logical_not},
    {855, "logicalAnd", none, layers::broadcast},
    {865, "modBroadcastable", none, layers::broadcast},
    {870, "minBroadcastable", none, layers::broadcast},
    {875, "maxBroadcastable", none, layers::broadcast},
    {880, "addBroadcastable", none, layers::broadcast},
    {885, "powBroadcastable", none, layers::broadcast},
    {890, "divideBroadcastable", none, layers::broadcast},
    {895, "floorDivBroadcastable", none, layers::broadcast},
    {900, "multiplyBroadcastable", none, layers::broadcast},
    {905, "subtractBroadcastable", none, layers::broadcast},
    {920, "tile", first_integers, layers::tile},
    {925, "stack", none, layers::stack},
    {930, "gather", none, layers::gather},
    {950, "softmaxND", none, layers::softmax},
    {975, "splitND", split_nd, layers::split_nd},
    {980, "concatND", none, layers::concat_nd},
    {985, "transpose", first_integers, layers::transpose},
    {995, "sliceStatic", slice_static, layers::slice_static},
    {1015, "topK", none, layers::top_k},
    {1020, "argMin", none, layers::arg_reduce},
    {1025, "argMax", none, layers::arg_reduce},
    {1040, "embeddingND", product, layers::embedding},
    {1045, "batchedMatmul", matmul, layers::batched_matmul},
    {1070, "loadConstantND", constant, layers::load_constant},
    {1120, "squeeze", first_integers, layers::squeeze},
    {1125, "expandDims", first_integers, layers::expand_dims},
    {1130, "flattenTo2D", none, layers::flatten_2d},
    {1140, "reshapeStatic", first_integers, layers::reshape_static},
    {1150, "rankPreservingReshape", first_integers, layers::reshape_static},
    {1155, "constantPad", second_integers, layers::constant_pad},
    {1250, "reduceL1", first_integers, layers::reduce_axes},
    {1255, "reduceL2", first_integers, layers::reduce_axes},
    {1260, "reduceMax", first_integers, layers::reduce_axes},
    {1265, "reduceMin", first_integers, layers::reduce_axes},
    {1270, "reduceSum", first_integers, layers::reduce_axes},
    {1275, "reduceProd", first_integers, layers::reduce_axes},
    {1280, "reduceMean", first_integers, layers::reduce_axes},
    {1285, "reduceLogSum", first_integers, layers::reduce_axes},
    {1290, "reduceSumSquare", first_integers, layers::reduce_axes},
    {1295, "reduceLogSumExp", first_integers, layers::reduce_axes},
    {1330, "whereBroadcastable", none, layers::where},
    {1350, "layerNormalization", layer_norm, layers::layer_norm},
    {1460, "clampedReLU", none, layers::clamped_relu},
});
static_assert(std::ranges::is_sorted(table, {}, &LayerKind::field));
}  // namespace

const LayerKind* find_layer_kind(int field) {
  const auto* found = std::ranges::lower_bound(table, field, {}, &LayerKind::field);
  return found != table.end() && found->field == field ? found : nullptr;
}

Schema layer_schema(int field) {
  const LayerKind* kind = find_layer_kind(field);
  return kind == nullptr ? Schema{} : kind->schema;
}

}  // namespace anesim::coreml
