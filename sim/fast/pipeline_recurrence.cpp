// Each action starts when its stage is free and what it waits for has arrived; gradients are averaged beside
// what their stage computes then.
#include <algorithm>
#include <cmath>

#include "sim/fast/pipeline_state.h"
#include "sim/fast/recurrence.h"
#include "sim/fast/stage_costs.h"
#include "sim/fast/steady_state.h"
#include "sim/step/pipeline_description.h"

namespace scalesim::sim {
namespace {

std::size_t at(int i) { return static_cast<std::size_t>(i); }

}  // namespace

class PipelineRecurrence::Interpreter {
 public:
  const StepParts& evaluate(const RecurrenceInputs& in, const GradientRules& rules) {
    in_ = &in;
    const Pipeline& pipeline = pipelines_.find(in.scenario.parallel);
    step_ =
        describe_pipeline_step(in.scenario, in.layout, in.microbatches, rules, pipeline.splits_backward());
    schedule_ = &schedules_.find(pipeline, step_.shape, step_.training);
    costs_ = describer_.describe(in, step_).data();
    start();
    if (const auto broadcast = step_.before_forward(Bytes(in.work.buffers)))
      state_.clocks[0].free = alone(*broadcast);
    run_actions();
    for (int s = 0; s < step_.shape.stages; ++s) finish_stage(s);
    parts_.makespan = Seconds(makespan_);
    parts_.link = in.table.link(link_);
    return parts_;
  }

 private:
  struct PlainCosts {
    double seconds = 0, send = 0;
  };

  int virtual_stages() const { return step_.shape.virtual_stages(); }
  bool overlaps() const { return step_.overlap; }

  void start() {
    state_.start(step_.shape);
    parts_.stages.assign(at(step_.shape.stages), {});
    parts_.collectives = Seconds(0);
    makespan_ = longest_ = 0;
    link_ = 0;
    // Nothing is slowed before the first collective.
    plain_until_ = !step_.averages                   ? schedule_->actions.size()
                   : step_.averages_every_microbatch ? 0
                                                     : schedule_->first_last;
    plain_costs_.clear();
    for (int v = 0; v < virtual_stages(); ++v)
      for (const PassCosts& pass : costs_[v].passes)
        plain_costs_.push_back({pass.work + pass.wait, pass.send});
  }

  void remember_longest(double seconds, int link) {
    if (seconds > longest_) longest_ = seconds, link_ = link;
  }

  /// A collective that nothing else runs beside.
  double alone(const Message& what) {
    const CollectiveCost& known = in_->ask(what);
    remember_longest(known.seconds[1], known.link);
    const double time = in_->seconds(known) + in_->bucket_overhead;
    parts_.collectives += Seconds(time);
    return time;
  }

  // --- Actions ---

  void run_actions() {
    Shift shift;
    std::size_t next = 0;
    for (const SteadyPart& part : schedule_->steady) {
      run(next, part.begin, shift);
      const int more =
          part.grows ? (step_.shape.microbatches - schedule_->shape.microbatches) / part.shift : 0;
      const ScheduledAction* actions = schedule_->actions.data() + part.begin;
      const bool collectives = plain_until_ < part.end();
      fast_forward_.run(state_, part, actions, shift, part.rounds + more, collectives,
                        [&](const Shift& round, Slacks* slacks) {
                          if (slacks) slacks->clear();
                          run(part.begin, part.begin + part.actions, round, slacks);
                        });
      for (int pass = 0; pass < 3; ++pass) shift.passes[pass] += part.passes[pass] ? more * part.shift : 0;
      next = part.end();
    }
    run(next, schedule_->actions.size(), shift);
  }

  void run(std::size_t from, std::size_t to, const Shift& shift, Slacks* slacks = nullptr) {
    const std::size_t plain = std::max(from, std::min(to, plain_until_));
    if (slacks)
      overlaps() ? run_plain<true, true>(from, plain, shift, slacks)
                 : run_plain<false, true>(from, plain, shift, slacks);
    else
      overlaps() ? run_plain<true, false>(from, plain, shift, slacks)
                 : run_plain<false, false>(from, plain, shift, slacks);
    slacks_ = slacks;
    for (std::size_t i = plain; i < to; ++i)
      run_action(shift.of(schedule_->actions[i]), schedule_->places[i].in >= 0);
  }

  /// Actions beside which no collective runs: nothing is slowed.
  template <bool overlaps, bool tells_slacks>
  void run_plain(std::size_t from, std::size_t to, const Shift& shift, Slacks* slacks) {
    for (std::size_t i = from; i < to; ++i) {
      const ActionPlaces& action = schedule_->places[i];
      const PlainCosts costs = plain_costs_[at(action.costs)];
      StageClocks& stage = state_.clocks[at(action.stage)];
      double* const row = state_.arrivals(action.microbatch + shift.passes[action.pass]);
      const double ready = action.in >= 0 ? row[action.in] : 0;
      if (tells_slacks && action.in >= 0) slacks->push_back(stage.free - ready);
      const double end = std::max(stage.free, ready) + costs.seconds;
      double& sent = stage.sent[action.pass];
      if (overlaps) {
        stage.free = end;
        if (tells_slacks) slacks->push_back(end - sent);
        row[action.out] = sent = std::max(end, sent) + costs.send;
      } else {
        stage.sending = costs.send;
        row[action.out] = sent = stage.free = end + costs.send;
      }
    }
  }

  /// Moves the clocks of one action: see perform.
  struct ActionClocks {
    Interpreter& interpreter;
    const ScheduledAction& action;
    StageClocks& clocks;
    StageStream& stage;
    const StageCosts& costs;
    double ready = 0;

    const PassCosts& pass() const { return costs.passes[static_cast<int>(action.pass)]; }
    void compute() { interpreter.compute(clocks, stage, ready, pass()); }
    void compute_by_buckets() {
      interpreter.compute_segments(clocks, stage, ready, pass(), *costs.gradients);
    }
    void average_all() { interpreter.push_all(clocks, stage, *costs.gradients); }
    void hand_on(std::optional<int>) {  // what is not sent takes no time
      interpreter.state_.handed_on(action) =
          interpreter.hand_over(clocks, stage, clocks.sent[static_cast<int>(action.pass)], pass().send);
    }
  };

  void run_action(const ScheduledAction& action, bool arrives) {
    ActionClocks clocks{*this, action, state_.clocks[at(action.stage)], state_.lines[at(action.stage)],
                        costs_[action.virtual_stage]};
    if (arrives) clocks.ready = state_.arrived(action);
    if (slacks_ && arrives) slacks_->push_back(clocks.clocks.free - clocks.ready);
    perform(step_, action.pass, action.virtual_stage, action.microbatch, clocks);
  }

  void compute(StageClocks& clocks, StageStream& stage, double ready, const PassCosts& costs) {
    const double start = std::max(clocks.free, ready), whole = costs.work + costs.wait;
    clocks.sending = 0;
    if (stage.line.idle()) {
      clocks.free = start + whole;
      return;
    }
    clocks.free = stage.line.compute(start, whole);
    const double stretch = whole > 0 ? (clocks.free - start) / whole - 1 : 0;
    stage.more_compute += costs.work * stretch;
    stage.more_wait += costs.wait * stretch;
  }

  /// A backward pass whose gradients are averaged: see backward_segments.h.
  void compute_segments(StageClocks& clocks, StageStream& stage, double ready, const PassCosts& costs,
                        const SegmentedBackward& gradients) {
    clocks.free = std::max(clocks.free, ready);
    clocks.sending = 0;
    stage.more_compute += gradients.work - costs.work;  // copies of gradients
    stage.more_wait += gradients.wait - costs.wait;
    if (!overlaps()) {
      if (stage.line.idle())
        compute(clocks, stage, 0, {gradients.work, gradients.wait, 0});
      else if (!remembers(clocks, stage, gradients))
        compute_and_remember(clocks, stage, gradients);
      return;
    }
    remember_longest(gradients.longest, gradients.link);
    const double whole = gradients.work + gradients.wait;
    if (gradients.even && stage.line.outlasts(clocks.free, whole, gradients.all)) {
      clocks.free = stage.line.compute_beside(clocks.free, whole, gradients.all);
      const double stretch = 1 / gradients.all.compute_rate - 1;
      stage.more_compute += gradients.work * stretch;
      stage.more_wait += gradients.wait * stretch;
    } else if (!remembers(clocks, stage, gradients)) {
      compute_and_remember(clocks, stage, gradients);
    }
  }

  /// Does what the last pass did, where it found the same.
  static bool remembers(StageClocks& clocks, StageStream& stage, const SegmentedBackward& gradients) {
    stage.line.compute(clocks.free, 0);
    const PassMemory& last = stage.memory;
    const CommunicationStream::Collective found = stage.line.first();
    if (last.gradients != &gradients || !stage.line.at_most_one() || !last.found.same_rates(found) ||
        !stage.line.close_to(last.found.seconds, found.seconds))
      return false;
    clocks.free += last.seconds;
    stage.more_compute += last.more_compute;
    stage.more_wait += last.more_wait;
    stage.line.resume(clocks.free, last.busy, last.left, last.changed);
    return true;
  }

  void compute_and_remember(StageClocks& clocks, StageStream& stage, const SegmentedBackward& gradients) {
    const bool one = stage.line.at_most_one();
    const CommunicationStream::Collective found = stage.line.first();
    const std::size_t changes = stage.line.changes();
    const double free = clocks.free, compute = stage.more_compute, wait = stage.more_wait,
                 busy = stage.line.busy();
    compute_runs(clocks, stage, gradients);
    if (!one || !stage.line.at_most_one()) return;
    stage.memory = {&gradients,
                    found,
                    stage.line.first(),
                    stage.line.changes() != changes,
                    clocks.free - free,
                    stage.more_compute - compute,
                    stage.more_wait - wait,
                    stage.line.busy() - busy};
  }

  void compute_runs(StageClocks& clocks, StageStream& stage, const SegmentedBackward& gradients) {
    for (const SegmentRun& run : gradients.runs)
      compute_run(clocks, stage, gradients.segments.data() + run.begin, run);
  }

  void compute_run(StageClocks& clocks, StageStream& stage, const BackwardSegment* segments,
                   const SegmentRun& run) {
    for (int t = 0; t < run.times; ++t) {
      const CommunicationStream::Mark line = stage.line.mark();
      const double free = clocks.free, more_compute = stage.more_compute, more_wait = stage.more_wait;
      for (const BackwardSegment* segment = segments; segment != segments + run.count; ++segment) {
        compute(clocks, stage, 0, {segment->work, segment->wait, 0});
        if (!segment->averaged || !overlaps()) continue;
        if (stage.line.idle()) stage.line.compute(clocks.free, 0);
        stage.line.push(segment->collective);
      }
      const double again = t + 1 < run.times ? stage.line.repeatable(line, run.times - t - 1) : 0;
      if (again < 1) continue;
      clocks.free += (clocks.free - free) * again;
      stage.more_compute += (stage.more_compute - more_compute) * again;
      stage.more_wait += (stage.more_wait - more_wait) * again;
      stage.line.repeat(line, again);
      t += static_cast<int>(again);
    }
  }

  void push_all(StageClocks& clocks, StageStream& stage, const SegmentedBackward& gradients) {
    if (stage.line.idle()) stage.line.compute(clocks.free, 0);
    for (const SegmentRun& run : gradients.runs)
      if (run.even) {
        if (run.all.seconds > 0) stage.line.push(run.all);
      } else {
        for (int t = 0; t < run.times; ++t)
          for (std::size_t i = run.begin; i < run.begin + run.count; ++i)
            if (gradients.segments[i].averaged) stage.line.push(gradients.segments[i].collective);
      }
    remember_longest(gradients.longest, gradients.link);
  }

  /// Returns when the neighbour has it. Without overlap the sender waits too.
  double hand_over(StageClocks& clocks, StageStream& stage, double& sent, double send) {
    if (overlaps()) {
      if (slacks_) slacks_->push_back(clocks.free - sent);
      return sent = std::max(clocks.free, sent) + send;
    }
    const double start = clocks.free;
    clocks.free = stage.line.idle() ? start + send : stage.line.compute(start, send);
    clocks.sending = clocks.free - start;
    stage.more_wait += clocks.sending - send;
    return sent = clocks.free;
  }

  // --- The update ---

  /// What the passes of a stage take undisturbed, and the sends that hold it up.
  void add_passes(StageTimes& times, int s) const {
    double work = 0, wait = 0;
    for (int v = s; v < virtual_stages(); v += step_.shape.stages)
      for (int pass = 0; pass < (step_.training ? 3 : 1); ++pass) {
        const PassCosts& costs = costs_[v].passes[pass];
        work += costs.work;
        wait += costs.wait + (overlaps() ? 0 : costs.send);
      }
    times.compute = Seconds(work * step_.shape.microbatches + state_.lines[at(s)].more_compute);
    times.waits = Seconds(wait * step_.shape.microbatches + state_.lines[at(s)].more_wait);
  }

  void finish_stage(int s) {
    const StageClocks& clocks = state_.clocks[at(s)];
    CommunicationStream& line = state_.lines[at(s)].line;
    StageTimes& times = parts_.stages[at(s)];
    add_passes(times, s);
    makespan_ = std::max({makespan_, clocks.free, clocks.sent[0], clocks.sent[1]});
    if (!step_.training) return;
    const double last_pass = clocks.free - clocks.sending;
    const double ready = line.idle() ? clocks.free : line.finish();
    parts_.collectives += Seconds(line.busy());
    double parameters = 0, experts = 0;
    for (int v = s; v < virtual_stages(); v += step_.shape.stages) {
      parameters += costs_[v].parameters;
      experts += costs_[v].expert_parameters;
    }
    const StageUpdate update = step_.update(parameters, experts);
    const double start = std::max(clocks.free, ready),
                 seconds = in_->work.optimizer_per_parameter * update.elements;
    times.optimizer = Seconds(seconds);
    times.gradient_wait = Seconds(start - last_pass);
    double end = start + seconds;
    for (const Message& gather : update.gathers()) end += alone(gather);
    makespan_ = std::max(makespan_, end);
  }

  const RecurrenceInputs* in_ = nullptr;
  PipelineDescription step_;
  PipelineCache pipelines_;
  ScheduleCache schedules_;
  const LinearisedSchedule* schedule_ = nullptr;
  StageDescriber describer_;
  const StageCosts* costs_ = nullptr;  ///< per virtual stage
  std::size_t plain_until_ = 0;        ///< actions before this one have no collective beside them
  PipelineState state_;
  SteadyStateFastForward fast_forward_;
  Slacks* slacks_ = nullptr;             ///< where to tell them, in a round where they are asked for
  std::vector<PlainCosts> plain_costs_;  ///< per virtual stage and pass
  double makespan_ = 0, longest_ = 0;
  int link_ = 0;
  StepParts parts_;
};

PipelineRecurrence::PipelineRecurrence() : interpreter_(std::make_unique<Interpreter>()) {}
PipelineRecurrence::~PipelineRecurrence() = default;
const StepParts& PipelineRecurrence::evaluate(const RecurrenceInputs& in, const GradientRules& rules) {
  return interpreter_->evaluate(in, rules);
}

}  // namespace scalesim::sim
