// The generated messages of onnx.proto. Only their classes are used: the schema registry of libonnx
// is neither linked nor loaded, as it would cost every start of the program some milliseconds.
#pragma once

#ifndef ONNX_ML
#define ONNX_ML 1
#endif
#ifndef ONNX_NAMESPACE
#define ONNX_NAMESPACE onnx
#endif
#include <onnx/onnx_pb.h>
