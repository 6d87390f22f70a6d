// Residual networks as rows of settings: torchvision's ResNet ("v1.5": the stride is on the 3x3) and what was
// changed about it since. Families of which a ResNet is a part (hybrid vision transformers) build its stages.
#pragma once

#include <array>
#include <span>
#include <string_view>

#include "workloads/build/blocks.h"

namespace scalesim::workloads {

enum class Stem { plain, deep, tiered };  ///< 7x7; three 3x3 of w, w, 2w; of 3w/4, w, 2w
enum class Gate { none, se, se_quarter, eca };
/// Selective kernels (arXiv 1903.06586): a 3x3 and a dilated 3x3, chosen between per channel; each reads all
/// channels or half of them. `reduced` is `split` with a wider middle of the choice.
enum class Selective { none, reduced, split, whole };

/// Channels that pruning left.
struct PrunedWidths {
  std::span<const std::array<int, 2>> blocks;  ///< first and second convolution of every block
  std::array<int, 4> stages;                   ///< outputs
};

struct ResNet {
  std::string_view name;
  std::array<int, 4> blocks;
  bool bottleneck = true;
  int groups = 1, width = 64;  ///< of the 3x3: groups and width per group at 64 planes
  Stem stem = Stem::plain;
  int stem_width = 32;
  bool average_shortcut = false;
  Gate gate = Gate::none;
  AntiAlias blur = AntiAlias::none;
  bool conv_pool = false;  ///< ResNet-RS: a strided 3x3 instead of max pooling
  bool caffe = false;      ///< the stride is on the first 1x1, and pooling sizes round up (legacy SE nets)
  int image = 224;
  Norm norm = Norm::batch;
  Selective selective = Selective::none;
  const PrunedWidths* pruned = nullptr;
  int scale = 0;  ///< Res2Net (arXiv 1904.01169): the 3x3 is a chain over so many parts of the channels
  int radix = 0;  ///< ResNeSt (arXiv 2004.08955): the 3x3 makes so many versions, summed by attention
  bool average_first = false;  ///< ResNeSt: strides, which are average pooling, come before the 3x3
};

/// Stem, pooling and every stage that has blocks, on the tensor under the cursor.
void resnet_features(Builder& b, const ResNet& net);

Model build_resnet(const ResNet& net, const ModelOptions& options);

}  // namespace scalesim::workloads
