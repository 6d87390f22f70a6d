// PyTorch DDP's gradient buckets (torch/csrc/distributed/c10d/reducer.cpp, comm-model 7.1).
#pragma once

#include <vector>

#include "core/units.h"
#include "sim/work/work.h"

namespace scalesim::sim {

/// One bucket, in launch order. It is ready when the backward of layer `ready_layer` has ended.
struct Bucket {
  Bytes bytes{};
  std::int64_t elements = 0;
  int ready_layer = 0;  ///< the earliest layer (last in backward) that fills it
  int parameters = 0;   ///< tensors in it
  bool expert = false;  ///< gradients of experts, averaged among fewer ranks
};

struct BucketRules {
  Bytes first{};    ///< limit of the first bucket
  Bytes cap{};      ///< limit of all others
  Bytes element{};  ///< bytes per gradient element
};

/// Fills buckets in the order gradients become ready (backward order, as after the reducer's rebuild): a
/// tensor is appended, and the bucket closes once it has reached its limit, so it may exceed it by its last
/// tensor. Only layers [from, to) of the work; gradients of experts fill buckets of their own.
std::vector<Bucket> gradient_buckets(const Work& work, const BucketRules& rules, int from, int to);
std::vector<Bucket> gradient_buckets(const Work& work, const BucketRules& rules);

}  // namespace scalesim::sim
