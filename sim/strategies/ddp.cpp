// DistributedDataParallel: every GPU computes its own batch; gradients are averaged by all-reduce, bucket by
// bucket in backward order, on one communication stream beside the backward (comm-model 7.1).
#include <algorithm>

#include "sim/buckets.h"
#include "sim/interference.h"
#include "sim/strategy.h"

namespace scalesim::sim {
namespace {

Seconds in_band(const comm::CollectiveTime& time, StepInputs::Band band) {
  if (band == StepInputs::Band::low) return time.low;
  return band == StepInputs::Band::high ? time.high : time.time;
}

class Ddp : public Strategy {
 public:
  std::string_view name() const override { return "ddp"; }
  std::string_view description() const override {
    return "data parallel, gradients all-reduced in buckets that overlap the backward (PyTorch)";
  }

  Step build(const StepInputs& in) const override {
    Step step;
    TaskGraph& graph = step.graph;
    const int compute = graph.add_stream(StreamKind::compute);
    const int network = graph.add_stream(StreamKind::communication);
    const Scenario& scenario = in.scenario;
    step.compute.push_back(graph.add({compute, in.compute.forward, {}, {}, "forward"}));
    const std::vector<Bucket> buckets =
        in.gpus == 1 ? std::vector<Bucket>{}
                     : gradient_buckets(scenario.model,
                                        {scenario.first_bucket, scenario.bucket, scenario.gradient_element});
    int layer = static_cast<int>(scenario.model.layers.size());
    std::vector<int> ready;
    for (const Bucket& bucket : buckets) {
      const Seconds work = backward_of(in, bucket.ready_layer, layer) + copy_into(bucket, in);
      step.compute.push_back(graph.add({compute, work, {}, {}, "backward"}));
      ready.push_back(step.compute.back());
      layer = bucket.ready_layer;
    }
    step.compute.push_back(graph.add({compute, backward_of(in, 0, layer), {}, {}, "backward"}));
    const int backward_end = step.compute.back();
    add_collectives(step, in, buckets, ready, network, backward_end);
    std::vector<int> before_update = step.collectives;
    before_update.push_back(backward_end);
    step.optimizer.push_back(graph.add({compute, in.compute.optimizer, {}, before_update, "optimizer"}));
    return step;
  }

 private:
  /// Backward of the layers [from, to), latest layer first.
  static Seconds backward_of(const StepInputs& in, int from, int to) {
    Seconds sum{};
    for (int i = from; i < to; ++i) sum += in.compute.layers[static_cast<std::size_t>(i)].backward;
    return sum;
  }

  /// The reducer copies each gradient into its bucket, dividing by the ranks, and back: read and write, both
  /// ways.
  static Seconds copy_into(const Bucket& bucket, const StepInputs& in) {
    return bucket.bytes * 2 / in.cluster.gpu.memory_bandwidth;
  }

  static void add_collectives(Step& step, const StepInputs& in, const std::vector<Bucket>& buckets,
                              const std::vector<int>& ready, int network, int backward_end) {
    const comm::Group group{in.gpus, in.nodes, 1};
    Seconds longest{};
    for (std::size_t b = 0; b < buckets.size(); ++b) {
      const auto time = in.collectives.time(comm::Collective::all_reduce, buckets[b].bytes, group);
      const auto effect =
          interference(comm::Collective::all_reduce, buckets[b].bytes, group, time, in.cluster.gpu);
      const int after = in.scenario.overlap ? ready[b] : backward_end;
      step.collectives.push_back(
          step.graph.add({network, in_band(time, in.band), effect, {after}, "all_reduce " + time.algorithm}));
      if (time.time > longest) longest = time.time, step.bottleneck_link = time.bottleneck;
    }
  }
};

}  // namespace

std::unique_ptr<Strategy> make_strategy_ddp() { return std::make_unique<Ddp>(); }

}  // namespace scalesim::sim
