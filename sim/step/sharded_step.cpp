// One compute stream, and one per collective of the description.
#include "sim/step/sharded_step.h"

#include <array>
#include <numeric>

#include "sim/engine/interference.h"
#include "sim/step/collective_times.h"
#include "sim/step/sharded_description.h"

namespace scalesim::sim {
namespace {

std::size_t at(int i) { return static_cast<std::size_t>(i); }

/// Layers that are gathered together: a block, or the loose layers between blocks.
struct Unit {
  Seconds forward{}, backward{}, forward_wait{}, backward_wait{};
  double parameters = 0;
};

class Builder {
 public:
  Builder(const StepInputs& in, const ShardedDescription& step) : in_(in), description_(step), times_(in) {}

  Step build() {
    make_units();
    step_.layout = description_.layout;
    compute_ = step_.graph.add_stream(StreamKind::compute);
    for (int& stream : streams_) stream = step_.graph.add_stream(StreamKind::communication);
    for (int m = 0; m < in_.microbatches; ++m)
      for (const ShardedPass& pass : description_.passes()) add_pass(pass);
    if (description_.training) update();
    return std::move(step_);
  }

 private:
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

  void add_pass(const ShardedPass& pass) {
    const int pass_before = last_compute_;
    std::vector<int> done;
    for (int place = 0; place < units(); ++place) {
      const Unit& unit = units_[at(pass.unit_at(place, units()))];
      const int computed = place - description_.gathers_ahead(unit.parameters);
      const int issued = computed >= 0 ? done[at(computed)] : pass_before;
      const int gathered =
          pass.gathers ? add_collective(ShardedDescription::kGather, unit.parameters, issued) : -1;
      last_compute_ = pass.backward ? add_compute(unit.backward, unit.backward_wait, gathered, "backward")
                                    : add_compute(unit.forward, unit.forward_wait, gathered, "forward");
      done.push_back(last_compute_);
      if (pass.reduces) reduce(unit.parameters);
    }
  }

  void reduce(double parameters) {
    int after = last_compute_;
    for (std::size_t s = ShardedDescription::kReduce; s < ShardedDescription::kStreams; ++s)
      if (const int task = add_collective(s, parameters, after); task >= 0) after = task;
  }

  int add_compute(Seconds work, Seconds wait, int after, const char* name) {
    Task task{compute_, work + wait, {}, after < 0 ? std::vector<int>{} : std::vector<int>{after}, name};
    task.communication = wait;
    if (wait > Seconds(0)) task.axis = Axis::tensor;
    step_.compute.push_back(step_.graph.add(std::move(task)));
    return step_.compute.back();
  }

  /// -1 when there is nothing to do.
  int add_collective(std::size_t stream, double parameters, int after) {
    const UnitCollective& what = description_.collectives[stream];
    if (!what.moves_anything(parameters)) return -1;
    const Bytes bytes = what.bytes(parameters);
    const comm::CollectiveTime& answer = times_.ask(what.collective, bytes, what.group);
    Task task{
        streams_[stream], times_.time(what.collective, bytes, what.group) + in_.constants.bucket_overhead,
        interference(what.collective, bytes, what.group, answer, in_.cluster.gpu, in_.constants),
        after < 0 ? std::vector<int>{} : std::vector<int>{after}, std::string(to_text(what.collective))};
    task.axis = what.axis;
    task.link = what.link();
    task.message = Message{what.collective, bytes, what.group};
    step_.collectives.push_back(step_.graph.add(std::move(task)));
    step_.wire += bytes;
    if (answer.time > longest_) longest_ = answer.time, step_.bottleneck_link = answer.bottleneck;
    return step_.collectives.back();
  }

  void update() {
    const double elements = description_.updated_elements(in_.work.parameters());
    step_.optimizer.push_back(step_.graph.add({compute_,
                                               Seconds(in_.work.optimizer_per_parameter * elements),
                                               {},
                                               step_.collectives,
                                               "optimizer"}));
  }

  const StepInputs& in_;
  const ShardedDescription& description_;
  CollectiveTimes times_;
  std::vector<Unit> units_;
  int compute_ = 0;
  std::array<int, ShardedDescription::kStreams> streams_{};
  int last_compute_ = -1;
  Seconds longest_{};
  Step step_;
};

}  // namespace

Step build_sharded_step(const StepInputs& inputs, const ShardingRules& rules) {
  return Builder(inputs, describe_sharded_step(inputs.scenario, inputs.layout, rules)).build();
}

}  // namespace scalesim::sim
