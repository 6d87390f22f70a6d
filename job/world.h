// The ranks of this job as one small interface, so that nothing outside comm/probe/ includes <mpi.h>.
// Without mpirun, or in a build without MPI, the world is one rank.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "job/task_pool.h"

namespace scalesim::job {

class World {
 public:
  virtual ~World() = default;
  virtual int rank() const = 0;
  virtual int size() const = 0;
  /// True when MPI is up, also with one rank.
  virtual bool distributed() const = 0;
  virtual void barrier() = 0;
  /// Rank 0's text on every rank.
  virtual std::string broadcast(const std::string& text) = 0;
  /// Every rank's text, in rank order, on every rank.
  virtual std::vector<std::string> gather(const std::string& text) = 0;
  /// Ranks on this rank's host, itself among them.
  virtual int local_size() const = 0;
  /// A pool of tasks that starts again from 0, called by every rank; it lives until the next call or the end
  /// of the world.
  virtual TaskPool& open_tasks() = 0;
};

/// Joins the job that mpirun started, or makes a world of one rank. Call once, from main.
std::unique_ptr<World> join_world();
/// True when mpirun, srun or another MPI launcher started this process.
bool started_by_launcher();
/// A world of one rank, for tests and libraries.
std::unique_ptr<World> single_rank_world();

}  // namespace scalesim::job
