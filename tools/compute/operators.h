// Tables of single-operator times (NeuSight's op_*.csv, Baidu DeepBench's deepbench_*.csv) as observations.
#pragma once

#include <string>
#include <vector>

#include "tools/compute/fit.h"
#include "topology/parts/gpu.h"
#include "topology/parts/gpu_catalogue.h"

namespace scalesim::workloads::calibrate {

/// The observations of one GPU at one kind of arithmetic; groups are kinds of operator.
struct OperatorSet {
  topology::GpuSpec gpu;
  topology::Precision precision = topology::Precision::fp32;
  std::vector<Observation> observations;
};

/// Matrix products, batched products, element-wise passes, softmax and layer norm: FP32, PyTorch, one call at
/// a time. Convolutions come apart, for PyTorch lets them use TF32 where the GPU has it.
std::vector<OperatorSet> read_neusight(const std::string& folder, const topology::GpuCatalogue& gpus);
std::vector<OperatorSet> read_neusight_convolutions(const std::string& folder,
                                                    const topology::GpuCatalogue& gpus);
/// cuBLAS and cuDNN kernels of DeepBench's networks; GPUs that the catalogue does not know are left out.
std::vector<OperatorSet> read_deepbench(const std::string& folder, const topology::GpuCatalogue& gpus);

}  // namespace scalesim::workloads::calibrate
