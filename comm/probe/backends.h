// How probe.cpp reaches the back ends without their libraries' headers.
#pragma once

#include <memory>
#include <string>

#include "comm/probe/backend.h"
#include "job/world.h"

namespace scalesim::comm {

/// A back end, the GPU this rank drives with it, and why it is not the one that would be better.
struct ChosenBackend {
  std::unique_ptr<Backend> backend;  ///< null when nothing can be measured: one rank without MPI
  std::string gpu;
  std::string note;
};

/// `name` is "auto" (NCCL when every rank has its own GPU, else MPI), "mpi" or "nccl". Same choice on every
/// rank. Throws InputError naming the reason when "nccl" cannot run, and for other names.
ChosenBackend choose_backend(job::World& world, const std::string& name);

/// Host memory moved by MPI (backend_mpi.cpp). Needs a distributed world.
std::unique_ptr<Backend> make_mpi_backend();
/// GPU memory moved by NCCL (backend_nccl.cpp, in the part that links it, as `scalesim_nccl_backend`):
/// backend null and note the reason when it cannot run on every rank.
using NcclBackendMaker = ChosenBackend (*)(job::World& world);

}  // namespace scalesim::comm
