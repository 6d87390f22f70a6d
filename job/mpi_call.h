// Turns an MPI error code into one sentence. For the *_mpi.cpp and *_nccl.cpp files only.
#pragma once

#include <mpi.h>

#include <string>

namespace scalesim::job {

/// Throws InputError "cannot DOING: <the library's words>" unless `code` is MPI_SUCCESS. Needs
/// MPI_ERRORS_RETURN on the communicator, which join_world() sets on MPI_COMM_WORLD and every communicator
/// made from it inherits.
void check_mpi(int code, const char* doing);

}  // namespace scalesim::job
