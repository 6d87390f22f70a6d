// Who gets how much of a shared link: max-min fair rates of flows over directed links by progressive filling,
// kept up to date as flows end (Bertsekas and Gallager, Data Networks, 6.5.2; SimGrid's LMM solver does the
// same).
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "core/units.h"

namespace scalesim::comm {

/// One stream of bytes. Links are indices into the capacities; the same link twice counts twice.
struct Flow {
  std::vector<int> links;
  double weight = 1;  ///< share of a contended link, relative to the other flows
  BytesPerSecond cap = BytesPerSecond(std::numeric_limits<double>::infinity());  ///< the sender's own limit
};

/// Max-min fair rates: no flow can get more without taking from one that has less (per weight). A flow over
/// no link gets its cap. Throws nothing; needs weights > 0, capacities >= 0, link indices in range.
std::vector<BytesPerSecond> share_fairly(const std::vector<BytesPerSecond>& capacities,
                                         const std::vector<Flow>& flows);

/// The same, kept while flows end: only what is connected to the ended flow through saturated links is solved
/// again.
class FlowSharing {
 public:
  FlowSharing(std::vector<BytesPerSecond> capacities, std::vector<Flow> flows);

  BytesPerSecond rate(int flow) const { return BytesPerSecond(rates_[static_cast<std::size_t>(flow)]); }
  bool active(int flow) const { return active_[static_cast<std::size_t>(flow)] != 0; }
  /// Takes a flow away; the others' rates are then max-min fair again. Ending a flow twice does nothing.
  void end(int flow);

  /// How long each flow takes to carry its bytes when all start together and each end frees its share;
  /// infinite for a flow that gets no rate. Leaves no flow active.
  std::vector<Seconds> finish(const std::vector<Bytes>& bytes);

 private:
  /// Rate per weight.
  double level(int flow) const {
    return rates_[static_cast<std::size_t>(flow)] / flows_[static_cast<std::size_t>(flow)].weight;
  }
  void solve(const std::vector<int>& flows, const std::vector<int>& links);
  void connected(int flow, std::vector<int>& flows, std::vector<int>& links) const;

  std::vector<double> capacities_;
  std::vector<Flow> flows_;
  std::vector<std::vector<int>> users_;  ///< flows of every link
  std::vector<double> rates_;
  std::vector<char> active_;
};

/// How much the slowest of `flows` equal flows hashed onto as many equal uplinks is slowed on average when
/// each is split over `paths` queue pairs (communication note 6.4, simulated; between the listed sizes by the
/// logarithm). 1 for one uplink. `spare` is uplink capacity over what the flows need; it divides the factor,
/// never below 1.
double ecmp_slowdown(int uplinks, int paths, double spare = 1);

}  // namespace scalesim::comm
