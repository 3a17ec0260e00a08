// Pieces of the latent diffusion models and their smaller parts (text encoders, image decoder).
#pragma once

#include <optional>
#include <vector>

#include "traces/networks/net.h"
#include "traces/networks/networks.h"

namespace anesim::networks::diffusion {

/// Group norm, SiLU, c3, the step's embedding added, group norm, SiLU, c3, and the skip.
TensorId residual(Net&, TensorId x, std::int64_t out, std::optional<TensorId> time = {});

/// Text encoders and the decoder from latents to images.
[[nodiscard]] std::vector<NetworkInfo> parts();

}  // namespace anesim::networks::diffusion
