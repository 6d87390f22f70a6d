// What the measuring loop needs from a library that moves bytes: MPI and NCCL each implement it once.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "comm/collective/collective.h"
#include "comm/probe/place.h"
#include "job/world.h"

namespace scalesim::comm {

/// Ranks with buffers, ready to run one collective at a time. Every call is made by all of them together.
class Channel {
 public:
  virtual ~Channel() = default;
  virtual int size() const = 0;
  /// Fills the buffers for a collective of about `bytes`; returns the bytes that really move, whole elements
  /// for every rank, in the convention of comm/collective/collective.h.
  virtual Bytes prepare(Collective collective, Bytes bytes) = 0;
  /// Waits for the others, runs the prepared collective once and returns how long this rank took.
  virtual Seconds run() = 0;
  /// Runs a collective at once, without waiting for the others first. The buffers were prepared for as many
  /// bytes.
  virtual void move(Collective collective, Bytes bytes) = 0;
  /// Elements with a wrong value after the last run, over all ranks.
  virtual long wrong() = 0;
  /// Element-wise maximum over the ranks.
  virtual std::vector<double> maximum(std::vector<double> values) = 0;
  /// The library's own estimate of what is prepared, zero when it makes none.
  virtual Seconds estimate() { return Seconds(0); }
};

class Backend {
 public:
  virtual ~Backend() = default;
  virtual std::string_view name() const = 0;  ///< "mpi", "nccl"
  virtual std::string transport(const std::vector<RankPlace>& places) const = 0;
  virtual std::map<std::string, std::string> environment() const = 0;
  /// Cuts the world: ranks that give the same colour >= 0 share a channel, ordered by `key`; null for colour
  /// -1. Called by every rank of the world together.
  virtual std::unique_ptr<Channel> split(int colour, int key) = 0;
};

/// Environment variables whose names start with one of the prefixes: settings that change what is measured.
std::map<std::string, std::string> environment_variables(const std::vector<std::string>& prefixes);

}  // namespace scalesim::comm
