// Compares the state at borders between rounds.
#include "sim/fast/steady_state.h"

#include <algorithm>

namespace scalesim::sim {
namespace {

constexpr double kSame = 1e-12;  // relative to the clock; rounding of sums that are equal

}  // namespace

void SteadyStateFastForward::start(PipelineState& state, const SteadyPart& part,
                                   const ScheduledAction* actions, const Shift& shift, bool collectives) {
  state_ = &state;
  part_ = &part;
  actions_ = actions;
  shift_ = shift;
  lines_ = collectives ? state.lines.size() : 0;
  first_ = recorded_ = 0;
  ahead_ = std::max(1, static_cast<int>(state.clocks.size()) / part.shift);
  const std::size_t kept = static_cast<std::size_t>(std::max(ahead_, 2)) + 1;
  if (borders_.size() < kept) borders_.resize(kept);
  take(0);
}

void SteadyStateFastForward::take(int number) {
  Border& border = at_border(number);
  border.clocks.clear();
  border.extra.clear();
  border.lines.clear();
  for (const StageClocks& clocks : state_->clocks) {
    border.clocks.push_back(clocks.free);
    for (const int pass : {0, 1})
      if (part_->passes[pass]) border.clocks.push_back(clocks.sent[pass]);
  }
  for (std::size_t s = 0; s < lines_; ++s) {
    const StageStream& stage = state_->lines[s];
    border.extra.insert(border.extra.end(), {stage.more_compute, stage.more_wait});
    border.lines.push_back(stage.line.mark());
  }
  for (const PendingAction& pending : part_->pending)
    border.clocks.push_back(handed_on(pending.action, number - pending.age));
}

/// The cell that action `action` of round `round` writes; rounds before the first one are counted back.
double& SteadyStateFastForward::handed_on(std::size_t action, int round) const {
  return state_->handed_on(shift_.plus(round * part_->shift).of(actions_[action]));
}

/// Returns how many rounds were skipped.
int SteadyStateFastForward::skip_repeated(int border, int rounds) {
  for (const int back : {1, 2, ahead_}) {
    if (back > ahead_ || border - back < first_ || border >= rounds) continue;
    if (const int skipped = repeatable(border, back, rounds - border))
      return repeat(border, back, skipped), skipped;
  }
  return 0;
}

/// How many of the next `rounds` rounds repeat those between border - back and border.
int SteadyStateFastForward::repeatable(int border, int back, int rounds) const {
  const Border &before = at_border(border - back), &after = at_border(border);
  const double shift = after.clocks[0] - before.clocks[0], near = kSame * after.clocks[0];
  for (std::size_t i = 1; i < after.clocks.size(); ++i)
    if (std::abs(after.clocks[i] - before.clocks[i] - shift) > near) return 0;
  double times = rounds / back;
  for (std::size_t s = 0; s < lines_ && times > 0; ++s)
    times = state_->lines[s].line.repeatable(before.lines[s], times);
  return times < 1 ? 0 : static_cast<int>(times) * back;
}

/// Goes on as if `skipped` more rounds had been run.
void SteadyStateFastForward::repeat(int border, int back, int skipped) {
  const Border &before = at_border(border - back), &after = at_border(border);
  const double times = static_cast<double>(skipped) / back, shift = after.clocks[0] - before.clocks[0];
  for (std::size_t s = 0; s < state_->clocks.size(); ++s) {
    StageClocks& clocks = state_->clocks[s];
    StageStream& stage = state_->lines[s];
    clocks.free += shift * times;
    for (const int pass : {0, 1})
      if (part_->passes[pass]) clocks.sent[pass] += shift * times;
    if (s >= lines_) continue;
    stage.more_compute += (after.extra[2 * s] - before.extra[2 * s]) * times;
    stage.more_wait += (after.extra[2 * s + 1] - before.extra[2 * s + 1]) * times;
    stage.line.repeat(before.lines[s], times);
  }
  // What skipped rounds handed on, as far as later actions look back to it.
  for (const auto* list : {&part_->pending, &part_->left_over})
    for (const PendingAction& pending : *list) {
      const int round = border + skipped - pending.age;
      if (round < border) continue;
      const int periods = (round - border) / back + 1;
      handed_on(pending.action, round) = handed_on(pending.action, round - periods * back) + shift * periods;
    }
}

/// Every clock went on by as much in the last round as in the one before, and collectives, where there are
/// any, ran all the time.
bool SteadyStateFastForward::drifts_evenly(int border) const {
  if (border - 2 < first_) return false;
  const Border &a = at_border(border - 2), &b = at_border(border - 1), &c = at_border(border);
  const double near = kSame * c.clocks[0];
  for (std::size_t i = 0; i < c.clocks.size(); ++i)
    if (std::abs(c.clocks[i] - 2 * b.clocks[i] + a.clocks[i]) > near) return false;
  for (std::size_t s = 0; s < lines_; ++s)
    if (!state_->lines[s].line.calm(a.lines[s])) return false;
  return true;
}

/// Lets every clock go on at its pace until just before a maximum would choose otherwise. Returns how many
/// rounds were skipped.
int SteadyStateFastForward::skip_drifting(int border, int rounds) {
  const Slacks &before = slacks_[border % 2], &last = slacks_[(border + 1) % 2];
  const double near = kSame * at_border(border).clocks[0];
  double times = rounds - border;
  for (std::size_t i = 0; i < last.size(); ++i) {
    const double drift = last[i] - before[i];
    if (last[i] * before[i] < 0 && std::abs(drift) > near) return 0;
    if (std::abs(drift) > near && last[i] * drift <= 0) times = std::min(times, -last[i] / drift - 1);
  }
  const Border &a = at_border(border - 1), &b = at_border(border);
  for (std::size_t s = 0; s < lines_ && times > 0; ++s)
    times = state_->lines[s].line.repeatable(a.lines[s], times);
  const int skipped = static_cast<int>(times);
  if (skipped < 1) return 0;
  for (const auto* list : {&part_->pending, &part_->left_over})
    for (const PendingAction& pending : *list) {
      const int round = border + skipped - pending.age;
      if (round < border) continue;
      const double end = handed_on(pending.action, border - 1),
                   pace = end - handed_on(pending.action, border - 2);
      handed_on(pending.action, round) = end + pace * (round - border + 1);
    }
  std::size_t clock = 0;
  const auto go_on = [&](double& time) {
    time += (b.clocks[clock] - a.clocks[clock]) * skipped;
    ++clock;
  };
  for (std::size_t s = 0; s < state_->clocks.size(); ++s) {
    StageClocks& clocks = state_->clocks[s];
    StageStream& stage = state_->lines[s];
    go_on(clocks.free);
    for (const int pass : {0, 1})
      if (part_->passes[pass]) go_on(clocks.sent[pass]);
    if (s >= lines_) continue;
    stage.more_compute += (b.extra[2 * s] - a.extra[2 * s]) * skipped;
    stage.more_wait += (b.extra[2 * s + 1] - a.extra[2 * s + 1]) * skipped;
    stage.line.repeat(a.lines[s], skipped);
  }
  first_ = border + skipped;
  recorded_ = 0;
  take(first_);
  return skipped;
}

}  // namespace scalesim::sim
