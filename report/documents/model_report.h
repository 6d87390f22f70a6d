// What `scalesim model` says about one network, or several beside each other.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "topology/parts/gpu.h"
#include "workloads/compute/advice.h"
#include "workloads/memory/memory.h"

namespace scalesim::report {

struct ModelReport {
  workloads::Model model;
  workloads::ComputeSettings settings;
  std::optional<topology::GpuSpec> gpu;
  std::optional<workloads::StepTime> time;  ///< of one step (or inference) of settings.batch samples
  workloads::MemoryUse memory;
  std::vector<workloads::Advice> advice;

  double samples_per_second() const;
  /// As nvidia-smi counts it: the share of the time in which any kernel runs.
  double gpu_utilization() const;
};

/// Counts always; times when a GPU is given. Throws InputError when it cannot compute at the precision.
ModelReport report_model(workloads::Model model, const workloads::ComputeSettings& settings,
                         const std::optional<topology::GpuSpec>& gpu, const DataCatalogue& data);

/// At most `width` columns; equal blocks that follow each other are shown once unless `all_layers`.
std::string model_text(const ModelReport& report, std::size_t width, bool all_layers);
/// "scalesim.model/1", DESIGN.md section 3.
std::string model_json(const ModelReport& report);

/// Fastest first (fewest MACs first without times).
std::string comparison_text(std::vector<ModelReport> reports, int width = 0);
/// "scalesim.comparison/1": {gpu, mode, batch, models: [...]}, in the same order.
std::string comparison_json(std::vector<ModelReport> reports);

}  // namespace scalesim::report
