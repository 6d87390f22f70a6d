// Compute of the units one after the other beside three queues: gathers, reductions, and sums among replicas.
#include <algorithm>
#include <array>
#include <cmath>

#include "core/error.h"
#include "sim/fast/recurrence.h"
#include "sim/fast/sharded_streams.h"

namespace scalesim::sim {
namespace {

constexpr int kLongestPeriod = 3;  // units after which gathers and computes meet again

std::size_t at(int i) { return static_cast<std::size_t>(i); }

constexpr std::size_t kStreams = ShardedDescription::kStreams;

/// The collectives of a unit, by stream.
struct UnitCosts {
  std::array<UnitCollectiveCost, kStreams> collectives;
  int ahead = 1;
};

}  // namespace

class ShardedRecurrence::Interpreter {
 public:
  const StepParts& evaluate(const RecurrenceInputs& in, const ShardingRules& rules) {
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
    streams_.last = ShardedDescription::kReduce;
    for (std::size_t s = 0; s < kStreams; ++s) {
      const UnitCollective& what = step_.collectives[s];
      curves[s] = &in_->table.curve(what.collective, what.group);
      streams_[s].reset(what.link());
      if (what.group.ranks > 1) streams_.last = std::max(streams_.last, s);
    }
    costs_.clear();
    for (const FoldedWork::Kind& kind : in_->work.kinds) {
      const double parameters = kind.parameters + kind.expert_parameters;
      UnitCosts unit;
      for (std::size_t s = 0; s < kStreams; ++s) unit.collectives[s] = cost(s, *curves[s], parameters);
      unit.ahead = step_.gathers_ahead(parameters);
      costs_.push_back(unit);
    }
    find_longest();
  }

  UnitCollectiveCost cost(std::size_t stream, CollectiveCurve& curve, double parameters) const {
    const UnitCollective& what = step_.collectives[stream];
    if (!what.moves_anything(parameters)) return {};
    const CollectiveCost& known = in_->table.at(curve, what.bytes(parameters).value());
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
    const auto look = [&](const UnitCollectiveCost& m) {
      if (m.exists && m.longest > longest) longest = m.longest, link = m.link;
    };
    for (const UnitCosts& unit : costs_) look(unit.collectives[ShardedDescription::kGather]);
    for (auto unit = costs_.rbegin(); unit != costs_.rend() && step_.training; ++unit)
      for (std::size_t s = ShardedDescription::kReduce; s < kStreams; ++s) look(unit->collectives[s]);
    parts_.link = in_->table.link(link);
  }

  // --- Micro-batches and passes ---

  /// What the next micro-batch or unit finds.
  struct Rest {
    ShardedStreams::Mark streams;
    double compute = 0, waits = 0;
  };
  Rest rest() const { return {streams_.mark(now_), compute_, waits_}; }

  /// Adds `times` times what passed between two rests.
  void repeat(const Rest& from, const Rest& to, double times) {
    const double seconds = (to.streams.now - from.streams.now) * times;
    now_ += seconds;
    last_compute_ += seconds;
    compute_ += (to.compute - from.compute) * times;
    waits_ += (to.waits - from.waits) * times;
    streams_.repeat(from.streams, to.streams, times);
  }

  void run_microbatches() {
    Rest before = rest();
    for (int m = 0; m < in_->microbatches; ++m) {
      for (const ShardedPass& pass : step_.passes()) run_pass(pass);
      const Rest after = rest();
      const int more = in_->microbatches - 1 - m;
      // What is left of the reductions is the tail of one backward: equally long, it is the same.
      const double again = m > 0 && more > 0 ? streams_.repeatable(before.streams, after.streams, more) : 0;
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
  const UnitCollectiveCost& gather_at(int i) const {
    return costs_[at(kind_at(i))].collectives[ShardedDescription::kGather];
  }

  void start_what_can() {
    start_gather();
    if (!computing_ && done_ < units() && is_gathered(done_)) start_compute();
    for (std::size_t s = ShardedDescription::kReduce; s < kStreams; ++s) streams_[s].start_next();
  }

  void start_gather() {
    ShardedStream& stream = streams_[ShardedDescription::kGather];
    if (!pass_.gathers || stream.running()) return;
    while (next_gather_ < units() && !gather_at(next_gather_).exists) ++next_gather_;
    if (next_gather_ >= units()) return;
    if (next_gather_ - costs_[at(kind_at(next_gather_))].ahead >= done_) return;
    stream.start(gather_at(next_gather_), kind_at(next_gather_));
    ++next_gather_;
  }

  bool is_gathered(int i) const {
    if (!pass_.gathers || !gather_at(i).exists) return true;
    return next_gather_ > i && !(streams_[ShardedDescription::kGather].running() && next_gather_ == i + 1);
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
    int sharing[2] = {0, 0};  // streams that run, per link
    for (const ShardedStream& stream : streams_.stream) {
      if (!stream.running()) continue;
      compute_rate *= stream.running()->compute_rate;
      ++sharing[stream.link];
    }
    int first = -1;  // the stream that ends first; -1: compute
    double step = computing_ ? left_ / compute_rate : INFINITY;
    for (std::size_t s = 0; s < kStreams; ++s) {
      const ShardedStream& stream = streams_[s];
      if (!stream.running()) continue;
      rates[s] = 1.0 / sharing[stream.link] * (slowing ? stream.running()->communication_rate : 1);
      const double end = stream.left / rates[s];
      if (end < step) step = end, first = static_cast<int>(s);
    }
    SCALESIM_CHECK(step < INFINITY);
    now_ += step;
    if (computing_) left_ -= step * compute_rate;
    for (std::size_t s = 0; s < kStreams; ++s) {
      if (!streams_[s].running()) continue;
      streams_[s].left = std::max(0.0, streams_[s].left - step * rates[s]);
      streams_[s].busy += step;
    }
    first < 0 ? finish_compute() : finish_collective(static_cast<std::size_t>(first));
  }

  void finish_collective(std::size_t s) {
    streams_[s].end();
    if (s != ShardedDescription::kGather) queue(s + 1, streams_[s].kind());
  }

  /// The next collective of a unit's chain, from stream `s` on, that moves something.
  void queue(std::size_t s, int kind) {
    const UnitCosts& unit = costs_[at(kind)];
    while (s < kStreams && !unit.collectives[s].exists) ++s;
    if (s == kStreams) return;
    if (s == streams_.last) {
      streams_[s].wait_as_one(unit.collectives[s], kind);
    } else {
      streams_[s].wait(unit.collectives[s], kind);
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

  /// When a unit was done: how far ahead the gathers are, and what is left of each stream.
  struct Mark {
    Rest rest;
    int kind = 0, ahead = 0;
  };

  /// The unit just done found the streams as the one before (or two, three before) did: all further ones of
  /// its kind will, while the gathers ahead are of that kind too.
  void skip_what_repeats(int kind) {
    const Mark mark{rest(), kind, next_gather_ - done_};
    for (int period = 1; period <= std::min(kLongestPeriod, marks_); ++period) {
      const Mark& before = history_[at((marks_ - period) % kLongestPeriod)];
      if (before.kind != kind || before.ahead != mark.ahead) continue;
      if (!alone(kind)) break;
      double times = streams_.repeatable(before.rest.streams, mark.rest.streams, units());
      if (times < 1) continue;
      const int left = alike_ahead(kind) - std::max(0, mark.ahead) - costs_[at(kind)].ahead;
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

  /// Nothing of another kind is on its way. On the last stream one kind, whichever it is, runs on.
  bool alone(int kind) const {
    for (std::size_t s = ShardedDescription::kReduce; s < kStreams; ++s)
      if (s == streams_.last ? streams_[s].queued() > 0 : !streams_[s].only(kind)) return false;
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
    const ShardedStream &reduce = streams_[ShardedDescription::kReduce],
                        &replicate = streams_[ShardedDescription::kReplicate];
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
    for (const ShardedStream& stream : streams_.stream) parts_.collectives += Seconds(stream.busy);
  }

  const RecurrenceInputs* in_ = nullptr;
  ShardedDescription step_;
  std::vector<UnitCosts> costs_;  ///< per kind
  ShardedStreams streams_;
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

ShardedRecurrence::ShardedRecurrence() : interpreter_(std::make_unique<Interpreter>()) {}
ShardedRecurrence::~ShardedRecurrence() = default;
const StepParts& ShardedRecurrence::evaluate(const RecurrenceInputs& in, const ShardingRules& rules) {
  return interpreter_->evaluate(in, rules);
}

}  // namespace scalesim::sim
