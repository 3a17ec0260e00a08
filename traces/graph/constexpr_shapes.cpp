// Results of constexpr_* operations, in the forms of iOS16 and iOS18. Readers dissolve these
// operations into constants; the rules give them their type.
#include <fmt/format.h>

#include "traces/graph/rules.h"

namespace anesim::graph::rules {

Result constexpr_affine_dequantize(const OpCall& call) {
  return one(call.tensor("quantized_data").shape, call.tensor("scale").dtype);
}

Result constexpr_blockwise_shift_scale(const OpCall& call) {
  const Tensor& data = call.tensor("data");
  const Tensor& scale = call.tensor("scale");
  const bool scalar = scale.shape.empty();
  if (!scalar && scale.shape.size() != data.shape.size()) {
    call.fail(
        fmt::format("scale {} and data {} differ in rank", text(scale.shape), text(data.shape)));
  }
  for (std::size_t i = 0; i < scale.shape.size(); ++i) {
    if (data.shape[i] % scale.shape[i] != 0) {
      call.fail(fmt::format("scale {} does not divide data {} into blocks", text(scale.shape),
                            text(data.shape)));
    }
  }
  return one(data.shape, scale.dtype);
}

Result constexpr_lut_to_dense(const OpCall& call) {
  const Tensor& table = call.tensor("lut");
  if (call.find("shape") != nullptr) {  // iOS16
    if (table.shape.size() != 1) {
      call.fail(fmt::format("lut has shape {} (expected rank 1)", text(table.shape)));
    }
    return one(call.need_ints("shape"), table.dtype);
  }
  const Tensor& indices = call.tensor("indices");
  if (table.shape.size() != indices.shape.size() + 2) {
    call.fail(fmt::format("lut {} has not two dimensions more than indices {}", text(table.shape),
                          text(indices.shape)));
  }
  Shape shape = indices.shape;
  if (table.shape.back() > 1) {
    if (call.find("vector_axis") == nullptr) call.fail("parameter 'vector_axis' is missing");
    const std::size_t axis = call.axis(call.integer("vector_axis", 0), shape.size());
    shape[axis] = call.product(shape[axis], table.shape.back());
  }
  return one(std::move(shape), table.dtype);
}

Result constexpr_sparse_to_dense(const OpCall& call) {
  const Tensor& data = call.tensor("nonzero_data");
  if (call.find("shape") != nullptr) return one(call.need_ints("shape"), data.dtype);
  return one(call.tensor("mask").shape, data.dtype);
}

Result constexpr_to_sparse(const OpCall& call) {
  const bool palette = call.find("lut") != nullptr;
  const std::string_view mask = palette ? "indices_mask" : "data_mask";
  const std::string_view nonzero = palette ? "indices_nonzero_data" : "nonzero_data";
  const DType dtype = call.tensor(palette ? "lut" : "scale").dtype;
  return std::vector<TensorType>{{call.tensor(mask).shape, call.tensor(mask).dtype},
                                 {call.tensor(nonzero).shape, dtype}};
}

Result constexpr_cast(const OpCall& call) {
  const Tensor& source = call.tensor("source_val");
  return one(source.shape, call.dtype("output_dtype", DType::fp32));
}

}  // namespace anesim::graph::rules
