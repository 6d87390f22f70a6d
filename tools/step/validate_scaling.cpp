// Published scaling tables against the simulator, source by source: `validate_scaling TABLE.csv`.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>

#include "core/error.h"
#include "core/statistics.h"
#include "scaling_rows.h"
#include "sim/evaluate/step_evaluator.h"

namespace {

using namespace scalesim;

void print_group(const std::string& name, std::vector<double> errors) {
  std::vector<double> absolute = errors;
  for (double& e : absolute) e = std::fabs(e);
  fmt::print("{:55} {:5} rows  mape {:5.1f} %  median {:5.1f} %  bias {:+5.1f} %  worst {:5.1f} %\n", name,
             errors.size(), 100 * mean(absolute), 100 * median(absolute), 100 * mean(errors),
             100 * *std::max_element(absolute.begin(), absolute.end()));
}

void print_summary(const validation::Validation& validation) {
  std::map<std::string, std::vector<double>> groups;
  for (const validation::ValidationTable& table : validation.tables)
    for (const validation::ValidationRow& row : table.rows) {
      groups["all"].push_back(row.error);
      groups["kind: " + table.kind].push_back(row.error);
      groups["source: " + table.source].push_back(row.error);
      groups["source, kind: " + table.source + ", " + table.kind].push_back(row.error);
      groups[fmt::format("kind, gpus: {} {:4}", table.kind, row.gpus)].push_back(row.error);
    }
  for (const auto& [name, errors] : groups) print_group(name, errors);
}

/// Throughput where nothing was measured but the stack is named: the compute model and the network together.
void print_absolute(const std::vector<validation::MeasuredCurve>& curves, const DataCatalogue& data) {
  std::map<std::string, std::vector<double>> groups;
  for (validation::MeasuredCurve curve : curves) {
    if (curve.source.find("llm-foundry") == std::string::npos && curve.scenario.compute.stack.empty())
      continue;
    curve.scenario.step_time.reset();
    sim::Scenario scenario = curve.scenario;
    sim::StepEvaluator simulator(scenario, curve.system, data, sim::load_step_constants(data));
    for (const validation::MeasuredPoint& point : curve.points) {
      simulator.scenario().global_batch =
          point.global_batch > 0 ? std::optional(point.global_batch) : std::nullopt;
      simulator.scenario().parallel.microbatch = point.microbatch;
      const sim::Outcome outcome = simulator.outcome(point.gpus);
      const double error = outcome.samples / outcome.step.value() / point.throughput - 1;
      groups["all"].push_back(error);
      groups["kind: " + curve.kind].push_back(error);
      groups["source: " + curve.source].push_back(error);
      groups[fmt::format("source, model, precision: {}, {}, {}", curve.source, scenario.model.name,
                         topology::to_text(scenario.compute.precision))]
          .push_back(error);
    }
  }
  fmt::print("absolute throughput, nothing measured but the stack named:\n");
  for (const auto& [name, errors] : groups) print_group(name, errors);
}

}  // namespace

int main(int count, char** words) {
  try {
    if (count < 2) throw InputError("usage: validate_scaling TABLE.csv [rows]");
    const DataCatalogue data = DataCatalogue::embedded();
    const ScalingTable table = read_scaling_table(words[1], data);
    const validation::Validation validation =
        validation::validate(table.curves, data, sim::load_step_constants(data));
    if (count > 2)
      for (const validation::ValidationTable& t : validation.tables)
        for (const validation::ValidationRow& row : t.rows)
          fmt::print("{:+6.1f} % {:2} measured {:6.2f} predicted {:6.2f}  {} ({})\n", 100 * row.error,
                     row.gpus, row.measured_speedup, row.predicted_speedup, t.name, t.kind);
    print_summary(validation);
    print_absolute(table.curves, data);
    fmt::print("left out:\n");
    for (const std::string& reason : table.left_out) fmt::print("  {}\n", reason);
    for (const std::string& warning : validation.warnings) fmt::print("  {}\n", warning);
    return EXIT_SUCCESS;
  } catch (const std::exception& error) {
    fmt::print("{}\n", error.what());
    return EXIT_FAILURE;
  }
}
