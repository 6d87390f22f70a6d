// A network: its layers in execution order, and what one sample of it is called.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "workloads/model/layer.h"

namespace scalesim::workloads {

/// Shape of a transformer; kept beside the layers because parallel strategies cut along it.
struct TransformerShape {
  std::int64_t hidden = 0, layers = 0, heads = 0, kv_heads = 0, head_dim = 0, ffn = 0, vocabulary = 0,
               sequence = 0;
  std::int64_t experts = 0, experts_per_token = 0;
  bool gated_mlp = false, tied_embeddings = false, causal = true;
};

struct Model {
  std::string name;
  std::string sample_unit = "images";  ///< throughput is counted in these: images, sequences
  std::int64_t tokens_per_sample = 0;  ///< 0 unless a sample is a sequence
  Shape input;
  std::vector<Layer> layers;
  std::optional<TransformerShape> transformer;
  std::string source;  ///< paper, file

  std::int64_t parameter_count() const;
  std::int64_t macs() const;  ///< forward, one sample
};

struct ModelOptions {
  std::optional<std::int64_t> sequence;  ///< --seq
  std::optional<std::int64_t> image;     ///< input height and width
  bool inference = false;                ///< networks with a deployed form (RepVGG) take it
};

}  // namespace scalesim::workloads
