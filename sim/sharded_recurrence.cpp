// Compute of the units one after the other beside three queues: gathers, reductions, and sums among replicas.
#include <algorithm>
#include <array>
#include <cmath>

#include "core/error.h"
#include "sim/pipeline_step.h"
#include "sim/recurrence.h"

namespace scalesim::sim {
namespace {

using comm::Collective;

constexpr double kSame = 1e-12;  // relative; rounding of sums that are equal
constexpr int kLongestPeriod = 3;

std::size_t at(int i) { return static_cast<std::size_t>(i); }

/// A collective of one unit; none where there is nothing to move.
struct Movement {
  bool exists = false;
  double seconds = 0, compute_rate = 1, communication_rate = 1;
  double longest = 0;
  int link = 0;
};

struct UnitMovements {
  Movement gather, reduce, replicate;
  int ahead = 1;
};

/// A communication stream: the kinds of unit whose collectives wait, and the one that runs.
struct Lane {
  std::vector<int> waiting;
  std::size_t head = 0;
  const Movement* running = nullptr;
  double left = 0, busy = 0;
  int kind = 0;  ///< of the running one
  int link = 0;  ///< streams of one link share it

  void clear() { *this = Lane{std::move(waiting), 0, nullptr, 0, 0, 0, 0}, waiting.clear(); }
  std::size_t queued() const { return waiting.size() - head; }
  bool only(int kind_of_all) const {
    for (std::size_t i = head; i < waiting.size(); ++i)
      if (waiting[i] != kind_of_all) return false;
    return !running || kind == kind_of_all;
  }
};

}  // namespace

class ShardedRecurrence::Follower {
 public:
  const StepParts& follow(const RecurrenceInputs& in, const ShardingRules& rules) {
    if (in.layout.pipeline > 1)
      throw InputError(
          "sharded parameters (fsdp, hsdp, zero3) and --pp exclude each other here: use zero1 with --pp");
    in_ = &in;
    rules_ = &rules;
    layout_ = in.layout;
    if (rules.ranks_per_copy > 0) layout_.shard = rules.ranks_per_copy;
    start();
    describe_units();
    run_microbatches();
    finish();
    return parts_;
  }

 private:
  enum Streams { kGather, kReduce, kReplicate, kStreams };

  int units() const { return static_cast<int>(in_->work.units.size()); }
  double seconds(const KnownCollective& known) const {
    return known.seconds[at(static_cast<int>(in_->band))];
  }

  void start() {
    for (Lane& stream : streams_) stream.clear();
    now_ = compute_ = waits_ = last_compute_ = 0;
    parts_.stages.assign(1, {});
  }

  // --- What each unit moves ---

  void describe_units() {
    const comm::Group shard = shard_group(layout_), replica = replica_group(layout_);
    CollectiveTable& table = in_->table;
    CollectiveCurve& gather = table.curve(Collective::all_gather, shard);
    CollectiveCurve& scatter = table.curve(Collective::reduce_scatter, shard);
    CollectiveCurve& sum = table.curve(Collective::all_reduce, replica);
    const double gathered = parameter_bytes(in_->scenario).value();
    const double reduced = in_->scenario.gradient_element.value();
    movements_.clear();
    for (const FoldedWork::Kind& kind : in_->work.kinds) {
      const double parameters = kind.parameters + kind.expert_parameters;
      UnitMovements unit;
      unit.gather = movement(gather, gathered * parameters);
      unit.reduce = movement(scatter, reduced * parameters);
      unit.replicate = movement(sum, reduced * parameters / layout_.shard);
      unit.ahead = ahead(parameters);
      movements_.push_back(unit);
    }
    streams_[kGather].link = streams_[kReduce].link = shard.nodes > 1 ? 1 : 0;
    streams_[kReplicate].link = replica.nodes > 1 ? 1 : 0;
    find_longest();
  }

  Movement movement(CollectiveCurve& curve, double bytes) const {
    if (curve.group().ranks < 2 || bytes <= 0) return {};
    const KnownCollective& known = in_->table.at(curve, bytes);
    return {true,
            seconds(known) + in_->bucket_overhead,
            known.compute_rate,
            known.communication_rate,
            known.seconds[1],
            known.link};
  }

  int ahead(double parameters) const {
    if (!in_->scenario.overlap) return 1;
    if (rules_->prefetch_elements == 0) return rules_->in_flight;
    return 1 + std::max(1, static_cast<int>(static_cast<double>(rules_->prefetch_elements) /
                                            std::max(1.0, parameters)));
  }

  void find_longest() {
    double longest = 0;
    int link = 0;
    const auto look = [&](const Movement& m) {
      if (m.exists && m.longest > longest) longest = m.longest, link = m.link;
    };
    for (const int unit : in_->work.units) look(movements_[at(unit)].gather);
    for (int u = units() - 1; u >= 0 && in_->training(); --u) {
      look(movements_[at(in_->work.units[at(u)])].reduce);
      look(movements_[at(in_->work.units[at(u)])].replicate);
    }
    parts_.link = in_->table.link(link);
  }

  // --- Micro-batches and phases ---

  /// What the next micro-batch finds.
  struct Rest {
    double now = 0, compute = 0, waits = 0;
    std::array<double, kStreams> busy{}, left{};
    std::array<std::size_t, kStreams> queued{};
  };

  Rest rest() const {
    Rest rest{now_, compute_, waits_, {}, {}, {}};
    for (std::size_t s = 0; s < kStreams; ++s) {
      rest.busy[s] = streams_[s].busy;
      rest.left[s] = streams_[s].running ? streams_[s].left : 0;
      rest.queued[s] = streams_[s].queued() + (streams_[s].running ? 1 : 0);
    }
    return rest;
  }

  bool alike(const Rest& a, const Rest& b) const {
    for (std::size_t s = 0; s < kStreams; ++s)
      if (a.queued[s] != b.queued[s] || std::abs(a.left[s] - b.left[s]) > kSame * b.now) return false;
    return true;
  }

  /// Adds `times` times what passed between two rests.
  void repeat(const Rest& from, const Rest& to, double times) {
    now_ += (to.now - from.now) * times;
    last_compute_ += (to.now - from.now) * times;
    compute_ += (to.compute - from.compute) * times;
    waits_ += (to.waits - from.waits) * times;
    for (std::size_t s = 0; s < kStreams; ++s) streams_[s].busy += (to.busy[s] - from.busy[s]) * times;
  }

  void run_microbatches() {
    Rest before = rest();
    for (int m = 0; m < in_->microbatches; ++m) {
      run_phase(false);
      if (in_->training()) run_phase(true);
      const Rest after = rest();
      // What is left of the reductions is the tail of one backward: equally long, it is the same.
      if (m > 0 && alike(before, after)) return repeat(before, after, in_->microbatches - 1 - m);
      before = after;
    }
  }

  void run_phase(bool backward) {
    backward_ = backward;
    done_ = next_gather_ = 0;
    computing_ = false;
    history_.clear();
    while (done_ < units()) {
      start_what_can();
      advance();
    }
  }

  int kind_at(int i) const { return in_->work.units[at(backward_ ? units() - 1 - i : i)]; }
  const Movement& gather_at(int i) const { return movements_[at(kind_at(i))].gather; }
  bool gathers() const { return !backward_ || rules_->reshard_after_forward; }

  void start_what_can() {
    start_gather();
    if (!computing_ && done_ < units() && is_gathered(done_)) start_compute();
    for (Lane* stream : {&streams_[kReduce], &streams_[kReplicate]}) {
      if (stream->running || stream->queued() == 0) continue;
      stream->kind = stream->waiting[stream->head++];
      if (stream->head == stream->waiting.size()) stream->waiting.clear(), stream->head = 0;
      const UnitMovements& unit = movements_[at(stream->kind)];
      stream->running = stream == &streams_[kReduce] ? &unit.reduce : &unit.replicate;
      stream->left = stream->running->seconds;
    }
  }

  void start_gather() {
    Lane& stream = streams_[kGather];
    while (gathers() && next_gather_ < units() && !gather_at(next_gather_).exists && !stream.running)
      ++next_gather_;
    if (!gathers() || stream.running || next_gather_ >= units()) return;
    if (next_gather_ - movements_[at(kind_at(next_gather_))].ahead >= done_) return;
    stream.running = &gather_at(next_gather_);
    stream.left = stream.running->seconds;
    ++next_gather_;
  }

  bool is_gathered(int i) const {
    if (!gathers() || !gather_at(i).exists) return true;
    return next_gather_ > i && !(streams_[kGather].running && next_gather_ == i + 1);
  }

  void start_compute() {
    const UnitTimes& unit = in_->units[at(kind_at(done_))];
    wait_ = backward_ ? unit.backward_wait : unit.forward_wait;
    whole_ = left_ = wait_ + (backward_ ? unit.backward : unit.forward);
    started_ = now_;
    computing_ = true;
  }

  // --- One event ---

  double share(std::size_t s) const {
    int sharing = 0;
    for (const Lane& other : streams_) sharing += other.running && other.link == streams_[s].link;
    return 1.0 / sharing;
  }

  void advance() {
    const bool slowing = computing_ && left_ > 0;
    std::array<double, kStreams> rates{};
    double compute_rate = 1;
    int first = -1;  // the stream that ends first; -1: compute
    for (std::size_t s = 0; s < kStreams; ++s)
      if (streams_[s].running) compute_rate *= streams_[s].running->compute_rate;
    double step = computing_ ? left_ / compute_rate : INFINITY;
    for (std::size_t s = 0; s < kStreams; ++s) {
      if (!streams_[s].running) continue;
      rates[s] = share(s) * (slowing ? streams_[s].running->communication_rate : 1);
      const double end = streams_[s].left / rates[s];
      if (end < step) step = end, first = static_cast<int>(s);
    }
    SCALESIM_CHECK(step < INFINITY);
    now_ += step;
    if (computing_) left_ -= step * compute_rate;
    for (std::size_t s = 0; s < kStreams; ++s) {
      if (!streams_[s].running) continue;
      streams_[s].left = std::max(0.0, streams_[s].left - step * rates[s]);
      streams_[s].busy += step;
    }
    first < 0 ? finish_compute() : finish_movement(first);
  }

  void finish_movement(int s) {
    Lane& stream = streams_[at(s)];
    stream.running = nullptr;
    if (s == kReduce) queue(kReplicate, stream.kind);
  }

  void queue(Streams s, int kind) {
    const UnitMovements& unit = movements_[at(kind)];
    if (s == kReduce && !unit.reduce.exists) return queue(kReplicate, kind);
    if (s == kReplicate && !unit.replicate.exists) return;
    streams_[s].waiting.push_back(kind);
  }

  void finish_compute() {
    computing_ = false;
    const double took = now_ - started_, waited = whole_ > 0 ? wait_ / whole_ * took : 0;
    waits_ += waited;
    compute_ += took - waited;
    last_compute_ = now_;
    const int kind = kind_at(done_++);
    if (backward_) queue(kReduce, kind);
    skip_what_repeats(kind);
  }

  // --- Equal units ---

  /// When a unit was done: how far ahead the gathers are, and what is left of each stream.
  struct Mark {
    Rest rest;
    int kind = 0, ahead = 0;
  };

  /// The unit just done found the streams as the one before (or two, three before) did: all further ones of
  /// its kind will, while the gathers ahead are of that kind too.
  void skip_what_repeats(int kind) {
    const Mark mark{rest(), kind, next_gather_ - done_};
    for (int period = 1; period <= kLongestPeriod && period <= static_cast<int>(history_.size()); ++period) {
      const Mark& before = history_[history_.size() - at(period)];
      if (before.kind != kind || before.ahead != mark.ahead || !alike(before.rest, mark.rest)) continue;
      if (!streams_[kReduce].only(kind) || !streams_[kReplicate].only(kind)) break;
      const int times = (alike_ahead(kind) - std::max(0, mark.ahead) - movements_[at(kind)].ahead) / period;
      if (times < 1) break;
      repeat(before.rest, mark.rest, times);
      done_ += times * period;
      if (gathers()) next_gather_ += times * period;
      history_.clear();
      return;
    }
    history_.push_back(mark);
    if (history_.size() > 2 * kLongestPeriod)
      history_.erase(history_.begin(), history_.begin() + kLongestPeriod);
  }

  /// Units of this kind that follow.
  int alike_ahead(int kind) const {
    int i = done_;
    while (i < units() && kind_at(i) == kind) ++i;
    return i - done_;
  }

  // --- The end ---

  void finish() {
    while (streams_[kGather].running || streams_[kReduce].running || streams_[kReplicate].running ||
           streams_[kReduce].queued() + streams_[kReplicate].queued() > 0) {
      start_what_can();
      advance();
    }
    StageTimes& times = parts_.stages[0];
    times.compute = Seconds(compute_);
    times.waits = Seconds(waits_);
    if (in_->training()) {
      times.gradient_wait = Seconds(now_ - last_compute_);
      times.optimizer = Seconds(in_->work.optimizer_per_parameter * (in_->work.parameters / layout_.shard));
    }
    parts_.makespan = Seconds(now_) + times.optimizer;
    parts_.collectives = Seconds(0);
    for (const Lane& stream : streams_) parts_.collectives += Seconds(stream.busy);
  }

  const RecurrenceInputs* in_ = nullptr;
  const ShardingRules* rules_ = nullptr;
  Layout layout_;
  std::vector<UnitMovements> movements_;  ///< per kind
  std::array<Lane, kStreams> streams_;
  bool backward_ = false, computing_ = false;
  int done_ = 0;         ///< units of this phase whose compute has ended
  int next_gather_ = 0;  ///< units of this phase whose gather has started
  double now_ = 0, compute_ = 0, waits_ = 0, last_compute_ = 0;
  double left_ = 0, whole_ = 0, wait_ = 0, started_ = 0;  ///< of the unit that computes
  std::vector<Mark> history_;
  StepParts parts_;
};

ShardedRecurrence::ShardedRecurrence() : follower_(std::make_unique<Follower>()) {}
ShardedRecurrence::~ShardedRecurrence() = default;
const StepParts& ShardedRecurrence::follow(const RecurrenceInputs& in, const ShardingRules& rules) {
  return follower_->follow(in, rules);
}

}  // namespace scalesim::sim
