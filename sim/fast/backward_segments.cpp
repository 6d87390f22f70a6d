// Walks the units from the last to the first.
#include "sim/fast/backward_segments.h"

#include <algorithm>
#include <cmath>

namespace scalesim::sim {
namespace {

constexpr double kSame = 1e-12;    // relative; rounding of sums that are equal
constexpr int kLongestPeriod = 8;  // units: a bucket of 25 MiB may hold several

std::size_t at(int i) { return static_cast<std::size_t>(i); }

}  // namespace

void BackwardSegmenter::start(const RecurrenceInputs& in, const PipelineDescription& step) {
  in_ = &in;
  rules_ = step.buckets;
  dense_ = &in.table.curve(step.average, step.replicas_of(false));
  experts_ = &in.table.curve(step.average, step.replicas_of(true));
}

void BackwardSegmenter::make(SegmentedBackward& gradients, const UnitRun* from, const UnitRun* to) {
  gradients.segments.clear();
  gradients.runs.clear();
  gradients.work = gradients.wait = gradients.longest = 0;
  gradients.link = 0;
  gradients.all = {};
  gradients.even = true;
  buckets_.start(rules_);
  work_ = wait_ = cut_ = cut_wait_ = told_ = told_wait_ = 0;
  layer_ = 0;
  while (to != from) add_run(gradients, *--to);
  buckets_.finish();
  flush(gradients, buckets_.closed().size(), 1);
  const BackwardSegment rest{work_ - told_, wait_ - told_wait_, false, {}};
  gradients.runs.push_back({gradients.segments.size(), 1, 1, {}, true});
  gradients.segments.push_back(rest);
  gradients.work += rest.work;
  gradients.wait += rest.wait;
}

/// Looks for units that start as one of the last few did. The last unit is told apart: what is still open
/// after it must find its place among its segments.
void BackwardSegmenter::add_run(SegmentedBackward& gradients, const UnitRun& run) {
  starts_.assign(1, {carry(), buckets_.closed().size()});
  for (int unit = 0; unit < run.count; ++unit) {
    add_unit(in_->work.kinds[at(run.kind)], in_->units[at(run.kind)]);
    const Carry now = carry();
    const int known = static_cast<int>(starts_.size()), left = run.count - unit - 2;
    for (int period = 1; period <= std::min({known, left, kLongestPeriod}); ++period) {
      const Start& start = starts_[at(known - period)];
      if (!same(start.carry, now)) continue;
      const std::size_t before = start.closed, alike = buckets_.closed().size() - before;
      flush(gradients, before, 1);
      flush(gradients, alike, 1 + left / period);
      unit += left / period * period;
      starts_.clear();
      break;
    }
    starts_.push_back({now, buckets_.closed().size()});
  }
}

void BackwardSegmenter::add_unit(const FoldedWork::Kind& kind, const UnitTimes& times) {
  for (std::size_t i = kind.layers.size(); i-- > 0; --layer_) {
    work_ += times.layers[i].backward;
    wait_ += times.layers[i].wait;
    const auto mark = [&](TimedBucket& bucket) {
      bucket.ready_layer = layer_;
      bucket.work = work_;
      bucket.wait = wait_;
    };
    if (!buckets_.append(kind.layers[i].parameters, kind.layers[i].expert, mark)) continue;
    cut_ = work_;
    cut_wait_ = wait_;
  }
}

BackwardSegmenter::Carry BackwardSegmenter::carry() const {
  Carry carry;
  carry.uncut = work_ - cut_;
  carry.uncut_wait = wait_ - cut_wait_;
  for (const bool expert : {false, true}) {
    const TimedBucket& open = buckets_.open(expert);
    const int k = expert ? 1 : 0;
    carry.bytes[k] = open.bytes.value();
    carry.any[k] = open.parameters > 0;
    carry.first[k] = buckets_.is_first(expert);
    carry.work[k] = carry.any[k] ? work_ - open.work : 0;
    carry.wait[k] = carry.any[k] ? wait_ - open.wait : 0;
  }
  return carry;
}

bool BackwardSegmenter::same(const Carry& a, const Carry& b) const {
  const double near = kSame * (work_ + wait_);
  const auto close = [&](double x, double y) { return std::abs(x - y) <= near; };
  for (const int k : {0, 1})
    if (a.bytes[k] != b.bytes[k] || a.any[k] != b.any[k] || a.first[k] != b.first[k] ||
        !close(a.work[k], b.work[k]) || !close(a.wait[k], b.wait[k]))
      return false;
  return close(a.uncut, b.uncut) && close(a.uncut_wait, b.uncut_wait);
}

/// Turns the first `closed` of the closed buckets into segments.
void BackwardSegmenter::flush(SegmentedBackward& gradients, std::size_t closed, int times) {
  if (closed == 0) return;
  SegmentRun run{gradients.segments.size(), closed, times, {}, true};
  double work = 0, wait = 0;
  for (std::size_t i = 0; i < closed; ++i) {
    const BackwardSegment segment = segment_of(buckets_.closed()[i], gradients);
    gradients.segments.push_back(segment);
    work += segment.work;
    wait += segment.wait;
    if (!segment.averaged) continue;
    run.even &= run.all.seconds == 0 || run.all.same_rates(segment.collective);
    const double seconds = run.all.seconds + segment.collective.seconds * times;
    run.all = segment.collective;
    run.all.seconds = seconds;
  }
  std::vector<TimedBucket>& told = buckets_.closed();
  told.erase(told.begin(), told.begin() + static_cast<std::ptrdiff_t>(closed));
  gradients.runs.push_back(run);
  if (run.all.seconds > 0) {
    gradients.even &= run.even && (gradients.all.seconds == 0 || gradients.all.same_rates(run.all));
    const double seconds = gradients.all.seconds + run.all.seconds;
    gradients.all = run.all;
    gradients.all.seconds = seconds;
  }
  gradients.work += work * times;
  gradients.wait += wait * times;
}

BackwardSegment BackwardSegmenter::segment_of(const TimedBucket& bucket, SegmentedBackward& gradients) {
  BackwardSegment segment;
  segment.work = bucket.work - told_ + bucket_copies(bucket.bytes, in_->gpu).value();
  segment.wait = bucket.wait - told_wait_;
  told_ = bucket.work;
  told_wait_ = bucket.wait;
  CollectiveCurve& curve = bucket.expert ? *experts_ : *dense_;
  segment.averaged = curve.group().ranks > 1;
  if (!segment.averaged) return segment;
  const CollectiveCost& known = in_->table.at(curve, bucket.bytes.value());
  segment.collective = {in_->seconds(known) + in_->bucket_overhead, known.compute_rate,
                        known.communication_rate};
  if (known.seconds[1] > gradients.longest) gradients.longest = known.seconds[1], gradients.link = known.link;
  return segment;
}

}  // namespace scalesim::sim
