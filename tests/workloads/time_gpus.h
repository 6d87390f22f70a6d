// Hand-made GPUs and layers with round figures, so that expected times can be derived in a comment.
#pragma once

#include "topology/parts/gpu.h"
#include "workloads/compute/calibration.h"
#include "workloads/model/layer.h"

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

/// Everything at its ceiling, nothing fixed: the plain roofline, times follow from counts and the datasheet.
inline ComputeConstants lossless() {
  ComputeConstants c;
  c.matrix_efficiency = c.convolution_efficiency = c.grouped_efficiency = 1;
  c.depth_half = 0;
  c.memory_fraction = c.row_fraction = c.batch_norm_fraction = c.depthwise_fraction = c.l2_gain = 1;
  c.depthwise_rate = c.winograd_gain = c.broadcast_fraction = 1;
  c.attention_forward = c.attention_backward = 1;
  c.attention_vector = c.attention_vector_backward = 0;
  c.layout_passes = c.thin_passes = c.row_half_bytes = 0;
  c.kernel_floor_s = c.dispatch_forward_s = c.dispatch_backward_s = 0;
  return c;
}

inline Layer convolution(std::int64_t in, std::int64_t out, std::int64_t size, std::int64_t kernel,
                         std::int64_t groups = 1) {
  Layer layer;
  layer.op = Op::conv;
  layer.input = {in, size, size};
  layer.output = {out, size, size};
  layer.kernel_h = layer.kernel_w = kernel;
  layer.groups = groups;
  return layer;
}

}  // namespace scalesim::workloads
