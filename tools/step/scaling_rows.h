// Rows of a scaling table (CSV) as measured curves: rules from framework, interconnect and model texts to
// scenario and system, never by row.
#pragma once

#include <string>
#include <vector>

#include "validation/validation.h"

namespace scalesim {

struct ScalingTable {
  std::vector<validation::MeasuredCurve> curves;
  std::vector<validation::MeasuredPoint> bases;  ///< of each curve: the row its speed-ups are relative to
  std::vector<std::string>
      left_out;  ///< "reason: count", for rows that no rule covers or that are distrusted
  int rows_used = 0;
};

/// Columns: source, framework, model, gpu, interconnect_system, gpus, per_gpu_batch, precision, throughput,
/// grad_accum, notes, curve_id.
ScalingTable read_scaling_table(const std::string& file, const DataCatalogue& data);

}  // namespace scalesim
