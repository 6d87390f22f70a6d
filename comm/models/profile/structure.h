// How a collective's cost grows with the number of ranks, without any time in it: steps that wait for each
// other, and bytes over the link that fills first. Ratios of these carry measurements on a few ranks to many.
#pragma once

#include <string_view>

#include "comm/collective/model.h"

namespace scalesim::comm {

struct Structure {
  std::string_view algorithm;
  double steps = 1;  ///< messages that wait for each other
  double wire = 1;  ///< bytes per byte of buffer through the busiest link: a node's NIC, or one rank's memory
};

/// NCCL and everybody who uses rings: 2(n-1) steps, 2(n-1)/n bytes (all-reduce). Communication note 5.1, 7.
Structure ring_structure(Collective collective, const Group& group);

/// Open MPI 4.1's fixed decisions (coll/tuned) and the cost of the algorithm they choose, ranks placed by
/// node. `bytes` as nccl-tests counts them. Communication note 4.2 and 4.3;
/// ompi/mca/coll/tuned/coll_tuned_decision_fixed.c.
Structure open_mpi_structure(Collective collective, double bytes, const Group& group);

}  // namespace scalesim::comm
