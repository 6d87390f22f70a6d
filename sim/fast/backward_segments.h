// The backward pass of one virtual stage cut where a bucket of gradients is full, with the collective that
// starts there; equal blocks that cut alike are told once.
#pragma once

#include <vector>

#include "sim/engine/communication_stream.h"
#include "sim/fast/recurrence.h"
#include "sim/step/pipeline_description.h"

namespace scalesim::sim {

/// A stretch of the backward pass, in seconds.
struct BackwardSegment {
  double work = 0, wait = 0;
  bool averaged = false;  ///< a collective starts at its end
  CommunicationStream::Collective collective;
};

/// `count` segments from `begin` on, `times` times in a row.
struct SegmentRun {
  std::size_t begin = 0, count = 0;
  int times = 1;
  CommunicationStream::Collective all;  ///< the collectives of all times, where their rates are equal
  bool even = true;                     ///< they are
};

struct SegmentedBackward {
  std::vector<BackwardSegment> segments;
  std::vector<SegmentRun> runs;
  CommunicationStream::Collective all;  ///< all collectives, where their rates are equal
  bool even = true;                     ///< they are
  double work = 0, wait = 0;            ///< of all segments
  double longest = 0;                   ///< collective, seconds
  int link = 0;
};

/// What a whole pass did that found at most one kind of collective on its way: the next one that finds the
/// same does the same.
struct PassMemory {
  const SegmentedBackward* gradients = nullptr;
  CommunicationStream::Collective found, left;
  bool changed = false;  ///< another kind of collective runs after it, or has run in between
  double seconds = 0, more_compute = 0, more_wait = 0, busy = 0;
};

/// Fills buckets unit by unit. Keeps its buffers between calls.
class BackwardSegmenter {
 public:
  /// For the stages of one step.
  void start(const RecurrenceInputs& in, const PipelineDescription& step);
  /// Of the units [from, to), in forward order.
  void make(SegmentedBackward& gradients, const UnitRun* from, const UnitRun* to);

 private:
  /// Knows the backward up to and with the layer of its last gradient.
  struct TimedBucket : Bucket {
    double work = 0, wait = 0;
  };
  /// Units that start and end with the same of these cut alike.
  struct Carry {
    double bytes[2] = {}, work[2] = {}, wait[2] = {};
    double uncut = 0, uncut_wait = 0;  ///< since the last bucket was closed
    bool first[2] = {}, any[2] = {};
  };

  struct Start {
    Carry carry;
    std::size_t closed = 0;
  };

  void add_run(SegmentedBackward& gradients, const UnitRun& run);
  void add_unit(const FoldedWork::Kind& kind, const UnitTimes& times);
  void flush(SegmentedBackward& gradients, std::size_t closed, int times);
  Carry carry() const;
  bool same(const Carry& a, const Carry& b) const;
  BackwardSegment segment_of(const TimedBucket& bucket, SegmentedBackward& gradients);

  const RecurrenceInputs* in_ = nullptr;
  CollectiveCurve *dense_ = nullptr, *experts_ = nullptr;
  BucketRules rules_;
  BucketFiller<TimedBucket> buckets_;  ///< the closed ones are not yet segments
  std::vector<Start> starts_;          ///< of the units of a run
  double work_ = 0, wait_ = 0;         ///< up to here
  double cut_ = 0, cut_wait_ = 0;      ///< up to the last bucket that was closed
  double told_ = 0, told_wait_ = 0;    ///< up to the end of the last segment
  int layer_ = 0;                      ///< counted down from 0 at the end of the stage
};

}  // namespace scalesim::sim
