// A measured step in one line.
#include <fmt/format.h>

#include "core/units_text.h"
#include "report/documents/compute_profile.h"

namespace scalesim::report {

std::string compute_profile_text(const workloads::ComputeProfile& profile) {
  Seconds forward{}, backward{};
  for (const workloads::MeasuredLayer& layer : profile.layers) {
    forward += layer.forward;
    backward += layer.backward;
  }
  const Seconds step = forward + backward + profile.optimizer;
  return fmt::format("{} on {}: {} layers, forward {}, backward {}, optimizer {}, {:.1f} samples/s\n",
                     profile.model, profile.gpu, profile.layers.size(), to_text(forward), to_text(backward),
                     to_text(profile.optimizer), static_cast<double>(profile.batch) / step.value());
}

}  // namespace scalesim::report
