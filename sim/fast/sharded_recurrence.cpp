// Compute of the units one after the other beside three queues: gathers, reductions, and sums among replicas.
#include <algorithm>
#include <array>
#include <cmath>

#include "core/error.h"
#include "sim/fast/recurrence.h"
#include "sim/fast/sharded_lanes.h"

namespace scalesim::sim {
namespace {

constexpr int kLongestPeriod = 3;  // units after which gathers and computes meet again

std::size_t at(int i) { return static_cast<std::size_t>(i); }

constexpr std::size_t kStreams = ShardedDescription::kStreams;

/// The collectives of a unit, by stream.
struct UnitMovements {
  std::array<Movement, kStreams> movements;
  int ahead = 1;
};

}  // namespace

class ShardedRecurrence::Follower {
 public:
  const StepParts& follow(const RecurrenceInputs& in, const ShardingRules& rules) {
    in_ = &in;
    step_ = describe_sharded_step(in.scenario, in.layout, rules);
    start();
    describe_units();
    run_microbatches();
    finish();
    return parts_;
  }

 private:
  int units() const { return static_cast<int>(in_->work.units.size()); }

  void start() {
    now_ = compute_ = waits_ = last_compute_ = 0;
    parts_.stages.assign(1, {});
  }

  // --- What each unit moves ---

  void describe_units() {
    std::array<CollectiveCurve*, kStreams> curves{};
    lanes_.last = ShardedDescription::kReduce;
    for (std::size_t s = 0; s < kStreams; ++s) {
      const UnitCollective& what = step_.collectives[s];
      curves[s] = &in_->table.curve(what.collective, what.group);
      lanes_[s].reset(what.link());
      if (what.group.ranks > 1) lanes_.last = std::max(lanes_.last, s);
    }
    movements_.clear();
    for (const FoldedWork::Kind& kind : in_->work.kinds) {
      const double parameters = kind.parameters + kind.expert_parameters;
      UnitMovements unit;
      for (std::size_t s = 0; s < kStreams; ++s) unit.movements[s] = movement(s, *curves[s], parameters);
      unit.ahead = step_.gathers_ahead(parameters);
      movements_.push_back(unit);
    }
    find_longest();
  }

  Movement movement(std::size_t stream, CollectiveCurve& curve, double parameters) const {
    const UnitCollective& what = step_.collectives[stream];
    if (!what.moves_anything(parameters)) return {};
    const KnownCollective& known = in_->table.at(curve, what.bytes(parameters).value());
    return {true,
            in_->seconds(known) + in_->bucket_overhead,
            known.compute_rate,
            known.communication_rate,
            known.seconds[1],
            known.link};
  }

  void find_longest() {
    double longest = 0;
    int link = 0;
    const auto look = [&](const Movement& m) {
      if (m.exists && m.longest > longest) longest = m.longest, link = m.link;
    };
    for (const UnitMovements& unit : movements_) look(unit.movements[ShardedDescription::kGather]);
    for (auto unit = movements_.rbegin(); unit != movements_.rend() && step_.training; ++unit)
      for (std::size_t s = ShardedDescription::kReduce; s < kStreams; ++s) look(unit->movements[s]);
    parts_.link = in_->table.link(link);
  }

  // --- Micro-batches and passes ---

  /// What the next micro-batch or unit finds.
  struct Rest {
    Lanes::Mark lanes;
    double compute = 0, waits = 0;
  };
  Rest rest() const { return {lanes_.mark(now_), compute_, waits_}; }

  /// Adds `times` times what passed between two rests.
  void repeat(const Rest& from, const Rest& to, double times) {
    const double seconds = (to.lanes.now - from.lanes.now) * times;
    now_ += seconds;
    last_compute_ += seconds;
    compute_ += (to.compute - from.compute) * times;
    waits_ += (to.waits - from.waits) * times;
    lanes_.repeat(from.lanes, to.lanes, times);
  }

  void run_microbatches() {
    Rest before = rest();
    for (int m = 0; m < in_->microbatches; ++m) {
      for (const ShardedPass& pass : step_.passes()) run_pass(pass);
      const Rest after = rest();
      const int more = in_->microbatches - 1 - m;
      // What is left of the reductions is the tail of one backward: equally long, it is the same.
      const double again = m > 0 && more > 0 ? lanes_.repeatable(before.lanes, after.lanes, more) : 0;
      if (again >= 1) {
        repeat(before, after, again);
        m += static_cast<int>(again);
        before = rest();
      } else {
        before = after;
      }
    }
  }

  void run_pass(const ShardedPass& pass) {
    pass_ = pass;
    done_ = next_gather_ = 0;
    computing_ = false;
    marks_ = 0;
    while (done_ < units()) {
      start_what_can();
      advance();
    }
  }

  int kind_at(int i) const { return in_->work.units[at(pass_.unit_at(i, units()))]; }
  const Movement& gather_at(int i) const {
    return movements_[at(kind_at(i))].movements[ShardedDescription::kGather];
  }

  void start_what_can() {
    start_gather();
    if (!computing_ && done_ < units() && is_gathered(done_)) start_compute();
    for (std::size_t s = ShardedDescription::kReduce; s < kStreams; ++s) lanes_[s].start_next();
  }

  void start_gather() {
    Lane& lane = lanes_[ShardedDescription::kGather];
    if (!pass_.gathers || lane.running()) return;
    while (next_gather_ < units() && !gather_at(next_gather_).exists) ++next_gather_;
    if (next_gather_ >= units()) return;
    if (next_gather_ - movements_[at(kind_at(next_gather_))].ahead >= done_) return;
    lane.start(gather_at(next_gather_), kind_at(next_gather_));
    ++next_gather_;
  }

  bool is_gathered(int i) const {
    if (!pass_.gathers || !gather_at(i).exists) return true;
    return next_gather_ > i && !(lanes_[ShardedDescription::kGather].running() && next_gather_ == i + 1);
  }

  void start_compute() {
    const UnitTimes& unit = in_->units[at(kind_at(done_))];
    wait_ = pass_.backward ? unit.backward_wait : unit.forward_wait;
    whole_ = left_ = wait_ + (pass_.backward ? unit.backward : unit.forward);
    started_ = now_;
    computing_ = true;
  }

  // --- One event ---

  void advance() {
    const bool slowing = computing_ && left_ > 0;
    std::array<double, kStreams> rates{};
    double compute_rate = 1;
    int sharing[2] = {0, 0};  // lanes that run, per link
    for (const Lane& lane : lanes_.lane) {
      if (!lane.running()) continue;
      compute_rate *= lane.running()->compute_rate;
      ++sharing[lane.link];
    }
    int first = -1;  // the lane that ends first; -1: compute
    double step = computing_ ? left_ / compute_rate : INFINITY;
    for (std::size_t s = 0; s < kStreams; ++s) {
      const Lane& lane = lanes_[s];
      if (!lane.running()) continue;
      rates[s] = 1.0 / sharing[lane.link] * (slowing ? lane.running()->communication_rate : 1);
      const double end = lane.left / rates[s];
      if (end < step) step = end, first = static_cast<int>(s);
    }
    SCALESIM_CHECK(step < INFINITY);
    now_ += step;
    if (computing_) left_ -= step * compute_rate;
    for (std::size_t s = 0; s < kStreams; ++s) {
      if (!lanes_[s].running()) continue;
      lanes_[s].left = std::max(0.0, lanes_[s].left - step * rates[s]);
      lanes_[s].busy += step;
    }
    first < 0 ? finish_compute() : finish_movement(static_cast<std::size_t>(first));
  }

  void finish_movement(std::size_t s) {
    lanes_[s].end();
    if (s != ShardedDescription::kGather) queue(s + 1, lanes_[s].kind());
  }

  /// The next collective of a unit's chain, from stream `s` on, that moves something.
  void queue(std::size_t s, int kind) {
    const UnitMovements& unit = movements_[at(kind)];
    while (s < kStreams && !unit.movements[s].exists) ++s;
    if (s == kStreams) return;
    if (s == lanes_.last) {
      lanes_[s].wait_as_one(unit.movements[s], kind);
    } else {
      lanes_[s].wait(unit.movements[s], kind);
    }
  }

  void finish_compute() {
    computing_ = false;
    const double took = now_ - started_, waited = whole_ > 0 ? wait_ / whole_ * took : 0;
    waits_ += waited;
    compute_ += took - waited;
    last_compute_ = now_;
    const int kind = kind_at(done_++);
    if (pass_.reduces) queue(ShardedDescription::kReduce, kind);
    skip_what_repeats(kind);
  }

  // --- Equal units ---

  /// When a unit was done: how far ahead the gathers are, and what is left of each lane.
  struct Mark {
    Rest rest;
    int kind = 0, ahead = 0;
  };

  /// The unit just done found the lanes as the one before (or two, three before) did: all further ones of its
  /// kind will, while the gathers ahead are of that kind too.
  void skip_what_repeats(int kind) {
    const Mark mark{rest(), kind, next_gather_ - done_};
    for (int period = 1; period <= std::min(kLongestPeriod, marks_); ++period) {
      const Mark& before = history_[at((marks_ - period) % kLongestPeriod)];
      if (before.kind != kind || before.ahead != mark.ahead) continue;
      if (!alone(kind)) break;
      double times = lanes_.repeatable(before.rest.lanes, mark.rest.lanes, units());
      if (times < 1) continue;
      const int left = alike_ahead(kind) - std::max(0, mark.ahead) - movements_[at(kind)].ahead;
      times = std::min<double>(times, left / period);
      if (times < 1) break;
      repeat(before.rest, mark.rest, times);
      const int skipped = static_cast<int>(times) * period;
      done_ += skipped;
      if (pass_.gathers) next_gather_ += skipped;
      marks_ = 0;
      return;
    }
    history_[at(marks_++ % kLongestPeriod)] = mark;
  }

  /// Nothing of another kind is on its way. On the last lane one kind, whichever it is, runs on.
  bool alone(int kind) const {
    for (std::size_t s = ShardedDescription::kReduce; s < kStreams; ++s)
      if (s == lanes_.last ? lanes_[s].queued() > 0 : !lanes_[s].only(kind)) return false;
    return true;
  }

  /// Units of this kind that follow.
  int alike_ahead(int kind) const {
    int i = done_;
    while (i < units() && kind_at(i) == kind) ++i;
    return i - done_;
  }

  // --- The end ---

  void finish() {
    const Lane &reduce = lanes_[ShardedDescription::kReduce],
               &replicate = lanes_[ShardedDescription::kReplicate];
    while (reduce.running() || replicate.running() || reduce.queued() + replicate.queued() > 0) {
      start_what_can();
      advance();
    }
    StageTimes& times = parts_.stages[0];
    times.compute = Seconds(compute_);
    times.waits = Seconds(waits_);
    if (step_.training) {
      times.gradient_wait = Seconds(now_ - last_compute_);
      times.optimizer =
          Seconds(in_->work.optimizer_per_parameter * step_.updated_elements(in_->work.parameters));
    }
    parts_.makespan = Seconds(now_) + times.optimizer;
    parts_.collectives = Seconds(0);
    for (const Lane& lane : lanes_.lane) parts_.collectives += Seconds(lane.busy);
  }

  const RecurrenceInputs* in_ = nullptr;
  ShardedDescription step_;
  std::vector<UnitMovements> movements_;  ///< per kind
  Lanes lanes_;
  ShardedPass pass_;  ///< the one that runs
  bool computing_ = false;
  int done_ = 0;         ///< units of this pass whose compute has ended
  int next_gather_ = 0;  ///< units of this pass whose gather has started
  double now_ = 0, compute_ = 0, waits_ = 0, last_compute_ = 0;
  double left_ = 0, whole_ = 0, wait_ = 0, started_ = 0;  ///< of the unit that computes
  std::array<Mark, kLongestPeriod> history_;
  int marks_ = 0;  ///< made since history began
  StepParts parts_;
};

ShardedRecurrence::ShardedRecurrence() : follower_(std::make_unique<Follower>()) {}
ShardedRecurrence::~ShardedRecurrence() = default;
const StepParts& ShardedRecurrence::follow(const RecurrenceInputs& in, const ShardingRules& rules) {
  return follower_->follow(in, rules);
}

}  // namespace scalesim::sim
