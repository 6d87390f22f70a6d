// Layer times measured on a GPU (`scalesim measure`), kept as JSON and used instead of the compute model.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "workloads/compute/step.h"
#include "workloads/model/model.h"

namespace scalesim::workloads {

struct MeasuredLayer {
  std::string name;
  Seconds forward{};
  Seconds backward{};
};

/// "schema": "scalesim.compute_profile/1". Times are of the whole batch.
struct ComputeProfile {
  std::string model, gpu;
  topology::Precision precision = topology::Precision::fp16;
  Layout layout = Layout::nhwc;
  std::int64_t batch = 0;
  std::vector<MeasuredLayer> layers;
  Seconds optimizer{};  ///< 0: not measured
};

/// Throws InputError naming the file and the key that is missing or wrong.
ComputeProfile parse_compute_profile(std::string_view json, const std::string& file);
ComputeProfile read_compute_profile(const std::string& path);
std::string to_json(const ComputeProfile& profile);

/// `modelled` with the times of every layer that the profile measured under the same name; what was not
/// measured stays modelled. Throws InputError when the profile is of another model, batch or precision than
/// `settings` ask for.
StepTime use_profile(const ComputeProfile& profile, const Model& model, const ComputeSettings& settings,
                     StepTime modelled);

}  // namespace scalesim::workloads
