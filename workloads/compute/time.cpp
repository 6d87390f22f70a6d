// A step as the sum of its layers' kernels, the optimizer and the host's launch limit.
#include "workloads/compute/time.h"

#include <algorithm>
#include <array>

#include "core/error.h"
#include "core/units_text.h"

namespace scalesim::workloads {
namespace {

/// What a board holds of its peak. Where nobody measured it: GeForce cards boost past their datasheet clock
/// (RTX 3090 and 4090 in timm's tables), server boards do not and hold about 0.9 (V100 0.95 for FP32, A100
/// 0.87, H100 0.80).
double sustained_share(const topology::GpuSpec& gpu, topology::Precision precision) {
  const double known = gpu.sustained_at(precision);
  const bool boosts = gpu.form_factor.find("GeForce") != std::string::npos;
  return known < 1 || boosts ? known : 0.9;
}

/// What runs beside FP8 products.
topology::Precision wide(topology::Precision precision) {
  return precision == topology::Precision::fp8 ? topology::Precision::bf16 : precision;
}

/// Tensor instructions of Ampere (mma.sync) multiply 1,024 halves per clock and multiprocessor on A100, and
/// on newer GPUs no more: FlashAttention-2, written with them, reaches half of H100's peak that it reaches of
/// A100's and a quarter on B200 (data/calibration/attention.toml). TF32 runs at half of that.
double attention_peak(const topology::GpuSpec& gpu, topology::Precision precision,
                      const ComputeConstants& constants) {
  const double peak = gpu.peak_at(wide(precision)).value();
  const Arithmetic arithmetic = arithmetic_of(gpu, precision);
  if (arithmetic == Arithmetic::fp32 || constants.attention_native > 0.5 || gpu.boost_clock.value() <= 0)
    return peak;
  const double per_clock = arithmetic == Arithmetic::tensor ? 2048 : 1024;
  return std::min(peak, per_clock * std::max(1, gpu.multiprocessors) * gpu.boost_clock.value());
}

}  // namespace

ComputeModel::ComputeModel(const topology::GpuSpec& gpu, const ComputeSettings& settings,
                           const DataCatalogue& data)
    : ComputeModel(gpu, settings, find_constants(gpu, settings, data)) {}

ComputeModel::ComputeModel(const topology::GpuSpec& gpu, const ComputeSettings& settings,
                           const ComputeConstants& constants)
    : settings_(settings),
      constants_(constants),
      arithmetic_(arithmetic_of(gpu, settings.precision)),
      peak_(gpu.peak_at(settings.precision).value()),
      wide_peak_(gpu.peak_at(wide(settings.precision)).value()),
      vector_peak_(gpu.peak.count(topology::Precision::fp32) != 0
                       ? gpu.peak.at(topology::Precision::fp32).value()
                       : peak_ / 16),
      attention_peak_(attention_peak(gpu, settings.precision, constants)),
      sustained_(sustained_share(gpu, settings.precision)),
      wide_sustained_(sustained_share(gpu, wide(settings.precision))),
      bandwidth_(gpu.memory_bandwidth.value()),
      l2_(gpu.l2.value()),
      multiprocessors_(std::max(1, gpu.multiprocessors)),
      element_(std::max(2.0, topology::bytes_per_element(settings.precision).value())),
      gpu_(gpu.name),
      claims_(gpu.claims) {
  SCALESIM_CHECK(settings.batch > 0);
  SCALESIM_CHECK(bandwidth_ > 0);
}

double ComputeModel::rate(double efficiency, bool wide) const {
  const double sustained = wide ? wide_sustained_ : sustained_;
  return (wide ? wide_peak_ : peak_) * (constants_.same_gpu ? efficiency : std::min(efficiency, sustained));
}

double ComputeModel::moved_seconds(double bytes) const {
  const double from_dram = bytes / (bandwidth_ * constants_.memory_fraction);
  const double hit = l2_ / (l2_ + bytes);  // share of what the kernel before left in L2 and is still there
  return from_dram * (1 - hit * (1 - 1 / constants_.l2_gain));
}

KernelTime ComputeModel::kernel(double arithmetic_seconds, double memory_seconds) const {
  const double work = std::max(arithmetic_seconds, memory_seconds);
  return {Seconds(work + constants_.kernel_floor_s),
          arithmetic_seconds > memory_seconds ? Bound::arithmetic : Bound::memory};
}

Seconds ComputeModel::memory_pass(Bytes bytes) const { return kernel(0, moved_seconds(bytes.value())).time; }

LayerTime ComputeModel::layer(const Layer& layer, const LayerContext& context) const {
  LayerTime time;
  switch (layer.op) {
    case Op::conv:
      time = convolution(layer, context);
      break;
    case Op::linear:
    case Op::scan:
    case Op::matmul:
      time = matrix(layer, context);
      break;
    case Op::attention:
      time = settings_.flash_attention ? fused_attention(layer) : unfused_attention(layer);
      break;
    default:
      time = passes(layer, context);
  }
  time.forward *= constants_.stack_factor;
  if (settings_.mode == Mode::inference) return time;
  time.backward *= constants_.stack_factor;
  if (context.recomputed) time.backward += time.forward;
  if (context.consumers > 1) {  // autograd adds the gradients that arrive from each consumer
    const double bytes = element_ * static_cast<double>(settings_.batch * layer.output.elements());
    time.backward += memory_pass(Bytes(3 * bytes)) * (context.consumers - 1.0);
  }
  return time;
}

Seconds ComputeModel::optimizer(double parameters) const {
  // Bytes per parameter, fp32 weights, gradients and moments: one fused kernel reads and writes each once;
  // eager code runs weight decay, moments and update as passes of their own (torch.optim, single- and
  // multi-tensor).
  constexpr std::array<double, 3> kFused = {12, 20, 28};
  constexpr std::array<double, 3> kEager = {24, 44, 76};
  const auto kind = static_cast<std::size_t>(settings_.optimizer);
  const bool fused = settings_.compiled || constants_.fused_optimizer > 0;
  // Mixed precision casts the weights to 2 bytes before the step and the gradients back after it.
  const double cast = element_ < 4 ? 12 : 0;
  return memory_pass(Bytes(parameters * ((fused ? kFused[kind] : kEager[kind]) + cast)));
}

StepTime ComputeModel::step(const LayerPlan& plan) const {
  StepTime step;
  std::vector<LayerTime> times;
  times.reserve(plan.distinct.size());
  for (const DistinctLayer& distinct : plan.distinct) {
    times.push_back(layer(distinct.layer, distinct.context));
    step.forward += times.back().forward * distinct.count;
    step.backward += times.back().backward * distinct.count;
    step.launch += launch_time(times.back()) * distinct.count;
  }
  step.layers.reserve(plan.index.size());
  for (const int index : plan.index) step.layers.push_back(times[static_cast<std::size_t>(index)]);
  if (settings_.mode == Mode::training) step.optimizer = optimizer(plan.parameters);
  // Hosts differ more than kernels do: the machines of data/calibration/host_launches.toml by 0.4 in the
  // logarithm.
  constexpr double kHostDeviation = 0.4;
  const bool host_bound = step.launch > step.forward + step.backward;
  step.relative_error =
      host_bound ? std::max(kHostDeviation, constants_.relative_error) : constants_.relative_error;
  step.inputs = inputs();
  return step;
}

Seconds ComputeModel::launch_time(const LayerTime& time) const {
  Seconds host{};
  if (time.forward > Seconds(0)) host += Seconds(constants_.dispatch_forward_s);
  if (time.backward > Seconds(0)) host += Seconds(constants_.dispatch_backward_s);
  return host;
}

std::vector<Input> ComputeModel::inputs() const {
  const std::string constants = "compute constants " + constants_.name;
  const auto of_gpu = [&](const char* key, double value, const char* unit, std::string text) {
    return Input{
        key, value, unit, std::move(text), claims_.provenance(key), gpu_ + ": " + claims_.source_of(key)};
  };
  return {of_gpu("peak", peak_, "FLOP/s", to_text(FlopsPerSecond(peak_))),
          of_gpu("memory_bandwidth", bandwidth_, "bytes/s", to_text(BytesPerSecond(bandwidth_))),
          {"compute_calibration", constants_.relative_error, "relative error", constants,
           constants_.provenance, constants_.source}};
}

}  // namespace scalesim::workloads
