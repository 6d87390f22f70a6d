// How many samples a step has where the user gives no batch: the one place of these defaults.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/scenario/scenario.h"

namespace scalesim::sim {

/// Samples per GPU before memory and tokens limit them.
constexpr std::int64_t kUsualImages = 256;
constexpr std::int64_t kUsualSequences = 8;

/// For a model: sequences where its samples are made of tokens, else images.
std::int64_t usual_batch(const workloads::Model& model);

/// Per GPU: the usual batch, halved until one undivided GPU of every system holds it comfortably.
std::int64_t batch_that_fits(const Scenario& scenario, const std::vector<System>& systems);

/// Per GPU: the usual batch, halved until a step of `gpus` GPUs has no more tokens than those of published
/// pre-training runs (4 Mi: Llama 2, arXiv 2307.09288, section 2.2).
std::int64_t batch_of_usual_tokens(const workloads::Model& model, int gpus);

}  // namespace scalesim::sim
