// The world of one rank, and the choice between it and MPI.
#include "job/world.h"

#include <algorithm>
#include <cstdlib>

#include "core/error.h"

#ifdef SCALESIM_HAS_MPI
#include "job/join_mpi.h"
#endif

namespace scalesim::job {
namespace {

class OwnTasks : public TaskPool {
 public:
  std::int64_t take() override { return next_++; }
  void close(std::int64_t end) override { next_ = std::max(next_, end); }
  void hand_in(std::string) override { SCALESIM_CHECK(false && "rank 0 keeps its results"); }
  std::vector<std::string> arrived() override { return {}; }

 private:
  std::int64_t next_ = 0;
};

class SingleRank : public World {
 public:
  int rank() const override { return 0; }
  int size() const override { return 1; }
  bool distributed() const override { return false; }
  void barrier() override {}
  std::string broadcast(const std::string& text) override { return text; }
  std::vector<std::string> gather(const std::string& text) override { return {text}; }
  int local_size() const override { return 1; }
  TaskPool& open_tasks() override {
    tasks_ = OwnTasks();
    return tasks_;
  }

 private:
  OwnTasks tasks_;
};

}  // namespace

bool started_by_launcher() {
  // Open MPI; PMIx (srun --mpi=pmix, prrte); PMI (hydra, srun --mpi=pmi2); MVAPICH. SLURM_* alone is also set
  // in a plain salloc shell, where MPI_Init would only cost time.
  for (const char* name : {"OMPI_COMM_WORLD_SIZE", "PMIX_RANK", "PMI_RANK", "MV2_COMM_WORLD_RANK"})
    if (std::getenv(name)) return true;
  return false;
}

std::unique_ptr<World> single_rank_world() { return std::make_unique<SingleRank>(); }

std::unique_ptr<World> join_world() {
#ifdef SCALESIM_HAS_MPI
  if (started_by_launcher()) return join_mpi_world();
#endif
  return single_rank_world();
}

}  // namespace scalesim::job
