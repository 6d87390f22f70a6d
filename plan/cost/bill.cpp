// Counts the parts of a cluster and looks up their prices.
#include "plan/cost/bill.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/units_text.h"
#include "topology/fabric/fabric_layout.h"
#include "topology/parts/nic.h"

namespace scalesim::plan {
namespace {

using topology::Cluster;
using topology::NodeWiring;
using topology::Price;

constexpr int kNodesPerRack =
    4;  ///< up to here copper reaches; 8-GPU servers fill a rack's power long before its height
constexpr int kLinksPerBridge = 4;  ///< one NVLink bridge carries four links
constexpr int kCardsPerBridge = 2;

std::string host_kind(const Cluster& cluster) {
  const bool board = cluster.wiring == NodeWiring::nvlink_mesh || cluster.wiring == NodeWiring::nvswitch;
  return board ? "nvlink" : "pcie";
}

std::string rate_text(BytesPerSecond rate) { return fmt::format("{:.0f} Gb/s", rate.value() * 8e-9); }

/// The card of the system, or the cheapest known of that rate.
std::optional<topology::NicSpec> nic_of(const Cluster& cluster, const PriceBook& book) {
  if (book.data().has("nics", cluster.nic))
    if (topology::NicSpec nic = topology::find_nic(book.data(), cluster.nic); nic.rate == cluster.nic_rate)
      return nic;
  std::optional<topology::NicSpec> cheapest;
  Money lowest;
  for (const std::string& name : book.data().names("nics")) {
    topology::NicSpec nic = topology::find_nic(book.data(), name);
    const auto price = book.nic(nic);
    if (nic.rate != cluster.nic_rate || !price) continue;
    const Money money = book.rates().convert(price->money, "USD");
    if (cheapest && money.amount >= lowest.amount) continue;
    cheapest = std::move(nic);
    lowest = money;
  }
  return cheapest;
}

class BillWriter {
 public:
  BillWriter(const Cluster& cluster, const PriceBook& book, const std::string& currency)
      : cluster_(cluster), book_(book), currency_(currency) {
    bill_.total = {0, currency};
  }

  Bill write() {
    add_nodes();
    if (cluster_.nodes > 1) add_network();
    return std::move(bill_);
  }

 private:
  Money shown(const Money& money) const { return book_.rates().convert(money, currency_); }

  void add(const std::string& role, const std::string& part, long count, const std::optional<Price>& price,
           const std::optional<Money>& low = {}, const std::optional<Money>& high = {}) {
    if (count <= 0) return;
    if (!price) {
      bill_.missing.push_back(fmt::format("{} ({})", part, role));
      return;
    }
    const Money unit = shown(price->money);
    const Money total = unit * static_cast<double>(count);
    bill_.lines.push_back(
        {role, part, count, unit, total, low ? shown(*low) : unit, high ? shown(*high) : unit, *price});
    bill_.total = bill_.total + total;
  }
  void add(const Part& part, long count) {
    add(part.role, part.name, count, part.price, part.low, part.high);
  }

  void add_nodes() {
    const long gpus = long(cluster_.nodes) * cluster_.gpus_per_node;
    if (const auto whole = book_.whole_node(cluster_)) {
      add("node", cluster_.name, cluster_.nodes, whole);
      return;
    }
    add("GPU", cluster_.gpu.name, gpus, book_.gpu(cluster_.gpu));
    add_host();
    if (cluster_.wiring == NodeWiring::nvbridge) add_bridges();
    if (cluster_.nodes > 1) add_nics();
  }

  void add_host() {
    const std::string host = host_kind(cluster_);
    for (const std::string& role : book_.host_roles(host)) {
      const auto own = role == "chassis" ? book_.own_chassis(cluster_) : std::nullopt;
      const Part* part = book_.host_part(host, role, cluster_.gpus_per_node);
      if (own)
        add(role, cluster_.name + " chassis", cluster_.nodes, own);
      else if (part)
        add(*part, long(cluster_.nodes) * (part->per_gpu ? cluster_.gpus_per_node : 1));
      else
        bill_.missing.push_back(fmt::format("{} for {} GPUs ({})", role, cluster_.gpus_per_node, host));
    }
  }

  void add_bridges() {
    const long pairs = long(cluster_.nodes) * (cluster_.gpus_per_node / kCardsPerBridge);
    const int links = cluster_.gpu.links ? cluster_.gpu.links->count : 0;
    const long bridges = pairs * ((links + kLinksPerBridge - 1) / kLinksPerBridge);
    if (const Part* bridge = book_.bridge())
      add(*bridge, bridges);
    else
      bill_.missing.push_back("NVLink bridge");
  }

  void add_nics() {
    const auto nic = nic_of(cluster_, book_);
    const long count = long(cluster_.nodes) * cluster_.nics_per_node;
    if (nic)
      add("network card", nic->name, count, book_.nic(*nic));
    else
      bill_.missing.push_back(fmt::format("network card of {}", rate_text(cluster_.nic_rate)));
  }

  void add_network() {
    const Part* part = book_.network_switch(cluster_.nic_rate);
    topology::FabricShape shape = topology::fabric_shape(cluster_);
    if (part) shape.radix = part->ports;
    const topology::FabricSize size = topology::make_fabric(cluster_.fabric.kind)->size(shape);
    if (part) {
      add(*part, size.switches());
      bill_.network_power = part->power.value_or(Watts{}) * static_cast<double>(size.switches());
    } else if (size.switches() > 0) {
      bill_.missing.push_back(fmt::format("switch of {}", rate_text(cluster_.nic_rate)));
    }
    add_cables(size.node_cables, cluster_.nodes <= kNodesPerRack ? "rack" : "hall");
    add_cables(size.switch_cables, "hall");
  }

  void add_cables(long count, const std::string& reach) {
    if (count == 0) return;
    if (const Part* cable = book_.cable(cluster_.nic_rate, reach))
      add(*cable, count);
    else
      bill_.missing.push_back(fmt::format("cable of {} ({})", rate_text(cluster_.nic_rate), reach));
  }

  const Cluster& cluster_;
  const PriceBook& book_;
  const std::string& currency_;
  Bill bill_;
};

}  // namespace

Bill bill_of_materials(const Cluster& cluster, const PriceBook& book, const std::string& currency) {
  return BillWriter(cluster, book, currency).write();
}

std::optional<NodePower> node_power(const Cluster& cluster, const PriceBook& book) {
  NodePower power;
  power.gpus = cluster.gpu.power * cluster.gpus_per_node;
  if (cluster.node_power) {
    power.other = std::max(Watts(0), *cluster.node_power - power.gpus);
    return power;
  }
  const Part* chassis = book.host_part(host_kind(cluster), "chassis", cluster.gpus_per_node);
  if (!chassis || !chassis->power) return std::nullopt;
  power.other = *chassis->power;
  if (cluster.nodes > 1)
    if (const auto nic = nic_of(cluster, book)) power.other += nic->power * cluster.nics_per_node;
  return power;
}

}  // namespace scalesim::plan
