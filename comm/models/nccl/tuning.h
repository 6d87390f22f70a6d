// NCCL's tuning model: from its graphs to a table of latency and bandwidth per (collective, algorithm,
// protocol), and from the table to the fastest choice for a size. This is what NCCL itself believes, before
// any correction; it must agree with NCCL to the last cell, because it decides which algorithm a real job
// runs. Sources: NVIDIA/nccl@5067397 src/graph/tuning.cc and src/enqueue.cc, as restated in the communication
// note 1.5-1.9.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "comm/collective/collective.h"
#include "comm/models/nccl/settings.h"
#include "topology/machine/path_type.h"

namespace scalesim::comm {

using topology::PathType;

enum class NcclPattern {
  balanced_tree = 1,
  split_tree = 2,
  tree = 3,
  ring = 4,
  nvls = 5,
  collnet_direct = 6
};
enum class NcclCpu { intel, amd, mixed, arm, other };

/// What the graph search found for one pattern: `channels` copies of GB/s `bandwidth_intra` inside a node and
/// `bandwidth_inter` between nodes.
struct NcclGraph {
  NcclPattern pattern = NcclPattern::ring;
  int cross_nic = 0;
  int channels = 0;
  double bandwidth_intra = 0;
  double bandwidth_inter = 0;
  double latency_inter = 0;  ///< us
  PathType type_intra = PathType::nvl;
  PathType type_inter = PathType::pix;
  bool same_channels = true;
};

/// Everything the tuning model reads.
struct NcclSystem {
  int nodes = 1;
  int ranks = 1;
  int compute_capability = 80;  ///< lowest of the communicator
  bool one_capability = true;   ///< all GPUs alike
  NcclCpu cpu = NcclCpu::intel;
  int channels = 0;  ///< comm.nChannels
  NcclGraph ring;
  NcclGraph tree;
  std::optional<NcclGraph> nvls;            ///< multicast through NVSwitch
  std::optional<NcclGraph> collnet_direct;  ///< in-network reduction (SHARP)
  std::optional<NcclGraph> collnet_chain;
  bool nvswitch = false;  ///< CollNet direct wants one
  NcclSettings settings;
  int ranks_per_node() const { return ranks / nodes; }
};

/// Microseconds, and algorithm bandwidth in GB/s; bandwidth 0: NCCL does not use this combination.
struct NcclCell {
  double latency = 0;
  double bandwidth = 0;
};

struct NcclChoice {
  NcclAlgorithm algorithm = NcclAlgorithm::ring;
  NcclProtocol protocol = NcclProtocol::simple;
  double time = 0;  ///< us, as NCCL estimates it
};

/// `system` as these settings leave it: without NVLS or CollNet where they are switched off, with fewer
/// channels where they are limited.
NcclSystem with_settings(NcclSystem system, const NcclSettings& settings);

/// The table of one communicator. A value; building it takes microseconds, asking it takes nanoseconds.
class NcclTuning {
 public:
  explicit NcclTuning(const NcclSystem& system, const NcclConstants& constants = nccl_constants());

  const NcclSystem& system() const { return system_; }
  const NcclConstants& constants() const { return *constants_; }
  /// Zero for collectives that NCCL does not tune (all-to-all, send-receive).
  const NcclCell& cell(Collective collective, NcclAlgorithm algorithm, NcclProtocol protocol) const;
  /// NCCL's estimate in us (query-time formula: tree correction, ring plateau); infinite when the cell is
  /// off.
  double time(Collective collective, NcclAlgorithm algorithm, NcclProtocol protocol,
              std::uint64_t bytes) const;
  /// The fastest enabled combination, among `algorithm` and `protocol` where they are given. Ring/Simple when
  /// NCCL tunes nothing for this collective. Throws InputError when the forced combination does not exist
  /// here.
  NcclChoice choose(Collective collective, std::uint64_t bytes, std::optional<NcclAlgorithm> algorithm = {},
                    std::optional<NcclProtocol> protocol = {}) const;
  /// CTAs, one per channel and each on its own SM, that the kernel of this choice occupies (1.9).
  int launched_channels(const NcclChoice& choice, std::uint64_t bytes) const;
  /// GB/s that all channels the user allows carry, by NCCL's rating of one channel inside a node; infinite
  /// without a limit.
  double channel_limit() const;

 private:
  struct Key {
    NcclAlgorithm algorithm;
    NcclProtocol protocol;
  };
  NcclSystem system_;
  const NcclConstants* constants_;
  std::array<std::array<std::array<NcclCell, nccl_protocols>, nccl_algorithms>, nccl_tuned_collectives>
      cells_{};
  std::array<std::vector<Key>, nccl_tuned_collectives> enabled_;
};

}  // namespace scalesim::comm
