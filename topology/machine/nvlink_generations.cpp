// The one table of NVLink's generations.
#include "topology/machine/nvlink_generations.h"

#include <algorithm>
#include <array>

namespace scalesim::topology {
namespace {

/// GB/s of one link, one direction, from this compute capability on.
struct NvlinkGeneration {
  int from_capability;
  double nominal;  ///< data sheets (topo-format 1.3); 0 without NVLink
  double nccl;     ///< NCCL src/graph/topo.h at 2.30.7 (comm-model 2.2)
};

/// Newest first. The consumer parts of sm86 have slower links than their generation; below sm60 NCCL counts
/// what it counts when it knows nothing.
constexpr std::array generations = {NvlinkGeneration{100, 50, 40.1}, NvlinkGeneration{90, 25, 20.6},
                                    NvlinkGeneration{87, 25, 20},    NvlinkGeneration{86, 14.0625, 12},
                                    NvlinkGeneration{70, 25, 20},    NvlinkGeneration{60, 20, 18},
                                    NvlinkGeneration{0, 0, 20}};

const NvlinkGeneration& generation_of(int compute_capability) {
  const auto found = std::find_if(
      generations.begin(), generations.end(),
      [&](const NvlinkGeneration& generation) { return compute_capability >= generation.from_capability; });
  return found == generations.end() ? generations.back() : *found;
}

}  // namespace

std::optional<BytesPerSecond> nominal_nvlink_bandwidth(int compute_capability) {
  const double nominal = generation_of(compute_capability).nominal;
  return nominal > 0 ? std::optional(BytesPerSecond(nominal * 1e9)) : std::nullopt;
}

BytesPerSecond nccl_nvlink_bandwidth(int compute_capability) {
  return BytesPerSecond(generation_of(compute_capability).nccl * 1e9);
}

}  // namespace scalesim::topology
