// One simulated step per point, three times: the network's middle and both ends of what is uncertain.
#include "sim/curve/curve.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "sim/curve/long_run.h"
#include "sim/evaluate/memory_needed.h"
#include "sim/evaluate/memory_policy.h"
#include "sim/evaluate/mixed.h"
#include "sim/evaluate/step_evaluator.h"

namespace scalesim::sim {
namespace {

class CurveMaker {
 public:
  CurveMaker(const Scenario& scenario, const System& system, const DataCatalogue& data,
             const StepConstants& constants)
      : scenario_(scenario),
        system_(system),
        simulator_(scenario, system, data, constants),
        reality_(load_reality(data, scenario.reality)),
        draws_(reality_, constants, scenario.reality.draws, scenario.reality.seed) {}

  Curve make(const std::function<void()>& point_done) {
    const topology::Cluster& c = system_.cluster;
    Curve curve{
        system_.name,
        fmt::format("{} x {} per node, {}", c.gpus_per_node, c.gpu.product, topology::to_text(c.wiring)),
        Provenance::datasheet,
        {}};
    if (system_.gpu_counts.empty()) return curve;
    const std::array<double, 3> one = baseline();
    double speedup_before = 0;
    int gpus_before = 0;
    for (const int gpus : system_.gpu_counts) {
      Point point = point_at(gpus, one);
      point.marginal_efficiency = (point.speedup - speedup_before) / (gpus - gpus_before);
      speedup_before = point.speedup;
      gpus_before = gpus;
      curve.points.push_back(point);
      if (point_done) point_done();
    }
    curve.provenance = provenance();
    return curve;
  }

 private:
  Provenance provenance() const {
    const int gpus = std::max(2, system_.gpu_counts.back());
    return system_.collectives
        ->time(comm::Collective::all_reduce, scenario_.bucket,
               spread(gpus, 1, system_.cluster.gpus_per_node, gpus))
        .provenance;
  }

  double throughput(int gpus, Estimate estimate) {
    const Outcome outcome = simulator_.outcome(gpus, estimate);
    return outcome.samples / outcome.step.value();
  }

  /// Samples per second of one GPU for each estimate, indexed by it: of the smallest group of GPUs that can
  /// hold the model as it is divided, by its size.
  std::array<double, 3> baseline() {
    const Parallelism& p = scenario_.parallel;
    int smallest = p.tensor * p.pipeline * p.context;
    while (smallest * 1 % p.expert != 0) smallest += p.tensor * p.pipeline * p.context;
    std::array<double, 3> result{};
    for (const Estimate estimate : {Estimate::optimistic, Estimate::nominal, Estimate::pessimistic})
      result[static_cast<std::size_t>(estimate)] = throughput(smallest, estimate) / smallest;
    return result;
  }

  Point point_at(int gpus, const std::array<double, 3>& one) {
    const Outcome outcome = simulator_.outcome(gpus, Estimate::nominal);
    Point point;
    point.gpus = gpus;
    point.nodes = simulator_.layout(gpus).nodes();
    point.step = outcome.step;
    point.compute = outcome.compute;
    point.communication = outcome.communication;
    point.exposed_communication = outcome.exposed;
    point.bubble = outcome.bubble;
    point.input = outcome.input;
    point.straggler = outcome.straggler;
    point.optimizer = outcome.optimizer;
    point.throughput = outcome.samples / outcome.step.value();
    point.speedup = point.throughput / one[1];
    fill_band(point, outcome, one);
    point.efficiency = point.speedup / gpus;
    fill_memory(point);
    fill_utilisation(point, outcome);
    fill_long_run(point);
    point.bottleneck = bottleneck(gpus, outcome);
    if (!system_.others.empty()) point.pace = simulator_.pacing_gpu(gpus).name;
    return point;
  }

  /// Estimate::optimistic is the fast network with slow compute: the best case for scaling;
  /// Estimate::pessimistic the worst.
  void fill_band(Point& point, const Outcome& outcome, const std::array<double, 3>& one) {
    const double best = std::max(throughput(point.gpus, Estimate::optimistic) / one[0], point.speedup);
    const double worst = std::min(throughput(point.gpus, Estimate::pessimistic) / one[2], point.speedup);
    const sim::Band band =
        draws_.band({point.gpus, system_.cluster.gpus_per_node, worst, point.speedup, best, outcome.step,
                     outcome.compute + outcome.optimizer, outcome.straggler});
    point.speedup_low = std::min(band.low, point.speedup);
    point.speedup_high = std::max(band.high, point.speedup);
  }

  void fill_long_run(Point& point) {
    const Layout layout = simulator_.layout(point.gpus);
    const BatchPlan batch = plan_batch(scenario_, layout);
    const Seconds forward = simulator_.pacing_work(batch, point.gpus, Estimate::nominal).forward;
    const Seconds sample = forward / (static_cast<double>(batch.microbatch) * layout.pipeline);
    const LongRun run = long_run(scenario_, layout, system_.cluster.nics_per_node, reality_,
                                 simulator_.strategy().zero_stage() > 0, point.step, sample);
    point.goodput = run.goodput;
    point.sustained_throughput = point.throughput * run.goodput;
    point.mean_failure = run.mean_failure;
    point.checkpoint = run.checkpoint;
    point.checkpoint_interval = run.interval;
    point.evaluation = run.evaluation;
  }

  void fill_memory(Point& point) {
    point.memory = simulator_.memory(point.gpus);
    Bytes smallest = system_.cluster.gpu.memory;
    for (const OtherGpus& other : system_.others) smallest = std::min(smallest, other.gpu.memory);
    point.fits = fits(point.memory, smallest);
  }

  /// Sum over the GPUs of a point of what `of` says of one.
  template <typename Of>
  double over_gpus(int gpus, const Of& of) const {
    const std::vector<int> ranks = ranks_by_kind(system_, gpus);
    double sum = ranks[0] * of(system_.cluster.gpu);
    for (std::size_t k = 0; k < system_.others.size(); ++k) sum += ranks[k + 1] * of(system_.others[k].gpu);
    return sum;
  }

  void fill_utilisation(Point& point, const Outcome& outcome) const {
    const double flops = model_flops(scenario_, outcome.samples);
    const double peak = over_gpus(point.gpus, [&](const topology::GpuSpec& gpu) {
      return gpu.peak_at(scenario_.compute.precision).value();
    });
    point.mfu = flops / point.step.value() / peak;
    point.gpu_utilization = std::min(1.0, (outcome.compute + outcome.optimizer) / point.step);
  }

  std::string bottleneck(int gpus, const Outcome& outcome) {
    constexpr double kNoticeable = 0.03;
    const Seconds noticeable = outcome.step * kNoticeable;
    if (outcome.input > noticeable) return "input pipeline";
    if (outcome.bubble > noticeable && outcome.bubble > outcome.exposed) return "pipeline bubble";
    if (outcome.exposed > noticeable && outcome.exposed > outcome.straggler &&
        (!outcome.link.empty() || outcome.waits > Seconds(0)))
      return waiting_link(gpus, outcome);
    const Layout layout = simulator_.layout(gpus);
    return compute_bound(layout);
  }

  /// The link of the collectives that the step waits for most: gradients, or the tensor groups inside its
  /// passes.
  std::string waiting_link(int gpus, const Outcome& outcome) {
    const Layout layout = simulator_.layout(gpus);
    const comm::Group tensor = tensor_group(layout);
    if (tensor.ranks < 2 || outcome.waits * 2 < outcome.exposed) return outcome.link;
    LayerMessage largest;
    for (const LayerWork& layer :
         simulator_.pacing_work(plan_batch(scenario_, layout), gpus, Estimate::nominal).layers)
      for (const LayerMessage& message : layer.forward_messages)
        if (message.axis == Axis::tensor && message.bytes > largest.bytes) largest = message;
    return system_.collectives->time(largest.collective, largest.bytes, tensor).bottleneck;
  }

  std::string compute_bound(const Layout& layout) {
    const BatchPlan batch = plan_batch(scenario_, layout);
    const Work& work = simulator_.pacing_work(batch, layout.gpus, Estimate::nominal);
    if (work.launch >= work.forward + work.backward) return "kernel launches of the host";
    return work.arithmetic > work.forward.value() + work.backward.value() - work.arithmetic
               ? "GPU arithmetic"
               : "GPU memory bandwidth";
  }

  const Scenario& scenario_;
  const System& system_;
  StepEvaluator simulator_;
  Reality reality_;
  PlacementDraws draws_;
};

}  // namespace

Curve make_curve(const Scenario& scenario, const System& system, const DataCatalogue& data,
                 const StepConstants& constants, const std::function<void()>& point_done) {
  return CurveMaker(scenario, system, data, constants).make(point_done);
}

}  // namespace scalesim::sim
