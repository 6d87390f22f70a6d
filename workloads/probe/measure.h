// Times a model's layers on this machine's GPU, each distinct shape once.
#pragma once

#include <functional>
#include <string>

#include "workloads/compute/compute_profile.h"

namespace scalesim::workloads {

/// Called before each distinct layer with how many are done and how many there are.
using Progress = std::function<void(std::size_t done, std::size_t all, const std::string& layer)>;

/// Layer times on the current CUDA device: convolutions with cuDNN's fastest algorithm (forward, data,
/// filter), products with cuBLASLt, normalisation, activation, pooling and softmax with cuDNN, everything
/// else as a copy of as many bytes. Medians of warm runs over rotated buffers. Throws InputError, one
/// sentence, when there is no device, when this build has no cuDNN, or when a layer does not fit into the
/// device's memory.
ComputeProfile measure_layers(const Model& model, const ComputeSettings& settings, const Progress& progress);

/// The same function in the part that links CUDA, which exports it as `scalesim_measure_layers`.
using MeasureLayers = ComputeProfile (*)(const Model&, const ComputeSettings&, const Progress&);

}  // namespace scalesim::workloads
