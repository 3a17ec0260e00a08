// What makes the operations of each kind of layer, by family; layer_table.cpp maps kinds to them.
#pragma once

#include "traces/coreml/layer_builder.h"

namespace anesim::coreml::layers {

// window_layers.cpp
void convolution(LayerBuilder&, const Layer&);
void pooling(LayerBuilder&, const Layer&);
void padding(LayerBuilder&, const Layer&);
void constant_pad(LayerBuilder&, const Layer&);
void crop(LayerBuilder&, const Layer&);
void upsample(LayerBuilder&, const Layer&);
void resize_bilinear(LayerBuilder&, const Layer&);
void reorganize(LayerBuilder&, const Layer&);
// product_layers.cpp
void inner_product(LayerBuilder&, const Layer&);
void batched_matmul(LayerBuilder&, const Layer&);
void embedding(LayerBuilder&, const Layer&);
void dot(LayerBuilder&, const Layer&);
void recurrent(LayerBuilder&, const Layer&);  ///< simple recurrent, GRU, LSTM in one or both ways
// norm_layers.cpp
void batch_norm(LayerBuilder&, const Layer&);
void mean_variance(LayerBuilder&, const Layer&);
void l2_normalize(LayerBuilder&, const Layer&);
void response_norm(LayerBuilder&, const Layer&);
void layer_norm(LayerBuilder&, const Layer&);
void softmax(LayerBuilder&, const Layer&);
void reduce(LayerBuilder&, const Layer&);       ///< of the first networks: modes and letters
void reduce_axes(LayerBuilder&, const Layer&);  ///< one layer kind a mode
void arg_reduce(LayerBuilder&, const Layer&);
void top_k(LayerBuilder&, const Layer&);
// elementwise_layers.cpp
void activation(LayerBuilder&, const Layer&);
void unary(LayerBuilder&, const Layer&);
void same_name(LayerBuilder&, const Layer&);  ///< our operation has the layer's name
void clip(LayerBuilder&, const Layer&);
void clamped_relu(LayerBuilder&, const Layer&);
void chain(LayerBuilder&, const Layer&);  ///< add, multiply, average, max, min of many inputs
void broadcast(LayerBuilder&, const Layer&);
void logical_not(LayerBuilder&, const Layer&);
void where(LayerBuilder&, const Layer&);
void scale(LayerBuilder&, const Layer&);
void bias(LayerBuilder&, const Layer&);
// shape_layers.cpp
void load_constant(LayerBuilder&, const Layer&);
void copy(LayerBuilder&, const Layer&);
void reshape(LayerBuilder&, const Layer&);
void reshape_static(LayerBuilder&, const Layer&);
void flatten(LayerBuilder&, const Layer&);
void flatten_2d(LayerBuilder&, const Layer&);
void permute(LayerBuilder&, const Layer&);
void transpose(LayerBuilder&, const Layer&);
void squeeze(LayerBuilder&, const Layer&);
void expand_dims(LayerBuilder&, const Layer&);
void concat(LayerBuilder&, const Layer&);
void concat_nd(LayerBuilder&, const Layer&);
void stack(LayerBuilder&, const Layer&);
void split(LayerBuilder&, const Layer&);
void split_nd(LayerBuilder&, const Layer&);
void slice(LayerBuilder&, const Layer&);
void slice_static(LayerBuilder&, const Layer&);
void tile(LayerBuilder&, const Layer&);
void gather(LayerBuilder&, const Layer&);

}  // namespace anesim::coreml::layers
