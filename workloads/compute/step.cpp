// A step's time in one call.
#include "workloads/compute/step.h"

#include <algorithm>
#include <array>

#include "core/error.h"
#include "workloads/compute/time.h"

namespace scalesim::workloads {
namespace {

constexpr std::array<std::string_view, 3> kBounds = {"arithmetic", "memory", "launch"};

}  // namespace

std::string_view to_text(Bound value) { return kBounds.at(static_cast<std::size_t>(value)); }

Seconds StepTime::total() const { return std::max(forward + backward + optimizer, launch); }

StepTime time_step(const Model& model, const topology::GpuSpec& gpu, const ComputeSettings& settings,
                   const DataCatalogue& data) {
  return ComputeModel(gpu, settings, data).step(model);
}

}  // namespace scalesim::workloads
