// A hash table of sizes per curve.
#include "sim/engine/collective_table.h"

#include <algorithm>
#include <bit>

#include "sim/engine/interference.h"

namespace scalesim::sim {
namespace {

std::size_t hash_of(double bytes) {
  return static_cast<std::size_t>((std::bit_cast<std::uint64_t>(bytes) * 0x9e3779b97f4a7c15u) >> 32);
}

CollectiveCost& slot_of(std::vector<CollectiveCost>& slots, double bytes) {
  std::size_t i = hash_of(bytes) & (slots.size() - 1);
  while (slots[i].bytes >= 0 && slots[i].bytes != bytes) i = (i + 1) & (slots.size() - 1);
  return slots[i];
}

}  // namespace

CollectiveCurve& CollectiveTable::curve(comm::Collective collective, const comm::Group& group) {
  return curves_.try_emplace({collective, group}, collective, group).first->second;
}

const CollectiveCost& CollectiveTable::at(CollectiveCurve& curve, double bytes) {
  CollectiveCost& slot = slot_of(curve.slots_, bytes);
  if (slot.bytes == bytes) return slot;
  if (++curve.used_ * 2 <= curve.slots_.size()) return slot = ask(curve, bytes);
  grow(curve);
  return slot_of(curve.slots_, bytes) = ask(curve, bytes);
}

void CollectiveTable::grow(CollectiveCurve& curve) {
  std::vector<CollectiveCost> larger(curve.slots_.size() * 2);
  for (const CollectiveCost& known : curve.slots_)
    if (known.bytes >= 0) slot_of(larger, known.bytes) = known;
  curve.slots_ = std::move(larger);
}

CollectiveCost CollectiveTable::ask(const CollectiveCurve& curve, double bytes) {
  CollectiveCost known;
  known.bytes = bytes;
  if (curve.group().ranks < 2 || bytes <= 0) return known;
  const comm::CollectiveTime answer = model_.time(curve.collective(), Bytes(bytes), curve.group());
  known.seconds = {answer.low.value(), answer.time.value(), answer.high.value()};
  const Interference rates =
      interference(curve.collective(), Bytes(bytes), curve.group(), answer, gpu_, constants_);
  known.compute_rate = rates.compute_rate;
  known.communication_rate = rates.communication_rate;
  known.link = number_of(answer.bottleneck);
  return known;
}

int CollectiveTable::number_of(const std::string& link) {
  const auto found = std::find(links_.begin(), links_.end(), link);
  const auto number = static_cast<int>(found - links_.begin());
  if (found == links_.end()) links_.push_back(link);
  return number;
}

}  // namespace scalesim::sim
