// Time of one training step (or inference) on one GPU, layer by layer.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/data_catalogue.h"
#include "core/provenance.h"
#include "topology/parts/gpu.h"
#include "workloads/compute/settings.h"
#include "workloads/model/model.h"

namespace scalesim::workloads {

enum class Bound { arithmetic, memory, launch };
std::string_view to_text(Bound);

/// Times of one layer for the whole batch; kernels only, the host's launch limit is in StepTime.
struct LayerTime {
  Seconds forward{};
  Seconds backward{};  ///< input and weight gradients together; 0 for inference
  Bound bound = Bound::memory;
};

struct StepTime {
  std::vector<LayerTime> layers;  ///< one per Model::layers
  Seconds forward{};
  Seconds backward{};
  Seconds optimizer{};
  Seconds launch{};             ///< host time to launch it all; the step takes at least this
  double relative_error = 0.1;  ///< what calibration left over, 1 sigma
  std::vector<Input> inputs;
  Seconds total() const;  ///< max(forward + backward + optimizer, launch)
};

/// Roofline with size-dependent efficiency, constants from data/calibration. Throws InputError when the GPU
/// cannot compute at the precision.
StepTime time_step(const Model& model, const topology::GpuSpec& gpu, const ComputeSettings& settings,
                   const DataCatalogue& data);

}  // namespace scalesim::workloads
