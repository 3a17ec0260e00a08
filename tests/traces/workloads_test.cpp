// Synthetic workloads: shapes, work and stored bytes by hand; refusals; size and speed.
#include "traces/workloads/workloads.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "sim/core/error.h"
#include "traces/graph/work.h"

namespace anesim::workloads {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> op_types(const graph::Graph& g) {
  std::vector<std::string> types;
  for (const graph::Op& op : g.ops) types.push_back(op.type);
  return types;
}

graph::Shape output_shape(const graph::Graph& g) { return g.at(g.outputs.at(0)).shape; }

std::string message_of(std::string_view text) {
  try {
    (void)make_workload(text);
  } catch (const UserError& error) {
    return error.what();
  }
  return "accepted";
}

TEST(Workloads, ConvChain) {
  const auto g = make_workload(
      "conv_chain,layers=3,in_channels=16,out_channels=32,kernel=3x3,height=8,width=10,"
      "nonlinearity=relu");
  EXPECT_THAT(op_types(g), ElementsAre("conv", "relu", "conv", "relu", "conv", "relu"));
  EXPECT_EQ(output_shape(g), (graph::Shape{1, 32, 8, 10}));
  const graph::Work work = graph::work_of(g);
  EXPECT_EQ(work.macs, 80 * 9 * 32 * (16 + 32 + 32));
  // Three weights and three biases of 32 numbers.
  EXPECT_EQ(work.weight_bytes, 2 * (9 * 32 * (16 + 32 + 32) + 3 * 32));
}

TEST(Workloads, SharedWeightsAreOneConstant) {
  const auto g = make_workload("conv_chain,layers=5,in_channels=64,weights=shared,bias=false");
  EXPECT_EQ(graph::work_of(g).weight_bytes, 2 * 64 * 64);
  const auto unique = make_workload("conv_chain,layers=5,in_channels=64,bias=false");
  EXPECT_EQ(graph::work_of(unique).weight_bytes, 5 * 2 * 64 * 64);
  const auto first = make_workload(
      "conv_chain,layers=5,in_channels=64,first_in_channels=16,weights=shared,bias=false");
  EXPECT_EQ(graph::work_of(first).weight_bytes, 2 * (64 * 64 + 16 * 64));
}

TEST(Workloads, ConvGeometry) {
  EXPECT_EQ(
      output_shape(make_workload("conv_chain,in_channels=8,kernel=3x3,height=9,width=9,stride=2")),
      (graph::Shape{1, 8, 5, 5}));
  EXPECT_EQ(output_shape(make_workload(
                "conv_chain,in_channels=8,kernel=3x3,height=9,width=9,padding=valid")),
            (graph::Shape{1, 8, 7, 7}));
  EXPECT_EQ(output_shape(make_workload(
                "conv_chain,in_channels=8,kernel=3x3,height=9,width=9,padding=valid,dilation=2")),
            (graph::Shape{1, 8, 5, 5}));
  const auto grouped =
      make_workload("conv_chain,in_channels=8,groups=4,batch=2,height=4,width=4,bias=false");
  EXPECT_EQ(graph::work_of(grouped).macs, 2 * 16 * 8 * 2);
}

TEST(Workloads, QuantisedChain) {
  const std::string chain =
      "conv_chain,layers=2,in_channels=8,weight_dtype=int8,"
      "activation_dtype=int8,nonlinearity=relu";
  EXPECT_THAT(op_types(make_workload(chain)),
              ElementsAre("quantize", "dequantize", "conv", "relu", "quantize", "dequantize",
                          "conv", "relu"));
  EXPECT_THAT(op_types(make_workload(chain + ",qdq=inner")),
              ElementsAre("conv", "relu", "quantize", "dequantize", "conv", "relu"));
  EXPECT_EQ(op_types(make_workload(chain + ",qdq=inner_and_both_ends")).back(), "dequantize");
}

TEST(Workloads, StoredWeights) {
  const auto bytes = [](const std::string& format) {
    return graph::work_of(make_workload("conv_chain,in_channels=64,bias=false," + format))
        .weight_bytes;
  };
  const std::int64_t n = 64 * 64;
  EXPECT_EQ(bytes("weight_dtype=fp32"), 4 * n);
  EXPECT_EQ(bytes("weight_dtype=int8"), n + 64 * 2);
  EXPECT_EQ(bytes("weight_dtype=int4"), n / 2 + 64 * 2 * 2);
  EXPECT_EQ(bytes("weight_dtype=lut4"), n / 2 + 16 * 2);
  EXPECT_EQ(bytes("weight_dtype=lut6"), n * 6 / 8 + 64 * 2);
  EXPECT_EQ(bytes("weight_dtype=lut4,palette_group=16"), n / 2 + 4 * 16 * 2);
  EXPECT_EQ(bytes("weight_dtype=lut4,activation_dtype=int8"), n / 2 + 16 + 64 * 2);
  EXPECT_EQ(bytes("weight_dtype=sparse,weight_sparsity=0.5"), n / 8 + n);
  EXPECT_EQ(bytes("weight_dtype=fp16,weight_sparsity=0.5"), 2 * n);
  EXPECT_EQ(bytes("weight_dtype=lut4,weight_sparsity=0.5,storage=masked"), n / 8 + n / 4 + 32);
}

TEST(Workloads, CastsAtBothEnds) {
  const auto g = make_workload("conv_chain,in_channels=8,io_dtype=fp32");
  EXPECT_THAT(op_types(g), ElementsAre("cast", "conv", "cast"));
  EXPECT_EQ(g.at(g.inputs[0]).dtype, graph::DType::fp32);
  EXPECT_EQ(g.at(g.outputs[0]).dtype, graph::DType::fp32);
}

TEST(Workloads, Matmul) {
  const auto conv = make_workload("matmul,m=3,k=64,n=128,weight_dtype=lut6");
  EXPECT_EQ(output_shape(conv), (graph::Shape{1, 128, 1, 3}));
  EXPECT_EQ(graph::work_of(conv).macs, 3 * 64 * 128);
  const auto linear = make_workload("matmul,m=3,k=64,n=128,form=matmul");
  EXPECT_THAT(op_types(linear), ElementsAre("linear"));
  EXPECT_EQ(graph::work_of(linear).weight_bytes, 2 * 64 * 128);
  const auto inputs = make_workload("matmul,m=3,k=64,n=128,form=matmul,rhs=input,batch=2");
  EXPECT_EQ(output_shape(inputs), (graph::Shape{2, 3, 128}));
  EXPECT_EQ(graph::work_of(inputs).weight_bytes, 0);
  EXPECT_EQ(graph::work_of(inputs).macs, 2 * 3 * 64 * 128);
  const auto packed = make_workload("matmul,m=3,k=64,n=128,form=matmul,rhs=packed");
  ASSERT_EQ(packed.inputs.size(), 1u);
  EXPECT_EQ(packed.at(packed.inputs[0]).shape, (graph::Shape{1, 64, 1, 131}));
  EXPECT_THAT(op_types(packed),
              ElementsAre("slice_by_size", "reshape", "transpose", "slice_by_size", "reshape",
                          "matmul", "transpose", "reshape"));
  EXPECT_EQ(output_shape(packed), (graph::Shape{1, 128, 1, 3}));
  EXPECT_EQ(graph::work_of(packed).macs, 3 * 64 * 128);
}

TEST(Workloads, Elementwise) {
  const auto alternating = make_workload("elementwise,op=mul_add,shape=1x8x4x4,count=3");
  EXPECT_THAT(op_types(alternating), ElementsAre("mul", "add", "mul"));
  EXPECT_EQ(alternating.inputs.size(), 2u);
  EXPECT_EQ(make_workload("elementwise,op=sum,inputs=4,shape=1x8x4x4").ops.size(), 3u);
  EXPECT_EQ(make_workload("elementwise,op=add_and_sub,shape=1x8x4x4").outputs.size(), 2u);
  EXPECT_THAT(op_types(make_workload("elementwise,op=unary_chain,shape=1x8x4x4,count=4")),
              ElementsAre("abs", "mul", "relu", "abs", "add"));
}

TEST(Workloads, Attention) {
  const auto sdpa = make_workload("sdpa,heads=32,kv_heads=8,q_len=64,kv_len=4096,head_dim=128");
  EXPECT_EQ(graph::work_of(sdpa).macs, 2ll * 32 * 64 * 4096 * 128);
  const auto blocks = make_workload(
      "sdpa,heads=32,kv_heads=8,q_len=64,kv_len=4096,head_dim=128,variant=post_pv,blocks=4");
  EXPECT_EQ(graph::work_of(blocks).macs, graph::work_of(sdpa).macs);
  EXPECT_EQ(output_shape(blocks), output_shape(sdpa));
  // The source of the measurement states 1.049 GFLOP for this block.
  const auto block = make_workload("attention_block,sequence=197,d_model=768,heads=12");
  EXPECT_NEAR(2e-9 * static_cast<double>(graph::work_of(block).macs), 1.049, 0.001);
}

TEST(Workloads, MovementAndDispatch) {
  const auto weights = make_workload("stream,bytes=50331648");
  EXPECT_EQ(weights.ops.size(), 96u);
  EXPECT_EQ(graph::work_of(weights).weight_bytes, 50331648);
  EXPECT_EQ(graph::work_of(make_workload("stream,bytes=1048576,what=activations")).input_bytes,
            1048576);
  EXPECT_EQ(graph::work_of(make_workload("stream,bytes=1048576,what=activations,direction=write"))
                .output_bytes,
            1048576);
  EXPECT_THAT(op_types(make_workload("dispatch")), ElementsAre("conv", "relu", "reduce_mean"));
  const auto mlp = make_workload("mlp_pairs,pairs=2,width=2560,hidden=9216");
  EXPECT_EQ(graph::work_of(mlp).weight_bytes, 188743680);
}

TEST(Workloads, EveryKindHasASmallExample) {
  for (const char* text :
       {"activation,op=gelu,shape=4x8", "activation,op=elu,shape=4x8", "reduce,shape=4x8,axis=0",
        "softmax,shape=4x8", "transpose,shape=1x2x3x4,perm=0x3x2x1", "transpose,shape=2x3",
        "pool,shape=1x8x4x4", "pool,op=avg_pool,shape=1x8x6x6,kernel=3x3,padding=same",
        "norm,shape=4x8", "norm,op=rms_norm,shape=4x8", "norm,op=group_norm,shape=1x64x4x4",
        "norm,op=batch_norm,shape=1x64x4x4", "norm,op=instance_norm,shape=1x64x4x4",
        "sdpa,heads=2,q_len=4,head_dim=8,variant=fused"}) {
    SCOPED_TRACE(text);
    const auto g = make_workload(text);
    EXPECT_FALSE(g.ops.empty());
    EXPECT_GT(graph::work_of(g).input_bytes, 0);
  }
  for (const auto& op : {"relu", "gelu", "silu", "sigmoid", "tanh", "relu6", "leaky_relu",
                         "softplus", "softsign", "erf", "square", "sqrt", "abs"}) {
    EXPECT_EQ(make_workload(std::string("activation,shape=2x2,op=") + op).ops.size(), 1u) << op;
  }
}

TEST(Workloads, TableIsSortedAndDescribed) {
  EXPECT_TRUE(std::is_sorted(workloads().begin(), workloads().end(),
                             [](const auto& a, const auto& b) { return a.kind < b.kind; }));
  for (const WorkloadInfo& info : workloads()) {
    EXPECT_FALSE(info.sentence.empty());
    for (const ParameterInfo& parameter : info.parameters) {
      EXPECT_FALSE(parameter.sentence.empty()) << parameter.name;
      EXPECT_FALSE(parameter.expected().empty()) << parameter.name;
    }
  }
}

TEST(Workloads, Refusals) {
  EXPECT_EQ(message_of("conv_chian,in_channels=8").substr(0, 61),
            "unknown workload 'conv_chian' (did you mean 'conv_chain'?) (e");
  EXPECT_THAT(message_of("conv_chain"),
              HasSubstr("workload conv_chain: parameter 'in_channels' is missing"));
  EXPECT_THAT(message_of("conv_chain,in_channel=8"),
              HasSubstr("unknown parameter 'in_channel' (did you mean 'in_channels'?)"));
  EXPECT_THAT(message_of("conv_chain,in_channels=0"),
              HasSubstr("parameter 'in_channels': '0' is not allowed (expected a whole number"));
  EXPECT_THAT(message_of("conv_chain,in_channels=8,weight_dtype=int9"),
              HasSubstr("'int9' is not allowed (did you mean 'int8'?)"));
  EXPECT_THAT(message_of("conv_chain,in_channels=8,kernel=3"), HasSubstr("expected 2, e.g. 3x3"));
  EXPECT_THAT(message_of("conv_chain,in_channels=8,kernel=3x"), HasSubstr("joined by 'x'"));
  EXPECT_THAT(message_of("conv_chain,in_channels=8,groups=3"), HasSubstr("does not divide"));
  EXPECT_THAT(message_of("conv_chain,in_channels=8,qdq=inner"), HasSubstr("activation_dtype=int8"));
  EXPECT_THAT(message_of("conv_chain,in_channels=8,storage=masked"), HasSubstr("needs a palette"));
  EXPECT_THAT(message_of("conv_chain,in_channels=8,storage=masked,weight_dtype=lut4"),
              HasSubstr("'storage': masked weights need the share of them that is zero"));
  EXPECT_THAT(message_of("conv_chain,in_channels=8,weight_dtype=sparse"),
              HasSubstr("'weight_dtype': sparse weights need the share of them that is zero "
                        "(expected for example weight_sparsity=0.5)"));
  EXPECT_THAT(message_of("conv_chain,in_channels=8,"), HasSubstr("ends in a comma"));
  EXPECT_THAT(message_of("conv_chain,in_channels=8,in_channels=9"), HasSubstr("given twice"));
  EXPECT_THAT(message_of("conv_chain,in_channels"), HasSubstr("expected name=value"));
  EXPECT_THAT(message_of("conv_chain,in_channels=8,weight_sparsity=1.5"),
              HasSubstr("a number from 0 to 1"));
  EXPECT_THAT(message_of("matmul,m=1,k=2,n=3,rhs=input"), HasSubstr("conv1x1 needs a constant"));
  EXPECT_THAT(message_of("sdpa,heads=3,kv_heads=2,q_len=1,head_dim=1"),
              HasSubstr("does not divide"));
  EXPECT_THAT(message_of("norm,shape=4x8,axis=5"), HasSubstr("axis"));
  EXPECT_THAT(message_of("stream,bytes=1,direction=write"), HasSubstr("weights are only read"));
  EXPECT_THAT(message_of("conv_chain,\x1b[31m=1"), HasSubstr("\\x1b"));
  EXPECT_NE(message_of("conv_chain,in_channels=4000000000,height=4000000000,width=4000000000"),
            "accepted");
}

TEST(Workloads, ParametersRoundTrip) {
  const Parameters parameters = parse_parameters("layers=16,kernel=3x3");
  EXPECT_EQ(text(parameters), "kernel=3x3,layers=16");
  EXPECT_EQ(parse_parameters(text(parameters)), parameters);
  EXPECT_TRUE(parse_parameters("").values.empty());
}

TEST(Workloads, LongChainsShareWhatTheyCan) {
  const auto g = make_workload(
      "conv_chain,in_channels=64,width=32,nonlinearity=relu,weights=shared,layers=100000");
  EXPECT_EQ(g.ops.size(), 200'000u);
  EXPECT_LT(g.tensors.size(), 200'100u);
}

}  // namespace
}  // namespace anesim::workloads
