// One thread of each rank talks to the others (MPI is only for that one) and feeds the threads that work.
#include "plan/distribute/spread.h"

#include <fmt/format.h>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "core/error.h"
#include "core/number.h"

namespace scalesim::plan {
namespace {

constexpr auto kNapOfManyRanks = std::chrono::milliseconds(1);
constexpr auto kNapAlone = std::chrono::milliseconds(20);

/// The first character of a result on its way says what the task did.
constexpr char kDone = '+', kWrongInput = '-', kBug = '!';

std::string outcome_of(const Tasks& tasks, std::size_t task) {
  try {
    return kDone + tasks.work(task);
  } catch (const InputError& wrong) {
    return kWrongInput + std::string(wrong.what());
  } catch (const std::exception& bug) {
    return kBug + std::string(bug.what());
  }
}

struct Finished {
  std::size_t task = 0;
  std::string outcome;
};

/// Threads that work on what they are given.
class Workers {
 public:
  Workers(const Tasks& tasks, int threads) : tasks_(tasks) {
    for (int t = 0; t < threads; ++t) threads_.emplace_back([this] { serve(); });
  }
  ~Workers() {
    {
      const std::lock_guard lock(mutex_);
      waiting_.clear();
      ended_ = true;
    }
    work_there_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  /// Tasks given and not yet told as finished are at most one more than the threads: enough to keep all busy,
  /// few enough to leave the rest to faster ranks.
  bool hungry() const { return under_way_ <= threads_.size(); }
  bool idle() const { return under_way_ == 0; }

  void give(std::size_t task) {
    ++under_way_;
    {
      const std::lock_guard lock(mutex_);
      waiting_.push_back(task);
    }
    work_there_.notify_one();
  }

  /// Forgets what no thread has begun.
  void drop_waiting() {
    const std::lock_guard lock(mutex_);
    under_way_ -= waiting_.size();
    waiting_.clear();
  }

  /// What was finished since the last call; waits up to `nap` for something.
  std::vector<Finished> finished(std::chrono::milliseconds nap) {
    std::unique_lock lock(mutex_);
    result_there_.wait_for(lock, nap, [this] { return !finished_.empty(); });
    std::vector<Finished> result = std::move(finished_);
    finished_.clear();
    under_way_ -= result.size();
    return result;
  }

 private:
  void serve() {
    std::unique_lock lock(mutex_);
    for (;;) {
      work_there_.wait(lock, [this] { return ended_ || !waiting_.empty(); });
      if (waiting_.empty()) return;
      const std::size_t task = waiting_.front();
      waiting_.pop_front();
      lock.unlock();
      Finished done{task, outcome_of(tasks_, task)};
      lock.lock();
      finished_.push_back(std::move(done));
      result_there_.notify_one();
    }
  }

  const Tasks& tasks_;
  std::mutex mutex_;
  std::condition_variable work_there_, result_there_;
  std::deque<std::size_t> waiting_;
  std::vector<Finished> finished_;
  bool ended_ = false;
  std::size_t under_way_ = 0;  ///< known to the talking thread only
  std::vector<std::thread> threads_;
};

/// One '0' for each task still to do, '1' for the others: what rank 0 tells all.
std::vector<std::size_t> open_tasks(std::size_t count, const Results& known, job::World& world) {
  std::string marks(count, '0');
  for (const auto& [task, result] : known)
    if (task < count) marks[task] = '1';
  marks = world.broadcast(marks);
  std::vector<std::size_t> open;
  for (std::size_t i = 0; i < count; ++i)
    if (marks[i] == '0') open.push_back(i);
  return open;
}

class Spreader {
 public:
  Spreader(const Tasks& tasks, Results known, job::World& world, int threads, const Onlooker& onlooker)
      : world_(world),
        onlooker_(onlooker),
        count_(tasks.count()),
        known_(std::move(known)),
        open_(open_tasks(count_, known_, world)),
        pool_(world.open_tasks()),
        workers_(tasks, threads) {}

  Results run() {
    if (world_.rank() == 0) tell();
    while (!ended()) {
      feed();
      for (const Finished& done : workers_.finished(nap())) hand_over(done);
      for (const std::string& text : pool_.arrived()) take_in(text);
      if (world_.rank() == 0) watch();
    }
    if (!failures_.empty()) fail();
    return std::move(known_);
  }

 private:
  std::chrono::milliseconds nap() const { return world_.distributed() ? kNapOfManyRanks : kNapAlone; }

  bool ended() const {
    if (stopping_) return workers_.idle();
    if (world_.rank() == 0) return known_.size() + failures_.size() >= count_;
    return exhausted_ && workers_.idle();
  }

  void feed() {
    while (!exhausted_ && !stopping_ && workers_.hungry()) {
      const auto next = static_cast<std::size_t>(pool_.take());
      exhausted_ = next >= open_.size();
      if (!exhausted_) workers_.give(open_[next]);
    }
  }

  void hand_over(const Finished& done) {
    if (world_.rank() == 0)
      note(done.task, done.outcome);
    else
      pool_.hand_in(fmt::format("{} {}", done.task, done.outcome));
  }

  void take_in(const std::string& text) {
    const auto task = leading_integer<std::size_t>(text);
    SCALESIM_CHECK(task && task.value < count_);
    note(task.value, std::string(task.rest.substr(1)));
  }

  void note(std::size_t task, const std::string& outcome) {
    news_ = true;
    if (outcome[0] == kDone)
      known_.emplace(task, std::string(outcome, 1));
    else
      failures_.emplace(task, outcome);
  }

  void watch() {
    if (news_) tell();
    news_ = false;
    if (stopping_ || !onlooker_.stop || !onlooker_.stop()) return;
    // What is known is safe on disk before anything else is waited for: little time may be left.
    if (onlooker_.keep) onlooker_.keep(known_);
    stopping_ = true;
    pool_.close(static_cast<std::int64_t>(open_.size()));
    workers_.drop_waiting();
  }

  void tell() {
    if (onlooker_.keep) onlooker_.keep(known_);
    if (onlooker_.progress) onlooker_.progress(known_.size(), count_);
  }

  [[noreturn]] void fail() const {
    const std::string& outcome = failures_.begin()->second;
    if (outcome[0] == kWrongInput) throw InputError(outcome.substr(1));
    throw InternalError(outcome.substr(1));
  }

  job::World& world_;
  const Onlooker& onlooker_;
  const std::size_t count_;
  Results known_, failures_;
  const std::vector<std::size_t> open_;  ///< of all ranks
  job::TaskPool& pool_;
  Workers workers_;
  bool exhausted_ = false, stopping_ = false, news_ = false;
};

}  // namespace

Results spread(const Tasks& tasks, Results known, job::World& world, int threads, const Onlooker& onlooker) {
  return Spreader(tasks, std::move(known), world, threads, onlooker).run();
}

}  // namespace scalesim::plan
