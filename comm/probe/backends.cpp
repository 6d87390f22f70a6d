// The choice between MPI and NCCL; which of them exist is known when this file is compiled.
#include "comm/probe/backends.h"

#include <utility>

#include "core/error.h"
#include "core/part.h"

namespace scalesim::comm {
namespace {

ChosenBackend nccl(job::World& world) {
#ifdef SCALESIM_HAS_NCCL
  if (!world.distributed()) return {nullptr, "", "NCCL is started by MPI: use mpirun"};
  NcclBackendMaker make = nullptr;
  std::string unopened;
  try {
    make = *static_cast<const NcclBackendMaker*>(part_symbol("nccl", "scalesim_nccl_backend"));
  } catch (const InputError& wrong) {
    unopened = wrong.what();
  }
  for (const std::string& reason : world.gather(unopened))
    if (!reason.empty()) return {nullptr, "", reason};
  return make(world);
#else
  return {nullptr, "", world.distributed() ? "this build has no NCCL" : "NCCL is started by MPI: use mpirun"};
#endif
}

ChosenBackend mpi(job::World& world, std::string note) {
  ChosenBackend chosen{nullptr, "", std::move(note)};
#ifdef SCALESIM_HAS_MPI
  if (world.distributed()) chosen.backend = make_mpi_backend();
#else
  static_cast<void>(world);
#endif
  return chosen;
}

}  // namespace

ChosenBackend choose_backend(job::World& world, const std::string& name) {
  if (name == "mpi") return mpi(world, "");
  if (name != "auto" && name != "nccl") throw unknown_name("backend", name, {"auto", "mpi", "nccl"});
  ChosenBackend chosen = nccl(world);
  if (chosen.backend) return chosen;
  if (name == "nccl") throw InputError("cannot measure with NCCL: " + chosen.note);
  return mpi(world, "host memory was measured, not GPU links: " + chosen.note);
}

}  // namespace scalesim::comm
