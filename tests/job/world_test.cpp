// The world of one rank: what a program does without mpirun.
#include "job/world.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "core/error.h"

namespace scalesim::job {
namespace {

TEST(SingleRank, IsAloneAndHearsItself) {
  const auto world = single_rank_world();
  EXPECT_EQ(world->rank(), 0);
  EXPECT_EQ(world->size(), 1);
  EXPECT_EQ(world->local_size(), 1);
  EXPECT_FALSE(world->distributed());
  EXPECT_EQ(world->broadcast("text"), "text");
  EXPECT_EQ(world->gather("text"), std::vector<std::string>{"text"});
  world->barrier();
}

TEST(SingleRank, TakesItsTasksInOrder) {
  const auto world = single_rank_world();
  TaskPool& tasks = world->open_tasks();
  EXPECT_EQ(tasks.take(), 0);
  EXPECT_EQ(tasks.take(), 1);
  tasks.close(10);
  EXPECT_EQ(tasks.take(), 10);
  tasks.close(3);  // what is closed stays closed
  EXPECT_EQ(tasks.take(), 11);
  EXPECT_TRUE(tasks.arrived().empty());
  EXPECT_THROW(tasks.hand_in("result"), InternalError);  // rank 0 keeps its results
}

TEST(SingleRank, ANewPoolStartsAgain) {
  const auto world = single_rank_world();
  world->open_tasks().close(100);
  EXPECT_EQ(world->open_tasks().take(), 0);
}

// Only what a launcher sets for a rank counts; SLURM_JOB_ID is also set in a plain shell.
TEST(Launcher, IsKnownByItsVariables) {
  for (const char* name : {"OMPI_COMM_WORLD_SIZE", "PMIX_RANK", "PMI_RANK", "MV2_COMM_WORLD_RANK"})
    unsetenv(name);
  setenv("SLURM_JOB_ID", "1", 1);
  EXPECT_FALSE(started_by_launcher());
  EXPECT_FALSE(join_world()->distributed());
  unsetenv("SLURM_JOB_ID");
  for (const char* name : {"OMPI_COMM_WORLD_SIZE", "PMIX_RANK", "PMI_RANK", "MV2_COMM_WORLD_RANK"}) {
    setenv(name, "0", 1);
    EXPECT_TRUE(started_by_launcher()) << name;
    unsetenv(name);
  }
}

}  // namespace
}  // namespace scalesim::job
