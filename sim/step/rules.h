// What data-parallel strategies say about gradients and parameters. The task graph and the recurrences of the
// fast path follow the same rules.
#pragma once

#include <cstdint>
#include <variant>

#include "comm/collective/collective.h"
#include "core/units.h"

namespace scalesim::sim {

/// Whole parameters on every replica: how gradients are averaged and the update is shared.
struct GradientRules {
  comm::Collective collective = comm::Collective::all_reduce;
  Bytes first{}, bucket{};        ///< bucket limits
  bool every_microbatch = false;  ///< else only after the last (no_sync)
  bool sharded_update = false;    ///< each rank updates its share and the parameters are gathered
};

/// Parameters divided over ranks and gathered block by block.
struct ShardingRules {
  bool reshard_after_forward = true;   ///< else parameters stay gathered until the backward has used them
  int in_flight = 2;                   ///< gathers that may be ahead of their use (FSDP's rate limiter)
  std::int64_t prefetch_elements = 0;  ///< when set: as many gathers ahead as fit in this many elements
  int ranks_per_copy = 0;              ///< ranks that share one copy; 0: all replicas
};

using StepRules = std::variant<GradientRules, ShardingRules>;

}  // namespace scalesim::sim
