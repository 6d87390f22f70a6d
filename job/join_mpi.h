// How world.cpp reaches the MPI world without including <mpi.h>; defined in world_mpi.cpp.
#pragma once

#include <memory>

#include "job/world.h"

namespace scalesim::job {

/// Starts MPI. Call once; the destructor of the result ends MPI.
std::unique_ptr<World> join_mpi_world();

}  // namespace scalesim::job
