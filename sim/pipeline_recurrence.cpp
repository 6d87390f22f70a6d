// Each slot starts when its stage is free and what it waits for has arrived; gradients are averaged beside
// what their stage computes then.
#include <algorithm>
#include <cmath>

#include "sim/pipeline_state.h"
#include "sim/pipeline_step.h"
#include "sim/recurrence.h"
#include "sim/stage_costs.h"
#include "sim/steady_rounds.h"

namespace scalesim::sim {
namespace {

using comm::Collective;

std::size_t at(int i) { return static_cast<std::size_t>(i); }

}  // namespace

class PipelineRecurrence::Follower {
 public:
  const StepParts& follow(const RecurrenceInputs& in, const GradientRules& rules) {
    in_ = &in;
    rules_ = &rules;
    const Parallelism& p = in.scenario.parallel;
    const std::string& schedule = p.virtual_stages > 1 && p.schedule == "1f1b" ? interleaved_ : p.schedule;
    shape_ = {in.layout.pipeline, in.microbatches, p.virtual_stages};
    program_ = &programs_.find(schedule, shape_, in.training());
    splits_ = programs_.splits_backward(schedule);
    costs_ = describer_.describe(in, rules, shape_, splits_).data();
    start();
    broadcast_buffers();
    run_slots();
    for (int s = 0; s < shape_.stages; ++s) finish_stage(s);
    parts_.makespan = Seconds(makespan_);
    parts_.link = in.table.link(link_);
    return parts_;
  }

 private:
  int virtual_stages() const { return shape_.stages * shape_.chunks; }
  bool overlaps() const { return in_->scenario.overlap; }
  bool averages_after(int microbatch) const {
    return in_->averages() && (rules_->every_microbatch || microbatch == shape_.microbatches - 1);
  }

  void start() {
    state_.start(shape_);
    parts_.stages.assign(at(shape_.stages), {});
    parts_.collectives = Seconds(0);
    makespan_ = longest_ = 0;
    link_ = 0;
    plain_ = !in_->averages() || !rules_->every_microbatch;
  }

  void remember_longest(double seconds, int link) {
    if (seconds > longest_) longest_ = seconds, link_ = link;
  }

  /// A collective that nothing else runs beside.
  double alone(Collective collective, double bytes, const comm::Group& group) {
    const KnownCollective& known = in_->table.at(in_->table.curve(collective, group), bytes);
    remember_longest(known.seconds[1], known.link);
    const double time = in_->seconds(known) + in_->bucket_overhead;
    parts_.collectives += Seconds(time);
    return time;
  }

  void broadcast_buffers() {
    if (!in_->averages() || !in_->scenario.broadcast_buffers || shape_.stages > 1 || in_->work.buffers <= 0)
      return;
    state_.stages[0].free = alone(Collective::broadcast, in_->work.buffers, gradient_group(in_->layout));
  }

  // --- Slots ---

  /// What micro-batches of each pass count up by: see make_short_program, and a round of a steady part.
  struct Shift {
    int passes[3] = {};
    Shift plus(int all) const { return {{passes[0] + all, passes[1] + all, passes[2] + all}}; }
  };

  void run_slots() {
    const ProgramSlot* slots = program_->slots.data();
    Shift shift;
    std::size_t next = 0;
    for (const SteadyPart& part : program_->steady) {
      run(slots + next, slots + part.begin, shift);
      const int more = part.grows ? (shape_.microbatches - program_->shape.microbatches) / part.shift : 0;
      run_steady(part, part.rounds + more, shift);
      for (int pass = 0; pass < 3; ++pass) shift.passes[pass] += part.passes[pass] ? more * part.shift : 0;
      next = part.end();
    }
    run(slots + next, slots + program_->slots.size(), shift);
  }

  void run_steady(const SteadyPart& part, int rounds, const Shift& shift) {
    const ProgramSlot* from = program_->slots.data() + part.begin;
    first_round_.assign(from, from + part.slots);
    for (ProgramSlot& slot : first_round_) slot.microbatch += shift.passes[static_cast<int>(slot.pass)];
    steady_.follow(state_, part, first_round_.data(), rounds, [&](int round, Slacks* slacks) {
      slacks_ = slacks;
      if (slacks) slacks->clear();
      run(first_round_.data(), first_round_.data() + part.slots, Shift().plus(round * part.shift));
      slacks_ = nullptr;
    });
  }

  void run(const ProgramSlot* from, const ProgramSlot* to, const Shift& shift) {
    if (plain_) from = overlaps() ? run_plain<true>(from, to, shift) : run_plain<false>(from, to, shift);
    for (; from != to; ++from) {
      ProgramSlot slot = *from;
      slot.microbatch += shift.passes[static_cast<int>(slot.pass)];
      run_slot(slot);
    }
  }

  /// Slots beside which no collective runs: nothing is slowed. Stops before the first that averages.
  template <bool overlaps>
  const ProgramSlot* run_plain(const ProgramSlot* slot, const ProgramSlot* to, const Shift& shift) {
    const int averaged = in_->averages() ? shape_.microbatches - 1 : -1, last = virtual_stages() - 1;
    for (; slot != to; ++slot) {
      const int pass = static_cast<int>(slot->pass), v = slot->virtual_stage;
      const int microbatch = slot->microbatch + shift.passes[pass];
      if (pass != 0 && microbatch == averaged) return plain_ = false, slot;
      StageState& stage = state_.stages[at(slot->stage)];
      const PassCosts& costs = costs_[v].passes[pass];
      const bool waits = slot->pass == Pass::forward ? v > 0 : slot->pass == Pass::backward && v < last;
      const double ready = waits ? state_.arrived(slot->pass, v, microbatch) : 0;
      if (slacks_ && waits) slacks_->push_back(stage.free - ready);
      stage.free = std::max(stage.free, ready) + (costs.work + costs.wait);
      if (slot->pass == Pass::weight) {
        stage.sending = 0;
        continue;
      }
      double& handed_on = pass == 0 ? state_.arrived(Pass::forward, v + 1, microbatch)
                                    : state_.arrived(Pass::backward, v - 1, microbatch);
      if (overlaps) {
        if (slacks_) slacks_->push_back(stage.free - stage.sent[pass]);
        handed_on = stage.sent[pass] = std::max(stage.free, stage.sent[pass]) + costs.send;
      } else {
        stage.sending = costs.send;
        handed_on = stage.sent[pass] = stage.free += costs.send;
      }
    }
    return to;
  }

  void run_slot(const ProgramSlot& slot) {
    StageState& stage = state_.stages[at(slot.stage)];
    const StageCosts& v = costs_[slot.virtual_stage];
    const PassCosts& costs = v.passes[static_cast<int>(slot.pass)];
    if (slot.pass == Pass::weight) {
      compute(stage, 0, costs);
      if (averages_after(slot.microbatch)) push_all(stage, *v.gradients);
      return;
    }
    const bool waits =
        slot.pass == Pass::forward ? slot.virtual_stage > 0 : slot.virtual_stage + 1 < virtual_stages();
    const double ready = waits ? state_.arrived(slot.pass, slot.virtual_stage, slot.microbatch) : 0;
    if (slacks_ && waits) slacks_->push_back(stage.free - ready);
    if (slot.pass == Pass::forward || splits_ || !averages_after(slot.microbatch)) {
      compute(stage, ready, costs);
    } else {
      compute_pieces(stage, ready, costs, *v.gradients);
    }
    state_.handed_on(slot) = hand_over(stage, stage.sent[static_cast<int>(slot.pass)], costs.send);
  }

  void compute(StageState& stage, double ready, const PassCosts& costs) {
    const double start = std::max(stage.free, ready), whole = costs.work + costs.wait;
    stage.sending = 0;
    if (stage.line.idle()) {
      stage.free = start + whole;
      return;
    }
    stage.free = stage.line.compute(start, whole);
    const double stretch = whole > 0 ? (stage.free - start) / whole - 1 : 0;
    stage.more_compute += costs.work * stretch;
    stage.more_wait += costs.wait * stretch;
  }

  /// A backward pass whose gradients are averaged: see gradient_pieces.h.
  void compute_pieces(StageState& stage, double ready, const PassCosts& costs, const Gradients& gradients) {
    stage.free = std::max(stage.free, ready);
    stage.more_compute += gradients.work - costs.work;  // copies of gradients
    stage.more_wait += gradients.wait - costs.wait;
    if (!overlaps() && stage.line.idle()) {
      compute(stage, 0, {gradients.work, gradients.wait, 0});
    } else {
      for (const PieceRun& run : gradients.runs) compute_run(stage, gradients.pieces.data() + run.begin, run);
    }
    if (overlaps())
      remember_longest(gradients.longest, gradients.link);
    else
      push_all(stage, gradients);
  }

  void compute_run(StageState& stage, const Piece* pieces, const PieceRun& run) {
    for (int t = 0; t < run.times; ++t) {
      const DeviceLine::Mark line = stage.line.mark();
      const double free = stage.free, more_compute = stage.more_compute, more_wait = stage.more_wait;
      for (const Piece* piece = pieces; piece != pieces + run.count; ++piece) {
        compute(stage, 0, {piece->work, piece->wait, 0});
        if (!piece->averaged || !overlaps()) continue;
        if (stage.line.idle()) stage.line.compute(stage.free, 0);
        stage.line.push(piece->collective);
      }
      const double again = t + 1 < run.times ? stage.line.repeatable(line, run.times - t - 1) : 0;
      if (again < 1) continue;
      stage.free += (stage.free - free) * again;
      stage.more_compute += (stage.more_compute - more_compute) * again;
      stage.more_wait += (stage.more_wait - more_wait) * again;
      stage.line.repeat(line, again);
      t += static_cast<int>(again);
    }
  }

  void push_all(StageState& stage, const Gradients& gradients) {
    if (stage.line.idle()) stage.line.compute(stage.free, 0);
    for (const PieceRun& run : gradients.runs)
      if (run.even) {
        if (run.all.seconds > 0) stage.line.push(run.all);
      } else {
        for (int t = 0; t < run.times; ++t)
          for (std::size_t i = run.begin; i < run.begin + run.count; ++i)
            if (gradients.pieces[i].averaged) stage.line.push(gradients.pieces[i].collective);
      }
    remember_longest(gradients.longest, gradients.link);
  }

  /// Returns when the neighbour has it. Without overlap the sender waits too.
  double hand_over(StageState& stage, double& sent, double send) {
    if (overlaps()) {
      if (slacks_) slacks_->push_back(stage.free - sent);
      return sent = std::max(stage.free, sent) + send;
    }
    const double start = stage.free;
    stage.free = stage.line.idle() ? start + send : stage.line.compute(start, send);
    stage.sending = stage.free - start;
    stage.more_wait += stage.sending - send;
    return sent = stage.free;
  }

  // --- The update ---

  /// What the passes of a stage take undisturbed, and the sends that hold it up.
  void add_passes(StageTimes& times, int s) const {
    double work = 0, wait = 0;
    for (int v = s; v < virtual_stages(); v += shape_.stages)
      for (int pass = 0; pass < (in_->training() ? 3 : 1); ++pass) {
        const PassCosts& costs = costs_[v].passes[pass];
        work += costs.work;
        wait += costs.wait + (overlaps() ? 0 : costs.send);
      }
    times.compute = Seconds(work * shape_.microbatches + state_.stages[at(s)].more_compute);
    times.waits = Seconds(wait * shape_.microbatches + state_.stages[at(s)].more_wait);
  }

  void finish_stage(int s) {
    StageState& stage = state_.stages[at(s)];
    StageTimes& times = parts_.stages[at(s)];
    add_passes(times, s);
    makespan_ = std::max({makespan_, stage.free, stage.sent[0], stage.sent[1]});
    if (!in_->training()) return;
    const double last_pass = stage.free - stage.sending;
    const double ready = stage.line.idle() ? stage.free : stage.line.finish();
    parts_.collectives += Seconds(stage.line.busy());
    double parameters = 0, experts = 0;
    for (int v = s; v < virtual_stages(); v += shape_.stages) {
      parameters += costs_[v].parameters;
      experts += costs_[v].expert_parameters;
    }
    const double replicas = in_->layout.replicas(), expert_replicas = replicas / in_->layout.expert;
    const double updated =
        rules_->sharded_update ? parameters / replicas + experts / expert_replicas : parameters + experts;
    const double start = std::max(stage.free, ready), update = in_->work.optimizer_per_parameter * updated;
    times.optimizer = Seconds(update);
    times.gradient_wait = Seconds(start - last_pass);
    double end = start + update;
    if (rules_->sharded_update) {
      const double element = parameter_bytes(in_->scenario).value();
      if (replicas > 1)
        end += alone(Collective::all_gather, element * parameters, gradient_group(in_->layout));
      if (experts > 0 && expert_replicas > 1)
        end += alone(Collective::all_gather, element * experts, expert_gradient_group(in_->layout));
    }
    makespan_ = std::max(makespan_, end);
  }

  const std::string interleaved_ = "interleaved";
  const RecurrenceInputs* in_ = nullptr;
  const GradientRules* rules_ = nullptr;
  ProgramCache programs_;
  const SlotProgram* program_ = nullptr;
  PipelineShape shape_;
  StageDescriber describer_;
  const StageCosts* costs_ = nullptr;  ///< per virtual stage
  bool splits_ = false;                ///< weight gradients are passes of their own
  bool plain_ = true;                  ///< no collective has run yet
  PipelineState state_;
  SteadyRounds steady_;
  Slacks* slacks_ = nullptr;  ///< where to tell them, in a round where they are asked for
  std::vector<ProgramSlot> first_round_;
  double makespan_ = 0, longest_ = 0;
  int link_ = 0;
  StepParts parts_;
};

PipelineRecurrence::PipelineRecurrence() : follower_(std::make_unique<Follower>()) {}
PipelineRecurrence::~PipelineRecurrence() = default;
const StepParts& PipelineRecurrence::follow(const RecurrenceInputs& in, const GradientRules& rules) {
  return follower_->follow(in, rules);
}

}  // namespace scalesim::sim
