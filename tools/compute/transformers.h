// Steps of large language models and single attention kernels as observations.
#pragma once

#include <string>
#include <vector>

#include "core/data_catalogue.h"
#include "tools/compute/fit.h"
#include "tools/compute/networks.h"
#include "topology/parts/gpu.h"
#include "topology/parts/gpu_catalogue.h"

namespace scalesim::workloads::calibrate {

/// Rows of llm-foundry's tables: one server of eight GPUs, whose gathers hide behind the compute.
struct StepFilter {
  std::string gpu, precision;                    ///< as the table calls them: "a100_40gb", "bf16"
  std::int64_t shortest = 0, longest = 1 << 30;  ///< tokens of a sequence
  double tokens = 0;  ///< least tokens of a GPU's micro-batch: above some 16,000 gathers hide behind compute
};
/// Seconds of one micro-batch and its share of the optimizer's update over the shards; groups are models.
std::vector<Observation> read_steps(const std::string& path, const StepFilter& filter,
                                    const topology::GpuCatalogue& gpus, const LoadSequence& load);

/// Seconds of the kernel `name` in data/calibration/attention.toml; groups are GPUs.
std::vector<Observation> read_attention(const DataCatalogue& data, const std::string& name,
                                        const topology::GpuCatalogue& gpus);

}  // namespace scalesim::workloads::calibrate
