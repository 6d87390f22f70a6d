// The question: which model, trained how, on which systems, at which sizes.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "comm/model.h"
#include "topology/cluster.h"
#include "workloads/step.h"

namespace scalesim::sim {

/// How the GPUs divide the work. Data parallelism is what is left: gpus / (tensor * pipeline * context).
struct Parallelism {
  int tensor = 1;
  int pipeline = 1;
  int context = 1;
  int expert = 1;
  int virtual_stages = 1;
  std::int64_t microbatch = 0;  ///< samples per micro-batch; 0: the whole batch of a GPU at once
  bool sequence_parallel = false;
};

struct Scenario {
  workloads::Model model;
  workloads::ComputeSettings compute;
  std::string strategy = "ddp";
  Parallelism parallel;
  std::optional<std::int64_t> global_batch;  ///< strong scaling: divided over the GPUs
  Bytes first_bucket{1024.0 * 1024};         ///< PyTorch reducer.hpp kDefaultFirstBucketBytes
  Bytes bucket{25.0 * 1024 * 1024};          ///< kDefaultBucketBytesCap
  Bytes gradient_element{4};                 ///< bytes per gradient element on the wire
  bool overlap = true;
  std::optional<Seconds> step_time;  ///< the user's measured step on one GPU
  std::string currency = "CNY";
};

/// A system to draw a curve for. `collectives` answers for every GPU count asked for.
struct System {
  std::string name;
  topology::Cluster cluster;
  std::shared_ptr<const comm::CollectiveModel> collectives;
  std::vector<int> gpu_counts;
};

}  // namespace scalesim::sim
