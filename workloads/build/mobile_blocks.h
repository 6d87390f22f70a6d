// Mobile networks written as block strings, the notation of the MnasNet code (arXiv 1807.11626) that
// EfficientNet and its relatives kept: "ir_r2_k3_s2_e6_c24_se0.25" is two inverted residuals, kernel 3, first
// stride 2, expansion 6, 24 channels, squeeze-excite to a quarter. Stages are parted by '|', blocks of a
// stage by spaces.
//   block: ir inverted residual, ds depthwise separable, dsa the same with a last activation, er fused (edge)
//   residual,
//          cn plain convolution, tk Tucker convolution (1x1, k x k, 1x1; MobileDets),
//          uib universal inverted bottleneck (MobileNetV4: a is a depthwise kernel before the expansion; 0:
//          none), mqa attention of several query heads that share a key and a value head (MobileNetV4)
//   words: r repeats, k kernel ("3.5.7": channels split over kernels), a and p kernels of the 1x1 before and
//   after,
//          s stride, e expansion, c channels, se ratio, n activation (re r6 sw hs), fc expansion counts from
//          this width, noskip, skip, x compression of a Tucker block, m expanded width, q squeezed width, gs
//          channels of a group of the k x k, cc experts whose weights each sample mixes (CondConv, arXiv
//          1904.04971); of mqa h heads, d their width, v stride of keys and values
#pragma once

#include <string_view>

#include "workloads/build/blocks.h"
#include "workloads/model/model.h"

namespace scalesim::workloads {

struct MobileNet {
  std::string_view name;
  std::string_view stages;
  double width = 1, depth = 1;
  int image = 224;
  int stem = 32;
  int head = 1280;  ///< channels of the last 1x1 convolution; 0: none
  std::string_view act = "relu";
  bool fix_stem = false;  ///< the stem keeps its width
  bool fix_head = false;  ///< the head never widens; else it follows the width (scale_head) or max(1280, ...)
  bool head_only_widens = false;  ///< max(head, scaled head)
  bool fix_first_last = false;    ///< depth scaling leaves the first and last stage alone
  bool round_depth = false;       ///< to nearest instead of up
  bool pool_first = false;        ///< MobileNet v3: pool, then a 1x1 convolution with bias and no norm
  bool head_bias = true;          ///< with pool_first
  bool head_norm = false;         ///< with pool_first: batch norm after the convolution
  bool se_of_expansion = false;   ///< squeeze ratio is of the expanded width
  bool se_round = false;          ///< ... and rounded to a multiple of 8
  std::string_view se_act = "";   ///< "": as act
  std::string_view se_gate = "sigmoid";
  double round_limit = 0.9;
  Norm norm = Norm::batch;
  int group = 1;    ///< channels of a group of depthwise convolutions
  int divisor = 8;  ///< widths are multiples of this; 1: as written
  AntiAlias blur = AntiAlias::none;
  int stem_kernel = 3;
  bool layer_scale = false;  ///< of the blocks uib and mqa
  int experts = 1;           ///< multiplies cc
  bool backbone = false;     ///< ends with the last stage: features for a detector
  std::string_view source = "timm efficientnet.py";
};

/// A network that differs from the defaults in its scale and activation only.
constexpr MobileNet scaled(std::string_view name, std::string_view stages, double width, double depth,
                           int image, std::string_view act = "relu") {
  return {.name = name, .stages = stages, .width = width, .depth = depth, .image = image, .act = act};
}

Model build_mobile(const MobileNet& net, const ModelOptions& options);

}  // namespace scalesim::workloads
