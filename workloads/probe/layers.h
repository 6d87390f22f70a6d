// The layers that can be timed, by library. Times of the whole batch; gradients only when `training`.
#pragma once

#include "workloads/compute/layer_plan.h"
#include "workloads/compute/step.h"
#include "workloads/probe/device.h"

namespace scalesim::workloads::gpu {

/// Data type and layout that a layer runs in.
struct Format {
  cudnnDataType_t cudnn = CUDNN_DATA_HALF;
  cudaDataType_t cublas = CUDA_R_16F;
  cublasComputeType_t compute = CUBLAS_COMPUTE_32F;
  cudnnTensorFormat_t layout = CUDNN_TENSOR_NHWC;
  std::size_t bytes = 2;
  int batch = 1;
  bool training = true;
  bool tensor_cores = true;  ///< FP32 convolutions may use TF32
};
Format format_of(const ComputeSettings& settings);

LayerTime time_convolution(const Device& device, const Layer& layer, const LayerContext& context,
                           const Format& format);
/// Dense layers, products of activations and both products of attention.
LayerTime time_product(const Device& device, const Layer& layer, const LayerContext& context,
                       const Format& format);
LayerTime time_batch_norm(const Device& device, const Layer& layer, const Format& format);
LayerTime time_activation(const Device& device, const Layer& layer, const Format& format);
LayerTime time_pool(const Device& device, const Layer& layer, const Format& format);
LayerTime time_softmax(const Device& device, const Layer& layer, const Format& format);
/// A layer that is a pass over memory: copies that read and write as many elements.
LayerTime time_copy(const Device& device, double forward_elements, double backward_elements,
                    const Format& format);

}  // namespace scalesim::workloads::gpu
