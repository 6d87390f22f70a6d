// Names and conventions of collectives, as nccl-tests counts them.
#pragma once

#include <string_view>

#include "core/units.h"

namespace scalesim::comm {

enum class Collective { all_reduce, all_gather, reduce_scatter, broadcast, reduce, all_to_all, send_receive };
std::string_view to_text(Collective collective);
Collective parse_collective(std::string_view text);  ///< throws InputError with the nearest name

/// busbw = algbw * factor (nccl-tests doc/PERFORMANCE.md): all-reduce 2(n-1)/n, all-gather, reduce-scatter
/// and all-to-all (n-1)/n, else 1. `ranks` >= 1. Sizes are the full gathered size for all-gather and
/// reduce-scatter.
double bus_factor(Collective collective, int ranks);

}  // namespace scalesim::comm
