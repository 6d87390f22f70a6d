// The counter lies in a window of rank 0 and is advanced by one-sided MPI_Fetch_and_op, so that rank 0 hands
// out work without a thread that answers; results are ordinary messages.
#include "job/task_pool_mpi.h"

#include <mpi.h>

#include <chrono>
#include <list>
#include <thread>

#include "core/error.h"
#include "job/mpi_call.h"

namespace scalesim::job {
namespace {

constexpr int kResultTag = 1;
constexpr const char* kTaking = "take a task from rank 0's counter";
constexpr const char* kSending = "send a result to rank 0";

class MpiTaskPool : public TaskPool {
 public:
  MpiTaskPool() {
    check_mpi(MPI_Comm_dup(MPI_COMM_WORLD, &ranks_), "set up the shared work");
    MPI_Comm_rank(ranks_, &rank_);
    const MPI_Aint bytes = rank_ == 0 ? sizeof(std::int64_t) : 0;
    check_mpi(MPI_Win_allocate(bytes, sizeof(std::int64_t), MPI_INFO_NULL, ranks_, &counter_, &window_),
              "set up the shared work");
    MPI_Win_set_errhandler(window_, MPI_ERRORS_RETURN);
    MPI_Win_lock_all(MPI_MODE_NOCHECK, window_);
    if (rank_ == 0) {
      const std::int64_t first = 0;
      MPI_Accumulate(&first, 1, MPI_INT64_T, 0, 0, 1, MPI_INT64_T, MPI_REPLACE, window_);
      MPI_Win_flush(0, window_);
    }
    MPI_Barrier(ranks_);
  }

  ~MpiTaskPool() override {
    try {
      finish();
    } catch (const InputError&) {  // the job is ending anyway; MPI_Finalize says what is wrong
    }
    MPI_Win_unlock_all(window_);
    MPI_Win_free(&window_);
    MPI_Comm_free(&ranks_);
  }

  std::int64_t take() override {
    const std::int64_t one = 1;
    std::int64_t task = 0;
    check_mpi(MPI_Fetch_and_op(&one, &task, MPI_INT64_T, 0, 0, MPI_SUM, window_), kTaking);
    check_mpi(MPI_Win_flush(0, window_), kTaking);
    return task;
  }

  void close(std::int64_t end) override {
    check_mpi(MPI_Accumulate(&end, 1, MPI_INT64_T, 0, 0, 1, MPI_INT64_T, MPI_REPLACE, window_), kTaking);
    check_mpi(MPI_Win_flush(0, window_), kTaking);
  }

  void hand_in(std::string result) override {
    SCALESIM_CHECK(rank_ != 0);
    Sent& sent = sent_.emplace_back(Sent{std::move(result), MPI_REQUEST_NULL});
    check_mpi(MPI_Isend(sent.text.data(), static_cast<int>(sent.text.size()), MPI_CHAR, 0, kResultTag, ranks_,
                        &sent.request),
              kSending);
    forget_delivered();
  }

  std::vector<std::string> arrived() override {
    forget_delivered();
    std::vector<std::string> texts;
    for (;;) {
      int there = 0, length = 0;
      MPI_Message message;
      MPI_Status status;
      check_mpi(MPI_Improbe(MPI_ANY_SOURCE, kResultTag, ranks_, &there, &message, &status), kSending);
      if (!there) return texts;
      MPI_Get_count(&status, MPI_CHAR, &length);
      std::string& text = texts.emplace_back(static_cast<std::size_t>(length), '\0');
      check_mpi(MPI_Mrecv(text.data(), length, MPI_CHAR, &message, MPI_STATUS_IGNORE), kSending);
    }
  }

 private:
  struct Sent {
    std::string text;
    MPI_Request request;
  };

  void forget_delivered() {
    for (auto sent = sent_.begin(); sent != sent_.end();) {
      int done = 0;
      check_mpi(MPI_Test(&sent->request, &done, MPI_STATUS_IGNORE), kSending);
      sent = done ? sent_.erase(sent) : std::next(sent);
    }
  }

  /// Rank 0 takes in what is still on its way, so that no sender waits for ever.
  void finish() {
    constexpr std::chrono::microseconds kNap(500);
    while (!sent_.empty()) forget_delivered(), std::this_thread::sleep_for(kNap);
    MPI_Request request = MPI_REQUEST_NULL;
    check_mpi(MPI_Ibarrier(ranks_, &request), "end the shared work");
    for (int done = 0; !done;) {
      check_mpi(MPI_Test(&request, &done, MPI_STATUS_IGNORE), "end the shared work");
      arrived();
      if (!done) std::this_thread::sleep_for(kNap);
    }
  }

  MPI_Comm ranks_ = MPI_COMM_NULL;
  MPI_Win window_ = MPI_WIN_NULL;
  std::int64_t* counter_ = nullptr;
  int rank_ = 0;
  std::list<Sent> sent_;
};

}  // namespace

std::unique_ptr<TaskPool> make_mpi_task_pool() { return std::make_unique<MpiTaskPool>(); }

}  // namespace scalesim::job
