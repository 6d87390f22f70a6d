// The fitted constants of the compute model, one set per (GPU or architecture, stack, precision, layout).
// They are data: `scripts/calibrate` writes them into data/calibration/compute/ with the rows and the error
// of the fit.
#pragma once

#include <string>
#include <vector>

#include "core/data_catalogue.h"
#include "core/units.h"
#include "topology/parts/gpu.h"
#include "workloads/compute/step.h"

namespace scalesim::workloads {

/// How a GPU under a software stack falls short of its datasheet. Shares of peak are capped by what the board
/// sustains (GpuSpec::sustained_at); none is above 1. Winograd's saving of arithmetic is apart.
struct ComputeConstants {
  double matrix_efficiency = 0.87;       ///< share of peak of a large matrix product
  double convolution_efficiency = 0.75;  ///< share of peak of a large dense convolution
  double data_gradient = 1;              ///< rate of a convolution's input gradient relative to forward
  double filter_gradient = 1;            ///< the same for the filter gradient
  double strided_data = 1;  ///< arithmetic of an input gradient over that needed, where the filter strides
  double grouped_efficiency = 0.5;  ///< grouped convolution relative to a dense one of the group's shape
  double odd_filter_rate = 0.1;  ///< share of the FP32 peak of the nhwc filter gradient of groups that tensor
                                 ///< cores have no kernel for
  double winograd_gain = 1;      ///< arithmetic saved in 3x3 and 5x5 convolutions of stride 1
  double depth_half = 24;        ///< reduction length at which half the efficiency is reached
  double wave_fill = 0;          ///< waves of thread blocks that filling and draining the GPU costs a product
  double small_tiles = 1;  ///< power of a tile's share: above 1 where the library's small tiles are poor
  double memory_fraction = 0.88;     ///< share of bandwidth of an element-wise pass
  double batch_norm_fraction = 0.8;  ///< the same for batch normalisation in training
  double row_fraction = 0.6;         ///< the same for softmax and layer norm, of one read and one write
  double row_half_bytes = 0;         ///< length of a row at which starting it takes as long as moving it
  double depthwise_fraction = 0.4;   ///< the same for a depthwise convolution
  double depthwise_gradient = 2;     ///< time of its two gradients together relative to forward
  double depthwise_stride = 1;  ///< time per byte of its gradients where it strides, relative to stride 1
  double thin_passes = 1;  ///< passes a tensor-core convolution of fewer than 8 input channels makes over its
                           ///< input as if it had 32, the tile of the kernels that change its layout
  double broadcast_fraction =
      0.6;                      ///< share of bandwidth of a gate's product and of a mean over all positions
  double depthwise_rate = 0.3;  ///< share of the FP32 peak of a depthwise convolution's arithmetic
  double score_passes = 12;  ///< passes over the attention scores without FlashAttention, of 2 bytes forward
  double loss_bytes = 36;    ///< moved for each logit of a cross entropy, forward and backward: eager mixed
                             ///< precision takes the loss in fp32 (36), a fused kernel in place (6)
  double layout_passes = 0;  ///< extra passes over a convolution's tensors to change their layout
  double attention_forward = 0.75;  ///< share of the tensor peak of a fused attention kernel's products
  double attention_backward = 0.7;  ///< the same for its gradients
  double attention_vector = 8;      ///< vector operations per score that do not hide behind the products
  double attention_vector_backward = 17;
  double attention_native = 0;  ///< 1: it uses the newest tensor instructions; 0: Ampere's, which newer GPUs
                                ///< run at Ampere's rate per multiprocessor and clock
  double l2_gain = 1.5;         ///< bandwidth of a small tensor that is still in L2, relative to DRAM
  double stack_factor = 1;     ///< time of everything relative to these constants: what a stack adds or saves
  double fused_optimizer = 0;  ///< 1: the stack updates all parameters in one pass
  double kernel_floor_s = 3e-6;      ///< shortest kernel, seconds
  double dispatch_forward_s = 6e-6;  ///< host time per kernel, seconds
  double dispatch_backward_s = 8e-6;

  std::string name;       ///< file it came from
  bool same_gpu = false;  ///< fitted on this very GPU: what its board sustains is in the constants already
  double relative_error = 0.15;  ///< 1 sigma of a model that was not fitted
  Provenance provenance = Provenance::calibrated;
  std::string source;  ///< what it was fitted on
};

/// Which questions a calibration answers; an empty text leaves that open.
struct CalibrationScope {
  std::string gpu;  ///< catalogue name; empty: every GPU, best those of the compute capability
  int compute_capability = 0;
  std::string stack, arithmetic, layout, mode;
  bool compiled = false;
  bool power_limited = false;  ///< the board holds so little of its peak that its constants fit no other
};

/// A constant as files and fits know it, with its physical bounds.
struct ConstantField {
  std::string_view name;
  double ComputeConstants::*member;
  double low, high;
};
const std::vector<ConstantField>& constant_fields();
/// Reads the `[constants]` of a calibration file; what is missing keeps its default. Throws InputError
/// outside the bounds.
ComputeConstants read_constants(const TomlTable& table);

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

}  // namespace scalesim::workloads
