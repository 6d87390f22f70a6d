// Collectives message by message: every message is an event on the links it crosses. Ranks go through the
// steps of a pattern each at its own pace; a link carries one message after the other.
#pragma once

#include <cstdint>
#include <vector>

#include "comm/schedule/schedule.h"
#include "core/units.h"

namespace scalesim::sim {

/// What one message costs, in seconds and bytes per second.
struct MessageCosts {
  double latency = 0;    ///< of the wire, per hop
  double bandwidth = 1;  ///< bytes per second of one link
  double endpoint = 0;   ///< before each send, and once at the end
  double reduction = 0;  ///< bytes per second of adding what arrived; 0: free
  double reduction_passes = 1;
  double quantum = 0;  ///< durations are rounded down to multiples of this; 0: exact
  int hops = 1;
};

/// A message of a pattern: rank `to` gets `bytes`, and adds them if `reduce`.
struct Send {
  int to = 0;
  double bytes = 0;
  bool reduce = false;
};

/// Directed links. link_of(from, to) says which link a message occupies at its sender; sharing one is waiting
/// for each other.
class LinkMap {
 public:
  /// Every rank has a link of its own to everybody.
  explicit LinkMap(int ranks);
  /// Inside a node as above; between nodes through `nics` links per node, shared by its ranks in turn, each
  /// with `ratio` times the time per byte.
  LinkMap(int ranks, int ranks_per_node, int nics, double ratio);
  /// A link for every pair, so that a rank sends to all at once.
  static LinkMap full_mesh(int ranks);
  int links() const { return links_; }
  int link_of(int from, int to) const {
    if (mesh_) return from * ranks_ + to;
    if (per_node_ == 0 || from / per_node_ == to / per_node_) return from;
    return ranks_ + from / per_node_ * nics_ + from % per_node_ % nics_;
  }
  double slowness(int link) const { return mesh_ || link < ranks_ ? 1 : ratio_; }

 private:
  int ranks_, per_node_ = 0, nics_ = 0, links_;
  double ratio_ = 1;
  bool mesh_ = false;
};

struct MessageResult {
  Seconds time{};
  std::int64_t events = 0;         ///< messages delivered
  std::vector<double> link_bytes;  ///< per link
};

enum class MessagePattern {
  ring_all_reduce,
  ring_all_gather,
  ring_reduce_scatter,
  direct_all_reduce,
  halving_doubling
};

/// `bytes` is the whole buffer, cut into `splits` that run one after the other. halving_doubling needs a
/// power of two. Cost: O(messages), with a heap only over distinct times.
MessageResult simulate_messages(MessagePattern pattern, int ranks, Bytes bytes, int splits,
                                const MessageCosts& costs, const LinkMap& links);

/// Any schedule of comm/algorithms. A rank starts a round when everything that rounds before send it has
/// arrived.
MessageResult simulate_schedule(const comm::Schedule& schedule, Bytes bytes, const MessageCosts& costs,
                                const LinkMap& links);

}  // namespace scalesim::sim
