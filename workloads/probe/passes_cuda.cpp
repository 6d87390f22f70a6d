// Memory-bound layers with cuDNN's kernels; what cuDNN has no kernel for is a copy of as many bytes.
#include "core/error.h"
#include "workloads/probe/layers.h"

namespace scalesim::workloads::gpu {
namespace {

using ActivationDescriptor = Descriptor<cudnnActivationDescriptor_t, cudnnCreateActivationDescriptor,
                                        cudnnDestroyActivationDescriptor>;
using PoolingDescriptor =
    Descriptor<cudnnPoolingDescriptor_t, cudnnCreatePoolingDescriptor, cudnnDestroyPoolingDescriptor>;

void describe(const TensorDescriptor& tensor, const Shape& shape, const Format& f) {
  const auto i = [](std::int64_t value) { return static_cast<int>(value); };
  check(cudnnSetTensor4dDescriptor(tensor, f.layout, f.cudnn, f.batch, i(shape.channels), i(shape.height),
                                   i(shape.width)),
        "describing a tensor");
}

std::size_t bytes_of(const Shape& shape, const Format& f) {
  return static_cast<std::size_t>(shape.elements()) * static_cast<std::size_t>(f.batch) * f.bytes;
}

constexpr float kOne = 1, kZero = 0;

}  // namespace

LayerTime time_batch_norm(const Device& device, const Layer& layer, const Format& f) {
  const TensorDescriptor x, statistics;
  describe(x, layer.output, f);
  check(cudnnDeriveBNTensorDescriptor(statistics, x, CUDNN_BATCHNORM_SPATIAL_PERSISTENT),
        "describing batch normalisation");
  const std::size_t bytes = bytes_of(layer.output, f),
                    vector = static_cast<std::size_t>(layer.output.channels) * 4;
  const RotatedBuffer in(bytes), out(bytes), gradient(f.training ? bytes : 0);
  const Buffer scale(vector), bias(vector), mean(vector), variance(vector), saved_mean(vector),
      saved_variance(vector);
  LayerTime time;
  if (!f.training) {
    time.forward = device.time([&](int turn) {
      check(cudnnBatchNormalizationForwardInference(device.cudnn(), CUDNN_BATCHNORM_SPATIAL, &kOne, &kZero, x,
                                                    in.get(turn), x, out.get(turn), statistics, scale.get(),
                                                    bias.get(), mean.get(), variance.get(), 1e-5),
            "running batch normalisation");
    });
    return time;
  }
  time.forward = device.time([&](int turn) {
    check(cudnnBatchNormalizationForwardTraining(device.cudnn(), CUDNN_BATCHNORM_SPATIAL_PERSISTENT, &kOne,
                                                 &kZero, x, in.get(turn), x, out.get(turn), statistics,
                                                 scale.get(), bias.get(), 0.1, mean.get(), variance.get(),
                                                 1e-5, saved_mean.get(), saved_variance.get()),
          "running batch normalisation");
  });
  time.backward = device.time([&](int turn) {
    check(cudnnBatchNormalizationBackward(device.cudnn(), CUDNN_BATCHNORM_SPATIAL_PERSISTENT, &kOne, &kZero,
                                          &kOne, &kZero, x, in.get(turn), x, out.get(turn), x,
                                          gradient.get(turn), statistics, scale.get(), mean.get(), bias.get(),
                                          1e-5, saved_mean.get(), saved_variance.get()),
          "running the gradient of batch normalisation");
  });
  return time;
}

LayerTime time_activation(const Device& device, const Layer& layer, const Format& f) {
  // Every activation moves the same bytes; ReLU stands for all.
  const TensorDescriptor x;
  describe(x, layer.output, f);
  const ActivationDescriptor relu;
  check(cudnnSetActivationDescriptor(relu, CUDNN_ACTIVATION_RELU, CUDNN_NOT_PROPAGATE_NAN, 0),
        "describing an activation");
  const std::size_t bytes = bytes_of(layer.output, f);
  const RotatedBuffer in(bytes), out(bytes), gradient(f.training ? bytes : 0);
  LayerTime time;
  time.forward = device.time([&](int turn) {
    check(cudnnActivationForward(device.cudnn(), relu, &kOne, x, in.get(turn), &kZero, x, out.get(turn)),
          "running an activation");
  });
  if (!f.training) return time;
  time.backward = device.time([&](int turn) {
    check(cudnnActivationBackward(device.cudnn(), relu, &kOne, x, out.get(turn), x, gradient.get(turn), x,
                                  in.get(turn), &kZero, x, gradient.get(turn)),
          "running the gradient of an activation");
  });
  return time;
}

LayerTime time_pool(const Device& device, const Layer& layer, const Format& f) {
  const TensorDescriptor x, y;
  const PoolingDescriptor pooling;
  const auto i = [](std::int64_t value) { return static_cast<int>(value); };
  const bool maximum = layer.kind.find("max") != std::string::npos;
  const int pad = i(((layer.output.height - 1) * layer.stride + layer.kernel_h - layer.input.height + 1) / 2);
  check(cudnnSetPooling2dDescriptor(pooling,
                                    maximum ? CUDNN_POOLING_MAX : CUDNN_POOLING_AVERAGE_COUNT_INCLUDE_PADDING,
                                    CUDNN_NOT_PROPAGATE_NAN, i(layer.kernel_h), i(layer.kernel_w),
                                    pad > 0 ? pad : 0, pad > 0 ? pad : 0, i(layer.stride), i(layer.stride)),
        "describing a pooling layer");
  describe(x, layer.input, f);
  int n = 0, c = 0, h = 0, w = 0;
  check(cudnnGetPooling2dForwardOutputDim(pooling, x, &n, &c, &h, &w), "sizing a pooling layer");
  check(cudnnSetTensor4dDescriptor(y, f.layout, f.cudnn, n, c, h, w), "describing a pooling layer's output");
  const std::size_t in_bytes = bytes_of(layer.input, f), out_bytes = bytes_of({c, h, w}, f);
  const RotatedBuffer in(in_bytes), out(out_bytes), in_gradient(f.training ? in_bytes : 0),
      out_gradient(f.training ? out_bytes : 0);
  LayerTime time;
  time.forward = device.time([&](int turn) {
    check(cudnnPoolingForward(device.cudnn(), pooling, &kOne, x, in.get(turn), &kZero, y, out.get(turn)),
          "running a pooling layer");
  });
  if (!f.training) return time;
  time.backward = device.time([&](int turn) {
    check(cudnnPoolingBackward(device.cudnn(), pooling, &kOne, y, out.get(turn), y, out_gradient.get(turn), x,
                               in.get(turn), &kZero, x, in_gradient.get(turn)),
          "running the gradient of a pooling layer");
  });
  return time;
}

LayerTime time_softmax(const Device& device, const Layer& layer, const Format& f) {
  // Rows of `channels` values: one row is one "image" of cuDNN.
  const TensorDescriptor x;
  const auto rows = static_cast<int>(layer.output.height * layer.output.width * f.batch);
  check(cudnnSetTensor4dDescriptor(x, CUDNN_TENSOR_NCHW, f.cudnn, rows,
                                   static_cast<int>(layer.output.channels), 1, 1),
        "describing a softmax");
  const std::size_t bytes = bytes_of(layer.output, f);
  const RotatedBuffer in(bytes), out(bytes);
  LayerTime time;
  time.forward = device.time([&](int turn) {
    check(cudnnSoftmaxForward(device.cudnn(), CUDNN_SOFTMAX_ACCURATE, CUDNN_SOFTMAX_MODE_INSTANCE, &kOne, x,
                              in.get(turn), &kZero, x, out.get(turn)),
          "running a softmax");
  });
  if (!f.training) return time;
  time.backward = device.time([&](int turn) {
    check(cudnnSoftmaxBackward(device.cudnn(), CUDNN_SOFTMAX_ACCURATE, CUDNN_SOFTMAX_MODE_INSTANCE, &kOne, x,
                               out.get(turn), x, in.get(turn), &kZero, x, in.get(turn)),
          "running the gradient of a softmax");
  });
  return time;
}

LayerTime time_copy(const Device& device, double forward_elements, double backward_elements,
                    const Format& f) {
  const auto copy = [&](double elements) {  // half of the traffic is read, half written
    const auto bytes = static_cast<std::size_t>(elements / 2 * f.batch) * f.bytes;
    if (bytes == 0) return Seconds(0);
    const RotatedBuffer from(bytes), to(bytes);
    return device.time([&](int turn) {
      check(cudaMemcpyAsync(to.get(turn), from.get(turn), bytes, cudaMemcpyDeviceToDevice),
            "copying on the GPU");
    });
  };
  return {copy(forward_elements), f.training ? copy(backward_elements) : Seconds(0), Bound::memory};
}

}  // namespace scalesim::workloads::gpu
