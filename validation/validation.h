// Measured scaling curves against predicted ones: what accuracy is claimed on, and what step constants are
// fitted to.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/data_catalogue.h"
#include "sim/scenario/constants.h"
#include "sim/scenario/scenario.h"

namespace scalesim::validation {

/// What a table measured. speedup: rates against the curve's smallest size; throughput: the rate itself;
/// bus_bandwidth: a collective, as nccl-tests counts it.
enum class Quantity { speedup, throughput, bus_bandwidth };
std::string_view to_text(Quantity quantity);
Quantity parse_quantity_name(std::string_view text);  ///< throws InputError with the nearest name

/// One measured size of a curve.
struct MeasuredPoint {
  int gpus = 1;
  double speedup = 0;             ///< throughput over that of one GPU; Quantity::speedup only
  double throughput = 0;          ///< samples per second of all GPUs; 0: not recorded
  std::int64_t global_batch = 0;  ///< 0: the scenario's batch on every GPU
  std::int64_t microbatch = 0;    ///< 0: the scenario's
  std::string note;
  double value = 0;       ///< as published, in the curve's unit
  Bytes bytes{};          ///< Quantity::bus_bandwidth only
  bool baseline = false;  ///< what the others are divided by: shown, not counted
  std::string source;     ///< where this very figure stands, when that differs from the curve's
};

/// A curve somebody published, with the scenario and system it stands for. Scenario::step_time holds the
/// measured one-GPU step when only the speed-up is asked.
struct MeasuredCurve {
  std::string name;
  std::string source;  ///< who measured: curves of one source are left out together
  std::string kind;    ///< "nvlink node", "pcie node", "several nodes"
  sim::Scenario scenario;
  sim::System system;
  std::vector<MeasuredPoint> points;
  std::string table;  ///< the table it belongs to; empty: it is one of its own
  Quantity quantity = Quantity::speedup;
  std::string unit;  ///< of MeasuredPoint::value: "images/s", "tokens/s", "s/step", "TFLOP/s/GPU", "us", ...
  std::string citation, trust, framework, measured_on;
  std::vector<std::string> fitted;  ///< files of data/ whose constants were fitted on these rows
  std::string not_counted;          ///< why its errors stay out of every total; empty: they count
  comm::Collective collective = comm::Collective::all_reduce;
  /// The size that speed-ups are relative to: `speedup` is its GPUs times the ratio of rates.
  int base_gpus = 1;
};

struct ValidationRow {
  int gpus = 1;
  double measured_speedup = 0;
  double predicted_speedup = 0;
  double error = 0;  ///< predicted over measured, minus one
  std::string note;
  double measured = 0;   ///< in `unit`; for a speed-up the same as measured_speedup
  double predicted = 0;  ///< in `unit`
  Bytes bytes{};
  bool baseline = false;  ///< not counted: its error is zero by construction
  std::size_t curve = 0;  ///< index into ValidationTable::curves
  std::string source;     ///< where the measured figure stands
};

/// What the rows of one curve have in common.
struct CurveFacts {
  std::string name, model, gpu, system, precision, framework, trust, measured_on, strategy, unit, source;
  std::int64_t batch = 0, sequence = 0;
  int nodes = 1;
};

struct ValidationTable {
  std::string name;
  std::string source;
  std::string kind;
  std::vector<ValidationRow> rows;
  double mape = 0;   ///< mean of |error| of rows that are not a baseline
  double worst = 0;  ///< largest |error|
  double median = 0;
  Quantity quantity = Quantity::speedup;
  std::string description;
  std::vector<std::string> fitted;
  std::string not_counted;
  std::vector<CurveFacts> curves;
  int points() const;  ///< rows that are not a baseline
};

/// Errors of many rows.
struct ErrorSummary {
  std::string name;
  int points = 0;
  double mape = 0, median = 0, bias = 0, worst = 0;
};
ErrorSummary summarise(const std::string& name, const std::vector<double>& errors);

struct Validation {
  std::vector<ValidationTable> tables;
  double mape = 0;  ///< over every counted row
  double median = 0;
  double worst = 0;
  std::vector<std::string> warnings;  ///< curves that could not be predicted, with the reason
};

/// Errors of counted rows by kind of table, by quantity and in total; `fitted` chooses the tables that
/// constants were fitted on, or the others.
std::vector<ErrorSummary> summaries(const Validation& validation, bool fitted);

/// Predicts the same curves again and again with other constants, timing their layers only once.
class Validator {
 public:
  Validator(const std::vector<MeasuredCurve>& curves, const DataCatalogue& data);
  ~Validator();
  /// A curve whose scenario cannot run is a warning, not an error. Curves of one table name become one table.
  Validation run(const sim::StepConstants& constants,
                 const std::function<void(std::size_t done)>& curve_done = {});

 private:
  struct Entry;
  std::vector<std::unique_ptr<Entry>> entries_;
};

/// `curve_done` is called after each curve, for a progress bar.
Validation validate(const std::vector<MeasuredCurve>& curves, const DataCatalogue& data,
                    const sim::StepConstants& constants,
                    const std::function<void(std::size_t done)>& curve_done = {});

}  // namespace scalesim::validation
