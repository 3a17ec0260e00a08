#!/usr/bin/env python3
"""Writes conv_block.mlpackage: the residual block of conv_block.mil as a Core ML package.

Usage: make_conv_block.py FOLDER (of the package, made if absent)

Field numbers are those of Model.proto and MIL.proto. Weights are referenced in a weight file that
is not needed to study shapes and time, and not written.
"""

import json
import pathlib
import sys

from protobuf_wire import number, part, varint

FP16, STRING, INT32, UINT8, UINT32 = 10, 2, 23, 31, 33
IMAGE = [1, 64, 56, 56]
KERNEL = [64, 64, 3, 3]
ROOT = "B0C1D2E3-0000-4000-8000-000000000001"


def entry(field, key, value):
    return part(field, part(1, key) + part(2, value))


def tensor(dtype, shape):
    dims = b"".join(part(3, part(1, number(1, size))) for size in shape)
    return part(1, number(1, dtype) + number(2, len(shape)) + dims)


def immediate(dtype, shape, kind, numbers):
    return part(2, tensor(dtype, shape)) + part(3, part(1, part(kind, numbers)))


def text(value):
    return immediate(STRING, [], 4, part(1, value))


def integers(dtype, values):
    return immediate(dtype, [len(values)], 2, part(1, b"".join(varint(v) for v in values)))


def blob(dtype, shape, offset):
    return part(2, tensor(dtype, shape)) + part(
        5, part(1, "@model_path/weights/weight.bin") + number(2, offset))


def operation(kind, name, dtype, shape, inputs=None, attributes=None):
    body = part(1, kind)
    for parameter, source in (inputs or {}).items():
        body += entry(2, parameter, part(1, part(1, source)))
    body += part(3, part(1, name) + part(2, tensor(dtype, shape)))
    for key, value in {"name": text(name), **(attributes or {})}.items():
        body += entry(5, key, value)
    return part(3, body)


def constant(name, dtype, shape, value):
    return operation("const", name, dtype, shape, attributes={"val": value})


def palette(name, count, indices, entries, table):
    return operation("constexpr_lut_to_dense", name, FP16, KERNEL, attributes={
        "indices": blob(UINT8, [count], indices),
        "lut": blob(FP16, [entries], table),
        "shape": integers(UINT32, KERNEL)})


def convolution(number_of, source):
    return operation("conv", f"conv_{number_of}", FP16, IMAGE, {
        "x": source, "weight": f"weight_{number_of}", "bias": f"bias_{number_of}", "pad": "pad",
        "pad_type": "pad_type", "strides": "strides", "dilations": "dilations", "groups": "groups"})


def block():
    return b"".join([
        constant("pad_type", STRING, [], text("custom")),
        constant("pad", INT32, [4], integers(INT32, [1, 1, 1, 1])),
        constant("strides", INT32, [2], integers(INT32, [1, 1])),
        constant("dilations", INT32, [2], integers(INT32, [1, 1])),
        constant("groups", INT32, [], immediate(INT32, [], 2, part(1, varint(1)))),
        palette("weight_1", 18432, 64, 16, 18560),
        constant("bias_1", FP16, [64], blob(FP16, [64], 18688)),
        convolution(1, "x"),
        operation("relu", "relu_1", FP16, IMAGE, {"x": "conv_1"}),
        palette("weight_2", 27648, 18880, 64, 46592),
        constant("bias_2", FP16, [64], blob(FP16, [64], 46784)),
        convolution(2, "relu_1"),
        operation("add", "sum", FP16, IMAGE, {"x": "conv_2", "y": "x"}),
        operation("relu", "y", FP16, IMAGE, {"x": "sum"}),
        part(2, "y")])


def feature(field, name):
    shape = b"".join(varint(size) for size in IMAGE)
    array = part(1, shape) + number(2, 65552)  # FLOAT16
    return part(field, part(1, name) + part(3, part(5, array)))


def model():
    main = part(1, part(1, "x") + part(2, tensor(FP16, IMAGE))) + part(2, "CoreML6")
    main += entry(3, "CoreML6", block())
    program = number(1, 1) + entry(2, "main", main)
    return number(1, 7) + part(2, feature(1, "x") + feature(10, "y")) + part(502, program)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    package = pathlib.Path(sys.argv[1])
    inside = package / "Data" / "com.apple.CoreML"
    inside.mkdir(parents=True, exist_ok=True)
    (inside / "model.mlmodel").write_bytes(model())
    manifest = {
        "fileFormatVersion": "1.0.0",
        "itemInfoEntries": {ROOT: {
            "author": "com.apple.CoreML",
            "description": "CoreML Model Specification",
            "name": "model.mlmodel",
            "path": "com.apple.CoreML/model.mlmodel"}},
        "rootModelIdentifier": ROOT}
    (package / "Manifest.json").write_text(json.dumps(manifest, indent=4) + "\n")


if __name__ == "__main__":
    main()
