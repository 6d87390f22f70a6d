// The ranks that mpirun started. Waits nap instead of spinning: ranks that have nothing to do must not take
// the cores that a measurement among the others needs.
#include <mpi.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <numeric>
#include <thread>

#include "core/error.h"
#include "job/join_mpi.h"
#include "job/mpi_call.h"
#include "job/task_pool_mpi.h"
#include "job/watchdog.h"

namespace scalesim::job {

void check_mpi(int code, const char* doing) {
  if (code == MPI_SUCCESS) return;
  char words[MPI_MAX_ERROR_STRING] = "";
  int length = 0;
  MPI_Error_string(code, words, &length);
  throw InputError(std::string("cannot ") + doing + ": " +
                   std::string(words, static_cast<std::size_t>(length)));
}

namespace {

void wait_napping(MPI_Request request, const char* doing) {
  std::chrono::microseconds nap(0);
  for (int done = 0;;) {
    check_mpi(MPI_Test(&request, &done, MPI_STATUS_IGNORE), doing);
    if (done) return;
    std::this_thread::sleep_for(nap);
    nap = std::min(nap + nap / 4 + std::chrono::microseconds(10), std::chrono::microseconds(2000));
  }
}

class MpiWorld : public World {
 public:
  MpiWorld() {
    int threads = 0;
    MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &threads);
    MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank_);
    MPI_Comm_size(MPI_COMM_WORLD, &size_);
    MPI_Comm host = MPI_COMM_NULL;
    MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, rank_, MPI_INFO_NULL, &host);
    MPI_Comm_size(host, &local_size_);
    MPI_Comm_free(&host);
    if (rank_ == 0) explain_being_stopped();
  }

  ~MpiWorld() override {
    tasks_.reset();
    // Rank 0 may compute for a long time after the last message; the others sleep here meanwhile.
    MPI_Request request = MPI_REQUEST_NULL;
    if (MPI_Ibarrier(MPI_COMM_WORLD, &request) == MPI_SUCCESS) try {
        wait_napping(request, "end the job");
      } catch (const InputError&) {  // the job is ending anyway; MPI_Finalize says what is wrong
      }
    MPI_Finalize();
  }

  int rank() const override { return rank_; }
  int size() const override { return size_; }
  bool distributed() const override { return true; }

  int local_size() const override { return local_size_; }

  TaskPool& open_tasks() override {
    tasks_.reset();
    barrier();  // making a window waits without napping
    tasks_ = make_mpi_task_pool();
    return *tasks_;
  }

  void barrier() override {
    MPI_Request request = MPI_REQUEST_NULL;
    check_mpi(MPI_Ibarrier(MPI_COMM_WORLD, &request), "wait for the other ranks");
    wait_napping(request, "wait for the other ranks");
  }

  std::string broadcast(const std::string& text) override {
    auto length = static_cast<int>(text.size());
    broadcast_bytes(&length, sizeof length);
    std::string result = rank_ == 0 ? text : std::string(static_cast<std::size_t>(length), '\0');
    broadcast_bytes(result.data(), length);
    return result;
  }

  std::vector<std::string> gather(const std::string& text) override {
    const auto length = static_cast<int>(text.size());
    std::vector<int> lengths(static_cast<std::size_t>(size_));
    MPI_Request request = MPI_REQUEST_NULL;
    check_mpi(MPI_Iallgather(&length, 1, MPI_INT, lengths.data(), 1, MPI_INT, MPI_COMM_WORLD, &request),
              kGathering);
    wait_napping(request, kGathering);
    std::vector<int> starts(lengths.size(), 0);
    std::partial_sum(lengths.begin(), lengths.end() - 1, starts.begin() + 1);
    std::string all(static_cast<std::size_t>(starts.back() + lengths.back()), '\0');
    check_mpi(MPI_Iallgatherv(text.data(), length, MPI_CHAR, all.data(), lengths.data(), starts.data(),
                              MPI_CHAR, MPI_COMM_WORLD, &request),
              kGathering);
    wait_napping(request, kGathering);
    std::vector<std::string> result;
    for (std::size_t i = 0; i < lengths.size(); ++i)
      result.push_back(all.substr(static_cast<std::size_t>(starts[i]), static_cast<std::size_t>(lengths[i])));
    return result;
  }

 private:
  static constexpr const char* kGathering = "collect texts from the ranks";

  void broadcast_bytes(void* data, int bytes) {
    MPI_Request request = MPI_REQUEST_NULL;
    check_mpi(MPI_Ibcast(data, bytes, MPI_CHAR, 0, MPI_COMM_WORLD, &request),
              "send rank 0's text to the ranks");
    wait_napping(request, "send rank 0's text to the ranks");
  }

  int rank_ = 0;
  int size_ = 1;
  int local_size_ = 1;
  std::unique_ptr<TaskPool> tasks_;
};

/// More ranks than cores on this host: a waiting rank has to give its core away. mpirun only knows when it
/// was told the number of slots, so say it here; the user's own setting wins.
void yield_when_crowded() {
  const char* local = std::getenv("OMPI_COMM_WORLD_LOCAL_SIZE");
  if (local && std::atol(local) > sysconf(_SC_NPROCESSORS_ONLN))
    setenv("OMPI_MCA_mpi_yield_when_idle", "1", 0);
}

}  // namespace

std::unique_ptr<World> join_mpi_world() {
  yield_when_crowded();
  return std::make_unique<MpiWorld>();
}

}  // namespace scalesim::job
