// Transformers, written down once: every encoder and decoder of the zoo, and every model file of kind
// "transformer", is a TransformerConfig.
#pragma once

#include <string>

#include "workloads/builder.h"

namespace scalesim::workloads {

/// What a transformer block is made of. The defaults are GPT-2's.
struct TransformerConfig {
  std::string name;
  std::string source;
  TransformerShape shape;
  std::string norm = "layernorm";  ///< layernorm or rmsnorm (no bias)
  std::string activation = "gelu";
  bool bias = true;  ///< of every linear layer but the language-model head
  bool qkv_bias = true;
  bool head_bias = false;        ///< of the language-model head (Phi-2)
  bool fused_qkv = true;         ///< one product for query, key and value
  std::int64_t positions = 0;    ///< rows of the learned position table; 0: none
  std::int64_t token_types = 0;  ///< BERT's segment table
  bool rotary = false;
  bool dropout = true;
  bool post_norm = false;    ///< norm after each residual sum (BERT), else before each branch
  bool parallel = false;     ///< attention and MLP read the same input and are summed together
  bool shared_norm = false;  ///< the parallel branches share one norm (Phi-2, Falcon-7B)
  bool layer_scale = false;  ///< a learned factor per channel after each branch
  bool pooler = false;       ///< BERT: a dense layer on the first token instead of a language-model head
};

/// One block on the tensor under the cursor: hidden channels, one position per column.
void transformer_block(Builder& b, const TransformerConfig& config);

/// Embedding, blocks and head. A sample is one sequence of shape.sequence tokens.
Model build_transformer(const TransformerConfig& config);

}  // namespace scalesim::workloads
