// One layer of a network with exact shapes for one sample. Everything else about it (parameters, MACs, bytes)
// follows from these numbers, so they are stored once and counted by functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/units.h"

namespace scalesim::workloads {

enum class Op {
  conv,       ///< convolution, also depthwise and grouped
  linear,     ///< dense layer on `rows` positions
  matmul,     ///< product of two activations (attention scores, attention times values)
  attention,  ///< fused softmax(QK^T)V; macs of both products
  embedding,  ///< table look-up
  batch_norm,
  layer_norm,  ///< also RMS norm (no bias parameters)
  activation,  ///< relu, gelu, silu, sigmoid ...
  add,         ///< element-wise sum or product of two tensors
  concat,
  pool,  ///< max or average window
  global_pool,
  softmax,
  dropout,
  shuffle,  ///< moves elements only: channel shuffle, permute, slice, pad
  scan,     ///< sequential recurrence (LSTM) counted as its matrix products
  other,    ///< an operator that is only costed by its bytes
};
std::string_view to_text(Op op);

/// Channels, height and width of a tensor of one sample. A sequence is channels = hidden, height = 1, width =
/// length.
struct Shape {
  std::int64_t channels = 0;
  std::int64_t height = 1;
  std::int64_t width = 1;
  std::int64_t elements() const { return channels * height * width; }
  auto operator<=>(const Shape&) const = default;
};

/// How tensor parallelism divides a layer among the ranks of a group (Megatron-LM, arXiv 1909.08053). Said by
/// whoever builds the layer.
enum class TensorCut {
  inherited,   ///< as what it reads: on divided channels where that is divided, whole where it is whole
  replicated,  ///< every rank computes all of it, whatever it reads
  column,      ///< output channels are divided; its input is whole
  row,         ///< input channels are divided; its output is a sum over ranks
};

/// A parameter tensor in definition order; DDP buckets are filled with these.
struct Parameter {
  std::string name;
  std::int64_t elements = 0;
};

struct Layer {
  std::string name;
  Op op = Op::other;
  std::string kind;  ///< finer name for people: "relu", "gelu", "max", "depthwise 3x3", "flash attention"
  Shape input;
  Shape output;
  std::int64_t kernel_h = 1, kernel_w = 1, stride = 1, groups = 1;  ///< conv and pool
  // groups elsewhere: linear, the experts that share the m rows; attention, query heads per key head.
  std::int64_t inputs =
      1;  ///< how many tensors of shape `input` are read (add: 2; concat: counted in input.channels)
  // linear, matmul, attention and scan: `batch` independent products of m x k by k x n per sample (linear: m
  // positions, k inputs, n outputs, batch 1).
  std::int64_t batch = 0, m = 0, n = 0, k = 0;
  std::vector<Parameter> parameters;
  std::vector<int> sources;    ///< indices of the layers whose outputs it reads; -1 is the model's input
  bool in_place = false;       ///< output overwrites the input (relu after batch norm)
  double active_fraction = 1;  ///< mixture of experts: share of `parameters` that one token uses
  TensorCut cut = TensorCut::inherited;
  bool experts = false;  ///< mixture of experts: expert parallelism spreads its `groups` over ranks
  int block = -1;        ///< index of the repeated block it belongs to (transformer layer, residual block)

  std::int64_t parameter_count() const;
  /// Multiply-accumulates of convolutions and matrix products for one sample; 0 for everything else.
  std::int64_t macs() const;
};

}  // namespace scalesim::workloads
