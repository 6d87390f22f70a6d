// What a layer computes and moves in each of its three passes, and what it keeps from the forward for the
// backward pass. Counts are of elements and for one sample; bytes follow from a size per element.
#pragma once

#include <vector>

#include "workloads/model/model.h"

namespace scalesim::workloads {

enum class Pass { forward, input_gradient, weight_gradient };

/// Multiply-accumulates, and elements read and written if every tensor is touched once: the memory access
/// cost of ShuffleNet v2 (arXiv 1807.11164, guideline 1), reads and writes apart. Caches and fusion make it
/// less, tiling more.
struct Work {
  std::int64_t macs = 0;
  std::int64_t reads = 0;
  std::int64_t writes = 0;
  std::int64_t elements() const { return reads + writes; }
  /// FLOP (two per multiply-accumulate) for each byte moved, at `element_bytes` per element.
  double intensity(double element_bytes) const {
    return elements() ? 2.0 * static_cast<double>(macs) / (static_cast<double>(elements()) * element_bytes)
                      : 0;
  }
};

/// Attention is counted without its scores (they never leave the chip in a fused kernel); an embedding reads
/// only the rows it looks up; of experts, the parameters that the sample's rows can touch are read.
Work work_of(const Layer& layer, Pass pass);

/// Bytes of the forward pass: reads plus writes.
double mac_bytes(const Layer& layer, double element_bytes);
double mac_bytes(const Model& model, double element_bytes);

/// Output elements of convolutions and matrix products, one sample: the "activations" of timm's tables
/// (fvcore).
std::int64_t activation_count(const Layer& layer);
std::int64_t activation_count(const Model& model);

struct KeepSettings {
  double element_bytes = 2;
  bool flash_attention = true;  ///< keeps row sums instead of scores
};

/// Bytes that stay in memory from the forward to the backward pass, one sample, as PyTorch's autograd keeps
/// them. A tensor that several layers need is charged to the first that keeps it; what a relu overwrote is
/// gone. Source: derivatives.yaml of PyTorch; for transformers equal to Korthikanti et al. (arXiv 2205.05198)
/// eq. 1 and 2.
std::vector<double> kept_for_backward(const Model& model, const KeepSettings& settings);

}  // namespace scalesim::workloads
