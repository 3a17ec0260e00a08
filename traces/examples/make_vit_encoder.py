#!/usr/bin/env python3
"""Writes vit_encoder.mil: the encoder of a vision transformer (ViT-B/16 at 224x224) as MIL text.

Usage: make_vit_encoder.py > vit_encoder.mil

The text follows the dialect that Core ML's compiler writes for iOS18. Weights are referenced in a
weight file by the offsets they would have (64-byte header, then for each weight a 64-byte record
and its data, both aligned to 64 bytes); the file itself is not needed to study shapes and time.
"""

import sys

IMAGE, PATCH, WIDTH, LAYERS, HEADS, HIDDEN = 224, 16, 768, 12, 12, 3072
GRID = IMAGE // PATCH
TOKENS = GRID * GRID + 1
HEAD = WIDTH // HEADS


def shape_text(shape):
    return "[" + ", ".join(str(d) for d in shape) + "]"


def tensor_type(shape, dtype="fp16"):
    return f"tensor<{dtype}, {shape_text(shape)}>" if shape else dtype


class Writer:
    def __init__(self):
        self.lines = []
        self.offset = 64

    def statement(self, text):
        self.lines.append("            " + text + ";")

    def const(self, name, type_text, literal):
        self.statement(
            f'{type_text} {name} = const()[name = string("{name}"), val = {type_text}({literal})]')
        return name

    def ints(self, name, values):
        return self.const(name, tensor_type([len(values)], "int32"), shape_text(values))

    def weight(self, name, shape):
        blob = ('BLOBFILE(path = string("@model_path/weights/weight.bin"), '
                f"offset = uint64({self.offset}))")
        elements = 1
        for dim in shape:
            elements *= dim
        self.offset += 64 + (2 * elements + 63) // 64 * 64
        return self.const(name, tensor_type(shape), blob)

    def op(self, kind, result, name, **arguments):
        given = ", ".join(f"{k} = {v}" for k, v in sorted(arguments.items()))
        self.statement(
            f'{tensor_type(result)} {name} = {kind}({given})[name = string("{name}")]')
        return name


def linear(w, x, outputs, inputs, name):
    weight = w.weight(f"{name}_weight", [outputs, inputs])
    bias = w.weight(f"{name}_bias", [outputs])
    return w.op("linear", [1, TOKENS, outputs], name, x=x, weight=weight, bias=bias)


def layer_norm(w, x, name):
    gamma = w.weight(f"{name}_gamma", [WIDTH])
    beta = w.weight(f"{name}_beta", [WIDTH])
    return w.op("layer_norm", [1, TOKENS, WIDTH], name, x=x, axes="last_axis", gamma=gamma,
                beta=beta, epsilon="epsilon")


def heads(w, x, name):
    split = w.op("reshape", [1, TOKENS, HEADS, HEAD], f"{name}_split", x=x, shape="split_shape")
    return w.op("transpose", [1, HEADS, TOKENS, HEAD], f"{name}_heads", x=split, perm="heads_perm")


def layer(w, x, number):
    name = f"layer_{number}"
    normed = layer_norm(w, x, f"{name}_norm_1")
    query = heads(w, linear(w, normed, WIDTH, WIDTH, f"{name}_query"), f"{name}_query")
    key = heads(w, linear(w, normed, WIDTH, WIDTH, f"{name}_key"), f"{name}_key")
    value = heads(w, linear(w, normed, WIDTH, WIDTH, f"{name}_value"), f"{name}_value")
    scores = w.op("matmul", [1, HEADS, TOKENS, TOKENS], f"{name}_scores", x=query, y=key,
                  transpose_x="no", transpose_y="yes")
    scaled = w.op("mul", [1, HEADS, TOKENS, TOKENS], f"{name}_scaled", x=scores, y="scale")
    weights = w.op("softmax", [1, HEADS, TOKENS, TOKENS], f"{name}_softmax", x=scaled,
                   axis="softmax_axis")
    mixed = w.op("matmul", [1, HEADS, TOKENS, HEAD], f"{name}_mixed", x=weights, y=value,
                 transpose_x="no", transpose_y="no")
    back = w.op("transpose", [1, TOKENS, HEADS, HEAD], f"{name}_back", x=mixed, perm="heads_perm")
    joined = w.op("reshape", [1, TOKENS, WIDTH], f"{name}_joined", x=back, shape="joined_shape")
    attended = linear(w, joined, WIDTH, WIDTH, f"{name}_projection")
    x = w.op("add", [1, TOKENS, WIDTH], f"{name}_residual_1", x=x, y=attended)
    normed = layer_norm(w, x, f"{name}_norm_2")
    hidden = linear(w, normed, HIDDEN, WIDTH, f"{name}_mlp_1")
    active = w.op("gelu", [1, TOKENS, HIDDEN], f"{name}_gelu", x=hidden, mode="gelu_mode")
    out = linear(w, active, WIDTH, HIDDEN, f"{name}_mlp_2")
    return w.op("add", [1, TOKENS, WIDTH], f"{name}_residual_2", x=x, y=out)


def main():
    w = Writer()
    for name, values in (("strides", [PATCH, PATCH]), ("pad", [0, 0, 0, 0]),
                         ("dilations", [1, 1]), ("patches_shape", [1, WIDTH, GRID * GRID]),
                         ("patches_perm", [0, 2, 1]), ("heads_perm", [0, 2, 1, 3]),
                         ("split_shape", [1, TOKENS, HEADS, HEAD]),
                         ("joined_shape", [1, TOKENS, WIDTH]), ("last_axis", [-1])):
        w.ints(name, values)
    for name, value in (("groups", 1), ("token_axis", 1), ("softmax_axis", -1)):
        w.const(name, "int32", value)
    for name, value in (("no", "false"), ("yes", "true")):
        w.const(name, "bool", value)
    for name, value in (("pad_type", "valid"), ("gelu_mode", "EXACT")):
        w.const(name, "string", f'"{value}"')
    w.const("epsilon", "fp16", "0x1.5p-17")
    w.const("scale", "fp16", "0x1p-3")  # 1 / sqrt(64)

    conv = w.op("conv", [1, WIDTH, GRID, GRID], "patch_embedding", x="image",
                weight=w.weight("patch_weight", [WIDTH, 3, PATCH, PATCH]),
                bias=w.weight("patch_bias", [WIDTH]), strides="strides", pad="pad",
                pad_type="pad_type", dilations="dilations", groups="groups")
    flat = w.op("reshape", [1, WIDTH, GRID * GRID], "patches_flat", x=conv, shape="patches_shape")
    patches = w.op("transpose", [1, GRID * GRID, WIDTH], "patches", x=flat, perm="patches_perm")
    token = w.weight("class_token", [1, 1, WIDTH])
    tokens = w.op("concat", [1, TOKENS, WIDTH], "tokens", axis="token_axis", interleave="no",
                  values=f"({token}, {patches})")
    x = w.op("add", [1, TOKENS, WIDTH], "embedded", x=tokens,
             y=w.weight("position_embedding", [1, TOKENS, WIDTH]))
    for number in range(LAYERS):
        x = layer(w, x, number)
    result = layer_norm(w, x, "encoded")

    sys.stdout.write("program(1.3)\n[buildInfo = dict<string, string>({{\"source\", "
                     "\"make_vit_encoder.py\"}})]\n{\n"
                     f"    func main<ios18>({tensor_type([1, 3, IMAGE, IMAGE])} image) {{\n")
    sys.stdout.write("\n".join(w.lines) + f"\n        }} -> ({result});\n}}\n")


if __name__ == "__main__":
    main()
