// Layer times from the compute model on divided layers; messages from where the cuts are.
#include "sim/work/work.h"

#include <algorithm>
#include <set>

#include "sim/work/shard_model.h"
#include "workloads/model/tensor_cut.h"

namespace scalesim::sim {
namespace {

using comm::Collective;
using workloads::Layer;
using workloads::Op;
using workloads::TensorCut;

constexpr double kWeightShare = 0.5;  ///< a product's two gradients cost the same

bool has_weight_product(const Layer& layer) {
  return (layer.op == Op::linear || layer.op == Op::conv || layer.op == Op::scan) &&
         !layer.parameters.empty();
}

/// Places the messages of tensor, context and expert parallelism (Megatron-LM; comm-model 7.3).
class MessagePlacer {
 public:
  MessagePlacer(const Scenario& scenario, const workloads::Model& whole, Work& work)
      : scenario_(scenario), whole_(whole), cuts_(tensor_cuts(whole)), work_(work) {
    element_ = std::max(2.0, topology::bytes_per_element(scenario.compute.precision).value());
  }

  void place() {
    for (std::size_t i = 0; i < whole_.layers.size(); ++i) {
      if (scenario_.parallel.tensor > 1) place_tensor(i);
      if (scenario_.parallel.context > 1) place_context(i);
      if (scenario_.parallel.expert > 1) place_expert(i);
    }
  }

 private:
  /// Activation of a micro-batch with `channels` per position, as one rank of a context group holds it.
  Bytes activation(std::int64_t channels, std::int64_t width) const {
    return Bytes(element_ * static_cast<double>(work_.microbatch * channels * width) /
                 scenario_.parallel.context);
  }

  bool recomputed(std::size_t i) const {
    return scenario_.compute.recompute == workloads::Recompute::full && whole_.layers[i].block >= 0;
  }

  void place_tensor(std::size_t i) {
    const Layer& layer = whole_.layers[i];
    const bool sequence = scenario_.parallel.sequence_parallel;
    LayerWork& w = work_.layers[i];
    if (cuts_[i] == TensorCut::row || layer.op == Op::embedding) {
      if (layer.op == Op::embedding && layer.name != "token_embedding") return;
      const Bytes bytes = activation(layer.output.channels, layer.output.width);
      const auto add = [&](std::vector<LayerMessage>& to, Collective collective) {
        to.push_back({collective, bytes, Axis::tensor});
      };
      add(w.forward_messages, sequence ? Collective::reduce_scatter : Collective::all_reduce);
      if (sequence) add(w.backward_messages, Collective::all_gather);
      if (recomputed(i))
        add(w.backward_messages, sequence ? Collective::reduce_scatter : Collective::all_reduce);
    }
    if (cuts_[i] == TensorCut::column && first_reader(i)) {
      const Bytes bytes = activation(layer.input.channels, layer.input.width);
      if (sequence) w.forward_messages.push_back({Collective::all_gather, bytes, Axis::tensor});
      if (sequence && recomputed(i))
        w.backward_messages.push_back({Collective::all_gather, bytes, Axis::tensor});
      w.backward_messages.push_back(
          {sequence ? Collective::reduce_scatter : Collective::all_reduce, bytes, Axis::tensor});
      // The whole input, wanted again for the weight gradient, is gathered beside the input gradient's
      // product.
      if (sequence)
        w.backward_messages.push_back(
            {Collective::all_gather, bytes, Axis::tensor, w.backward.value() * kWeightShare});
    }
  }

  /// Query, key and value of one input (or gate and up) share its gather and its sum.
  bool first_reader(std::size_t i) {
    const std::vector<int>& sources = whole_.layers[i].sources;
    return sources.empty() || gathered_.insert(sources.front()).second;
  }

  void place_context(std::size_t i) {
    const Layer& layer = whole_.layers[i];
    if (layer.op != Op::attention && !(layer.op == Op::matmul && layer.kind == "QK^T")) return;
    LayerWork& w = work_.layers[i];
    const Parallelism& p = scenario_.parallel;
    const std::int64_t keys = layer.input.channels - layer.output.channels;
    const auto& shape = *whole_.transformer;
    const std::int64_t query = shape.heads * shape.head_dim;
    if (p.context_method == "all-to-all") {
      const Bytes to_heads = activation(
          (query + std::max<std::int64_t>(keys, 2 * shape.kv_heads * shape.head_dim)) / p.tensor, layer.m);
      const Bytes back = activation(query / p.tensor, layer.m);
      for (const Bytes& bytes : {to_heads, back}) {
        w.forward_messages.push_back({Collective::all_to_all, bytes, Axis::context});
        w.backward_messages.push_back({Collective::all_to_all, bytes, Axis::context});
      }
      return;
    }
    const Bytes block = activation(
        2 * shape.kv_heads * shape.head_dim / std::min<std::int64_t>(p.tensor, shape.kv_heads), layer.m);
    // Each of c - 1 exchanges runs beside one c-th of the attention.
    const double part = 1.0 / p.context;
    w.forward_messages.push_back(
        {Collective::send_receive, block, Axis::context, w.forward.value() * part, p.context - 1});
    w.backward_messages.push_back(
        {Collective::send_receive, block * 2, Axis::context, w.backward.value() * part, p.context - 1});
  }

  void place_expert(std::size_t i) {
    const Layer& layer = whole_.layers[i];
    const bool dispatch = layer.kind == "gather", combine = layer.kind == "scatter";
    if (!dispatch && !combine) return;
    const workloads::Shape& rows = dispatch ? layer.output : layer.input;
    const Bytes bytes = activation(rows.channels, rows.width) * scenario_.parallel.expert_capacity /
                        (scenario_.parallel.sequence_parallel ? scenario_.parallel.tensor : 1);
    work_.layers[i].forward_messages.push_back({Collective::all_to_all, bytes, Axis::data});
    work_.layers[i].backward_messages.push_back({Collective::all_to_all, bytes, Axis::data});
    if (recomputed(i))
      work_.layers[i].backward_messages.push_back({Collective::all_to_all, bytes, Axis::data});
  }

  const Scenario& scenario_;
  const workloads::Model& whole_;
  std::vector<TensorCut> cuts_;
  Work& work_;
  double element_;
  std::set<int> gathered_;
};

}  // namespace

double Work::parameters() const {
  double sum = 0;
  for (const LayerWork& layer : layers)
    for (const std::int64_t elements : layer.parameters) sum += static_cast<double>(elements);
  return sum;
}

Work work_from(const workloads::Model& model, const workloads::StepTime& time, std::int64_t microbatch) {
  Work work;
  work.microbatch = microbatch;
  work.layers.resize(model.layers.size());
  for (std::size_t i = 0; i < model.layers.size(); ++i) {
    const Layer& layer = model.layers[i];
    LayerWork& w = work.layers[i];
    w.forward = time.layers[i].forward;
    w.backward = time.layers[i].backward;
    if (has_weight_product(layer)) w.weight_gradient = w.backward * kWeightShare;
    w.parameters.reserve(layer.parameters.size());
    for (const workloads::Parameter& p : layer.parameters) w.parameters.push_back(p.elements);
    w.expert = layer.experts;
    if (time.layers[i].bound == workloads::Bound::arithmetic)
      work.arithmetic += (w.forward + w.backward).value();
    w.block = layer.block;
    if (layer.op == Op::batch_norm)
      w.buffers = Bytes(8.0 * static_cast<double>(layer.output.channels));  // fp32 mean and variance
    w.output = Bytes(2.0 * static_cast<double>(layer.output.elements() * microbatch));
  }
  work.forward = time.forward;
  work.backward = time.backward;
  work.launch = time.launch;
  work.relative_error = time.relative_error;
  const double parameters = work.parameters();
  if (parameters > 0) work.optimizer_per_parameter = time.optimizer.value() / parameters;
  return work;
}

Work scaled(Work work, double factor) {
  for (LayerWork& layer : work.layers) {
    layer.forward *= factor;
    layer.backward *= factor;
    layer.weight_gradient *= factor;
    for (auto* messages : {&layer.forward_messages, &layer.backward_messages})
      for (LayerMessage& message : *messages) message.hidden_by *= factor;
  }
  work.forward *= factor;
  work.backward *= factor;
  work.launch *= factor;
  work.arithmetic *= factor;
  work.optimizer_per_parameter *= factor;
  return work;
}

Seconds modelled_step(const Scenario& scenario, const topology::GpuSpec& gpu, const DataCatalogue& data) {
  return modelled_step(scenario, gpu, workloads::find_constants(gpu, scenario.compute, data));
}

Seconds modelled_step(const Scenario& scenario, const topology::GpuSpec& gpu,
                      const workloads::ComputeConstants& constants) {
  const workloads::ComputeModel one(gpu, scenario.compute, constants);
  // A step that accumulates updates once for all of its micro-batches.
  const workloads::StepTime step = one.step(scenario.model);
  const Seconds kernels =
      step.forward + step.backward + step.optimizer / static_cast<double>(scenario.accumulation);
  return std::max(kernels, step.launch);
}

Work make_work(const Scenario& scenario, const topology::GpuSpec& gpu, std::int64_t microbatch,
               const DataCatalogue& data) {
  return make_work(scenario, gpu, microbatch, workloads::find_constants(gpu, scenario.compute, data));
}

Work make_work(const Scenario& scenario, const topology::GpuSpec& gpu, std::int64_t microbatch,
               const workloads::ComputeConstants& constants) {
  workloads::ComputeSettings settings = scenario.compute;
  const workloads::Model& whole = scenario.model;
  const double scale = scenario.step_time ? *scenario.step_time / modelled_step(scenario, gpu, constants) : 1;
  settings.batch = microbatch;
  const workloads::ComputeModel compute(gpu, settings, constants);
  const Parallelism& p = scenario.parallel;
  const bool divided = p.tensor > 1 || p.context > 1 || p.expert > 1;
  const workloads::Model shard = divided ? shard_model(whole, p) : whole;
  Work work = work_from(shard, compute.step(shard), microbatch);
  // Kernels that wait for the host spread over the launch time: communication hides behind the gaps too.
  const Seconds kernels = work.forward + work.backward;
  if (work.launch > kernels && kernels > Seconds(0)) {
    const double stretch = work.launch / kernels, update = work.optimizer_per_parameter;
    work = scaled(work, stretch);
    work.optimizer_per_parameter = update;
    work.launch = work.launch / stretch;
  }
  if (scale != 1) work = scaled(work, scale);
  if (divided) MessagePlacer(scenario, whole, work).place();
  return work;
}

}  // namespace scalesim::sim
