// Walks the units from the last to the first.
#include "sim/fast/gradient_pieces.h"

#include <algorithm>
#include <cmath>

namespace scalesim::sim {
namespace {

constexpr double kSame = 1e-12;    // relative; rounding of sums that are equal
constexpr int kLongestPeriod = 8;  // units: a bucket of 25 MiB may hold several

std::size_t at(int i) { return static_cast<std::size_t>(i); }

}  // namespace

void PieceMaker::start(const RecurrenceInputs& in, const GradientRules& rules) {
  in_ = &in;
  rules_ = &rules;
  dense_ = &in.table.curve(rules.collective, gradient_group(in.layout));
  experts_ = &in.table.curve(rules.collective, expert_gradient_group(in.layout));
}

void PieceMaker::make(Gradients& gradients, const UnitRun* from, const UnitRun* to) {
  gradients.pieces.clear();
  gradients.runs.clear();
  gradients.work = gradients.wait = gradients.longest = 0;
  gradients.link = 0;
  gradients.all = {};
  gradients.even = true;
  closed_.clear();
  open_[0] = open_[1] = {};
  open_[1].expert = true;
  work_ = wait_ = cut_ = cut_wait_ = told_ = told_wait_ = 0;
  layer_ = 0;
  while (to != from) add_run(gradients, *--to);
  for (const Bucket& bucket : open_)
    if (bucket.any) closed_.push_back(bucket);
  const auto earlier = [](const Bucket& a, const Bucket& b) { return a.layer < b.layer; };
  if (!std::is_sorted(closed_.begin(), closed_.end(), earlier))
    std::stable_sort(closed_.begin(), closed_.end(), earlier);
  flush(gradients, closed_.size(), 1);
  const Piece rest{work_ - told_, wait_ - told_wait_, false, {}};
  gradients.runs.push_back({gradients.pieces.size(), 1, 1, {}, true});
  gradients.pieces.push_back(rest);
  gradients.work += rest.work;
  gradients.wait += rest.wait;
}

/// Looks for units that start as one of the last few did. The last unit is told apart: what is still open
/// after it must find its place among its pieces.
void PieceMaker::add_run(Gradients& gradients, const UnitRun& run) {
  starts_.assign(1, {carry(), closed_.size()});
  for (int unit = 0; unit < run.count; ++unit) {
    add_unit(in_->work.kinds[at(run.kind)], in_->units[at(run.kind)]);
    const Carry now = carry();
    const int known = static_cast<int>(starts_.size()), left = run.count - unit - 2;
    for (int period = 1; period <= std::min({known, left, kLongestPeriod}); ++period) {
      const Start& start = starts_[at(known - period)];
      if (!same(start.carry, now)) continue;
      const std::size_t before = start.closed, alike = closed_.size() - before;
      flush(gradients, before, 1);
      flush(gradients, alike, 1 + left / period);
      unit += left / period * period;
      starts_.clear();
      break;
    }
    starts_.push_back({now, closed_.size()});
  }
}

void PieceMaker::add_unit(const FoldedWork::Kind& kind, const UnitTimes& times) {
  for (std::size_t i = kind.layers.size(); i-- > 0; ++layer_) {
    work_ += times.layers[i].backward;
    wait_ += times.layers[i].wait;
    add_gradients(open_[kind.layers[i].expert ? 1 : 0], kind.layers[i].parameters);
  }
}

void PieceMaker::add_gradients(Bucket& bucket, const std::vector<std::int64_t>& tensors) {
  const double element = in_->scenario.gradient_element.value();
  for (auto elements = tensors.rbegin(); elements != tensors.rend(); ++elements) {
    bucket.bytes += element * static_cast<double>(*elements);
    bucket.any = true;
    bucket.layer = layer_;
    bucket.work = work_;
    bucket.wait = wait_;
    if (bucket.bytes < (bucket.first ? rules_->first : rules_->bucket).value()) continue;
    closed_.push_back(bucket);
    cut_ = work_;
    cut_wait_ = wait_;
    bucket.first = bucket.any = false;
    bucket.bytes = 0;
  }
}

PieceMaker::Carry PieceMaker::carry() const {
  Carry carry;
  carry.uncut = work_ - cut_;
  carry.uncut_wait = wait_ - cut_wait_;
  for (const int k : {0, 1}) {
    carry.bytes[k] = open_[k].bytes;
    carry.any[k] = open_[k].any;
    carry.first[k] = open_[k].first;
    carry.work[k] = open_[k].any ? work_ - open_[k].work : 0;
    carry.wait[k] = open_[k].any ? wait_ - open_[k].wait : 0;
  }
  return carry;
}

bool PieceMaker::same(const Carry& a, const Carry& b) const {
  const double near = kSame * (work_ + wait_);
  const auto close = [&](double x, double y) { return std::abs(x - y) <= near; };
  for (const int k : {0, 1})
    if (a.bytes[k] != b.bytes[k] || a.any[k] != b.any[k] || a.first[k] != b.first[k] ||
        !close(a.work[k], b.work[k]) || !close(a.wait[k], b.wait[k]))
      return false;
  return close(a.uncut, b.uncut) && close(a.uncut_wait, b.uncut_wait);
}

/// Turns the first `closed` of the closed buckets into pieces.
void PieceMaker::flush(Gradients& gradients, std::size_t closed, int times) {
  if (closed == 0) return;
  PieceRun run{gradients.pieces.size(), closed, times, {}, true};
  double work = 0, wait = 0;
  for (std::size_t i = 0; i < closed; ++i) {
    const Piece piece = piece_of(closed_[i], gradients);
    gradients.pieces.push_back(piece);
    work += piece.work;
    wait += piece.wait;
    if (!piece.averaged) continue;
    run.even &= run.all.seconds == 0 || run.all.same_rates(piece.collective);
    const double seconds = run.all.seconds + piece.collective.seconds * times;
    run.all = piece.collective;
    run.all.seconds = seconds;
  }
  closed_.erase(closed_.begin(), closed_.begin() + static_cast<std::ptrdiff_t>(closed));
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

Piece PieceMaker::piece_of(const Bucket& bucket, Gradients& gradients) {
  Piece piece;
  // The reducer copies gradients into the bucket and back.
  piece.work = bucket.work - told_ + Bytes(bucket.bytes) * 2 / in_->gpu.memory_bandwidth / Seconds(1);
  piece.wait = bucket.wait - told_wait_;
  told_ = bucket.work;
  told_wait_ = bucket.wait;
  CollectiveCurve& curve = bucket.expert ? *experts_ : *dense_;
  piece.averaged = curve.group().ranks > 1;
  if (!piece.averaged) return piece;
  const KnownCollective& known = in_->table.at(curve, bucket.bytes);
  piece.collective = {in_->seconds(known) + in_->bucket_overhead, known.compute_rate,
                      known.communication_rate};
  if (known.seconds[1] > gradients.longest) gradients.longest = known.seconds[1], gradients.link = known.link;
  return piece;
}

}  // namespace scalesim::sim
