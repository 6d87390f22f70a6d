// The fitted constants of the compute model, one set per (GPU or architecture, stack, precision, layout).
// They are data: `scripts/calibrate` writes them into data/calibration/compute/ with the rows and the error
// of the fit.
#pragma once

#include <string>
#include <vector>

#include "core/data_catalogue.h"
#include "core/units.h"
#include "topology/gpu.h"
#include "workloads/step.h"

namespace scalesim::workloads {

/// How a GPU under a software stack falls short of its datasheet. Shares are of the sustained peak or the
/// datasheet bandwidth; all are physical: none above 1, except convolution on FP32 cores where Winograd saves
/// arithmetic.
struct ComputeConstants {
  std::string name;                      ///< file it came from
  double matrix_efficiency = 0.85;       ///< share of peak of a large matrix product
  double convolution_efficiency = 0.75;  ///< share of peak of a large dense convolution
  double gradient_efficiency = 0.9;      ///< the same for input and filter gradients, relative to forward
  double grouped_efficiency = 0.5;       ///< grouped convolution relative to a dense one of the group's shape
  double depth_half = 24;                ///< reduction length at which half the efficiency is reached
  double memory_fraction = 0.88;         ///< share of bandwidth of an element-wise pass
  double depthwise_fraction = 0.4;       ///< the same for a depthwise convolution
  double layout_passes = 0;              ///< extra passes over a convolution's tensors to change their layout
  Seconds kernel_floor{3e-6};            ///< shortest kernel
  Seconds dispatch_forward{6e-6};        ///< host time per kernel
  Seconds dispatch_backward{8e-6};
  double relative_error = 0.15;  ///< 1 sigma of a model that was not fitted
  Provenance provenance = Provenance::calibrated;
  std::string source;  ///< what it was fitted on
};

/// What kind of arithmetic runs: constants are fitted for these, not for each precision.
enum class Arithmetic { tensor, tf32, fp32 };
std::string_view to_text(Arithmetic arithmetic);
/// The units a precision runs on; without tensor cores (before compute capability 7.0) everything is fp32
/// arithmetic.
Arithmetic arithmetic_of(const topology::GpuSpec& gpu, topology::Precision precision);

/// The best matching constants: this GPU, else its architecture, else the nearest generation; of the asked
/// stack. Throws InputError for a stack nobody calibrated.
ComputeConstants find_constants(const topology::GpuSpec& gpu, const ComputeSettings& settings,
                                const DataCatalogue& data);

/// Names of the software stacks that have constants.
std::vector<std::string> stack_names(const DataCatalogue& data);

}  // namespace scalesim::workloads
