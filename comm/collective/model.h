// The one question a simulator asks of a network: how long does this collective take among these ranks?
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "comm/collective/collective.h"
#include "core/provenance.h"
#include "core/units.h"
#include "topology/cluster/cluster.h"

namespace scalesim::inline core {
class DataCatalogue;
}

namespace scalesim::comm {

/// Who takes part: `ranks` GPUs spread evenly over `nodes` nodes, while `groups_per_node` groups like this
/// one run the same collective at the same time on every node and share its NICs and PCIe links.
struct Group {
  int ranks = 1;
  int nodes = 1;
  int groups_per_node = 1;
  auto operator<=>(const Group&) const = default;
};

/// The answer. `low` and `high` bound the time with the model's own uncertainty.
struct CollectiveTime {
  Seconds time{};
  Seconds low{};
  Seconds high{};
  std::string algorithm;
  std::string protocol;
  int channels = 0;        ///< SMs that the collective occupies on each GPU
  std::string bottleneck;  ///< the link that sets the bandwidth: "NVLink", "PCIe host memory", "NIC", ...
  Provenance provenance = Provenance::assumed;
};

/// Contract: thread-safe, deterministic, time(bytes) never falls as bytes grows, ranks == 1 takes no time.
class CollectiveModel {
 public:
  virtual ~CollectiveModel() = default;
  virtual std::string_view name() const = 0;
  virtual CollectiveTime time(Collective collective, Bytes bytes, const Group& group) const = 0;
  /// The figures the model was built from, for the report.
  virtual std::vector<Input> inputs() const = 0;
  /// How the answer comes about: one line per term, or empty.
  virtual std::string explain(Collective, Bytes, const Group&) const { return {}; }
  /// One sentence when this question lies far outside what the model knows, else empty.
  virtual std::string warning(Collective, Bytes, const Group&) const { return {}; }
};

/// What a user may say about NCCL.
struct NcclOptions {
  std::string algorithm;                 ///< force one of NCCL's algorithms; empty: NCCL's own choice
  std::string protocol;                  ///< force LL, LL128 or Simple
  std::string release;                   ///< of NCCL, whose constants choose; empty: the newest that is known
  std::vector<std::string> environment;  ///< NCCL's own variables, such as "NCCL_ALGO=^NVLS"
};

/// NCCL's tuning model on this cluster, corrected by the calibration in `data`. Throws InputError for an
/// unknown algorithm, protocol, release or variable, and for a calibration outside its bounds.
std::unique_ptr<CollectiveModel> make_nccl_model(const topology::Cluster& cluster, const DataCatalogue& data,
                                                 const NcclOptions& options = {});

}  // namespace scalesim::comm
