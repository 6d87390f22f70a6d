// Runs the step evaluator over measured curves.
#include "validation/validation.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <future>
#include <map>
#include <mutex>
#include <thread>

#include "core/error.h"
#include "core/statistics.h"
#include "sim/evaluate/step_evaluator.h"

namespace scalesim::validation {

using namespace sim;

namespace {

constexpr std::string_view kQuantities[] = {"speedup", "throughput", "bus_bandwidth"};

double throughput(const Outcome& outcome) { return outcome.samples / outcome.step.value(); }

/// FLOPs of a step as arXiv 2104.04473, section 5.1, equation 3 counts them, with the recomputed forward.
double paper_flops(const workloads::Model& model, double batch) {
  SCALESIM_CHECK(model.transformer);
  const workloads::TransformerShape& t = *model.transformer;
  const double h = static_cast<double>(t.hidden), l = static_cast<double>(t.layers),
               s = static_cast<double>(t.sequence), v = static_cast<double>(t.vocabulary);
  return 96.0 * batch * s * l * h * h * (1 + s / (6 * h) + v / (16 * l * h));
}

CurveFacts facts_of(const MeasuredCurve& curve) {
  CurveFacts facts{curve.name,
                   curve.scenario.model.name,
                   curve.system.cluster.gpu.name,
                   curve.system.name,
                   std::string(topology::to_text(curve.scenario.compute.precision)),
                   curve.framework,
                   curve.trust,
                   curve.measured_on,
                   curve.scenario.strategy,
                   curve.unit,
                   curve.citation};
  if (curve.quantity == Quantity::bus_bandwidth) {
    facts.model = comm::to_text(curve.collective);
    facts.precision.clear();
    facts.strategy.clear();
  } else {
    facts.batch = curve.scenario.compute.batch;
    if (curve.scenario.model.transformer) facts.sequence = curve.scenario.model.transformer->sequence;
  }
  facts.nodes = curve.system.cluster.nodes;
  return facts;
}

}  // namespace

std::string_view to_text(Quantity quantity) { return kQuantities[static_cast<int>(quantity)]; }

Quantity parse_quantity_name(std::string_view text) {
  for (int i = 0; i < 3; ++i)
    if (text == kQuantities[i]) return static_cast<Quantity>(i);
  throw unknown_name("quantity", text, {std::begin(kQuantities), std::end(kQuantities)});
}

int ValidationTable::points() const {
  return static_cast<int>(
      std::count_if(rows.begin(), rows.end(), [](const ValidationRow& row) { return !row.baseline; }));
}

/// The batch changes from point to point.
struct Validator::Entry {
  Entry(const MeasuredCurve& measured, const DataCatalogue& data)
      : curve(measured), simulator(curve.scenario, curve.system, data, {}) {}

  Outcome outcome(int gpus, std::int64_t global_batch, std::int64_t microbatch) {
    const auto known = outcomes.find({gpus, global_batch, microbatch});
    if (known != outcomes.end()) return known->second;
    Scenario& scenario = simulator.scenario();
    scenario.global_batch = curve.scenario.global_batch;
    scenario.parallel.microbatch = curve.scenario.parallel.microbatch;
    if (global_batch > 0) scenario.global_batch = global_batch;
    if (microbatch > 0) scenario.parallel.microbatch = microbatch;
    return outcomes[{gpus, global_batch, microbatch}] = simulator.outcome(gpus);
  }

  /// Samples per second that a speed-up of one stands for: of the baseline as it was run, where the curve
  /// has its row, else of the scenario's batch on every GPU.
  double baseline() {
    const int gpus = curve.base_gpus;
    const auto row = std::find_if(curve.points.begin(), curve.points.end(),
                                  [&](const MeasuredPoint& p) { return p.baseline && p.gpus == gpus; });
    if (row != curve.points.end())
      return throughput(outcome(gpus, row->global_batch, row->microbatch)) / gpus;
    if (curve.scenario.global_batch) return throughput(outcome(gpus, 0, 0)) / gpus;
    const std::int64_t batch = curve.scenario.compute.batch;
    return throughput(outcome(gpus, batch * curve.scenario.accumulation * gpus, batch)) / gpus;
  }

  ValidationRow speedup_row(const MeasuredPoint& point, double one) {
    const double predicted = throughput(outcome(point.gpus, point.global_batch, point.microbatch)) / one;
    ValidationRow row{point.gpus, point.speedup, predicted, predicted / point.speedup - 1, point.note};
    row.measured = point.speedup;
    row.predicted = predicted;
    return row;
  }

  ValidationRow throughput_row(const MeasuredPoint& point) {
    const Outcome result = outcome(point.gpus, point.global_batch, point.microbatch);
    double predicted = throughput(result);
    if (curve.unit == "s/step") predicted = result.step.value();
    if (curve.unit == "tokens/s") predicted *= static_cast<double>(curve.scenario.model.tokens_per_sample);
    if (curve.unit == "TFLOP/s/GPU")
      predicted = paper_flops(curve.scenario.model, result.samples) / result.step.value() / point.gpus / 1e12;
    return absolute_row(point, predicted);
  }

  ValidationRow collective_row(const MeasuredPoint& point) const {
    const topology::Cluster& cluster = curve.system.cluster;
    const comm::Group group{point.gpus, (point.gpus + cluster.gpus_per_node - 1) / cluster.gpus_per_node, 1};
    const comm::CollectiveTime time = curve.system.collectives->time(curve.collective, point.bytes, group);
    const double factor = comm::bus_factor(curve.collective, point.gpus);
    ValidationRow row = absolute_row(point, (point.bytes / time.time).value() * factor / 1e9);
    row.bytes = point.bytes;
    return row;
  }

  static ValidationRow absolute_row(const MeasuredPoint& point, double predicted) {
    ValidationRow row;
    row.gpus = point.gpus;
    row.measured = point.value;
    row.predicted = predicted;
    row.error = predicted / point.value - 1;
    row.note = point.note;
    return row;
  }

  std::vector<ValidationRow> run(const StepConstants& constants) {
    simulator.set_constants(constants);
    outcomes.clear();
    const double one = curve.quantity == Quantity::speedup ? baseline() : 0;
    std::vector<ValidationRow> rows;
    for (const MeasuredPoint& point : curve.points) {
      ValidationRow row = curve.quantity == Quantity::speedup      ? speedup_row(point, one)
                          : curve.quantity == Quantity::throughput ? throughput_row(point)
                                                                   : collective_row(point);
      row.baseline = point.baseline;
      row.source = point.source.empty() ? curve.citation : point.source;
      rows.push_back(std::move(row));
    }
    return rows;
  }

  const MeasuredCurve& curve;
  StepEvaluator simulator;
  std::map<std::tuple<int, std::int64_t, std::int64_t>, Outcome> outcomes;
};

Validator::Validator(const std::vector<MeasuredCurve>& curves, const DataCatalogue& data) {
  for (const MeasuredCurve& curve : curves) entries_.push_back(std::make_unique<Entry>(curve, data));
}

Validator::~Validator() = default;

namespace {

std::vector<double> counted_errors(const ValidationTable& table) {
  std::vector<double> errors;
  for (const ValidationRow& row : table.rows)
    if (!row.baseline) errors.push_back(row.error);
  return errors;
}

ValidationTable& table_of(Validation& validation, const MeasuredCurve& curve) {
  const std::string& name = curve.table.empty() ? curve.name : curve.table;
  for (ValidationTable& table : validation.tables)
    if (table.name == name && !curve.table.empty()) return table;
  ValidationTable table;
  table.name = name;
  table.source = curve.source;
  table.kind = curve.kind;
  table.quantity = curve.quantity;
  table.fitted = curve.fitted;
  table.not_counted = curve.not_counted;
  validation.tables.push_back(std::move(table));
  return validation.tables.back();
}

void add_totals(Validation& validation) {
  std::vector<double> all;
  for (ValidationTable& table : validation.tables) {
    const std::vector<double> own = counted_errors(table);
    const ErrorSummary summary = summarise(table.name, own);
    table.mape = summary.mape;
    table.median = summary.median;
    table.worst = summary.worst;
    if (table.not_counted.empty()) all.insert(all.end(), own.begin(), own.end());
  }
  const ErrorSummary total = summarise("all", all);
  validation.mape = total.mape;
  validation.median = total.median;
  validation.worst = total.worst;
}

}  // namespace

ErrorSummary summarise(const std::string& name, const std::vector<double>& errors) {
  ErrorSummary summary;
  summary.name = name;
  summary.points = static_cast<int>(errors.size());
  if (errors.empty()) return summary;
  std::vector<double> absolute = errors;
  for (double& error : absolute) error = std::fabs(error);
  summary.mape = mean(absolute);
  summary.median = median(absolute);
  summary.bias = mean(errors);
  summary.worst = *std::max_element(absolute.begin(), absolute.end());
  return summary;
}

std::vector<ErrorSummary> summaries(const Validation& validation, bool fitted) {
  std::map<std::string, std::vector<double>> groups;
  std::vector<double> all;
  for (const ValidationTable& table : validation.tables) {
    if (!table.not_counted.empty() || table.fitted.empty() == fitted) continue;
    const std::vector<double> own = counted_errors(table);
    std::vector<double>& group = groups[table.kind];
    group.insert(group.end(), own.begin(), own.end());
    all.insert(all.end(), own.begin(), own.end());
  }
  std::vector<ErrorSummary> result;
  for (const auto& [name, errors] : groups) result.push_back(summarise(name, errors));
  result.push_back(summarise("all", all));
  return result;
}

namespace {

/// Rows of one curve, or why there are none.
struct CurveResult {
  std::vector<ValidationRow> rows;
  std::string warning;
};

/// Calls `work(i)` for every i below `count` on all cores. What a call throws is thrown here.
template <class Work>
void on_all_cores(std::size_t count, const Work& work) {
  std::atomic<std::size_t> next{0};
  const auto worker = [&] {
    for (std::size_t i = next++; i < count; i = next++) work(i);
  };
  std::vector<std::future<void>> others;
  const std::size_t cores =
      std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, std::max<std::size_t>(1, count));
  for (std::size_t i = 1; i < cores; ++i) others.push_back(std::async(std::launch::async, worker));
  worker();
  for (std::future<void>& other : others) other.get();
}

}  // namespace

Validation Validator::run(const StepConstants& constants,
                          const std::function<void(std::size_t done)>& curve_done) {
  std::mutex telling;
  std::size_t done = 0;
  std::vector<CurveResult> results(entries_.size());
  on_all_cores(entries_.size(), [&](std::size_t i) {
    try {
      results[i].rows = entries_[i]->run(constants);
    } catch (const InputError& error) {
      results[i].warning = entries_[i]->curve.name + ": " + error.message();
    }
    const std::lock_guard<std::mutex> one_at_a_time(telling);
    if (curve_done) curve_done(++done);
  });
  Validation validation;
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (!results[i].warning.empty()) validation.warnings.push_back(results[i].warning);
    if (results[i].rows.empty()) continue;
    ValidationTable& table = table_of(validation, entries_[i]->curve);
    for (ValidationRow& row : results[i].rows) {
      row.curve = table.curves.size();
      table.rows.push_back(std::move(row));
    }
    table.curves.push_back(facts_of(entries_[i]->curve));
  }
  add_totals(validation);
  return validation;
}

Validation validate(const std::vector<MeasuredCurve>& curves, const DataCatalogue& data,
                    const StepConstants& constants, const std::function<void(std::size_t done)>& curve_done) {
  return Validator(curves, data).run(constants, curve_done);
}

}  // namespace scalesim::validation
