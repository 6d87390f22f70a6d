// Curves of all systems, and what went into them.
#include "sim/curve/predict.h"
#include "sim/evaluate/memory_needed.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/units_text.h"
#include "sim/curve/curve.h"
#include "sim/evaluate/step_evaluator.h"

namespace scalesim::sim {
namespace {

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

std::int64_t batch_per_gpu(const Scenario& scenario, const std::vector<System>& systems) {
  if (!scenario.global_batch) return scenario.compute.batch;
  const bool known = !systems.empty() && !systems[0].gpu_counts.empty();
  return std::max<std::int64_t>(1, *scenario.global_batch / (known ? systems[0].gpu_counts.front() : 1));
}

}  // namespace

Prediction predict(const Scenario& scenario, const std::vector<System>& systems, const DataCatalogue& data,
                   const std::function<void()>& point_done) {
  const StepConstants constants = load_step_constants(data);
  Prediction prediction;
  prediction.model = scenario.model.name;
  prediction.parameters = scenario.model.parameter_count();
  prediction.macs = scenario.model.macs();
  prediction.batch_per_gpu = batch_per_gpu(scenario, systems);
  prediction.flops_step = model_flops(scenario, static_cast<double>(prediction.batch_per_gpu));
  prediction.precision = topology::to_text(scenario.compute.precision);
  prediction.strategy = scenario.strategy;
  prediction.throughput_unit = scenario.model.sample_unit + "/s";
  for (const System& system : systems) {
    if (prediction.gpu.empty()) prediction.gpu = system.cluster.gpu.name;
    prediction.curves.push_back(make_curve(scenario, system, data, constants, point_done));
    add_inputs(prediction, scenario, system, data);
    warn_if_too_big(prediction, prediction.curves.back());
  }
  prediction.inputs.push_back({"rank speed deviation", constants.rank_deviation, "",
                               fmt::format("{:.1f} %", 100 * constants.rank_deviation), constants.provenance,
                               constants.source});
  return prediction;
}

}  // namespace scalesim::sim
