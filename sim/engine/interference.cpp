// Rates of overlapped compute and communication.
#include "sim/engine/interference.h"

#include <algorithm>

namespace scalesim::sim {
namespace {
constexpr double kMemoryPassesPerBusByte = 3;  // ring: read own, read incoming, write result
constexpr double kMemoryBoundShare = 0.5;      // half of a step is bound by memory (compute-model 0)
constexpr double kLowestComputeRate = 0.5;
}  // namespace

Interference interference(comm::Collective collective, Bytes bytes, const comm::Group& group,
                          const comm::CollectiveTime& time, const topology::GpuSpec& gpu,
                          const StepConstants& constants) {
  if (time.time.value() <= 0 || group.ranks < 2) return {};
  const BytesPerSecond bus = bytes / time.time * comm::bus_factor(collective, group.ranks);
  const double memory_share = std::min(1.0, kMemoryPassesPerBusByte * (bus / gpu.memory_bandwidth));
  const double sm_share =
      gpu.multiprocessors > 0 ? static_cast<double>(time.channels) / gpu.multiprocessors : 0;
  const double loss = constants.compute_loss * std::max(sm_share, memory_share * kMemoryBoundShare);
  return {std::max(kLowestComputeRate, 1 - loss), 1 - constants.communication_loss};
}

}  // namespace scalesim::sim
