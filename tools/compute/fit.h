// Fitting a few bounded constants to measured times: least robust log error, by Levenberg and Marquardt.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "workloads/compute/calibration.h"

namespace scalesim::workloads::calibrate {

/// One measured time and how constants predict it. `group` is what is left out together: a family of
/// networks, a kind of operator.
struct Observation {
  std::string group;
  std::string label;
  double measured = 0;
  std::function<double(const ComputeConstants&)> predict;
};

/// The fields with these names. A broken name is ours: throws InternalError.
std::vector<ConstantField> fields_named(const std::vector<std::string_view>& names);

/// |predicted / measured - 1| summarised.
struct Errors {
  double mean = 0, median = 0, p90 = 0;
  std::size_t count = 0;
};
Errors errors_of(const std::vector<Observation>& observations, const ComputeConstants& constants);

/// Moves `free` from the values in `start` to the least mean robust |log(predicted / measured)|; groups weigh
/// the same.
ComputeConstants fit(const std::vector<Observation>& observations, const ComputeConstants& start,
                     const std::vector<ConstantField>& free, int iterations = 25);

/// For each group: the error on it of constants fitted on all the others, beginning at `start`.
/// Empty when there is but one group.
struct LeftOut {
  std::string group;
  Errors errors;
};
std::vector<LeftOut> leave_one_group_out(const std::vector<Observation>& observations,
                                         const ComputeConstants& start,
                                         const std::vector<ConstantField>& free);
/// Mean over groups of their mean error.
double mean_over_groups(const std::vector<LeftOut>& left_out);

}  // namespace scalesim::workloads::calibrate
