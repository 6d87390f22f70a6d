// PyTorch DDP's gradient buckets (torch/csrc/distributed/c10d/reducer.cpp, comm-model 7.1).
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "core/units.h"
#include "sim/work/work.h"
#include "topology/parts/gpu.h"

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
/// tensor. Gradients of experts fill buckets of their own. `Entry` is a Bucket that may know more. Keeps its
/// buffers between fillings.
template <class Entry>
class BucketFiller {
 public:
  void start(const BucketRules& rules) {
    rules_ = rules;
    closed_.clear();
    for (const bool expert : {false, true}) open(expert) = opened(expert), is_first_[expert ? 1 : 0] = true;
  }

  /// The gradients of a layer, last tensor first. `mark` notes in a bucket how far the backward has come.
  /// Returns whether a bucket was closed.
  template <class Mark>
  bool append(const std::vector<std::int64_t>& tensors, bool expert, const Mark& mark) {
    const std::size_t before = closed_.size();
    Entry& bucket = open(expert);
    bool& first = is_first_[expert ? 1 : 0];
    for (auto elements = tensors.rbegin(); elements != tensors.rend(); ++elements) {
      bucket.bytes += rules_.element * static_cast<double>(*elements);
      bucket.elements += *elements;
      ++bucket.parameters;
      mark(bucket);
      if (bucket.bytes < (first ? rules_.first : rules_.cap)) continue;
      first = false;
      closed_.push_back(bucket);
      bucket = opened(expert);
    }
    return closed_.size() > before;
  }

  /// Closes what is open and puts the closed buckets into launch order.
  void finish() {
    for (const Entry& bucket : open_)
      if (bucket.parameters > 0) closed_.push_back(bucket);
    const auto earlier = [](const Entry& a, const Entry& b) { return a.ready_layer > b.ready_layer; };
    if (!std::is_sorted(closed_.begin(), closed_.end(), earlier))
      std::stable_sort(closed_.begin(), closed_.end(), earlier);
  }

  Entry& open(bool expert) { return open_[expert ? 1 : 0]; }
  const Entry& open(bool expert) const { return open_[expert ? 1 : 0]; }
  bool is_first(bool expert) const { return is_first_[expert ? 1 : 0]; }  ///< the open one
  std::vector<Entry>& closed() { return closed_; }
  const std::vector<Entry>& closed() const { return closed_; }

 private:
  static Entry opened(bool expert) {
    Entry bucket{};
    bucket.expert = expert;
    return bucket;
  }

  BucketRules rules_;
  std::array<Entry, 2> open_;
  std::array<bool, 2> is_first_ = {true, true};
  std::vector<Entry> closed_;
};

/// The buckets of layers [from, to) of the work.
std::vector<Bucket> gradient_buckets(const Work& work, const BucketRules& rules, int from, int to);
std::vector<Bucket> gradient_buckets(const Work& work, const BucketRules& rules);

/// The reducer copies each gradient into its bucket, dividing by the ranks, and back: read and write, both
/// ways.
inline Seconds bucket_copies(Bytes bucket, const topology::GpuSpec& gpu) {
  return bucket * 2 / gpu.memory_bandwidth;
}

}  // namespace scalesim::sim
