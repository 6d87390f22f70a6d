// Stages take turns, last stage first, one slot each; what they do then repeats.
#include "sim/fast/slot_program.h"

#include <algorithm>

#include "core/error.h"

namespace scalesim::sim {
namespace {

constexpr std::size_t kFewestRounds = 6;
constexpr int kNotYet = -1, kNone = -2;  // places of what a slot waits for

std::size_t at(int i) { return static_cast<std::size_t>(i); }

class Compiler {
 public:
  Compiler(const Pipeline& pipeline, const PipelineShape& shape, bool training)
      : shape_(shape), next_(at(shape.stages), 0) {
    for (int s = 0; s < shape.stages; ++s) {
      orders_.push_back(actions_of(pipeline, s, shape, training));
      left_ += orders_.back().size();
    }
    const std::size_t cells = at(shape.stages * shape.chunks) * at(shape.microbatches);
    made_at_[0].resize(cells, kNotYet);
    made_at_[1].resize(cells, kNotYet);
  }

  SlotProgram make() {
    SlotProgram program;
    program.shape = shape_;
    program.slots.reserve(left_);
    while (left_ > 0) {
      const std::size_t before = left_;
      for (int s = shape_.stages - 1; s >= 0; --s) turn(s, program);
      SCALESIM_CHECK(left_ < before);
      turns_.push_back(program.slots.size());
    }
    find_steady_parts(program);
    find_places(program);
    return program;
  }

 private:
  void find_places(SlotProgram& program) const {
    const int count = shape_.virtual_stages();
    program.first_last = program.slots.size();
    for (const ProgramSlot& slot : program.slots) {
      const int pass = static_cast<int>(slot.pass), v = slot.virtual_stage;
      const bool arrives = comes_from_elsewhere(slot.pass, v);
      program.places.push_back({slot.stage, pass, slot.microbatch, 3 * v + pass,
                                arrives ? column_of(slot.pass, v, count) : -1,
                                column_written(slot.pass, v, count)});
      if (slot.pass != Pass::forward && slot.microbatch + 1 == shape_.microbatches)
        program.first_last = std::min(program.first_last, program.places.size() - 1);
    }
  }

  /// What the pass waits for is not the pass before it through the same virtual stage.
  bool comes_from_elsewhere(Pass pass, int v) const {
    const std::optional<StagePass> before = shape_.waits_for(pass, v);
    return before && before->virtual_stage != v;
  }

  /// Micro-batches by which turn `later` is turn `earlier` again; 0 when it is not. The last micro-batch,
  /// after which gradients are averaged, is no repetition of those before.
  int shift_between(const SlotProgram& program, std::size_t earlier, std::size_t later) const {
    const std::size_t a = turns_[earlier], b = turns_[later], n = turns_[earlier + 1] - a;
    if (turns_[later + 1] - b != n || n == 0) return 0;
    const int shift = program.slots[b].microbatch - program.slots[a].microbatch;
    for (std::size_t i = 0; i < n; ++i) {
      const ProgramSlot &x = program.slots[a + i], &y = program.slots[b + i];
      if (x.stage != y.stage || x.pass != y.pass || x.virtual_stage != y.virtual_stage || y.last ||
          y.microbatch - x.microbatch != shift ||
          (y.pass != Pass::forward && y.microbatch + 1 == shape_.microbatches))
        return 0;
    }
    return std::max(0, shift);
  }

  /// Looks for stretches that repeat after one, two or three turns (all forwards; forward and backward;
  /// weights apart), or after all chunks of all stages.
  void find_steady_parts(SlotProgram& program) {
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
        const std::size_t end = steady_until(program, from, period);
        if (end < from + kFewestRounds * period) {
          useless_until = end > from + period ? end - period : from + 1;
          continue;
        }
        const std::size_t rounds = (end - from) / period;
        add_steady(program, from, period, rounds);
        next = from + rounds * period;
        break;
      }
      from = next;
    }
  }

  std::size_t steady_until(const SlotProgram& program, std::size_t from, std::size_t period) const {
    int shift = 0;
    std::size_t t = from;
    for (; t + period < turns_.size() - 1; ++t) {
      const int here = shift_between(program, t, t + period);
      if (here == 0 || (shift != 0 && here != shift)) break;
      shift = here;
    }
    return t == from ? from : t + period;
  }

  void add_steady(SlotProgram& program, std::size_t from, std::size_t period, std::size_t rounds) {
    SteadyPart part;
    part.begin = turns_[from];
    part.slots = turns_[from + period] - part.begin;
    part.rounds = static_cast<int>(rounds);
    part.shift = program.slots[part.begin + part.slots].microbatch - program.slots[part.begin].microbatch;
    // Slots of the last round, and whatever follows, wait for nothing that is older than `lag` rounds.
    const std::size_t end = part.begin + part.slots * rounds, last = end - part.slots;
    for (std::size_t i = last; i < program.slots.size(); ++i) {
      const ProgramSlot& slot = program.slots[i];
      if (!comes_from_elsewhere(slot.pass, slot.virtual_stage)) continue;
      const int before = waits_for(slot.pass, slot.virtual_stage, slot.microbatch);
      const std::size_t border = i < end ? last : end;
      if (at(before) >= border) continue;
      const int age = static_cast<int>((border - at(before) - 1) / part.slots) + 1;
      part.lag = std::max(part.lag, age);
      if (at(before) < part.begin) continue;
      // Who looks back two rounds finds it at the border before his own, too.
      for (int a = 1; a <= age; ++a)
        (i < end ? part.pending : part.left_over).push_back({(at(before) - part.begin) % part.slots, a});
    }
    for (auto* list : {&part.pending, &part.left_over}) {
      std::sort(list->begin(), list->end());
      list->erase(std::unique(list->begin(), list->end()), list->end());
    }
    for (std::size_t i = part.begin; i < part.begin + part.slots; ++i)
      part.passes[static_cast<int>(program.slots[i].pass)] = true;
    if (part.lag * 2 < part.rounds) program.steady.push_back(std::move(part));
  }

  std::size_t cell(int virtual_stage, int microbatch) const {
    return at(virtual_stage) * at(shape_.microbatches) + at(microbatch);
  }

  /// Where the slot is that this one waits for, or kNotYet or kNone.
  int waits_for(Pass pass, int v, int microbatch) const {
    const std::optional<StagePass> before = shape_.waits_for(pass, v);
    if (!before) return kNone;
    return made_at_[before->pass == Pass::forward ? 0 : 1][cell(before->virtual_stage, microbatch)];
  }

  void turn(int stage, SlotProgram& program) {
    const std::vector<Slot>& order = orders_[at(stage)];
    std::size_t& next = next_[at(stage)];
    if (next == order.size()) return;
    const Slot& slot = order[next];
    const int v = shape_.virtual_stage(stage, slot.chunk);
    if (waits_for(slot.pass, v, slot.microbatch) == kNotYet) return;
    if (slot.pass != Pass::weight)
      made_at_[slot.pass == Pass::forward ? 0 : 1][cell(v, slot.microbatch)] =
          static_cast<int>(program.slots.size());
    ++next;
    --left_;
    program.slots.push_back({stage, v, slot.microbatch, slot.pass, next == order.size()});
  }

  PipelineShape shape_;
  std::vector<std::vector<Slot>> orders_;
  std::vector<std::size_t> next_, turns_;
  std::size_t left_ = 0;
  std::vector<int> made_at_[2];  ///< forward, backward: place in the program
};

/// `program` with one round more in each of the parts that have one more in `longer`.
std::vector<ProgramSlot> grown(const SlotProgram& program, const SlotProgram& longer) {
  std::vector<ProgramSlot> slots;
  int counted[3] = {};
  std::size_t next = 0;
  const auto copy = [&](std::size_t to, bool again, int shift) {
    for (; next < to; ++next) {
      slots.push_back(program.slots[next]);
      slots.back().microbatch += counted[static_cast<int>(slots.back().pass)] + (again ? shift : 0);
    }
  };
  for (std::size_t p = 0; p < program.steady.size(); ++p) {
    const SteadyPart& part = program.steady[p];
    copy(part.end(), false, 0);
    if (longer.steady[p].rounds != part.rounds + 1) continue;
    next -= part.slots;
    copy(part.end(), true, part.shift);
    for (int pass = 0; pass < 3; ++pass) counted[pass] += part.passes[pass] ? part.shift : 0;
  }
  copy(program.slots.size(), false, 0);
  return slots;
}

/// Marks the parts that grow; false when `longer` is something else than `program` grown.
bool grows_into(SlotProgram& program, const SlotProgram& longer) {
  if (program.steady.size() != longer.steady.size() || program.steady.empty()) return false;
  if (grown(program, longer) != longer.slots) return false;
  for (std::size_t p = 0; p < program.steady.size(); ++p)
    program.steady[p].grows = longer.steady[p].rounds == program.steady[p].rounds + 1;
  return true;
}

}  // namespace

SlotProgram make_program(const Pipeline& pipeline, const PipelineShape& shape, bool training) {
  return Compiler(pipeline, shape, training).make();
}

SlotProgram make_short_program(const Pipeline& pipeline, const PipelineShape& shape, bool training) {
  const int step = shape.chunks > 1 ? shape.stages : 1;
  const int few = (shape.chunks > 1 ? 10 : 4) * shape.stages + 12;
  if (shape.microbatches > few + step) {
    PipelineShape shorter = shape;
    shorter.microbatches = few + (shape.microbatches - few) % step;
    SlotProgram program = make_program(pipeline, shorter, training);
    shorter.microbatches += step;
    if (grows_into(program, make_program(pipeline, shorter, training))) return program;
  }
  return make_program(pipeline, shape, training);
}

}  // namespace scalesim::sim
