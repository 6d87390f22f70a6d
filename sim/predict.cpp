// One simulated step per point, three times: the network's middle and both ends of what is uncertain.
#include "sim/predict.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "core/error.h"
#include "sim/stragglers.h"
#include "sim/strategy.h"

namespace scalesim::sim {
namespace {

using Band = StepInputs::Band;

/// What one simulated step shows.
struct Outcome {
  Seconds step{}, compute{}, communication{}, exposed{}, optimizer{}, straggler{};
  std::string link;
};

Seconds sum_of(const Timeline& line, const std::vector<int>& tasks) {
  Seconds sum{};
  for (const int t : tasks)
    sum += line.end[static_cast<std::size_t>(t)] - line.start[static_cast<std::size_t>(t)];
  return sum;
}

workloads::StepTime scaled(workloads::StepTime time, double factor) {
  for (workloads::LayerTime& layer : time.layers) layer.forward *= factor, layer.backward *= factor;
  time.forward *= factor;
  time.backward *= factor;
  time.optimizer *= factor;
  time.launch *= factor;
  return time;
}

/// Compute times per batch size, computed once: middle, and the ends of the calibration's error.
class ComputeTimes {
 public:
  ComputeTimes(const Scenario& scenario, const topology::GpuSpec& gpu, const DataCatalogue& data)
      : scenario_(scenario), gpu_(gpu), data_(data) {}

  const workloads::StepTime& at(std::int64_t batch, Band band) {
    auto found = times_.find(batch);
    if (found == times_.end()) found = times_.emplace(batch, bands(batch)).first;
    return found->second[static_cast<std::size_t>(band)];
  }

 private:
  /// A faster computer shows more of its communication, so the low speed-up goes with the fast end.
  std::array<workloads::StepTime, 3> bands(std::int64_t batch) const {
    workloads::ComputeSettings settings = scenario_.compute;
    settings.batch = batch;
    workloads::StepTime middle = workloads::time_step(scenario_.model, gpu_, settings, data_);
    if (scenario_.step_time) {
      middle = scaled(middle, *scenario_.step_time / middle.total());
      middle.relative_error = 0.02;  // a user's own stopwatch
    }
    const double error = middle.relative_error;
    return {scaled(middle, 1 + error), middle, scaled(middle, 1 / (1 + error))};
  }

  const Scenario& scenario_;
  const topology::GpuSpec& gpu_;
  const DataCatalogue& data_;
  std::map<std::int64_t, std::array<workloads::StepTime, 3>> times_;
};

Outcome simulate(const Strategy& strategy, const StepInputs& in, const StepConstants& constants) {
  const Step step = strategy.build(in);
  const Timeline line = play(step.graph);
  Outcome outcome;
  outcome.compute = sum_of(line, step.compute);
  outcome.communication = sum_of(line, step.collectives);
  outcome.optimizer = sum_of(line, step.optimizer);
  outcome.exposed = std::max(Seconds(0), line.makespan - outcome.compute - outcome.optimizer);
  outcome.step = std::max(line.makespan, in.compute.launch);
  outcome.straggler = in.compute.total() * (constants.rank_deviation * expected_maximum_of_normals(in.gpus));
  outcome.step += outcome.straggler;
  outcome.link = step.bottleneck_link;
  return outcome;
}

std::int64_t batch_at(const Scenario& scenario, int gpus) {
  if (!scenario.global_batch) return scenario.compute.batch;
  if (*scenario.global_batch % gpus != 0)
    throw InputError(fmt::format("--global-batch {} cannot be divided over {} GPUs: give a multiple of {}",
                                 *scenario.global_batch, gpus, gpus));
  return *scenario.global_batch / gpus;
}

std::string compute_bound(const workloads::StepTime& time) {
  if (time.launch > time.forward + time.backward + time.optimizer) return "kernel launches of the host";
  Seconds arithmetic{}, memory{};
  for (const workloads::LayerTime& layer : time.layers)
    (layer.bound == workloads::Bound::arithmetic ? arithmetic : memory) += layer.forward + layer.backward;
  return arithmetic > memory ? "GPU arithmetic" : "GPU memory bandwidth";
}

std::string bottleneck(const Outcome& outcome, const workloads::StepTime& time) {
  constexpr double kNoticeable = 0.03;
  if (outcome.exposed > outcome.step * kNoticeable && outcome.exposed > outcome.straggler)
    return outcome.link;
  return compute_bound(time);
}

class CurveMaker {
 public:
  CurveMaker(const Scenario& scenario, const System& system, const Strategy& strategy,
             const DataCatalogue& data)
      : scenario_(scenario),
        system_(system),
        strategy_(strategy),
        constants_(load_step_constants(data)),
        rates_(parse_exchange_rates(data.read("prices", "exchange_rates"))),
        times_(scenario, system.cluster.gpu, data) {}

  Curve make() {
    Curve curve{system_.name, describe(), Provenance::datasheet, {}};
    const auto one = throughputs(1);
    double speedup_before = 0;
    int gpus_before = 0;
    for (const int gpus : system_.gpu_counts) {
      Point point = point_at(gpus, one);
      point.marginal_efficiency = (point.speedup - speedup_before) / (gpus - gpus_before);
      speedup_before = point.speedup;
      gpus_before = gpus;
      curve.points.push_back(point);
    }
    if (!system_.gpu_counts.empty()) curve.provenance = provenance();
    return curve;
  }

 private:
  std::string describe() const {
    const topology::Cluster& c = system_.cluster;
    return fmt::format("{} x {} per node, {}", c.gpus_per_node, c.gpu.product, topology::to_text(c.wiring));
  }

  Provenance provenance() const {
    const int gpus = std::max(2, system_.gpu_counts.back());
    return system_.collectives
        ->time(comm::Collective::all_reduce, scenario_.bucket, {gpus, nodes_of(gpus), 1})
        .provenance;
  }

  int nodes_of(int gpus) const {
    return (gpus + system_.cluster.gpus_per_node - 1) / system_.cluster.gpus_per_node;
  }

  Outcome outcome_at(int gpus, Band band) {
    const StepInputs in{scenario_,
                        times_.at(batch_at(scenario_, gpus), band == Band::low ? Band::low : band),
                        system_.cluster,
                        *system_.collectives,
                        gpus,
                        nodes_of(gpus),
                        band};
    return simulate(strategy_, in, constants_);
  }

  double throughput(int gpus, const Outcome& outcome) const {
    return static_cast<double>(batch_at(scenario_, gpus)) * gpus / outcome.step.value();
  }

  /// Samples per second for each band, indexed by Band.
  std::array<double, 3> throughputs(int gpus) {
    return {throughput(gpus, outcome_at(gpus, Band::low)), throughput(gpus, outcome_at(gpus, Band::middle)),
            throughput(gpus, outcome_at(gpus, Band::high))};
  }

  Point point_at(int gpus, const std::array<double, 3>& one) {
    const Outcome outcome = outcome_at(gpus, Band::middle);
    const auto many = throughputs(gpus);
    const std::int64_t batch = batch_at(scenario_, gpus);
    const workloads::StepTime& time = times_.at(batch, Band::middle);
    Point point;
    point.gpus = gpus;
    point.nodes = nodes_of(gpus);
    point.step = outcome.step;
    point.compute = outcome.compute;
    point.communication = outcome.communication;
    point.exposed_communication = outcome.exposed;
    point.straggler = outcome.straggler;
    point.optimizer = outcome.optimizer;
    point.throughput = throughput(gpus, outcome);
    point.speedup = many[1] / one[1];
    // Band::low is the fast network with slow compute: the best case for scaling; Band::high the worst.
    point.speedup_high = std::max(many[0] / one[0], point.speedup);
    point.speedup_low = std::min(many[2] / one[2], point.speedup);
    point.efficiency = point.speedup / gpus;
    fill_memory(point, batch);
    fill_utilisation(point, batch, time);
    point.bottleneck = bottleneck(outcome, time);
    fill_cost(point);
    return point;
  }

  void fill_memory(Point& point, std::int64_t batch) const {
    workloads::ComputeSettings settings = scenario_.compute;
    settings.batch = batch;
    point.memory = workloads::memory_use(scenario_.model, settings, {}).total();
    point.fits = point.memory <= system_.cluster.gpu.memory;
  }

  void fill_utilisation(Point& point, std::int64_t batch, const workloads::StepTime& time) const {
    const double flops = model_flops(scenario_, batch);
    point.mfu = flops / point.step.value() / system_.cluster.gpu.peak_at(scenario_.compute.precision).value();
    point.gpu_utilization = std::min(1.0, (time.forward + time.backward + time.optimizer) / point.step);
  }

  void fill_cost(Point& point) const {
    const auto price = system_.cluster.gpu.purchase_price(scenario_.currency, rates_);
    if (!price) return;
    point.cost = rates_.convert(price->money, scenario_.currency) * point.gpus;
    point.cost_per_speedup = *point.cost * (1 / point.speedup);
  }

 public:
  /// Forward and both gradients of every product: 3 x 2 x MACs (inference: forward only).
  static double model_flops(const Scenario& scenario, std::int64_t batch) {
    const double passes = scenario.compute.mode == workloads::Mode::training ? 3 : 1;
    return passes * 2.0 * static_cast<double>(scenario.model.macs()) * static_cast<double>(batch);
  }

 private:
  const Scenario& scenario_;
  const System& system_;
  const Strategy& strategy_;
  StepConstants constants_;
  ExchangeRates rates_;
  ComputeTimes times_;
};

const Strategy& find_strategy(const std::vector<std::unique_ptr<Strategy>>& strategies,
                              const std::string& name) {
  std::vector<std::string> names;
  for (const auto& strategy : strategies) {
    if (strategy->name() == name) return *strategy;
    names.emplace_back(strategy->name());
  }
  throw unknown_name("strategy", name, names, "'scalesim list strategies' shows all");
}

void add_inputs(Prediction& prediction, const Scenario& scenario, const System& system,
                const DataCatalogue& data) {
  const auto add = [&](const std::vector<Input>& inputs) {
    for (const Input& input : inputs) {
      const bool known = std::any_of(prediction.inputs.begin(), prediction.inputs.end(), [&](const Input& i) {
        return i.name == input.name && i.text == input.text;
      });
      if (!known) prediction.inputs.push_back(input);
    }
  };
  add(workloads::time_step(scenario.model, system.cluster.gpu, scenario.compute, data).inputs);
  add(system.cluster.inputs);
  add(system.collectives->inputs());
}

void warn_if_too_big(Prediction& prediction, const Curve& curve) {
  for (const Point& point : curve.points) {
    if (point.fits) continue;
    prediction.warnings.push_back(
        fmt::format("{}: {} per GPU needed, more than the GPU has; a smaller --batch, --recompute full or "
                    "sharding (--strategy fsdp) lowers it",
                    curve.system, to_text(point.memory)));
    return;
  }
}

}  // namespace

StepConstants load_step_constants(const DataCatalogue& data) {
  const TomlTable table = data.read("calibration", "step");
  StepConstants constants;
  constants.rank_deviation = table.number_in("rank_deviation", 0, 0.2);
  constants.provenance = parse_provenance(table.text("provenance"));
  constants.source = table.text("source");
  table.refuse_unknown_keys();
  return constants;
}

Prediction predict(const Scenario& scenario, const std::vector<System>& systems, const DataCatalogue& data) {
  const auto strategies = make_strategies();
  const Strategy& strategy = find_strategy(strategies, scenario.strategy);
  Prediction prediction;
  prediction.model = scenario.model.name;
  prediction.parameters = scenario.model.parameter_count();
  prediction.macs = scenario.model.macs();
  prediction.batch_per_gpu = batch_at(
      scenario, systems.empty() || systems[0].gpu_counts.empty() ? 1 : systems[0].gpu_counts.front());
  prediction.flops_step = CurveMaker::model_flops(scenario, prediction.batch_per_gpu);
  prediction.precision = topology::to_text(scenario.compute.precision);
  prediction.strategy = scenario.strategy;
  prediction.throughput_unit = scenario.model.sample_unit + "/s";
  for (const System& system : systems) {
    if (prediction.gpu.empty()) prediction.gpu = system.cluster.gpu.name;
    prediction.curves.push_back(CurveMaker(scenario, system, strategy, data).make());
    add_inputs(prediction, scenario, system, data);
    warn_if_too_big(prediction, prediction.curves.back());
  }
  const StepConstants constants = load_step_constants(data);
  prediction.inputs.push_back({"rank speed deviation", constants.rank_deviation, "",
                               fmt::format("{:.1f} %", 100 * constants.rank_deviation), constants.provenance,
                               constants.source});
  return prediction;
}

}  // namespace scalesim::sim
