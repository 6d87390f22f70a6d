// Every distinct layer of a model, timed by the library that runs it.
#include <algorithm>

#include "core/error.h"
#include "workloads/compute/traffic.h"
#include "workloads/probe/layers.h"
#include "workloads/probe/measure.h"

namespace scalesim::workloads {
namespace gpu {

Format format_of(const ComputeSettings& settings) {
  using topology::Precision;
  Format format;
  format.batch = static_cast<int>(settings.batch);
  format.training = settings.mode == Mode::training;
  format.layout = settings.layout == Layout::nhwc ? CUDNN_TENSOR_NHWC : CUDNN_TENSOR_NCHW;
  if (settings.precision == Precision::bf16) {
    format.cudnn = CUDNN_DATA_BFLOAT16;
    format.cublas = CUDA_R_16BF;
  } else if (settings.precision == Precision::fp32 || settings.precision == Precision::tf32) {
    format.cudnn = CUDNN_DATA_FLOAT;
    format.cublas = CUDA_R_32F;
    format.bytes = 4;
    format.tensor_cores = settings.precision == Precision::tf32;
    format.compute = format.tensor_cores ? CUBLAS_COMPUTE_32F_FAST_TF32 : CUBLAS_COMPUTE_32F;
  } else if (settings.precision == Precision::fp8) {
    throw InputError("--precision fp8: 'scalesim measure' times fp32, tf32, fp16 and bf16");
  }
  return format;
}

LayerTime time_layer(const Device& device, const DistinctLayer& distinct, const Format& format) {
  const Layer& layer = distinct.layer;
  switch (layer.op) {
    case Op::conv:
      return time_convolution(device, layer, distinct.context, format);
    case Op::linear:
    case Op::scan:
    case Op::matmul:
    case Op::attention:
      return time_product(device, layer, distinct.context, format);
    case Op::batch_norm:
      return time_batch_norm(device, layer, format);
    case Op::activation:
      return time_activation(device, layer, format);
    case Op::pool:
      return time_pool(device, layer, format);
    case Op::softmax:
      return time_softmax(device, layer, format);
    default: {
      const Traffic traffic = traffic_of(layer, format.training ? Mode::training : Mode::inference,
                                         8.0 / static_cast<double>(format.bytes));
      return time_copy(device, traffic.forward, traffic.backward, format);
    }
  }
}

}  // namespace gpu

namespace {

ComputeProfile measure_here(const Model& model, const ComputeSettings& settings, const Progress& progress) {
  const gpu::Device device;
  const gpu::Format format = gpu::format_of(settings);
  const LayerPlan plan = plan_layers(model, settings);
  std::vector<LayerTime> times;
  for (const DistinctLayer& distinct : plan.distinct) {
    progress(times.size(), plan.distinct.size(), distinct.layer.name);
    times.push_back(gpu::time_layer(device, distinct, format));
  }
  ComputeProfile profile{model.name, device.name(), settings.precision, settings.layout, settings.batch, {},
                         {}};
  for (std::size_t i = 0; i < model.layers.size(); ++i) {
    const LayerTime& time = times[static_cast<std::size_t>(plan.index[i])];
    profile.layers.push_back({model.layers[i].name, time.forward, time.backward});
  }
  if (!format.training) return profile;
  // Momentum in one fused kernel: weights, gradients and momentum in fp32, 20 bytes a parameter.
  gpu::Format single = format;
  single.batch = 1;
  single.bytes = 4;
  profile.optimizer = gpu::time_copy(device, 5 * plan.parameters, 0, single).forward;
  return profile;
}

}  // namespace

extern "C" {
extern const MeasureLayers scalesim_measure_layers;
const MeasureLayers scalesim_measure_layers = measure_here;
}

}  // namespace scalesim::workloads
