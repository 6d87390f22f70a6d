// Work shared by all ranks of a job: a counter that every rank pulls its next task from, and the way of
// results back to rank 0. Any rank may be slow; nobody waits for it but at the very end.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace scalesim::job {

/// Only the thread that made the world may call it.
class TaskPool {
 public:
  virtual ~TaskPool() = default;
  /// The next of 0, 1, 2, ... that no rank has got yet.
  virtual std::int64_t take() = 0;
  /// From now on take() returns at least `end` on every rank.
  virtual void close(std::int64_t end) = 0;
  /// Sends a result to rank 0 without waiting for it to arrive. Not for rank 0.
  virtual void hand_in(std::string result) = 0;
  /// On rank 0 what was handed in and not told yet. To be called often on every rank: it also moves what is
  /// under way.
  virtual std::vector<std::string> arrived() = 0;
};

}  // namespace scalesim::job
