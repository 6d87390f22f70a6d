// Where each rank runs, and which groups of ranks are worth measuring because of it.
#pragma once

#include <string>
#include <vector>

#include "job/world.h"

namespace scalesim::comm {

/// Host, processor socket and GPU of one rank. The socket is -1 when the rank may run on several.
struct RankPlace {
  int rank = 0;
  std::string host;
  int socket = -1;
  std::string gpu;  ///< name of the GPU this rank drives; empty when there is none
  int cores = 0;    ///< cores of the host that this rank may use
};

/// This process: host name, socket from the cores it is bound to. `gpu` is passed on.
RankPlace find_place(int rank, const std::string& gpu);

/// Every rank's place, in rank order, on every rank.
std::vector<RankPlace> gather_places(job::World& world, const std::string& gpu);

/// "rank 0: host a, socket 1, no GPU"
std::string to_text(const RankPlace& place);

/// Ranks that are measured together, in the order in which they get their number within the group.
struct RankGroup {
  std::vector<int> ranks;
  int nodes = 1;
  std::string scope;  ///< "intra-socket", "inter-socket", "intra-node" (sockets unknown) or "inter-node"
};

/// Group of these ranks with its nodes and scope filled in.
RankGroup describe_group(const std::vector<RankPlace>& places, const std::vector<int>& ranks);

/// Groups of 1, 2, 3, ... ranks (`counts`; empty chooses 1..8, then powers of two and all), filling host
/// after host, and where ranks lie on several sockets or hosts also one group within a socket, one across
/// sockets and groups of one rank per host. No two groups have the same size, nodes and scope.
std::vector<RankGroup> choose_groups(const std::vector<RankPlace>& places, const std::vector<int>& counts);

/// The counts that an empty `counts` stands for.
std::vector<int> default_rank_counts(int ranks);

}  // namespace scalesim::comm
