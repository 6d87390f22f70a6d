// How long the host needs to start one operator, from published times of networks that waited for it.
#pragma once

#include "tools/compute/recipes.h"

namespace scalesim::workloads::calibrate {

/// Seconds per operator of an eager PyTorch forward pass without gradients: the geometric mean over the
/// machines of data/calibration/host_launches.toml that are fitted, each the median of its rows. Throws
/// InputError for a network that the zoo lacks where the row does not count its operators itself.
double host_time_per_operator(const Tables& tables, const DataCatalogue& data);

/// Sets what the host needs for a forward and a backward operator where Python starts them: an eager PyTorch
/// stack. Frameworks that run a graph, and fused kernels, keep the defaults. The backward pass starts from
/// C++, without Python, but starts the optimizer's and the gradients' work too: it is taken as dear as
/// forward.
void set_host_launches(const CalibrationScope& scope, double eager, ComputeConstants& constants);

}  // namespace scalesim::workloads::calibrate
