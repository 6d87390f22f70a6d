// One-GPU rows of the scaling table (scaling.csv): published throughput of whole training stacks on many
// GPUs.
#pragma once

#include <string>
#include <vector>

#include "tools/compute/fit.h"
#include "tools/compute/networks.h"
#include "topology/parts/gpu.h"
#include "topology/parts/gpu_catalogue.h"

namespace scalesim::workloads::calibrate {

/// Rows of one stack at one kind of arithmetic, as seconds per step; groups are GPUs. Rows are taken when the
/// GPU is in the catalogue and the network in the zoo. FP32 rows of GPUs with TF32 ran in TF32: every
/// container of these suites allows it.
std::vector<Observation> read_suite(const std::string& path, const std::string& stack, Arithmetic arithmetic,
                                    const topology::GpuCatalogue& gpus, const LoadSequence& load);

}  // namespace scalesim::workloads::calibrate
