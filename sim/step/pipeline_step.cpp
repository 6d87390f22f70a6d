// Streams per stage: compute, gradients, and one per direction of activations. Slots come from the schedule.
#include "sim/step/pipeline_step.h"

#include <algorithm>
#include <numeric>

#include "core/error.h"
#include "sim/engine/interference.h"
#include "sim/step/buckets.h"
#include "sim/step/collective_times.h"
#include "sim/step/pipeline.h"
#include "sim/work/stages.h"

namespace scalesim::sim {
namespace {

using comm::Collective;

std::size_t at(int i) { return static_cast<std::size_t>(i); }

/// A virtual stage: what its passes cost and what its gradients are.
struct VirtualStage {
  LayerRange range;
  Seconds forward{}, backward{}, weight{};  ///< compute
  Seconds forward_wait{}, backward_wait{};  ///< collectives inside the passes
  double parameters = 0;
  double expert_parameters = 0;
  std::vector<Bucket> buckets;
};

class Builder {
 public:
  Builder(const StepInputs& in, const GradientRules& rules)
      : in_(in),
        rules_(rules),
        times_(in),
        pipeline_(find_pipeline(in.scenario.parallel)),
        shape_{in.layout.pipeline, in.microbatches, in.scenario.parallel.virtual_stages} {
    pipeline_->check(shape_);
    SCALESIM_CHECK(in.microbatches >= 1);
  }

  Step build() {
    describe_stages();
    step_.layout = in_.layout;
    for (int s = 0; s < shape_.stages; ++s) add_streams(s);
    broadcast_buffers();
    // Slots wait for slots of other stages, so tasks are made stage by stage first and tied together after.
    slots_.assign(at(shape_.stages * shape_.chunks * shape_.microbatches * 2), {});
    for (int s = 0; s < shape_.stages; ++s) {
      for (const Slot& slot : pipeline_->order(s, shape_)) add_slot(s, slot);
      finish_stage(s);
    }
    tie_slots();
    return std::move(step_);
  }

 private:
  /// A pass of a micro-batch through a virtual stage: its first and last compute task, and what the next
  /// virtual stage waits for.
  struct Tasks {
    int first = -1, last = -1, arrived = -1;
  };
  struct Streams {
    int compute, gradients, forward, backward;
  };

  bool training() const { return in_.scenario.compute.mode == workloads::Mode::training; }
  bool averages() const { return training() && in_.layout.replicas() > 1; }
  int virtual_stages() const { return shape_.stages * shape_.chunks; }
  int virtual_stage(int stage, int chunk) const { return chunk * shape_.stages + stage; }

  Tasks& tasks_of(Pass pass, int vstage, int microbatch) {
    return slots_[at(((pass == Pass::forward ? 0 : 1) * virtual_stages() + vstage) * shape_.microbatches +
                     microbatch)];
  }

  void describe_stages() {
    for (const LayerRange& range :
         cut_stages(in_.work, virtual_stages(), in_.scenario.model.transformer.has_value(),
                    in_.scenario.model.name)) {
      VirtualStage v;
      v.range = range;
      for (int i = range.from; i < range.to; ++i) add_layer(v, in_.work.layers[at(i)]);
      if (averages())
        v.buckets = gradient_buckets(in_.work, {rules_.first, rules_.bucket, in_.scenario.gradient_element},
                                     range.from, range.to);
      stages_.push_back(std::move(v));
    }
  }

  void add_layer(VirtualStage& v, const LayerWork& layer) {
    const Seconds weight = pipeline_->splits_backward() ? layer.weight_gradient : Seconds(0);
    v.forward += layer.forward;
    v.backward += layer.backward - weight;
    v.weight += weight;
    for (const LayerMessage& m : layer.forward_messages) v.forward_wait += times_.exposed(m), count(m);
    for (const LayerMessage& m : layer.backward_messages) v.backward_wait += times_.exposed(m), count(m);
    const double elements = std::accumulate(layer.parameters.begin(), layer.parameters.end(), 0.0);
    (layer.expert ? v.expert_parameters : v.parameters) += elements;
  }

  void count(const LayerMessage& m) { step_.wire += m.bytes * (m.times * shape_.microbatches); }

  void add_streams(int stage) {
    TaskGraph& graph = step_.graph;
    Streams s{};
    s.compute = graph.add_stream(StreamKind::compute, stage);
    s.gradients = graph.add_stream(StreamKind::communication, stage);
    s.forward = s.backward = s.gradients;
    if (shape_.stages > 1) {
      s.forward = graph.add_stream(StreamKind::communication, stage);
      s.backward = graph.add_stream(StreamKind::communication, stage);
    }
    streams_.push_back(s);
  }

  /// DistributedDataParallel sends rank 0's batch-norm statistics to all before each forward.
  void broadcast_buffers() {
    if (!averages() || !in_.scenario.broadcast_buffers || shape_.stages > 1) return;
    Bytes bytes{};
    for (const LayerWork& layer : in_.work.layers) bytes += layer.buffers;
    if (bytes <= Bytes(0)) return;
    add_collective(0, Collective::broadcast, bytes, gradient_group(in_.layout), {}, "broadcast buffers");
    before_forward_ = step_.collectives.back();
  }

  void add_slot(int stage, const Slot& slot) {
    if (!training() && slot.pass != Pass::forward) return;
    const int vstage = virtual_stage(stage, slot.chunk);
    const VirtualStage& v = stages_[at(vstage)];
    switch (slot.pass) {
      case Pass::forward: {
        const int task = add_compute(stage, v.forward, v.forward_wait, "forward");
        if (before_forward_ >= 0) step_.graph.tasks[at(task)].after.push_back(before_forward_);
        tasks_of(Pass::forward, vstage, slot.microbatch) = {task, task,
                                                            hand_over(Pass::forward, vstage, task)};
        return;
      }
      case Pass::backward:
        return add_backward(stage, vstage, slot.microbatch);
      case Pass::weight:
        add_compute(stage, v.weight, Seconds(0), "weight gradient");
        if (averages_after(slot.microbatch)) average_all(stage, v, step_.compute.back());
    }
  }

  int add_compute(int stage, Seconds work, Seconds wait, const char* name) {
    Task task{streams_[at(stage)].compute, work + wait, {}, {}, name};
    task.communication = wait;
    if (wait > Seconds(0)) task.axis = Axis::tensor;
    step_.compute.push_back(step_.graph.add(std::move(task)));
    return step_.compute.back();
  }

  bool averages_after(int microbatch) const {
    return averages() && (rules_.every_microbatch || microbatch == shape_.microbatches - 1);
  }

  void add_backward(int stage, int vstage, int microbatch) {
    const VirtualStage& v = stages_[at(vstage)];
    Tasks tasks;
    if (!averages_after(microbatch) || pipeline_->splits_backward()) {
      tasks.first = tasks.last = add_compute(stage, v.backward, v.backward_wait, "backward");
    } else {
      tasks = backward_in_buckets(stage, v);
    }
    tasks.arrived = hand_over(Pass::backward, vstage, tasks.last);
    tasks_of(Pass::backward, vstage, microbatch) = tasks;
  }

  /// The backward in pieces, each ending where a bucket becomes ready; its collectives start there.
  Tasks backward_in_buckets(int stage, const VirtualStage& v) {
    Tasks tasks;
    int layer = v.range.to;
    std::vector<int> ready;
    const auto piece = [&](int from, Seconds extra) {
      const int task = add_backward_piece(stage, from, layer, extra);
      layer = from;
      tasks.last = task;
      if (tasks.first < 0) tasks.first = task;
      return task;
    };
    for (const Bucket& bucket : v.buckets) ready.push_back(piece(bucket.ready_layer, copy_into(bucket)));
    const int end = piece(v.range.from, Seconds(0));
    for (std::size_t b = 0; b < v.buckets.size(); ++b)
      average(stage, v.buckets[b], in_.scenario.overlap ? ready[b] : end);
    return tasks;
  }

  int add_backward_piece(int stage, int from, int to, Seconds extra) {
    Seconds work = extra, wait{};
    for (int i = from; i < to; ++i) {
      const LayerWork& layer = in_.work.layers[at(i)];
      work += layer.backward;
      for (const LayerMessage& m : layer.backward_messages) wait += times_.exposed(m);
    }
    return add_compute(stage, work, wait, "backward");
  }

  /// The reducer copies each gradient into its bucket, dividing by the ranks, and back: read and write, both
  /// ways.
  Seconds copy_into(const Bucket& bucket) const {
    return bucket.bytes * 2 / in_.cluster.gpu.memory_bandwidth;
  }

  void average_all(int stage, const VirtualStage& v, int after) {
    for (const Bucket& bucket : v.buckets) average(stage, bucket, after);
  }

  void average(int stage, const Bucket& bucket, int after) {
    const comm::Group group = bucket.expert ? expert_gradient_group(in_.layout) : gradient_group(in_.layout);
    if (group.ranks > 1) add_collective(stage, rules_.collective, bucket.bytes, group, {after}, {});
  }

  void add_collective(int stage, Collective collective, Bytes bytes, const comm::Group& group,
                      std::vector<int> after, std::string name) {
    const comm::CollectiveTime& answer = times_.ask(collective, bytes, group);
    Task task{
        streams_[at(stage)].gradients, times_.time(collective, bytes, group) + in_.constants.bucket_overhead,
        interference(collective, bytes, group, answer, in_.cluster.gpu, in_.constants), std::move(after),
        name.empty() ? std::string(to_text(collective)) + " " + answer.algorithm : std::move(name)};
    task.axis = Axis::data;
    task.message = Message{collective, bytes, group};
    step_.collectives.push_back(step_.graph.add(std::move(task)));
    step_.wire += bytes;
    if (answer.time > longest_) longest_ = answer.time, step_.bottleneck_link = answer.bottleneck;
  }

  /// The update waits for every gradient of the stage, and sharded parameters are gathered after it.
  void finish_stage(int stage) {
    if (!training()) return;
    std::vector<int> before;
    for (const int task : step_.collectives)
      if (step_.graph.streams[at(step_.graph.tasks[at(task)].stream)].device == stage) before.push_back(task);
    double parameters = 0, experts = 0;
    for (int chunk = 0; chunk < shape_.chunks; ++chunk) {
      parameters += stages_[at(virtual_stage(stage, chunk))].parameters;
      experts += stages_[at(virtual_stage(stage, chunk))].expert_parameters;
    }
    const double replicas = in_.layout.replicas(), expert_replicas = replicas / in_.layout.expert;
    const double updated =
        rules_.sharded_update ? parameters / replicas + experts / expert_replicas : parameters + experts;
    step_.optimizer.push_back(step_.graph.add({streams_[at(stage)].compute,
                                               Seconds(in_.work.optimizer_per_parameter * updated),
                                               {},
                                               before,
                                               "optimizer"}));
    if (!rules_.sharded_update) return;
    const int update = step_.optimizer.back();
    const Bytes element = parameter_bytes(in_.scenario);
    if (replicas > 1)
      add_collective(stage, Collective::all_gather, element * parameters, gradient_group(in_.layout),
                     {update}, {});
    if (experts > 0 && expert_replicas > 1)
      add_collective(stage, Collective::all_gather, element * experts, expert_gradient_group(in_.layout),
                     {update}, {});
  }

  /// Forward passes feed the next virtual stage, backward passes the one before.
  void tie_slots() {
    for (int v = 0; v < virtual_stages(); ++v) {
      for (int m = 0; m < shape_.microbatches; ++m) {
        if (v > 0) wait_for(tasks_of(Pass::forward, v, m).first, tasks_of(Pass::forward, v - 1, m).arrived);
        if (!training()) continue;
        const bool last = v + 1 == virtual_stages();
        wait_for(tasks_of(Pass::backward, v, m).first,
                 last ? tasks_of(Pass::forward, v, m).last : tasks_of(Pass::backward, v + 1, m).arrived);
      }
    }
  }

  void wait_for(int task, int before) { step_.graph.tasks[at(task)].after.push_back(before); }

  /// Sends the result of `last` to the neighbouring virtual stage; returns the task after which it is there.
  int hand_over(Pass pass, int from, int last) {
    const int to = pass == Pass::forward ? from + 1 : from - 1;
    if (to < 0 || to == virtual_stages() || from % shape_.stages == to % shape_.stages) return last;
    const int boundary = std::min(from, to);  // backward sends the gradient of the same tensor
    const Bytes bytes = boundary_bytes(boundary);
    const Seconds time =
        times_.time(Collective::send_receive, bytes, neighbour_stages(in_.layout)) + regather(boundary);
    const Streams& streams = streams_[at(from % shape_.stages)];
    const bool forward = pass == Pass::forward;
    // Without overlap the sender waits too, as Megatron-LM does after its batched sends and receives.
    const int stream = !in_.scenario.overlap ? streams.compute : forward ? streams.forward : streams.backward;
    step_.transfers.push_back(
        step_.graph.add({stream, time, {}, {last}, forward ? "send activations" : "send gradients"}));
    step_.transfer_messages.push_back({Collective::send_receive, bytes, neighbour_stages(in_.layout)});
    step_.wire += bytes;
    return step_.transfers.back();
  }

  /// Tensor ranks hold equal activations: each sends its part (Megatron-LM's scatter-gather optimisation),
  /// and without sequence parallelism the receivers gather it.
  Bytes boundary_bytes(int vstage) const {
    const Bytes whole = in_.work.layers[at(stages_[at(vstage)].range.to - 1)].output;
    return in_.scenario.parallel.sequence_parallel ? whole : whole / in_.layout.tensor;
  }
  Seconds regather(int vstage) {
    if (in_.scenario.parallel.sequence_parallel || in_.layout.tensor == 1) return Seconds(0);
    return times_.time(Collective::all_gather, in_.work.layers[at(stages_[at(vstage)].range.to - 1)].output,
                       tensor_group(in_.layout));
  }

  const StepInputs& in_;
  const GradientRules& rules_;
  CollectiveTimes times_;
  std::unique_ptr<Pipeline> pipeline_;
  PipelineShape shape_;
  std::vector<VirtualStage> stages_;
  std::vector<Streams> streams_;
  std::vector<Tasks> slots_;
  int before_forward_ = -1;
  Seconds longest_{};
  Step step_;
};

}  // namespace

Bytes parameter_bytes(const Scenario& scenario) {
  return Bytes(std::max(2.0, topology::bytes_per_element(scenario.compute.precision).value()));
}

Step build_pipeline_step(const StepInputs& inputs, const GradientRules& rules) {
  return Builder(inputs, rules).build();
}

}  // namespace scalesim::sim
