// Each slot starts when its stage is free and what it waits for has arrived; gradients are averaged beside
// what their stage computes then.
#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "sim/device_line.h"
#include "sim/pipeline_step.h"
#include "sim/recurrence.h"

namespace scalesim::sim {
namespace {

using comm::Collective;

constexpr double kSame = 1e-12;  // relative; rounding of sums that are equal

std::size_t at(int i) { return static_cast<std::size_t>(i); }

/// A stretch of the last backward pass, up to where a bucket is full.
struct Piece {
  double work = 0, wait = 0;
  bool averaged = false;  ///< a collective starts at its end
  DeviceLine::Collective collective;
};

/// The gradients of one virtual stage, or of all that hold equal units.
struct Gradients {
  std::vector<Piece> pieces;  ///< the last has no collective
  double longest = 0;         ///< collective, seconds
  int link = 0;
};

struct VirtualStage {
  double forward = 0, forward_wait = 0, backward = 0, backward_wait = 0, weight = 0;
  double parameters = 0, expert_parameters = 0;
  double send = 0;  ///< seconds of handing the activations after it, or their gradient, over
  const Gradients* gradients = nullptr;
};

struct Stage {
  double free = 0;                   ///< the compute stream
  double forward = 0, backward = 0;  ///< the streams of activations
  double compute = 0, waits = 0;     ///< sums
  double last_pass = 0;              ///< end of the last pass
  DeviceLine line;
};

bool same(double a, double b) { return std::abs(a - b) <= kSame * std::max(std::abs(a), std::abs(b)); }

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
    start();
    describe_stages();
    broadcast_buffers();
    run_slots();
    for (int s = 0; s < shape().stages; ++s) finish_stage(s);
    parts_.makespan = Seconds(makespan_);
    parts_.link = in.table.link(link_);
    return parts_;
  }

 private:
  const PipelineShape& shape() const { return shape_; }
  int virtual_stages() const { return shape().stages * shape().chunks; }
  bool averages() const { return in_->training() && in_->layout.replicas() > 1; }
  double seconds(const KnownCollective& known) const {
    return known.seconds[at(static_cast<int>(in_->band))];
  }

  void start() {
    stages_.resize(std::max(stages_.size(), at(shape().stages)));
    for (Stage& stage : stages_) {
      stage.line.reset();
      stage.free = stage.forward = stage.backward = stage.compute = stage.waits = stage.last_pass = 0;
    }
    const std::size_t cells = at(virtual_stages()) * at(shape().microbatches);
    if (arrived_[0].size() < cells) arrived_[0].resize(cells), arrived_[1].resize(cells);
    parts_.stages.assign(at(shape().stages), {});
    parts_.collectives = Seconds(0);
    makespan_ = longest_ = 0;
    link_ = 0;
    known_gradients_ = 0;
  }

  void describe_stages() {
    cut_ = cut_folded_stages(in_->work, virtual_stages(), in_->scenario.model.transformer.has_value(),
                             in_->scenario.model.name);
    virtual_.assign(at(virtual_stages()), {});
    for (int v = 0; v < virtual_stages(); ++v) {
      VirtualStage& stage = virtual_[at(v)];
      for (std::size_t r = cut_.begin[at(v)]; r < cut_.begin[at(v) + 1]; ++r) add_run(stage, cut_.runs[r]);
      if (shape().stages > 1) stage.send = send_seconds(v);
    }
    if (averages()) describe_gradients();
  }

  void add_run(VirtualStage& stage, const UnitRun& run) const {
    const UnitTimes& unit = in_->units[at(run.kind)];
    const FoldedWork::Kind& kind = in_->work.kinds[at(run.kind)];
    const double weight = splits_ ? unit.weight : 0;
    stage.forward += unit.forward * run.count;
    stage.forward_wait += unit.forward_wait * run.count;
    stage.backward += (unit.backward - weight) * run.count;
    stage.backward_wait += unit.backward_wait * run.count;
    stage.weight += weight * run.count;
    stage.parameters += kind.parameters * run.count;
    stage.expert_parameters += kind.expert_parameters * run.count;
  }

  /// Tensor ranks hold equal activations: each sends its part, and without sequence parallelism the receivers
  /// gather it.
  double send_seconds(int v) {
    const UnitRun& last = cut_.runs[cut_.begin[at(v) + 1] - 1];
    const double whole = in_->work.kinds[at(last.kind)].layers.back().output.value();
    const bool split = !in_->scenario.parallel.sequence_parallel;
    if (whole != sent_ || v == 0) {
      sent_ = whole;
      CollectiveTable& table = in_->table;
      send_ = seconds(table.at(table.curve(Collective::send_receive, neighbour_stages(in_->layout)),
                               split ? whole / in_->layout.tensor : whole));
      if (split && in_->layout.tensor > 1)
        send_ += seconds(table.at(table.curve(Collective::all_gather, tensor_group(in_->layout)), whole));
    }
    return send_;
  }

  void describe_gradients() {
    CollectiveTable& table = in_->table;
    dense_ = &table.curve(rules_->collective, gradient_group(in_->layout));
    experts_ = &table.curve(rules_->collective, expert_gradient_group(in_->layout));
    if (gradients_.size() < virtual_.size()) gradients_.resize(virtual_.size());
    sources_.clear();
    for (std::size_t v = 0; v < virtual_.size(); ++v) {
      const Gradients* known = nullptr;
      for (std::size_t k = 0; k < known_gradients_ && !known; ++k)
        if (same_units(v, sources_[k])) known = &gradients_[k];
      if (!known) {
        sources_.push_back(v);
        fill_buckets(gradients_[known_gradients_], v);
        known = &gradients_[known_gradients_++];
      }
      virtual_[v].gradients = known;
    }
  }

  bool same_units(std::size_t a, std::size_t b) const {
    return std::equal(cut_.runs.begin() + static_cast<long>(cut_.begin[a]),
                      cut_.runs.begin() + static_cast<long>(cut_.begin[a + 1]),
                      cut_.runs.begin() + static_cast<long>(cut_.begin[b]),
                      cut_.runs.begin() + static_cast<long>(cut_.begin[b + 1]));
  }

  /// A bucket being filled: see gradient_buckets.
  struct OpenBucket {
    double bytes = 0, work = 0, wait = 0;  ///< backward up to and with the layer of its last gradient
    int layer = 0;                         ///< counted from the end
    bool expert = false, first = true, any = false;
  };

  void fill_buckets(Gradients& gradients, std::size_t v) {
    buckets_.clear();
    OpenBucket open[2];
    open[1].expert = true;
    double work = 0, wait = 0;
    int layer = 0;
    bool experts = false;
    for (std::size_t r = cut_.begin[v + 1]; r-- > cut_.begin[v];) {
      const UnitTimes& times = in_->units[at(cut_.runs[r].kind)];
      const FoldedWork::Kind& kind = in_->work.kinds[at(cut_.runs[r].kind)];
      for (int unit = 0; unit < cut_.runs[r].count; ++unit)
        for (std::size_t i = kind.layers.size(); i-- > 0; ++layer) {
          work += times.layers[i].backward;
          wait += times.layers[i].wait;
          experts |= kind.layers[i].expert;
          add_gradients(open[kind.layers[i].expert ? 1 : 0], kind.layers[i].parameters, layer, work, wait);
        }
    }
    for (const OpenBucket& bucket : open)
      if (bucket.any) buckets_.push_back(bucket);
    if (experts)
      std::stable_sort(buckets_.begin(), buckets_.end(),
                       [](const OpenBucket& a, const OpenBucket& b) { return a.layer < b.layer; });
    make_pieces(gradients, work, wait);
  }

  void add_gradients(OpenBucket& bucket, const std::vector<std::int64_t>& tensors, int layer, double work,
                     double wait) {
    const double element = in_->scenario.gradient_element.value();
    for (auto elements = tensors.rbegin(); elements != tensors.rend(); ++elements) {
      bucket.bytes += element * static_cast<double>(*elements);
      bucket.any = true;
      bucket.layer = layer;
      bucket.work = work;
      bucket.wait = wait;
      if (bucket.bytes < (bucket.first ? rules_->first : rules_->bucket).value()) continue;
      buckets_.push_back(bucket);
      bucket.first = bucket.any = false;
      bucket.bytes = 0;
    }
  }

  void make_pieces(Gradients& gradients, double work, double wait) {
    gradients.pieces.clear();
    gradients.longest = 0;
    double done = 0, waited = 0;
    for (const OpenBucket& bucket : buckets_) {
      Piece piece;
      // The reducer copies gradients into the bucket and back.
      piece.work = bucket.work - done + Bytes(bucket.bytes) * 2 / in_->gpu.memory_bandwidth / Seconds(1);
      piece.wait = bucket.wait - waited;
      done = bucket.work;
      waited = bucket.wait;
      CollectiveCurve& curve = bucket.expert ? *experts_ : *dense_;
      piece.averaged = curve.group().ranks > 1;
      if (piece.averaged) {
        const KnownCollective& known = in_->table.at(curve, bucket.bytes);
        piece.collective = {seconds(known) + in_->bucket_overhead, known.compute_rate,
                            known.communication_rate};
        if (known.seconds[1] > gradients.longest)
          gradients.longest = known.seconds[1], gradients.link = known.link;
      }
      gradients.pieces.push_back(piece);
    }
    gradients.pieces.push_back({work - done, wait - waited, false, {}});
  }

  void remember_longest(double seconds, int link) {
    if (seconds > longest_) longest_ = seconds, link_ = link;
  }

  /// A collective that nothing else runs beside.
  double alone(Collective collective, double bytes, const comm::Group& group) {
    const KnownCollective& known = in_->table.at(in_->table.curve(collective, group), bytes);
    remember_longest(known.seconds[1], known.link);
    const double time = seconds(known) + in_->bucket_overhead;
    parts_.collectives += Seconds(time);
    return time;
  }

  void broadcast_buffers() {
    if (!averages() || !in_->scenario.broadcast_buffers || shape().stages > 1 || in_->work.buffers <= 0)
      return;
    stages_[0].free = alone(Collective::broadcast, in_->work.buffers, gradient_group(in_->layout));
  }

  double& arrived(Pass pass, int v, int microbatch) {
    return arrived_[pass == Pass::forward ? 0 : 1][at(v) * at(shape().microbatches) + at(microbatch)];
  }

  bool averages_after(int microbatch) const {
    return averages() && (rules_->every_microbatch || microbatch == shape().microbatches - 1);
  }

  void run_slots() {
    std::fill(std::begin(counted_), std::end(counted_), 0);
    std::size_t next = 0;
    for (const SteadyPart& part : program_->steady) {
      run(next, part.begin);
      const int more = part.grows ? (shape().microbatches - program_->shape.microbatches) / part.shift : 0;
      run_steady(part, part.rounds + more);
      for (int pass = 0; pass < 3; ++pass) counted_[pass] += part.passes[pass] ? more * part.shift : 0;
      next = part.end();
    }
    run(next, program_->slots.size());
  }

  ProgramSlot slot_at(std::size_t i) const {
    ProgramSlot slot = program_->slots[i];
    slot.microbatch += counted_[static_cast<int>(slot.pass)];
    return slot;
  }

  void run(std::size_t from, std::size_t to) {
    for (std::size_t i = from; i < to; ++i) run_slot(slot_at(i));
  }

  void run_slot(const ProgramSlot& slot) {
    Stage& stage = stages_[at(slot.stage)];
    const VirtualStage& v = virtual_[at(slot.virtual_stage)];
    switch (slot.pass) {
      case Pass::forward: {
        const double ready =
            slot.virtual_stage > 0 ? arrived(Pass::forward, slot.virtual_stage, slot.microbatch) : 0;
        compute(stage, ready, v.forward, v.forward_wait);
        if (slot.virtual_stage + 1 < virtual_stages())
          arrived(Pass::forward, slot.virtual_stage + 1, slot.microbatch) =
              hand_over(stage, stage.forward, v.send);
        return;
      }
      case Pass::backward: {
        const bool last = slot.virtual_stage + 1 == virtual_stages();
        const double ready = last ? 0 : arrived(Pass::backward, slot.virtual_stage, slot.microbatch);
        if (splits_ || !averages_after(slot.microbatch)) {
          compute(stage, ready, v.backward, v.backward_wait);
        } else {
          compute_pieces(stage, ready, *v.gradients);
        }
        if (slot.virtual_stage > 0)
          arrived(Pass::backward, slot.virtual_stage - 1, slot.microbatch) =
              hand_over(stage, stage.backward, virtual_[at(slot.virtual_stage) - 1].send);
        return;
      }
      case Pass::weight:
        compute(stage, 0, v.weight, 0);
        if (averages_after(slot.microbatch)) push_all(stage, *v.gradients);
    }
  }

  void compute(Stage& stage, double ready, double work, double wait) {
    const double start = std::max(stage.free, ready), whole = work + wait;
    if (stage.line.idle()) {
      stage.free = start + whole;
      stage.compute += work;
      stage.waits += wait;
    } else {
      stage.free = stage.line.compute(start, whole);
      const double took = stage.free - start, waited = whole > 0 ? wait / whole * took : 0;
      stage.waits += waited;
      stage.compute += took - waited;
    }
    stage.last_pass = stage.free;
  }

  void compute_pieces(Stage& stage, double ready, const Gradients& gradients) {
    stage.free = std::max(stage.free, ready);
    for (const Piece& piece : gradients.pieces) {
      compute(stage, 0, piece.work, piece.wait);
      if (!piece.averaged || !in_->scenario.overlap) continue;
      if (stage.line.idle()) stage.line.compute(stage.free, 0);
      stage.line.push(piece.collective);
    }
    if (in_->scenario.overlap)
      remember_longest(gradients.longest, gradients.link);
    else
      push_all(stage, gradients);
  }

  void push_all(Stage& stage, const Gradients& gradients) {
    if (stage.line.idle()) stage.line.compute(stage.free, 0);
    for (const Piece& piece : gradients.pieces)
      if (piece.averaged) stage.line.push(piece.collective);
    remember_longest(gradients.longest, gradients.link);
  }

  /// Returns when the neighbour has it. Without overlap the sender waits too.
  double hand_over(Stage& stage, double& stream, double send) {
    if (shape().stages == 1) return stage.free;
    if (in_->scenario.overlap) {
      stream = std::max(stage.free, stream) + send;
      makespan_ = std::max(makespan_, stream);
      return stream;
    }
    const double start = stage.free;
    stage.free = stage.line.idle() ? start + send : stage.line.compute(start, send);
    stage.waits += stage.free - start;
    return stage.free;
  }

  // --- What repeats ---

  /// Times and sums after one round. Two rounds alike but for one shift of all times, as many in a row as
  /// slots look back, mean that all later rounds are like them: starts are maxima of sums.
  struct Round {
    std::vector<double> times;    ///< of every slot: end, and when the neighbour has it
    std::vector<double> streams;  ///< of every stage: three
    std::vector<double> sums;     ///< of every stage: compute, waits, busy collectives
    std::vector<double> queues;   ///< of every stage: collectives waiting and the rest of the first
  };

  /// A slot of round `r`, told by the same slot of the first round.
  ProgramSlot slot_in_round(const SteadyPart& part, int r, std::size_t i) const {
    ProgramSlot slot = slot_at(part.begin + i);
    slot.microbatch += r * part.shift;
    return slot;
  }

  void run_steady(const SteadyPart& part, int rounds) {
    const int ahead = std::max(1, shape().stages / part.shift);
    const int kept = ahead + 1;
    if (static_cast<int>(rounds_.size()) < kept) rounds_.resize(at(kept));
    int alike[2] = {0, 0};
    for (int r = 0; r < rounds; ++r) {
      Round& round = rounds_[at(r % kept)];
      run_round(round, part, r);
      for (const int k : {0, 1}) {
        const int back = k == 0 ? 1 : ahead;
        if (r < back || (k == 1 && ahead == 1)) continue;
        const Round& before = rounds_[at((r - back) % kept)];
        alike[k] = is_shifted(before, round) ? alike[k] + 1 : 0;
        const int skipped = (rounds - 1 - r) / back * back;
        if (alike[k] < part.lag || skipped == 0) continue;
        skip(part, r, skipped, before, round, back);
        for (int left = r + 1 + skipped; left < rounds; ++left)
          for (std::size_t i = 0; i < part.slots; ++i) run_slot(slot_in_round(part, left, i));
        return;
      }
    }
  }

  void run_round(Round& round, const SteadyPart& part, int r) {
    round.times.clear();
    for (std::size_t i = 0; i < part.slots; ++i) {
      const ProgramSlot slot = slot_in_round(part, r, i);
      run_slot(slot);
      const Stage& stage = stages_[at(slot.stage)];
      round.times.push_back(stage.free);
      round.times.push_back(slot.pass == Pass::forward ? stage.forward : stage.backward);
    }
    round.streams.clear();
    round.sums.clear();
    round.queues.clear();
    for (int s = 0; s < shape().stages; ++s) {
      const Stage& stage = stages_[at(s)];
      round.streams.insert(round.streams.end(), {stage.free, stage.forward, stage.backward});
      round.sums.insert(round.sums.end(), {stage.compute, stage.waits, stage.line.busy()});
      round.queues.insert(round.queues.end(), {static_cast<double>(stage.line.waiting()), stage.line.left()});
    }
  }

  bool is_shifted(const Round& before, const Round& after) const {
    const double shift = after.times[0] - before.times[0], near = kSame * after.times[0];
    for (std::size_t i = 0; i < after.times.size(); ++i)
      if (std::abs(after.times[i] - before.times[i] - shift) > near && after.times[i] != 0) return false;
    for (std::size_t i = 0; i < after.streams.size(); ++i)
      if (std::abs(after.streams[i] - before.streams[i] - shift) > near && after.streams[i] != 0)
        return false;
    for (std::size_t i = 0; i < after.queues.size(); ++i)
      if (!same(after.queues[i], before.queues[i])) return false;
    return true;
  }

  /// Goes on as if `skipped` more rounds had been run after round `r`.
  void skip(const SteadyPart& part, int r, int skipped, const Round& before, const Round& after, int back) {
    const double times = static_cast<double>(skipped) / back;
    const double seconds = (after.times[0] - before.times[0]) * times;
    for (int s = 0; s < shape().stages; ++s) {
      Stage& stage = stages_[at(s)];
      const auto grown = [&](int i) {
        return (after.sums[at(3 * s + i)] - before.sums[at(3 * s + i)]) * times;
      };
      stage.free += seconds;
      stage.last_pass += seconds;
      if (stage.forward > 0) stage.forward += seconds;
      if (stage.backward > 0) stage.backward += seconds;
      stage.compute += grown(0);
      stage.waits += grown(1);
      stage.line.skip(seconds, grown(2));
    }
    // What was sent in the rounds that later slots look back to.
    for (int back_to = std::max(0, r + 1 - part.lag); back_to <= r; ++back_to)
      for (std::size_t i = 0; i < part.slots; ++i) {
        const ProgramSlot slot = slot_in_round(part, back_to, i);
        const int to = slot.pass == Pass::forward ? slot.virtual_stage + 1 : slot.virtual_stage - 1;
        if (slot.pass == Pass::weight || to < 0 || to == virtual_stages()) continue;
        pending_.push_back({slot.pass, to, slot.microbatch + skipped * part.shift,
                            arrived(slot.pass, to, slot.microbatch) + seconds});
      }
    for (const Pending& p : pending_) arrived(p.pass, p.virtual_stage, p.microbatch) = p.time;
    pending_.clear();
  }

  struct Pending {
    Pass pass;
    int virtual_stage, microbatch;
    double time;
  };

  // --- The update ---

  void finish_stage(int s) {
    Stage& stage = stages_[at(s)];
    StageTimes& times = parts_.stages[at(s)];
    times.compute = Seconds(stage.compute);
    times.waits = Seconds(stage.waits);
    makespan_ = std::max({makespan_, stage.free, stage.forward, stage.backward});
    if (!in_->training()) return;
    const double ready = stage.line.idle() ? stage.free : stage.line.finish();
    parts_.collectives += Seconds(stage.line.busy());
    double parameters = 0, experts = 0;
    for (int chunk = 0; chunk < shape().chunks; ++chunk) {
      parameters += virtual_[at(chunk * shape().stages + s)].parameters;
      experts += virtual_[at(chunk * shape().stages + s)].expert_parameters;
    }
    const double replicas = in_->layout.replicas(), expert_replicas = replicas / in_->layout.expert;
    const double updated =
        rules_->sharded_update ? parameters / replicas + experts / expert_replicas : parameters + experts;
    const double start = std::max(stage.free, ready), update = in_->work.optimizer_per_parameter * updated;
    times.optimizer = Seconds(update);
    times.gradient_wait = Seconds(start - stage.last_pass);
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
  int counted_[3] = {};  ///< what micro-batches of each pass count up by: see make_short_program
  bool splits_ = false;
  FoldedStages cut_;
  std::vector<VirtualStage> virtual_;
  std::vector<Gradients> gradients_;  ///< the first known_gradients_ are of this step
  std::size_t known_gradients_ = 0;
  std::vector<std::size_t> sources_;  ///< a virtual stage that has each of them
  std::vector<OpenBucket> buckets_;
  CollectiveCurve *dense_ = nullptr, *experts_ = nullptr;
  double sent_ = 0, send_ = 0;
  std::vector<Stage> stages_;
  std::vector<double> arrived_[2];
  std::vector<Round> rounds_;
  std::vector<Pending> pending_;
  double makespan_ = 0, longest_ = 0;
  int link_ = 0;
  StepParts parts_;
};

PipelineRecurrence::PipelineRecurrence() : follower_(std::make_unique<Follower>()) {}
PipelineRecurrence::~PipelineRecurrence() = default;
const StepParts& PipelineRecurrence::follow(const RecurrenceInputs& in, const GradientRules& rules) {
  return follower_->follow(in, rules);
}

const Pipeline& ProgramCache::pipeline(const std::string& schedule) {
  const auto found = pipelines_.find(schedule);
  if (found != pipelines_.end()) return *found->second;
  return *pipelines_.emplace(schedule, find_pipeline(schedule)).first->second;
}

const SlotProgram& ProgramCache::find(const std::string& schedule, const PipelineShape& shape,
                                      bool training) {
  constexpr std::size_t kMostSlots = 4'000'000;
  const Pipeline& pipeline = this->pipeline(schedule);
  const std::tuple key(&pipeline, shape.stages, shape.microbatches, shape.chunks, training);
  const auto found = programs_.find(key);
  if (found != programs_.end()) return found->second;
  pipeline.check(shape);
  if (slots_ > kMostSlots) programs_.clear(), slots_ = 0;
  const SlotProgram& program =
      programs_.emplace(key, make_short_program(pipeline, shape, training)).first->second;
  slots_ += program.slots.size();
  return program;
}

}  // namespace scalesim::sim
