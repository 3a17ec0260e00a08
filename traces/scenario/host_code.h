// How fast the CPU code around an engine runs, as the public programs are written.
// What it models: plain loops of one thread, far below the memory rate of the chip.
// What it leaves out: the difference between machines (fitted on few, see each constant).
#pragma once

#include <array>
#include <string_view>

namespace anesim::scenario {

/// Loops of one thread over activations: conversion between fp32 and fp16, norms, activations,
/// recurrences. Bytes a second. Fitted: a training step on M3 Ultra spends 19 ms on 0.69 GB of
/// surfaces, 6 ms on 0.13 GB of SiLU gradients, 5.7 ms on 0.2 GB of norms (m4-family 8a).
inline constexpr double one_thread = 30e9;

/// Moving a KV cache by some positions, row by row. Bytes a second, read and written. Fitted: 59 ms
/// a token for 0.47 GB on M1 Max and on M3 Max, between a version of coreml-llm-cli that waits for
/// it and one that does not (language-m1max, language-m3max).
inline constexpr double shifted_rows = 8e9;

/// A logit handed to a Python caller, microseconds. Measured: 248,320 of them cost 8.5 ms a token
/// on M4 and 7.5 ms on M6 (m6-study T14-1, native argmax against Python).
inline constexpr double python_logit_us = 0.032;

/// Softmax and gradient of one logit on one thread, microseconds. Fitted: 14.3 ms of classifier on
/// M3 Ultra less its two products, 8.2 M logits (m4-family 8a).
inline constexpr double cross_entropy_logit_us = 0.0011;

/// Rows of validate/measurements that these were read from, "FILE/ID" with `*` for any part.
inline constexpr std::array<std::string_view, 5> host_code_read_from{
    "maderix-community-m3ultra-256gb/train_dynamic_*", "language-m1max/llama_2_7b_version_*",
    "language-m3max/llama_2_7b_version_*", "m6-apps/qwen35_4b_std_decode_py",
    "m6-apps-m4/qwen35_4b_std_decode_py"};

}  // namespace anesim::scenario
