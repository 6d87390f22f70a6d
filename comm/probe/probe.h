// Measures the links between the ranks of this job.
#pragma once

#include <functional>
#include <iosfwd>
#include <string>
#include <vector>

#include "comm/probe/place.h"
#include "comm/profile/profile.h"
#include "job/world.h"

namespace scalesim::comm {

struct ProbeOptions {
  std::string backend = "auto";  ///< "auto", "mpi", "nccl"
  std::vector<Collective> collectives = {Collective::all_reduce};
  std::vector<int> ranks;  ///< group sizes; empty: 1..8, then powers of two and all
  Bytes from{4};
  Bytes to{32.0 * 1024 * 1024};
  double factor = 2;   ///< next size = size * factor; `to` itself is always measured
  Seconds budget{10};  ///< for everything; the largest sizes are left out, with a warning, when it is short
  std::function<void(Seconds spent)> progress = {};  ///< called by every rank between its measurements
};

/// Sizes from, from*factor, ... and `to`. Throws InputError for an empty or endless range.
std::vector<Bytes> probe_sizes(Bytes from, Bytes to, double factor);

/// Measures every collective at every size over groups of the ranks; called by every rank, the same profile
/// on every rank. A world of one rank without MPI measures nothing: the profile has no samples and a warning.
/// Not fitted. Throws InputError when an asked for back end cannot run, when the ranks run different builds
/// of scalesim, and when MPI fails.
CommProfile probe(job::World& world, const ProbeOptions& options);

/// The table nccl-tests users know: size, count, type, redop, time, algbw, busbw, #wrong, plus ranks and
/// spread.
std::string probe_table(const CommProfile& profile);

}  // namespace scalesim::comm
