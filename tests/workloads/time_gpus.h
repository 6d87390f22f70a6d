// Hand-made GPUs with round figures, so that expected times can be derived in a comment.
#pragma once

#include "topology/parts/gpu.h"

namespace scalesim::workloads {

/// 100 multiprocessors, 100 TFLOPS tensor, 10 TFLOPS fp32, 1 TB/s, Ampere-like.
inline topology::GpuSpec round_gpu() {
  using topology::Precision;
  topology::GpuSpec gpu;
  gpu.name = "round";
  gpu.form_factor = "GeForce";  // holds its peak
  gpu.compute_capability = 80;
  gpu.multiprocessors = 100;
  gpu.peak = {{Precision::fp32, FlopsPerSecond(10e12)},
              {Precision::tf32, FlopsPerSecond(50e12)},
              {Precision::fp16, FlopsPerSecond(100e12)},
              {Precision::bf16, FlopsPerSecond(100e12)}};
  gpu.memory_bandwidth = BytesPerSecond(1e12);
  gpu.l2 = Bytes(40e6);
  return gpu;
}

}  // namespace scalesim::workloads
