// Streams: compute, gather, reduce-scatter, and all-reduce among replicas (comm-model 7.2).
#include "sim/step/sharded_step.h"

#include <algorithm>
#include <numeric>

#include "core/error.h"
#include "sim/engine/interference.h"
#include "sim/step/collective_times.h"
#include "sim/step/pipeline_step.h"

namespace scalesim::sim {
namespace {

using comm::Collective;

std::size_t at(int i) { return static_cast<std::size_t>(i); }

/// Layers that are gathered together: a block, or the loose layers between blocks.
struct Unit {
  Seconds forward{}, backward{}, forward_wait{}, backward_wait{};
  double parameters = 0;
};

class Builder {
 public:
  Builder(const StepInputs& in, const ShardingRules& rules) : in_(in), rules_(rules), times_(in) {}

  Step build() {
    make_units();
    step_.layout = in_.layout;
    TaskGraph& graph = step_.graph;
    compute_ = graph.add_stream(StreamKind::compute);
    gather_ = graph.add_stream(StreamKind::communication);
    reduce_ = graph.add_stream(StreamKind::communication);
    replicate_ = graph.add_stream(StreamKind::communication);
    for (int m = 0; m < in_.microbatches; ++m) {
      forward();
      if (training()) backward();
    }
    if (training()) update();
    return std::move(step_);
  }

 private:
  bool training() const { return in_.scenario.compute.mode == workloads::Mode::training; }
  int units() const { return static_cast<int>(units_.size()); }

  void make_units() {
    int block = -2;
    for (const LayerWork& layer : in_.work.layers) {
      if (layer.block != block) units_.emplace_back();
      block = layer.block;
      Unit& unit = units_.back();
      unit.forward += layer.forward;
      unit.backward += layer.backward;
      for (const LayerMessage& m : layer.forward_messages) unit.forward_wait += times_.exposed(m);
      for (const LayerMessage& m : layer.backward_messages) unit.backward_wait += times_.exposed(m);
      unit.parameters += std::accumulate(layer.parameters.begin(), layer.parameters.end(), 0.0);
    }
  }

  int add_compute(Seconds work, Seconds wait, std::vector<int> after, const char* name) {
    after.erase(std::remove(after.begin(), after.end(), -1), after.end());
    Task task{compute_, work + wait, {}, std::move(after), name};
    task.communication = wait;
    if (wait > Seconds(0)) task.axis = Axis::tensor;
    step_.compute.push_back(step_.graph.add(std::move(task)));
    return step_.compute.back();
  }

  /// -1 when there is nothing to do.
  int add_collective(int stream, Collective collective, Bytes bytes, const comm::Group& group, int after,
                     Axis axis) {
    if (group.ranks < 2 || bytes <= Bytes(0)) return -1;
    const comm::CollectiveTime& answer = times_.ask(collective, bytes, group);
    Task task{stream, times_.time(collective, bytes, group) + in_.constants.bucket_overhead,
              interference(collective, bytes, group, answer, in_.cluster.gpu, in_.constants),
              after < 0 ? std::vector<int>{} : std::vector<int>{after}, std::string(to_text(collective))};
    task.axis = axis;
    task.link = group.nodes > 1 ? 1 : 0;  // gathers and reductions of one group share its links
    task.message = Message{collective, bytes, group};
    step_.collectives.push_back(step_.graph.add(std::move(task)));
    step_.wire += bytes;
    if (answer.time > longest_) longest_ = answer.time, step_.bottleneck_link = answer.bottleneck;
    return step_.collectives.back();
  }

  int gather(int unit, int after) {
    return add_collective(gather_, Collective::all_gather,
                          parameter_bytes(in_.scenario) * units_[at(unit)].parameters,
                          shard_group(in_.layout), after, Axis::shard);
  }

  /// Gathers that may be under way or unused when the one of `unit` is issued.
  int ahead(int unit) const {
    if (!in_.scenario.overlap) return 1;
    if (rules_.prefetch_elements == 0) return rules_.in_flight;
    const double size = std::max(1.0, units_[at(unit)].parameters);
    return 1 + std::max(1, static_cast<int>(static_cast<double>(rules_.prefetch_elements) / size));
  }

  void forward() {
    std::vector<int> done(at(units()), -1);
    for (int u = 0; u < units(); ++u) {
      const int before = u - ahead(u);
      const int gathered = gather(u, before >= 0 ? done[at(before)] : last_pass_);
      const Unit& unit = units_[at(u)];
      done[at(u)] = add_compute(unit.forward, unit.forward_wait, {gathered}, "forward");
    }
    if (!training()) last_pass_ = done.back();
    forward_done_ = std::move(done);
  }

  void backward() {
    std::vector<int> done(at(units()), -1);
    for (int u = units() - 1; u >= 0; --u) {
      const Unit& unit = units_[at(u)];
      const int before = u + ahead(u);
      // The first gather of the backward is issued once the forward of its own unit has given it up.
      const int free = before < units() ? done[at(before)] : forward_done_[at(units() - 1)];
      const int gathered = rules_.reshard_after_forward ? gather(u, free) : -1;
      done[at(u)] = add_compute(unit.backward, unit.backward_wait, {gathered}, "backward");
      reduce(unit, done[at(u)]);
    }
    last_pass_ = done.front();
  }

  void reduce(const Unit& unit, int after) {
    const Bytes bytes = in_.scenario.gradient_element * unit.parameters;
    const int scattered = add_collective(reduce_, Collective::reduce_scatter, bytes, shard_group(in_.layout),
                                         after, Axis::shard);
    add_collective(replicate_, Collective::all_reduce, bytes / in_.layout.shard, replica_group(in_.layout),
                   scattered < 0 ? after : scattered, Axis::replica);
  }

  void update() {
    const double shard = in_.work.parameters() / in_.layout.shard;
    step_.optimizer.push_back(step_.graph.add(
        {compute_, Seconds(in_.work.optimizer_per_parameter * shard), {}, step_.collectives, "optimizer"}));
  }

  const StepInputs& in_;
  const ShardingRules& rules_;
  CollectiveTimes times_;
  std::vector<Unit> units_;
  int compute_ = 0, gather_ = 0, reduce_ = 0, replicate_ = 0;
  int last_pass_ = -1;
  std::vector<int> forward_done_;
  Seconds longest_{};
  Step step_;
};

}  // namespace

Step build_sharded_step(const StepInputs& inputs, const ShardingRules& rules) {
  if (inputs.layout.pipeline > 1)
    throw InputError(
        "sharded parameters (fsdp, hsdp, zero3) and --pp exclude each other here: use zero1 with --pp");
  if (rules.ranks_per_copy == 0) return Builder(inputs, rules).build();
  StepInputs hybrid = inputs;
  hybrid.layout.shard = rules.ranks_per_copy;
  return Builder(hybrid, rules).build();
}

}  // namespace scalesim::sim
