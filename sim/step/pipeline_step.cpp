// Streams per stage: compute, gradients, and one per direction of activations. Actions come from the
// schedule.
#include "sim/step/pipeline_step.h"

#include <algorithm>
#include <numeric>

#include "core/error.h"
#include "sim/engine/interference.h"
#include "sim/step/collective_times.h"
#include "sim/step/pipeline_description.h"
#include "sim/work/stages.h"

namespace scalesim::sim {
namespace {

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
        times_(in),
        pipeline_(find_pipeline(in.scenario.parallel)),
        description_(describe_pipeline_step(in.scenario, in.layout, in.microbatches, rules,
                                            pipeline_->splits_backward())) {
    pipeline_->check(description_.shape);
    SCALESIM_CHECK(in.microbatches >= 1);
  }

  Step build() {
    describe_stages();
    step_.layout = in_.layout;
    for (int s = 0; s < description_.shape.stages; ++s) add_streams(s);
    broadcast_buffers();
    // Actions wait for actions of other stages, so tasks are made stage by stage first and tied together
    // after.
    passes_.assign(at(description_.shape.virtual_stages() * description_.shape.microbatches * 2), {});
    for (int s = 0; s < description_.shape.stages; ++s) {
      for (const Action& action : actions_of(*pipeline_, s, description_.shape, description_.training))
        add_action(s, action);
      if (description_.training) update(s);
    }
    for (const Pass pass : {Pass::forward, Pass::backward})
      for (int v = 0; v < description_.shape.virtual_stages(); ++v) tie_passes(pass, v);
    return std::move(step_);
  }

 private:
  /// A pass of a micro-batch through a virtual stage: its first compute task, and what the next virtual stage
  /// waits for.
  struct Tasks {
    int first = -1, handed_on = -1;
  };
  struct Streams {
    int compute, gradients, forward, backward;
  };

  Tasks& tasks_of(Pass pass, int vstage, int microbatch) {
    return passes_[at(((pass == Pass::forward ? 0 : 1) * description_.shape.virtual_stages() + vstage) *
                          description_.shape.microbatches +
                      microbatch)];
  }

  void describe_stages() {
    for (const LayerRange& range :
         cut_stages(in_.work, description_.shape.virtual_stages(), in_.scenario.model.transformer.has_value(),
                    in_.scenario.model.name)) {
      VirtualStage v;
      v.range = range;
      for (int i = range.from; i < range.to; ++i) add_layer(v, in_.work.layers[at(i)]);
      if (description_.averages)
        v.buckets = gradient_buckets(in_.work, description_.buckets, range.from, range.to);
      stages_.push_back(std::move(v));
    }
  }

  void add_layer(VirtualStage& v, const LayerWork& layer) {
    const Seconds weight = description_.splits_backward ? layer.weight_gradient : Seconds(0);
    v.forward += layer.forward;
    v.backward += layer.backward - weight;
    v.weight += weight;
    for (const LayerMessage& m : layer.forward_messages) v.forward_wait += times_.exposed(m), count(m);
    for (const LayerMessage& m : layer.backward_messages) v.backward_wait += times_.exposed(m), count(m);
    const double elements = std::accumulate(layer.parameters.begin(), layer.parameters.end(), 0.0);
    (layer.expert ? v.expert_parameters : v.parameters) += elements;
  }

  void count(const LayerMessage& m) { step_.wire += m.bytes * (m.times * description_.shape.microbatches); }

  void add_streams(int stage) {
    TaskGraph& graph = step_.graph;
    Streams s{};
    s.compute = graph.add_stream(StreamKind::compute, stage);
    s.gradients = graph.add_stream(StreamKind::communication, stage);
    s.forward = s.backward = s.gradients;
    if (description_.shape.stages > 1) {
      s.forward = graph.add_stream(StreamKind::communication, stage);
      s.backward = graph.add_stream(StreamKind::communication, stage);
    }
    streams_.push_back(s);
  }

  void broadcast_buffers() {
    Bytes bytes{};
    for (const LayerWork& layer : in_.work.layers) bytes += layer.buffers;
    const std::optional<Message> broadcast = description_.before_forward(bytes);
    if (broadcast) before_forward_ = add_collective(0, *broadcast, {}, "broadcast buffers");
  }

  // --- One action ---

  /// Makes the tasks of one action: see perform.
  struct ActionTasks {
    Builder& builder;
    int stage = 0, vstage = 0;
    Action action;
    Tasks tasks;
    int last = -1;                ///< compute task
    std::vector<int> ready = {};  ///< compute task after which each bucket is full

    const VirtualStage& costs() const { return builder.stages_[at(vstage)]; }

    void compute() {
      const VirtualStage& v = costs();
      if (action.pass == Pass::forward)
        add(v.forward, v.forward_wait, "forward");
      else if (action.pass == Pass::backward)
        add(v.backward, v.backward_wait, "backward");
      else
        add(v.weight, Seconds(0), "weight gradient");
    }

    void compute_by_buckets() {
      int layer = costs().range.to;
      for (const Bucket& bucket : costs().buckets) {
        add_segment(bucket.ready_layer, layer, bucket_copies(bucket.bytes, builder.in_.cluster.gpu));
        layer = bucket.ready_layer;
        ready.push_back(last);
      }
      add_segment(costs().range.from, layer, Seconds(0));
      if (builder.description_.overlap)
        for (std::size_t b = 0; b < ready.size(); ++b) builder.average(stage, costs().buckets[b], ready[b]);
    }

    void average_all() {
      for (const Bucket& bucket : costs().buckets) builder.average(stage, bucket, last);
    }

    void hand_on(std::optional<int> to) {
      tasks.handed_on = to ? builder.send(action.pass, vstage, *to, last) : last;
    }

    /// The backward of layers [from, to).
    void add_segment(int from, int to, Seconds copies) {
      Seconds work = copies, wait{};
      for (int i = from; i < to; ++i) {
        const LayerWork& layer = builder.in_.work.layers[at(i)];
        work += layer.backward;
        for (const LayerMessage& m : layer.backward_messages) wait += builder.times_.exposed(m);
      }
      add(work, wait, "backward");
    }

    void add(Seconds work, Seconds wait, const char* name) {
      last = builder.add_compute(stage, work, wait, name);
      if (tasks.first < 0) tasks.first = last;
    }
  };

  void add_action(int stage, const Action& action) {
    const int vstage = description_.shape.virtual_stage(stage, action.chunk);
    ActionTasks made{*this, stage, vstage, action, {}};
    perform(description_, action.pass, vstage, action.microbatch, made);
    if (action.pass == Pass::forward && before_forward_ >= 0) wait_for(made.tasks.first, before_forward_);
    if (action.pass != Pass::weight) tasks_of(action.pass, vstage, action.microbatch) = made.tasks;
  }

  int add_compute(int stage, Seconds work, Seconds wait, const char* name) {
    Task task{streams_[at(stage)].compute, work + wait, {}, {}, name};
    task.communication = wait;
    if (wait > Seconds(0)) task.axis = Axis::tensor;
    step_.compute.push_back(step_.graph.add(std::move(task)));
    return step_.compute.back();
  }

  void average(int stage, const Bucket& bucket, int after) {
    const comm::Group& group = description_.replicas_of(bucket.expert);
    if (group.ranks > 1) add_collective(stage, {description_.average, bucket.bytes, group}, {after}, {});
  }

  int add_collective(int stage, const Message& what, std::vector<int> after, std::string name) {
    const comm::CollectiveTime& answer = times_.ask(what.collective, what.bytes, what.group);
    Task task{
        streams_[at(stage)].gradients, time(what) + in_.constants.bucket_overhead,
        interference(what.collective, what.bytes, what.group, answer, in_.cluster.gpu, in_.constants),
        std::move(after),
        name.empty() ? std::string(to_text(what.collective)) + " " + answer.algorithm : std::move(name)};
    task.axis = Axis::data;
    task.message = what;
    step_.collectives.push_back(step_.graph.add(std::move(task)));
    step_.wire += what.bytes;
    if (answer.time > longest_) longest_ = answer.time, step_.bottleneck_link = answer.bottleneck;
    return step_.collectives.back();
  }

  /// Returns the task after which the result of `last` is there.
  int send(Pass pass, int from, int to, int last) {
    // Backward sends the gradient of the tensor that the forward sent.
    const LayerWork& boundary = in_.work.layers[at(stages_[at(std::min(from, to))].range.to - 1)];
    const StageSend what = description_.send(boundary.output);
    const Seconds seconds = time(what.send) + (what.gather ? time(*what.gather) : Seconds(0));
    const Streams& streams = streams_[at(description_.shape.stage_of(from))];
    const bool forward = pass == Pass::forward;
    // Without overlap the sender waits too, as Megatron-LM does after its batched sends and receives.
    const int stream = !description_.overlap ? streams.compute : forward ? streams.forward : streams.backward;
    step_.transfers.push_back(
        step_.graph.add({stream, seconds, {}, {last}, forward ? "send activations" : "send gradients"}));
    step_.transfer_messages.push_back(what.send);
    step_.wire += what.send.bytes;
    return step_.transfers.back();
  }

  Seconds time(const Message& what) { return times_.time(what.collective, what.bytes, what.group); }

  // --- What ties them ---

  void update(int stage) {
    std::vector<int> before;
    for (const int task : step_.collectives)
      if (step_.graph.streams[at(step_.graph.tasks[at(task)].stream)].device == stage) before.push_back(task);
    double parameters = 0, experts = 0;
    for (int chunk = 0; chunk < description_.shape.chunks; ++chunk) {
      parameters += stages_[at(description_.shape.virtual_stage(stage, chunk))].parameters;
      experts += stages_[at(description_.shape.virtual_stage(stage, chunk))].expert_parameters;
    }
    const StageUpdate update = description_.update(parameters, experts);
    const int task = step_.graph.add({streams_[at(stage)].compute,
                                      Seconds(in_.work.optimizer_per_parameter * update.elements),
                                      {},
                                      before,
                                      "optimizer"});
    step_.optimizer.push_back(task);
    for (const Message& gather : update.gathers()) add_collective(stage, gather, {task}, {});
  }

  void tie_passes(Pass pass, int vstage) {
    const std::optional<StagePass> before = description_.shape.waits_for(pass, vstage);
    if (!before || (!description_.training && pass != Pass::forward)) return;
    for (int m = 0; m < description_.shape.microbatches; ++m)
      wait_for(tasks_of(pass, vstage, m).first, tasks_of(before->pass, before->virtual_stage, m).handed_on);
  }

  void wait_for(int task, int before) { step_.graph.tasks[at(task)].after.push_back(before); }

  const StepInputs& in_;
  CollectiveTimes times_;
  std::unique_ptr<Pipeline> pipeline_;
  PipelineDescription description_;
  std::vector<VirtualStage> stages_;
  std::vector<Streams> streams_;
  std::vector<Tasks> passes_;
  int before_forward_ = -1;
  Seconds longest_{};
  Step step_;
};

}  // namespace

Step build_pipeline_step(const StepInputs& inputs, const GradientRules& rules) {
  return Builder(inputs, rules).build();
}

}  // namespace scalesim::sim
