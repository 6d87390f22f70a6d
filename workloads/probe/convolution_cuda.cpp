// Convolutions with the fastest algorithm cuDNN finds.
#include "core/error.h"
#include "workloads/probe/layers.h"

namespace scalesim::workloads::gpu {
namespace {

using FilterDescriptor =
    Descriptor<cudnnFilterDescriptor_t, cudnnCreateFilterDescriptor, cudnnDestroyFilterDescriptor>;
using ConvolutionDescriptor = Descriptor<cudnnConvolutionDescriptor_t, cudnnCreateConvolutionDescriptor,
                                         cudnnDestroyConvolutionDescriptor>;

constexpr std::size_t kWorkspace = std::size_t{1} << 30;

/// Padding that yields `out` of `in`: exact for odd kernels, one row short of it otherwise.
int padding(std::int64_t in, std::int64_t out, std::int64_t kernel, std::int64_t stride) {
  const std::int64_t missing = (out - 1) * stride + kernel - in;
  return static_cast<int>(missing > 0 ? (missing + 1) / 2 : 0);
}

/// One convolution's descriptors and tensors.
struct Convolution {
  TensorDescriptor x, y;
  FilterDescriptor w;
  ConvolutionDescriptor conv;
  std::size_t x_bytes = 0, y_bytes = 0, w_bytes = 0;

  Convolution(const Layer& l, const Format& f) {
    const auto i = [](std::int64_t value) { return static_cast<int>(value); };
    const int per_group = i(l.input.channels / l.groups);
    check(cudnnSetTensor4dDescriptor(x, f.layout, f.cudnn, f.batch, i(l.input.channels), i(l.input.height),
                                     i(l.input.width)),
          "describing a convolution's input");
    check(cudnnSetFilter4dDescriptor(w, f.cudnn, f.layout, i(l.output.channels), per_group, i(l.kernel_h),
                                     i(l.kernel_w)),
          "describing a convolution's filter");
    check(cudnnSetConvolution2dDescriptor(
              conv, padding(l.input.height, l.output.height, l.kernel_h, l.stride),
              padding(l.input.width, l.output.width, l.kernel_w, l.stride), i(l.stride), i(l.stride), 1, 1,
              CUDNN_CROSS_CORRELATION, CUDNN_DATA_FLOAT),
          "describing a convolution");
    check(cudnnSetConvolutionGroupCount(conv, i(l.groups)), "describing a convolution's groups");
    check(cudnnSetConvolutionMathType(conv, f.tensor_cores ? CUDNN_TENSOR_OP_MATH : CUDNN_FMA_MATH),
          "choosing a convolution's arithmetic");
    int n = 0, c = 0, h = 0, width = 0;
    check(cudnnGetConvolution2dForwardOutputDim(conv, x, w, &n, &c, &h, &width),
          "sizing a convolution's output");
    check(cudnnSetTensor4dDescriptor(y, f.layout, f.cudnn, n, c, h, width),
          "describing a convolution's output");
    const auto bytes = [&](double elements) { return static_cast<std::size_t>(elements) * f.bytes; };
    x_bytes = bytes(static_cast<double>(l.input.elements()) * f.batch);
    y_bytes = bytes(static_cast<double>(n) * c * h * width);
    w_bytes = bytes(static_cast<double>(l.output.channels) * per_group * i(l.kernel_h) * i(l.kernel_w));
  }
};

}  // namespace

LayerTime time_convolution(const Device& device, const Layer& layer, const LayerContext& context,
                           const Format& format) {
  const Convolution c(layer, format);
  const RotatedBuffer x(c.x_bytes), y(c.y_bytes);
  const Buffer w(c.w_bytes), workspace(kWorkspace);
  const float one = 1, zero = 0;
  const cudnnHandle_t cudnn = device.cudnn();
  int found = 0;
  cudnnConvolutionFwdAlgoPerf_t forward{};
  check(cudnnFindConvolutionForwardAlgorithmEx(cudnn, c.x, x.get(0), c.w, w.get(), c.conv, c.y, y.get(0), 1,
                                               &found, &forward, workspace.get(), kWorkspace),
        "finding a convolution algorithm");
  LayerTime time;
  time.forward = device.time([&](int turn) {
    check(cudnnConvolutionForward(cudnn, &one, c.x, x.get(turn), c.w, w.get(), c.conv, forward.algo,
                                  workspace.get(), kWorkspace, &zero, c.y, y.get(turn)),
          "running a convolution");
  });
  if (!format.training) return time;
  cudnnConvolutionBwdFilterAlgoPerf_t filter{};
  check(
      cudnnFindConvolutionBackwardFilterAlgorithmEx(cudnn, c.x, x.get(0), c.y, y.get(0), c.conv, c.w, w.get(),
                                                    1, &found, &filter, workspace.get(), kWorkspace),
      "finding a filter gradient algorithm");
  time.backward = device.time([&](int turn) {
    check(cudnnConvolutionBackwardFilter(cudnn, &one, c.x, x.get(turn), c.y, y.get(turn), c.conv, filter.algo,
                                         workspace.get(), kWorkspace, &zero, c.w, w.get()),
          "running a filter gradient");
  });
  if (context.first) return time;
  cudnnConvolutionBwdDataAlgoPerf_t data{};
  check(cudnnFindConvolutionBackwardDataAlgorithmEx(cudnn, c.w, w.get(), c.y, y.get(0), c.conv, c.x, x.get(0),
                                                    1, &found, &data, workspace.get(), kWorkspace),
        "finding a data gradient algorithm");
  time.backward += device.time([&](int turn) {
    check(cudnnConvolutionBackwardData(cudnn, &one, c.w, w.get(), c.y, y.get(turn), c.conv, data.algo,
                                       workspace.get(), kWorkspace, &zero, c.x, x.get(turn)),
          "running a data gradient");
  });
  return time;
}

}  // namespace scalesim::workloads::gpu
