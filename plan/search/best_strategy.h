// The fastest configuration to train on one cluster: data parallel with and without sharding, tensor and
// pipeline parallel, micro-batch and recomputation.
#pragma once

#include <optional>
#include <string>

#include "plan/values/request.h"
#include "sim/scenario/constants.h"

namespace scalesim::plan {

/// What was found. Without `fits` only `memory` (the least that any configuration needs) and `strategy`
/// (that configuration) are told.
struct Training {
  bool fits = false;
  std::string strategy;
  std::int64_t microbatch = 0, global_batch = 0;
  Bytes memory{};
  double throughput = 0;      ///< samples per second
  double slow = 0, fast = 0;  ///< with all that is uncertain against, and for, the cluster
  std::string refused;        ///< why no configuration could be tried at all
};

/// The same samples per step whatever the configuration: request.scenario.global_batch, or the batch per GPU
/// (the user's, else sim::batch_of_usual_tokens) times the GPUs; what does not fit at once is accumulated. Of
/// equals the first counts: what shards least before what shards more, small groups before large.
Training best_training(const PlanRequest& request, const topology::Cluster& cluster,
                       const DataCatalogue& data, const sim::StepConstants& constants);

/// As one line of text and back, without loss.
std::string to_result(const Training& training);
Training training_from(const std::string& result);

}  // namespace scalesim::plan
