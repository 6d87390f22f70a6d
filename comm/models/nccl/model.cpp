// NCCL on a cluster: graphs from the topology, NCCL's own choice of algorithm, corrected times.
#include <array>
#include <map>
#include <mutex>
#include <shared_mutex>

#include "comm/models/nccl/correction.h"
#include "comm/models/nccl/search.h"
#include "comm/models/profile/size_table.h"
#include "core/error.h"
#include "fmt/core.h"

namespace scalesim::comm {

namespace {

constexpr int collectives = 7;

/// Everything known about one (group, collective): built once, then only read.
class GroupTable {
 public:
  GroupTable(const topology::Cluster& cluster, const Group& group, Collective collective,
             const NcclCalibration& calibration, std::optional<NcclAlgorithm> algorithm,
             std::optional<NcclProtocol> protocol, const NcclConstants& constants,
             const NcclSettings& settings)
      : group_(group),
        collective_(collective),
        calibration_(calibration),
        algorithm_(algorithm),
        protocol_(protocol),
        node_(read_nccl_node(cluster, group)),
        tuning_(with_settings(nccl_system(cluster, node_, group.nodes), settings), constants),
        seconds_([this](double bytes) { return estimate(bytes).time * 1e-6; }) {}

  CollectiveTime at(Bytes bytes) const {
    CollectiveTime answer;
    answer.time = Seconds(seconds_.at(bytes.value()));
    const double error = bytes.value() >= 1048576 ? calibration_.error_large : calibration_.error_small;
    answer.low = answer.time / (1 + error);
    answer.high = answer.time * (1 + error);
    const double point = SizeTable::grid_point(bytes.value());
    const NcclChoice choice = choose(point);
    const bool tuned = collective_ != Collective::all_to_all && collective_ != Collective::send_receive;
    answer.algorithm = tuned ? to_text(choice.algorithm) : "P2P";
    answer.protocol = to_text(choice.protocol);
    answer.channels = tuning_.launched_channels(choice, static_cast<std::uint64_t>(point));
    answer.bottleneck = estimate(point).bottleneck;
    answer.provenance = Provenance::calibrated;
    return answer;
  }

  std::string explain(Bytes bytes) const {
    const double point = SizeTable::grid_point(bytes.value());
    const NcclEstimate e = estimate(point);
    const NcclChoice choice = choose(point);
    const NcclCell& cell = tuning_.cell(collective_, choice.algorithm, choice.protocol);
    std::string text = fmt::format("{:.1f} us = latency {:.1f} + transfer {:.1f} + pipeline fill {:.1f}\n",
                                   e.time, e.latency, e.transfer, e.fill);
    if (cell.bandwidth > 0) {
      text +=
          fmt::format("  NCCL {} itself: {}/{} on {} channels, {:.1f} us + bytes / {:.1f} GB/s = {:.1f} us\n",
                      tuning_.constants().release, to_text(choice.algorithm), to_text(choice.protocol),
                      tuning_.system().channels, cell.latency, cell.bandwidth, choice.time);
    }
    text += fmt::format("  latency: launch {:.1f} us, NCCL's steps, and what the network adds per step\n",
                        launch_time(node_.compute_capability, calibration_));
    text +=
        fmt::format("  transfer: bound by {}, {:.1f} GB/s of bus bandwidth\n", e.bottleneck,
                    e.transfer > 0 ? point * bus_factor(collective_, group_.ranks) / e.transfer / 1000 : 0);
    return text;
  }

 private:
  NcclChoice choose(double bytes) const {
    return tuning_.choose(collective_, static_cast<std::uint64_t>(bytes), algorithm_, protocol_);
  }
  NcclEstimate estimate(double bytes) const {
    if (collective_ == Collective::all_to_all || collective_ == Collective::send_receive) {
      return point_to_point_time(node_, collective_, group_, bytes, calibration_);
    }
    return corrected_time(tuning_, node_, collective_, choose(bytes), bytes, calibration_);
  }

  Group group_;
  Collective collective_;
  const NcclCalibration& calibration_;
  std::optional<NcclAlgorithm> algorithm_;
  std::optional<NcclProtocol> protocol_;
  NcclNode node_;
  NcclTuning tuning_;
  SizeTable seconds_;
};

class NcclModel final : public CollectiveModel {
 public:
  NcclModel(const topology::Cluster& cluster, const DataCatalogue& data, const NcclOptions& options)
      : cluster_(cluster),
        constants_(options.release.empty() ? nccl_constants() : nccl_constants(options.release)),
        settings_(parse_nccl_settings(options.environment)),
        calibration_(read_nccl_calibration(data)) {
    if (!options.algorithm.empty()) algorithm_ = parse_nccl_algorithm(options.algorithm);
    if (!options.protocol.empty()) protocol_ = parse_nccl_protocol(options.protocol);
    if (settings_.peer_access) cluster_.node.peer_access = *settings_.peer_access;
  }

  std::string_view name() const override { return "nccl"; }

  CollectiveTime time(Collective collective, Bytes bytes, const Group& group) const override {
    SCALESIM_CHECK(group.ranks >= 1 && group.nodes >= 1 && group.groups_per_node >= 1);
    if (group.ranks == 1) return alone();
    return table(collective, group).at(bytes);
  }

  std::string explain(Collective collective, Bytes bytes, const Group& group) const override {
    return group.ranks == 1 ? std::string() : table(collective, group).explain(bytes);
  }

  std::vector<Input> inputs() const override {
    std::vector<Input> inputs = cluster_.inputs;
    const auto add = [&](std::string name, double value, std::string unit, std::string text,
                         Provenance provenance, std::string source) {
      inputs.push_back(
          {std::move(name), value, std::move(unit), std::move(text), provenance, std::move(source)});
    };
    add("NCCL tuning model", 0, "", std::string(constants_.release), Provenance::datasheet,
        std::string(constants_.source));
    const double launch = launch_time(cluster_.gpu.compute_capability, calibration_);
    add("collective launch", launch * 1e-6, "s", fmt::format("{:.1f} us", launch), Provenance::calibrated,
        "published nccl-tests runs");
    return inputs;
  }

 private:
  static CollectiveTime alone() {
    CollectiveTime none;
    none.algorithm = "none";
    none.bottleneck = "none";
    none.provenance = Provenance::calibrated;
    return none;
  }

  /// A group whose ranks do not divide evenly over its nodes is timed as the next larger one that does.
  static Group even(Group group) {
    group.nodes = std::min(group.nodes, group.ranks);
    group.ranks = (group.ranks + group.nodes - 1) / group.nodes * group.nodes;
    return group;
  }

  const GroupTable& table(Collective collective, const Group& asked) const {
    const Group group = even(asked);
    const auto slot = static_cast<size_t>(collective);
    {
      const std::shared_lock lock(mutex_);
      const auto found = tables_.find(group);
      if (found != tables_.end() && found->second[slot]) return *found->second[slot];
    }
    auto built = std::make_unique<GroupTable>(cluster_, group, collective, calibration_, algorithm_,
                                              protocol_, constants_, settings_);
    const std::unique_lock lock(mutex_);
    std::unique_ptr<GroupTable>& place = tables_[group][slot];
    if (!place) place = std::move(built);
    return *place;
  }

  topology::Cluster cluster_;
  const NcclConstants& constants_;
  NcclSettings settings_;
  std::optional<NcclAlgorithm> algorithm_;
  std::optional<NcclProtocol> protocol_;
  NcclCalibration calibration_;
  mutable std::shared_mutex mutex_;
  mutable std::map<Group, std::array<std::unique_ptr<GroupTable>, collectives>> tables_;
};

}  // namespace

std::unique_ptr<CollectiveModel> make_nccl_model(const topology::Cluster& cluster, const DataCatalogue& data,
                                                 const NcclOptions& options) {
  return std::make_unique<NcclModel>(cluster, data, options);
}

}  // namespace scalesim::comm
