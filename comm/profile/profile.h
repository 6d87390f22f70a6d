// What a probe measured and what was fitted to it: the file --profile reads and `probe --out` writes.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "comm/collective/model.h"

namespace scalesim::comm {

/// One measured size: statistics over repetitions of the maximum over ranks.
struct Sample {
  Collective collective = Collective::all_reduce;
  int ranks = 1;
  int nodes = 1;
  Bytes bytes{};
  Seconds median{};
  Seconds low{};  ///< 95 % interval of the median
  Seconds high{};
  Seconds p95{};
  Seconds minimum{};
  int repetitions = 0;
  int outliers = 0;    ///< kept in the statistics, counted here
  long wrong = 0;      ///< elements with a wrong result
  std::string scope;   ///< "intra-socket", "inter-socket", "intra-node", "inter-node"; empty when not known
  Seconds estimate{};  ///< what the library itself expected (NCCL's tuning model), 0 when it does not say
};

/// time(bytes) = alpha + bytes * beta inside one regime of sizes.
struct Regime {
  Bytes from{};
  Bytes to{};
  Seconds alpha{};
  double beta = 0;      ///< seconds per byte
  double residual = 0;  ///< mean absolute relative residual of its samples
};

/// The fit of one (collective, ranks, nodes).
struct Fit {
  std::string scope;  ///< "intra-node", "inter-node", ...
  Collective collective = Collective::all_reduce;
  int ranks = 1;
  int nodes = 1;
  std::vector<Regime> regimes;
  double residual = 0;
};

/// Two ranks, one sending to the other: many libraries let traffic of both directions hold each other up, so
/// only one direction at a time tells what the link carries.
struct PairSpeed {
  int a = 0;
  int b = 0;
  Seconds latency{};          ///< a small message from a to b
  BytesPerSecond forward{};   ///< large messages from a to b
  BytesPerSecond backward{};  ///< and from b to a
  BytesPerSecond slower() const { return std::min(forward, backward); }
};

/// A pair as the profile keeps it, to tell later which link is slow.
struct ProfilePair : PairSpeed {
  std::string host_a;
  std::string host_b;
  Bytes bytes{};  ///< of the large message
};

/// The same all-reduce by one group alone and by all groups at once: which links are shared.
struct Contention {
  std::string groups;  ///< "4 groups of one rank per host"
  int count = 0;
  int ranks = 0;  ///< in each group
  Bytes bytes{};
  Seconds alone{};
  Seconds together{};  ///< slowest group
};

struct CommProfile {
  std::string backend;    ///< "mpi", "nccl"
  std::string transport;  ///< "host memory, shared memory", "GPU memory, NVLink", ...
  int ranks = 1;
  std::vector<std::string> hosts;
  std::vector<std::string> gpus;
  std::map<std::string, std::string> environment;  ///< library and driver versions, settings that matter
  std::vector<Sample> samples;
  std::vector<Fit> fits;
  std::vector<ProfilePair> pairs;      ///< with --pairs
  std::vector<Contention> contention;  ///< with --concurrent
  std::vector<std::string> warnings;
};

/// Fits every (collective, ranks, nodes) of the samples: relative least squares per regime, breaks chosen by
/// BIC.
std::vector<Fit> fit_profile(const std::vector<Sample>& samples);

/// Interpolates inside what was measured, extrapolates by the end regimes in size and by the structure of a
/// ring in ranks, with a warning beyond 16x. Throws InputError when the profile has no samples of use.
std::unique_ptr<CollectiveModel> make_profile_model(const CommProfile& profile);

}  // namespace scalesim::comm
