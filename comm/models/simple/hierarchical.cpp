// The bound of hierarchical collectives: how long the links alone take, whatever library drives them.
#include <algorithm>

#include "comm/models/nccl/node.h"
#include "core/error.h"
#include "core/units_text.h"

namespace scalesim::comm {

namespace {

/// Share of the gap between serial and overlapped phases that implementations recover: 22.05 ms measured
/// between 16.1 and 26.3 on 4 x 8 B200 (communication note 6.1).
constexpr double recovered = 0.4;

class Hierarchical final : public CollectiveModel {
 public:
  explicit Hierarchical(const topology::Cluster& cluster) : cluster_(cluster) {}

  std::string_view name() const override { return "hierarchical"; }

  CollectiveTime time(Collective collective, Bytes bytes, const Group& asked) const override {
    SCALESIM_CHECK(asked.ranks >= 1 && asked.nodes >= 1 && asked.groups_per_node >= 1);
    CollectiveTime answer;
    answer.algorithm = "none";
    answer.bottleneck = "none";
    answer.provenance = Provenance::datasheet;
    if (asked.ranks == 1) return answer;
    Group group = asked;
    group.nodes = std::min(group.nodes, group.ranks);
    group.ranks = (group.ranks + group.nodes - 1) / group.nodes * group.nodes;
    const NcclNode node = read_nccl_node(cluster_, group);
    const double inside = inside_seconds(collective, bytes, group, node);
    const double between = between_seconds(collective, bytes, group, node);
    answer.algorithm = "hierarchical";
    answer.protocol = "bound";
    answer.bottleneck = between > inside ? "NIC" : node.nvlink > 0 ? "NVLink" : "PCIe";
    const double overlapped = std::max(inside, between), serial = inside + between;
    answer.low = Seconds(overlapped);
    answer.time = Seconds(serial - recovered * (serial - overlapped));
    answer.high = Seconds(serial);
    return answer;
  }

  std::vector<Input> inputs() const override { return cluster_.inputs; }

 private:
  static constexpr double floor_seconds = 5e-6;  ///< one kernel launch

  static double inside_seconds(Collective collective, Bytes bytes, const Group& group, const NcclNode& node) {
    if (node.gpus == 1) return 0;
    const double rate = 1e9 * (node.nvlink > 0 ? node.nvlink : node.pcie);
    const bool to_all = collective == Collective::all_to_all;
    const double share =
        to_all ? static_cast<double>(node.gpus - 1) / group.ranks : bus_factor(collective, node.gpus);
    return floor_seconds + share * bytes.value() / rate;
  }

  /// Every node sends 2(N-1)/N of the buffer (all-reduce) over its NICs together; all-to-all sends what
  /// leaves the node.
  static double between_seconds(Collective collective, Bytes bytes, const Group& group,
                                const NcclNode& node) {
    if (group.nodes == 1) return 0;
    const double rate = 1e9 * std::max(node.network, 1e-3);
    const bool to_all = collective == Collective::all_to_all;
    const double others = static_cast<double>(group.ranks - node.gpus) / group.ranks;
    const double share = to_all ? node.gpus * others : bus_factor(collective, group.nodes);
    return floor_seconds + share * bytes.value() / rate;
  }

  topology::Cluster cluster_;
};

}  // namespace

std::unique_ptr<CollectiveModel> make_hierarchical_model(const topology::Cluster& cluster) {
  return std::make_unique<Hierarchical>(cluster);
}

}  // namespace scalesim::comm
