// Measured scaling curves against predicted ones: what accuracy is claimed on, and what step constants are
// fitted to.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/data_catalogue.h"
#include "sim/constants.h"
#include "sim/scenario.h"

namespace scalesim::sim {

/// One measured size of a curve.
struct MeasuredPoint {
  int gpus = 1;
  double speedup = 0;             ///< throughput over that of one GPU
  double throughput = 0;          ///< samples per second of all GPUs; 0: not recorded
  std::int64_t global_batch = 0;  ///< 0: the scenario's batch on every GPU
  std::int64_t microbatch = 0;    ///< 0: the scenario's
  std::string note;
};

/// A curve somebody published, with the scenario and system it stands for. Scenario::step_time holds the
/// measured one-GPU step when only the speed-up is asked.
struct MeasuredCurve {
  std::string name;
  std::string source;  ///< who measured: curves of one source are left out together
  std::string kind;    ///< "nvlink node", "pcie node", "several nodes"
  Scenario scenario;
  System system;
  std::vector<MeasuredPoint> points;
  int base_gpus =
      1;  ///< the size that speed-ups are relative to: `speedup` is its GPUs times the ratio of rates
};

struct ValidationRow {
  int gpus = 1;
  double measured_speedup = 0;
  double predicted_speedup = 0;
  double error = 0;  ///< predicted over measured, minus one
  std::string note;
};

struct ValidationTable {
  std::string name;
  std::string source;
  std::string kind;
  std::vector<ValidationRow> rows;
  double mape = 0;   ///< mean of |error|
  double worst = 0;  ///< largest |error|
};

struct Validation {
  std::vector<ValidationTable> tables;
  double mape = 0;
  double median = 0;
  double worst = 0;
  std::vector<std::string> warnings;  ///< curves that could not be predicted, with the reason
};

/// Predicts the same curves again and again with other constants, timing their layers only once.
class Validator {
 public:
  Validator(const std::vector<MeasuredCurve>& curves, const DataCatalogue& data);
  ~Validator();
  /// A curve whose scenario cannot run is a warning, not an error.
  Validation run(const StepConstants& constants);

 private:
  struct Entry;
  std::vector<std::unique_ptr<Entry>> entries_;
};

Validation validate(const std::vector<MeasuredCurve>& curves, const DataCatalogue& data,
                    const StepConstants& constants);

}  // namespace scalesim::sim
