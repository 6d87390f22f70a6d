// What a user sets in NCCL's environment to change its choices: the state of tuning of a real job.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "comm/models/nccl/constants.h"

namespace scalesim::comm {

/// Rows: the collectives NCCL tunes, in its order: broadcast, reduce, all-gather, reduce-scatter, all-reduce.
inline constexpr int nccl_tuned_collectives = 5;

struct NcclSettings {
  std::array<std::array<bool, nccl_algorithms>, nccl_tuned_collectives> algorithm_off{};  ///< NCCL_ALGO
  /// NCCL_PROTO: on, off, or NCCL's own rule (LL128 only where it is safe).
  std::array<std::array<std::optional<bool>, nccl_protocols>, nccl_tuned_collectives> protocol{};
  std::optional<bool> nvls;            ///< NCCL_NVLS_ENABLE
  std::optional<bool> collnet;         ///< NCCL_COLLNET_ENABLE
  std::optional<bool> pat;             ///< NCCL_PAT_ENABLE
  std::optional<bool> peer_access;     ///< NCCL_P2P_DISABLE
  std::optional<double> net_overhead;  ///< NCCL_NET_OVERHEAD, us per network step of a ring
  int most_channels = 0;               ///< NCCL_MAX_NCHANNELS; 0: no limit
};

/// From assignments such as "NCCL_ALGO=^NVLS" or "NCCL_PROTO=LL,Simple;allreduce:^LL", with NCCL's own syntax
/// (src/graph/tuning.cc parseList). Throws InputError for a variable that the model does not follow, and for
/// values NCCL would refuse.
NcclSettings parse_nccl_settings(const std::vector<std::string>& assignments);

}  // namespace scalesim::comm
