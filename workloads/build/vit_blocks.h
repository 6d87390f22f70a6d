// Vision transformers as rows of settings: patches, extra tokens, encoder blocks, a head. Networks that make
// their patches otherwise (hybrids) build the encoder on what they have.
#pragma once

#include <string_view>

#include "workloads/build/builder.h"

namespace scalesim::workloads {

/// How a block knows where a patch is: a learned vector per place, added once; a small dense network over the
/// distance of two patches whose result is added to the scores, in every block or one for all; rotated
/// queries and keys, fixed or learned.
/// table: a learned number per head for every distance, in every block (BEiT)
enum class Position {
  learned,
  table,
  relative,
  shared_relative,
  rotary,
  learned_and_rotary,
  learned_and_mixed
};
/// A norm before each branch; after it (Swin v2); two attentions and two MLPs side by side (arXiv
/// 2203.09795); attention and MLP side by side, from one product (arXiv 2302.05442).
enum class Form { pre_norm, branch_norm, pairs, one_product };
/// What is classified: the class token, the average of the patches, or what a learned query attends to.
enum class Pool { token, average, latent };

struct VisionTransformer {
  std::string_view name;
  int patch = 16, hidden = 768, layers = 12, heads = 12;
  int image = 224;
  int ffn = 0;     ///< 0: four times hidden
  int tokens = 1;  ///< class, distillation and register tokens
  bool positions_for_tokens = true;
  bool layer_scale = false;  ///< a learned factor per channel after each branch
  bool norm_first = false;   ///< a norm before the first block (CLIP)
  bool patch_bias = true, qkv_bias = true;
  bool key_bias = true;  ///< with qkv_bias
  int classes = 1000;    ///< 0: features only
  Pool pool = Pool::token;
  Position position = Position::learned;
  int position_hidden = 128;  ///< width of the network of relative positions
  Form form = Form::pre_norm;
  std::string_view act = "gelu";
  bool rms = false;      ///< norms have no bias
  bool qk_norm = false;  ///< queries and keys are normalised per head
  bool gated = false;    ///< the MLP has a gate
  int pool_heads = 0;    ///< of the learned query; 0: as the blocks
  bool head_bias = true;
  bool final_norm = true;
};

/// Encoder and head on the tensor under the cursor, which becomes patches of `patch` x `patch` positions.
void encode(Builder& b, const VisionTransformer& net, int patch);

Model build_vision_transformer(const VisionTransformer& net, const ModelOptions& options);

}  // namespace scalesim::workloads
