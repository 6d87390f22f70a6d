// Transformers, written down once: every encoder and decoder of the zoo, and every model file of kind
// "transformer", is a TransformerConfig.
#pragma once

#include <string>

#include "workloads/build/builder.h"

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
  bool key_bias = true;          ///< with qkv_bias; else only queries and values have one
  bool head_bias = false;        ///< of the language-model head (Phi-2)
  bool fused_qkv = true;         ///< one product for query, key and value
  std::int64_t positions = 0;    ///< rows of the learned position table; 0: none
  std::int64_t token_types = 0;  ///< BERT's segment table
  bool rotary = false;
  bool dropout = true;
  bool post_norm = false;       ///< norm after each residual sum (BERT), else before each branch
  bool parallel = false;        ///< attention and MLP read the same input and are summed together
  bool shared_norm = false;     ///< the parallel branches share one norm (Phi-2, Falcon-7B)
  bool branch_norm = false;     ///< norm at the end of each branch, before its sum (Swin v2)
  bool qk_norm = false;         ///< queries and keys are normalised per head
  std::int64_t score_bias = 0;  ///< parameters of what is added to the scores of every block
  bool layer_scale = false;     ///< a learned factor per channel after each branch
  bool pooler = false;          ///< BERT: a dense layer on the first token instead of a language-model head
};

/// Query, key and value projections, softmax(QK^T / sqrt(d))V and the output projection.
void self_attention(Builder& b, const TransformerConfig& config);
/// Up, activation (gated or not) and down projection.
void feed_forward(Builder& b, const TransformerConfig& config);
/// Normalises queries and keys of the projected tensor per head; returns what attention then reads.
std::vector<Node> normalise_heads(Builder& b, const TransformerConfig& config, Node projected);
/// The product softmax(QK^T / sqrt(d))V of the tensors under `sources`.
void attention_core(Builder& b, const TransformerConfig& config, std::vector<Node> sources);

/// One block on the tensor under the cursor: hidden channels, one position per column.
void transformer_block(Builder& b, const TransformerConfig& config);

/// Embedding, blocks and head. A sample is one sequence of shape.sequence tokens.
Model build_transformer(const TransformerConfig& config);

}  // namespace scalesim::workloads
