#!/usr/bin/env python3
"""Writes one small image classifier twice: small_classifier.onnx, as an exporter writes it, and
small_classifier.mlmodelc, as Core ML's compiler does. Both leave the batch open (--dim).

Usage: make_small_classifier.py FOLDER (the files are made in it)

Four convolutions, a mean over the image, a dense layer and softmax over ten classes. Weights are
referenced in files beside the graphs that are not needed to study shapes and time, and not written.
"""

import pathlib
import sys

from protobuf_wire import number, part

SIZE, CLASSES = 128, 10
LAYERS = [(3, 32, 2), (32, 64, 2), (64, 128, 1), (128, 128, 1)]  # channels in, out, stride
CHANNELS = LAYERS[-1][1]


# ONNX: field numbers are those of onnx.proto.
FLOAT, INT, INTS = 1, 2, 7


def integers(name, *values):
    values = b"".join(number(8, v) for v in values)
    return part(5, part(1, name) + values + number(20, INTS))


def integer(name, value):
    return part(5, part(1, name) + number(3, value) + number(20, INT))


def node(kind, inputs, output, attributes=b""):
    names = b"".join(part(1, name) for name in inputs.split())
    return part(1, names + part(2, output) + part(3, output) + part(4, kind) + attributes)


def value(field, name, shape):
    dims = b"".join(part(1, part(2, d) if isinstance(d, str) else number(1, d)) for d in shape)
    return part(field, part(1, name) + part(2, part(1, number(1, FLOAT) + part(2, dims))))


class Stored:
    """Weights in an external file, one after the other."""

    def __init__(self):
        self.offset = 0
        self.parts = b""

    def add(self, name, *shape):
        size = 4
        for d in shape:
            size *= d
        external = b"".join(part(13, part(1, k) + part(2, v)) for k, v in [
            ("location", "small_classifier.bin"), ("offset", str(self.offset)),
            ("length", str(size))])
        self.offset += size
        self.parts += part(5, b"".join(number(1, d) for d in shape) + number(2, FLOAT) +
                           part(8, name) + external + number(14, 1))


def onnx():
    stored, nodes, x = Stored(), b"", "x"
    for i, (inputs, outputs, stride) in enumerate(LAYERS):
        stored.add(f"weight_{i}", outputs, inputs, 3, 3)
        stored.add(f"bias_{i}", outputs)
        nodes += node("Conv", f"{x} weight_{i} bias_{i}", f"conv_{i}",
                      integers("kernel_shape", 3, 3) + integers("pads", 1, 1, 1, 1) +
                      integers("strides", stride, stride))
        nodes += node("Relu", f"conv_{i}", f"relu_{i}")
        x = f"relu_{i}"
    stored.add("dense_weight", CLASSES, CHANNELS)
    stored.add("dense_bias", CLASSES)
    nodes += node("GlobalAveragePool", x, "mean")
    nodes += node("Flatten", "mean", "features", integer("axis", 1))
    nodes += node("Gemm", "features dense_weight dense_bias", "dense", integer("transB", 1))
    nodes += node("Softmax", "dense", "y", integer("axis", 1))
    graph = nodes + part(2, "small_classifier") + stored.parts
    graph += value(11, "x", ["batch", 3, SIZE, SIZE]) + value(12, "y", ["batch", CLASSES])
    return number(1, 8) + part(2, "anesim example") + part(7, graph) + part(8, number(2, 17))


# MIL text as it stands in a compiled model.
class Program:
    def __init__(self):
        self.lines = []
        self.offset = 64

    def const(self, name, kind, literal):
        self.lines.append(f'{kind} {name} = const()[name = tensor<string, []>("{name}"), '
                          f"val = {kind}({literal})];")
        return name

    def ints(self, name, *values):
        return self.const(name, f"tensor<int32, [{len(values)}]>", list(values))

    def weight(self, name, *shape):
        elements = 1
        for d in shape:
            elements *= d
        blob = ('BLOBFILE(path = tensor<string, []>("@model_path/weights/weight.bin"), '
                f"offset = tensor<uint64, []>({self.offset}))")
        self.offset += 64 + (2 * elements + 63) // 64 * 64
        return self.const(name, f"tensor<fp16, {list(shape)}>", blob)

    def op(self, kind, shape, name, **arguments):
        given = ", ".join(f"{k} = {v}" for k, v in sorted(arguments.items()))
        dims = ", ".join(str(d) for d in shape)
        self.lines.append(f"tensor<fp16, [{dims}]> {name} = {kind}({given})"
                          f'[name = tensor<string, []>("{name}")];')
        return name


def mil():
    p = Program()
    p.const("pad_type", "tensor<string, []>", '"custom"')
    p.ints("pad", 1, 1, 1, 1)
    p.ints("dilations", 1, 1)
    p.const("groups", "tensor<int32, []>", 1)
    p.const("keep_dims", "tensor<bool, []>", "false")
    p.const("classes", "tensor<int32, []>", -1)
    p.ints("image", 2, 3)
    x, size = "x", SIZE
    for i, (inputs, outputs, stride) in enumerate(LAYERS):
        size //= stride
        weight = p.weight(f"weight_{i}", outputs, inputs, 3, 3)
        bias = p.weight(f"bias_{i}", outputs)
        strides = p.ints(f"strides_{i}", stride, stride)
        shape = ["?", outputs, size, size]
        p.op("conv", shape, f"conv_{i}", x=x, weight=weight, bias=bias, pad="pad",
             pad_type="pad_type", strides=strides, dilations="dilations", groups="groups")
        x = p.op("relu", shape, f"relu_{i}", x=f"conv_{i}")
    p.op("reduce_mean", ["?", CHANNELS], "mean", x=x, axes="image", keep_dims="keep_dims")
    weight, bias = p.weight("dense_weight", CLASSES, CHANNELS), p.weight("dense_bias", CLASSES)
    p.op("linear", ["?", CLASSES], "dense", x="mean", weight=weight, bias=bias)
    p.op("softmax", ["?", CLASSES], "y", x="dense", axis="classes")
    ranges = f"[[1, 64], [3, 3], [{SIZE}, {SIZE}], [{SIZE}, {SIZE}]]"
    flexible = (
        "FlexibleShapeInformation = tuple<tuple<tensor<string, []>, dict<tensor<string, []>, "
        "tensor<int32, [?]>>>, tuple<tensor<string, []>, dict<tensor<string, []>, "
        "list<tensor<int32, [2]>, ?>>>>"
        f'((("DefaultShapes", {{{{"x", [1, 3, {SIZE}, {SIZE}]}}}}), '
        f'("RangeDims", {{{{"x", {ranges}}}}})))')
    body = "".join(f"            {line}\n" for line in p.lines)
    return ("program(1.0)\n[buildInfo = dict<tensor<string, []>, tensor<string, []>>"
            '({{"source", "anesim example: small image classifier"}})]\n{\n'
            f"    func main<ios16>(tensor<fp16, [?, 3, {SIZE}, {SIZE}]> x) [{flexible}] {{\n"
            f"{body}        }} -> (y);\n}}\n")


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    folder = pathlib.Path(sys.argv[1])
    compiled = folder / "small_classifier.mlmodelc"
    compiled.mkdir(parents=True, exist_ok=True)
    (folder / "small_classifier.onnx").write_bytes(onnx())
    (compiled / "model.mil").write_text(mil())


if __name__ == "__main__":
    main()
