// How world_mpi.cpp makes its pool; only the *_mpi.cpp files know MPI.
#pragma once

#include <memory>

#include "job/task_pool.h"

namespace scalesim::job {

/// Called by every rank; so is the destructor of the result.
std::unique_ptr<TaskPool> make_mpi_task_pool();

}  // namespace scalesim::job
