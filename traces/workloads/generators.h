// The makers behind the table of workloads; one file a family.
#pragma once

#include "traces/workloads/workloads.h"

namespace anesim::workloads {

WorkloadInfo conv_chain_workload();       // conv_chain.cpp
WorkloadInfo matmul_workload();           // matmul.cpp
WorkloadInfo mlp_pairs_workload();        // matmul.cpp
WorkloadInfo elementwise_workload();      // elementwise.cpp
WorkloadInfo activation_workload();       // per_tensor.cpp
WorkloadInfo reduce_workload();           // per_tensor.cpp
WorkloadInfo softmax_workload();          // per_tensor.cpp
WorkloadInfo transpose_workload();        // per_tensor.cpp
WorkloadInfo pool_workload();             // per_tensor.cpp
WorkloadInfo norm_workload();             // norm.cpp
WorkloadInfo sdpa_workload();             // attention.cpp
WorkloadInfo attention_block_workload();  // attention.cpp
WorkloadInfo stream_workload();           // movement.cpp
WorkloadInfo dispatch_workload();         // movement.cpp

}  // namespace anesim::workloads
