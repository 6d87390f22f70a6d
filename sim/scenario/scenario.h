// The question: which model, trained how, on which systems, at which sizes.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "comm/collective/model.h"
#include "sim/scenario/reality.h"
#include "topology/cluster/cluster.h"
#include "workloads/compute/step.h"

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
  std::string mapping = "tp-cp-dp-pp";  ///< order of ranks, neighbours first
  std::string schedule = "1f1b";        ///< pipeline schedule by name; interleaved when virtual_stages > 1
  std::string context_method = "ring";  ///< "ring" attention or "all-to-all" (Ulysses)
  double expert_capacity = 1;           ///< rows that an expert computes over its even share
};

/// What every GPU of a mixture computes: as much as the others, or as much as it is fast.
enum class Balance { equal, proportional };

/// How finely collectives are simulated: one timed event each, or every message of them.
enum class Depth { collective, message };

struct Scenario {
  workloads::Model model;
  workloads::ComputeSettings compute;
  std::string strategy = "ddp";
  Parallelism parallel;
  std::optional<std::int64_t> global_batch;  ///< strong scaling: divided over the GPUs
  Bytes first_bucket{1024.0 * 1024};         ///< PyTorch reducer.hpp kDefaultFirstBucketBytes
  Bytes bucket{25.0 * 1024 * 1024};          ///< kDefaultBucketBytesCap
  Bytes gradient_element{4};                 ///< bytes per gradient element on the wire
  bool broadcast_buffers = true;             ///< DDP's broadcast of batch-norm statistics before each forward
  bool reshard_after_forward = true;         ///< fsdp: gather again for the backward
  bool overlap = true;
  std::optional<Seconds> step_time;  ///< the user's measured step on one GPU
  std::int64_t accumulation = 1;     ///< micro-steps between two gradient averages (no_sync), at pipeline 1
  std::optional<double> host_samples_per_second;  ///< what one host can read, decode and augment
  std::optional<double> host_cores;    ///< cores of one host that decode images, at a typical rate each
  std::optional<BytesPerSecond> disk;  ///< what one host reads of the data set
  Bytes sample_on_disk{110e3};         ///< a JPEG of ImageNet: 138 GB in 1.28 million files
  RealityOptions reality;
  Balance balance = Balance::equal;  ///< where GPUs differ
  Depth depth = Depth::collective;
  bool unfold = false;  ///< simulate every rank instead of one of each kind
};

/// GPUs of a node that are not the cluster's own.
struct OtherGpus {
  topology::GpuSpec gpu;
  int per_node = 0;
};

/// A system to draw a curve for. `collectives` answers for every GPU count asked for.
struct System {
  std::string name;
  topology::Cluster cluster;
  std::shared_ptr<const comm::CollectiveModel> collectives;
  std::vector<int> gpu_counts;
  std::vector<OtherGpus> others;  ///< the last GPUs of every node, in this order; the first are cluster.gpu

  /// Of a kind: 0 is cluster.gpu, k is others[k - 1].
  const topology::GpuSpec& gpu(int kind) const {
    return kind == 0 ? cluster.gpu : others[static_cast<std::size_t>(kind) - 1].gpu;
  }
};

}  // namespace scalesim::sim
