// A step as the sum of its layers' kernels, the optimizer and the host's launch limit.
#include "workloads/time.h"

#include <algorithm>
#include <array>
#include <map>

#include "core/error.h"

namespace scalesim::workloads {
namespace {

/// Everything about a layer and its surroundings that its time depends on.
using LayerKey = std::array<std::int64_t, 20>;

LayerKey key_of(const Layer& l, const LayerContext& c) {
  return {static_cast<std::int64_t>(l.op),
          l.input.channels,
          l.input.height,
          l.input.width,
          l.output.channels,
          l.output.height,
          l.output.width,
          l.kernel_h,
          l.kernel_w,
          l.stride,
          l.groups,
          l.inputs,
          l.batch,
          l.m,
          l.n,
          l.k,
          c.first,
          c.fused,
          c.consumers,
          c.recomputed};
}

bool element_wise(const Layer& layer) {
  return layer.op == Op::batch_norm || layer.op == Op::activation || layer.op == Op::add ||
         layer.op == Op::dropout;
}

/// The layer whose output `index` reads first; -1 for the model's input. Layers without sources are a chain.
int source_of(const Model& model, std::size_t index) {
  const std::vector<int>& sources = model.layers[index].sources;
  return sources.empty() ? static_cast<int>(index) - 1 : sources.front();
}

std::vector<int> count_consumers(const Model& model) {
  std::vector<int> consumers(model.layers.size(), 0);
  for (std::size_t i = 0; i < model.layers.size(); ++i) {
    const std::vector<int>& sources = model.layers[i].sources;
    if (sources.empty() && i > 0) ++consumers[i - 1];
    for (const int source : sources) {
      if (source >= 0) ++consumers.at(static_cast<std::size_t>(source));
    }
  }
  return consumers;
}

bool recomputed(const Layer& layer, const Model& model, Recompute recompute) {
  if (recompute == Recompute::full) return layer.block >= 0 || !model.transformer;
  const bool core_attention = layer.op == Op::attention || layer.op == Op::softmax || layer.op == Op::matmul;
  return recompute == Recompute::selective && core_attention;
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
      peak_(gpu.peak_at(settings.precision).value() * gpu.sustained_fraction),
      bandwidth_(gpu.memory_bandwidth.value()),
      multiprocessors_(std::max(1, gpu.multiprocessors)),
      element_(std::max(2.0, topology::bytes_per_element(settings.precision).value())),
      gpu_(gpu.name),
      gpu_source_(gpu.source) {
  SCALESIM_CHECK(settings.batch > 0);
  SCALESIM_CHECK(bandwidth_ > 0);
}

KernelTime ComputeModel::kernel(double arithmetic_seconds, double memory_seconds) const {
  const double work = std::max(arithmetic_seconds, memory_seconds);
  return {Seconds(work) + constants_.kernel_floor,
          arithmetic_seconds > memory_seconds ? Bound::arithmetic : Bound::memory};
}

Seconds ComputeModel::memory_pass(Bytes bytes) const {
  return kernel(0, bytes.value() / (bandwidth_ * constants_.memory_fraction)).time;
}

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
      time = fused_attention(layer);
      break;
    default:
      time = passes(layer, context);
  }
  if (settings_.mode == Mode::inference) return time;
  if (context.recomputed) time.backward += time.forward;
  if (context.consumers > 1) {  // autograd adds the gradients that arrive from each consumer
    const double bytes = element_ * static_cast<double>(settings_.batch * layer.output.elements());
    time.backward += memory_pass(Bytes(3 * bytes)) * (context.consumers - 1.0);
  }
  return time;
}

LayerContext ComputeModel::context_of(const Model& model, std::size_t index,
                                      const std::vector<int>& consumers) const {
  const int source = source_of(model, index);
  LayerContext context;
  context.first = source < 0;
  context.consumers = consumers[index];
  context.recomputed = recomputed(model.layers[index], model, settings_.recompute);
  context.fused = settings_.compiled && source >= 0 && element_wise(model.layers[index]) &&
                  element_wise(model.layers[static_cast<std::size_t>(source)]) &&
                  consumers[static_cast<std::size_t>(source)] == 1;
  return context;
}

Seconds ComputeModel::optimizer(double parameters) const {
  // Reads and writes of fp32 weights, gradients and moments; mixed precision also writes a cast copy of the
  // weights.
  constexpr std::array<double, 3> kBytes = {12, 20, 28};
  const double cast = element_ < 4 ? 6 : 0;
  return memory_pass(Bytes(parameters * (kBytes[static_cast<std::size_t>(settings_.optimizer)] + cast)));
}

StepTime ComputeModel::step(const Model& model) const {
  StepTime step;
  step.layers.reserve(model.layers.size());
  const std::vector<int> consumers = count_consumers(model);
  std::map<LayerKey, LayerTime> known;
  double parameters = 0;
  for (std::size_t i = 0; i < model.layers.size(); ++i) {
    const LayerContext context = context_of(model, i, consumers);
    const auto [entry, added] = known.try_emplace(key_of(model.layers[i], context));
    if (added) entry->second = layer(model.layers[i], context);
    step.layers.push_back(entry->second);
    step.forward += entry->second.forward;
    step.backward += entry->second.backward;
    step.launch += launch_time(entry->second);
    parameters += static_cast<double>(model.layers[i].parameter_count());
  }
  if (settings_.mode == Mode::training) step.optimizer = optimizer(parameters);
  step.relative_error = constants_.relative_error;
  step.inputs = inputs();
  return step;
}

Seconds ComputeModel::launch_time(const LayerTime& time) const {
  Seconds host{};
  if (time.forward > Seconds(0)) host += constants_.dispatch_forward;
  if (time.backward > Seconds(0)) host += constants_.dispatch_backward;
  return host;
}

std::vector<Input> ComputeModel::inputs() const {
  const std::string constants = "compute constants " + constants_.name;
  return {{"peak", peak_, "FLOP/s", to_text(FlopsPerSecond(peak_)), Provenance::datasheet,
           gpu_ + ": " + gpu_source_},
          {"memory_bandwidth", bandwidth_, "bytes/s", to_text(BytesPerSecond(bandwidth_)),
           Provenance::datasheet, gpu_ + ": " + gpu_source_},
          {"compute_calibration", constants_.relative_error, "relative error", constants,
           constants_.provenance, constants_.source}};
}

Seconds gemm_time(const topology::GpuSpec& gpu, topology::Precision precision, const GemmShape& shape,
                  const DataCatalogue& data) {
  ComputeSettings settings;
  settings.precision = precision;
  return ComputeModel(gpu, settings, data).gemm(shape).time;
}

Seconds memory_pass_time(const topology::GpuSpec& gpu, topology::Precision precision, Bytes bytes,
                         const DataCatalogue& data) {
  ComputeSettings settings;
  settings.precision = precision;
  return ComputeModel(gpu, settings, data).memory_pass(bytes);
}

}  // namespace scalesim::workloads
