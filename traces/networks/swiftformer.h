// The two token mixers of SwiftFormer, which its ablations put into other networks.
#pragma once

#include "traces/networks/net.h"

namespace anesim::networks {

/// dw3, pw to `inner`, GELU, pw: the encoder of convolutions, with layer scale.
[[nodiscard]] TensorId conv_encoder(Net&, TensorId x, std::int64_t inner);
/// Efficient additive attention of tokens [N, T, D]: one weight a token, no table of scores.
[[nodiscard]] TensorId additive_attention(Net&, TensorId tokens);

}  // namespace anesim::networks
