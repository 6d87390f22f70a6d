// Runs the point simulator over measured curves.
#include "sim/validation.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "core/statistics.h"
#include "sim/point_simulator.h"

namespace scalesim::sim {

namespace {
double throughput(const Outcome& outcome) { return outcome.samples / outcome.step.value(); }
}  // namespace

/// The scenario changes from point to point, and the simulator looks at it by reference.
struct Validator::Entry {
  Entry(const MeasuredCurve& measured, const DataCatalogue& data)
      : curve(measured), scenario(measured.scenario), simulator(scenario, curve.system, data, {}) {}

  double speed(int gpus, std::int64_t global_batch, std::int64_t microbatch) {
    scenario.global_batch = curve.scenario.global_batch;
    scenario.parallel.microbatch = curve.scenario.parallel.microbatch;
    if (global_batch > 0) scenario.global_batch = global_batch;
    if (microbatch > 0) scenario.parallel.microbatch = microbatch;
    return throughput(simulator.outcome(gpus));
  }

  ValidationTable run(const StepConstants& constants) {
    simulator.set_constants(constants);
    ValidationTable table{curve.name, curve.source, curve.kind, {}};
    const std::int64_t batch = scenario.compute.batch;
    const int base = curve.base_gpus;
    const double one = speed(base, batch * scenario.accumulation * base, batch) / base;
    for (const MeasuredPoint& point : curve.points) {
      const double predicted = speed(point.gpus, point.global_batch, point.microbatch) / one;
      table.rows.push_back({point.gpus, point.speedup, predicted, predicted / point.speedup - 1, point.note});
    }
    return table;
  }

  const MeasuredCurve& curve;
  Scenario scenario;
  PointSimulator simulator;
};

Validator::Validator(const std::vector<MeasuredCurve>& curves, const DataCatalogue& data) {
  for (const MeasuredCurve& curve : curves) entries_.push_back(std::make_unique<Entry>(curve, data));
}

Validator::~Validator() = default;

Validation Validator::run(const StepConstants& constants) {
  Validation validation;
  std::vector<double> errors;
  for (const auto& entry : entries_) {
    try {
      ValidationTable table = entry->run(constants);
      std::vector<double> own;
      for (const ValidationRow& row : table.rows) own.push_back(std::fabs(row.error));
      if (own.empty()) continue;
      table.mape = mean(own);
      table.worst = *std::max_element(own.begin(), own.end());
      errors.insert(errors.end(), own.begin(), own.end());
      validation.tables.push_back(std::move(table));
    } catch (const InputError& error) {
      validation.warnings.push_back(entry->curve.name + ": " + error.message());
    }
  }
  if (errors.empty()) return validation;
  validation.mape = mean(errors);
  validation.median = median(errors);
  validation.worst = *std::max_element(errors.begin(), errors.end());
  return validation;
}

Validation validate(const std::vector<MeasuredCurve>& curves, const DataCatalogue& data,
                    const StepConstants& constants) {
  return Validator(curves, data).run(constants);
}

}  // namespace scalesim::sim
