// Stages take turns, last stage first, one action each; what they do then repeats.
#include "sim/fast/linearised_schedule.h"

#include <algorithm>

#include "core/error.h"

namespace scalesim::sim {
namespace {

constexpr std::size_t kFewestRounds = 6;
constexpr int kNotYet = -1, kNone = -2;  // places of what a action waits for

std::size_t at(int i) { return static_cast<std::size_t>(i); }

class Lineariser {
 public:
  Lineariser(const Pipeline& pipeline, const PipelineShape& shape, bool training)
      : shape_(shape), next_(at(shape.stages), 0) {
    for (int s = 0; s < shape.stages; ++s) {
      orders_.push_back(actions_of(pipeline, s, shape, training));
      left_ += orders_.back().size();
    }
    const std::size_t cells = at(shape.stages * shape.chunks) * at(shape.microbatches);
    made_at_[0].resize(cells, kNotYet);
    made_at_[1].resize(cells, kNotYet);
  }

  LinearisedSchedule make() {
    LinearisedSchedule schedule;
    schedule.shape = shape_;
    schedule.actions.reserve(left_);
    while (left_ > 0) {
      const std::size_t before = left_;
      for (int s = shape_.stages - 1; s >= 0; --s) turn(s, schedule);
      SCALESIM_CHECK(left_ < before);
      turns_.push_back(schedule.actions.size());
    }
    find_steady_parts(schedule);
    find_places(schedule);
    return schedule;
  }

 private:
  void find_places(LinearisedSchedule& schedule) const {
    const int count = shape_.virtual_stages();
    schedule.first_last = schedule.actions.size();
    for (const ScheduledAction& action : schedule.actions) {
      const int pass = static_cast<int>(action.pass), v = action.virtual_stage;
      const bool arrives = comes_from_elsewhere(action.pass, v);
      schedule.places.push_back({action.stage, pass, action.microbatch, 3 * v + pass,
                                 arrives ? column_of(action.pass, v, count) : -1,
                                 column_written(action.pass, v, count)});
      if (action.pass != Pass::forward && action.microbatch + 1 == shape_.microbatches)
        schedule.first_last = std::min(schedule.first_last, schedule.places.size() - 1);
    }
  }

  /// What the pass waits for is not the pass before it through the same virtual stage.
  bool comes_from_elsewhere(Pass pass, int v) const {
    const std::optional<StagePass> before = shape_.waits_for(pass, v);
    return before && before->virtual_stage != v;
  }

  /// Micro-batches by which turn `later` is turn `earlier` again; 0 when it is not. The last micro-batch,
  /// after which gradients are averaged, is no repetition of those before.
  int shift_between(const LinearisedSchedule& schedule, std::size_t earlier, std::size_t later) const {
    const std::size_t a = turns_[earlier], b = turns_[later], n = turns_[earlier + 1] - a;
    if (turns_[later + 1] - b != n || n == 0) return 0;
    const int shift = schedule.actions[b].microbatch - schedule.actions[a].microbatch;
    for (std::size_t i = 0; i < n; ++i) {
      const ScheduledAction &x = schedule.actions[a + i], &y = schedule.actions[b + i];
      if (x.stage != y.stage || x.pass != y.pass || x.virtual_stage != y.virtual_stage || y.last ||
          y.microbatch - x.microbatch != shift ||
          (y.pass != Pass::forward && y.microbatch + 1 == shape_.microbatches))
        return 0;
    }
    return std::max(0, shift);
  }

  /// Looks for stretches that repeat after one, two or three turns (all forwards; forward and backward;
  /// weights apart), or after all chunks of all stages.
  void find_steady_parts(LinearisedSchedule& schedule) {
    turns_.insert(turns_.begin(), 0);
    const std::size_t all = turns_.size() - 1;
    struct Period {
      std::size_t turns, useless_until = 0;
    };
    Period periods[] = {{1}, {2}, {3}, {at(2 * shape_.stages * shape_.chunks)}};
    for (std::size_t from = 0; from < all;) {
      std::size_t next = from + 1;
      for (auto& [period, useless_until] : periods) {
        if (from < useless_until) continue;
        const std::size_t end = steady_until(schedule, from, period);
        if (end < from + kFewestRounds * period) {
          useless_until = end > from + period ? end - period : from + 1;
          continue;
        }
        const std::size_t rounds = (end - from) / period;
        add_steady(schedule, from, period, rounds);
        next = from + rounds * period;
        break;
      }
      from = next;
    }
  }

  std::size_t steady_until(const LinearisedSchedule& schedule, std::size_t from, std::size_t period) const {
    int shift = 0;
    std::size_t t = from;
    for (; t + period < turns_.size() - 1; ++t) {
      const int here = shift_between(schedule, t, t + period);
      if (here == 0 || (shift != 0 && here != shift)) break;
      shift = here;
    }
    return t == from ? from : t + period;
  }

  void add_steady(LinearisedSchedule& schedule, std::size_t from, std::size_t period, std::size_t rounds) {
    SteadyPart part;
    part.begin = turns_[from];
    part.actions = turns_[from + period] - part.begin;
    part.rounds = static_cast<int>(rounds);
    part.shift =
        schedule.actions[part.begin + part.actions].microbatch - schedule.actions[part.begin].microbatch;
    // Actions of the last round, and whatever follows, wait for nothing that is older than `lag` rounds.
    const std::size_t end = part.begin + part.actions * rounds, last = end - part.actions;
    for (std::size_t i = last; i < schedule.actions.size(); ++i) {
      const ScheduledAction& action = schedule.actions[i];
      if (!comes_from_elsewhere(action.pass, action.virtual_stage)) continue;
      const int before = waits_for(action.pass, action.virtual_stage, action.microbatch);
      const std::size_t border = i < end ? last : end;
      if (at(before) >= border) continue;
      const int age = static_cast<int>((border - at(before) - 1) / part.actions) + 1;
      part.lag = std::max(part.lag, age);
      if (at(before) < part.begin) continue;
      // Who looks back two rounds finds it at the border before his own, too.
      for (int a = 1; a <= age; ++a)
        (i < end ? part.pending : part.left_over).push_back({(at(before) - part.begin) % part.actions, a});
    }
    for (auto* list : {&part.pending, &part.left_over}) {
      std::sort(list->begin(), list->end());
      list->erase(std::unique(list->begin(), list->end()), list->end());
    }
    for (std::size_t i = part.begin; i < part.begin + part.actions; ++i)
      part.passes[static_cast<int>(schedule.actions[i].pass)] = true;
    if (part.lag * 2 < part.rounds) schedule.steady.push_back(std::move(part));
  }

  std::size_t cell(int virtual_stage, int microbatch) const {
    return at(virtual_stage) * at(shape_.microbatches) + at(microbatch);
  }

  /// Where the action is that this one waits for, or kNotYet or kNone.
  int waits_for(Pass pass, int v, int microbatch) const {
    const std::optional<StagePass> before = shape_.waits_for(pass, v);
    if (!before) return kNone;
    return made_at_[before->pass == Pass::forward ? 0 : 1][cell(before->virtual_stage, microbatch)];
  }

  void turn(int stage, LinearisedSchedule& schedule) {
    const std::vector<Action>& order = orders_[at(stage)];
    std::size_t& next = next_[at(stage)];
    if (next == order.size()) return;
    const Action& action = order[next];
    const int v = shape_.virtual_stage(stage, action.chunk);
    if (waits_for(action.pass, v, action.microbatch) == kNotYet) return;
    if (action.pass != Pass::weight)
      made_at_[action.pass == Pass::forward ? 0 : 1][cell(v, action.microbatch)] =
          static_cast<int>(schedule.actions.size());
    ++next;
    --left_;
    schedule.actions.push_back({stage, v, action.microbatch, action.pass, next == order.size()});
  }

  PipelineShape shape_;
  std::vector<std::vector<Action>> orders_;
  std::vector<std::size_t> next_, turns_;
  std::size_t left_ = 0;
  std::vector<int> made_at_[2];  ///< forward, backward: place in the schedule
};

/// `schedule` with one round more in each of the parts that have one more in `longer`.
std::vector<ScheduledAction> grown(const LinearisedSchedule& schedule, const LinearisedSchedule& longer) {
  std::vector<ScheduledAction> actions;
  int counted[3] = {};
  std::size_t next = 0;
  const auto copy = [&](std::size_t to, bool again, int shift) {
    for (; next < to; ++next) {
      actions.push_back(schedule.actions[next]);
      actions.back().microbatch += counted[static_cast<int>(actions.back().pass)] + (again ? shift : 0);
    }
  };
  for (std::size_t p = 0; p < schedule.steady.size(); ++p) {
    const SteadyPart& part = schedule.steady[p];
    copy(part.end(), false, 0);
    if (longer.steady[p].rounds != part.rounds + 1) continue;
    next -= part.actions;
    copy(part.end(), true, part.shift);
    for (int pass = 0; pass < 3; ++pass) counted[pass] += part.passes[pass] ? part.shift : 0;
  }
  copy(schedule.actions.size(), false, 0);
  return actions;
}

/// Marks the parts that grow; false when `longer` is something else than `schedule` grown.
bool grows_into(LinearisedSchedule& schedule, const LinearisedSchedule& longer) {
  if (schedule.steady.size() != longer.steady.size() || schedule.steady.empty()) return false;
  if (grown(schedule, longer) != longer.actions) return false;
  for (std::size_t p = 0; p < schedule.steady.size(); ++p)
    schedule.steady[p].grows = longer.steady[p].rounds == schedule.steady[p].rounds + 1;
  return true;
}

}  // namespace

LinearisedSchedule linearise(const Pipeline& pipeline, const PipelineShape& shape, bool training) {
  return Lineariser(pipeline, shape, training).make();
}

LinearisedSchedule linearise_shortened(const Pipeline& pipeline, const PipelineShape& shape, bool training) {
  const int step = shape.chunks > 1 ? shape.stages : 1;
  const int few = (shape.chunks > 1 ? 10 : 4) * shape.stages + 12;
  if (shape.microbatches > few + step) {
    PipelineShape shorter = shape;
    shorter.microbatches = few + (shape.microbatches - few) % step;
    LinearisedSchedule schedule = linearise(pipeline, shorter, training);
    shorter.microbatches += step;
    if (grows_into(schedule, linearise(pipeline, shorter, training))) return schedule;
  }
  return linearise(pipeline, shape, training);
}

}  // namespace scalesim::sim
