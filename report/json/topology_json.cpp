// Writes a machine as JSON: first what the contract names, then what only a simulator needs.
#include "report/json/topology_json.h"

#include <map>
#include <nlohmann/json.hpp>

#include "core/number.h"
#include "topology/fabric/fabric_layout.h"
#include "topology/machine/relations.h"

namespace scalesim::report {
namespace {

using nlohmann::ordered_json;
using topology::Component;
using topology::ComponentKind;

template <class T>
ordered_json or_null(const std::optional<T>& value) {
  return value ? ordered_json(*value) : ordered_json(nullptr);
}
template <class Dimension>
ordered_json or_null(const std::optional<Quantity<Dimension>>& value) {
  return value ? ordered_json(value->value()) : ordered_json(nullptr);
}
ordered_json or_null(const std::string& text) {
  return text.empty() ? ordered_json(nullptr) : ordered_json(text);
}

/// A NUMA node as a number where it is one, a set of nodes as its text.
ordered_json numa_json(const std::string& text) {
  if (text.empty()) return nullptr;
  if (text.size() <= 9 && text.find_first_not_of("0123456789") == std::string::npos)
    return to_integer<int>(text).value();
  return text;
}

ordered_json nvlinks_json(const topology::GpuReading& gpu) {
  if (gpu.nvlinks.empty() && !gpu.nvlinks_all_inactive) return nullptr;
  int active = 0;
  std::optional<BytesPerSecond> per_link;
  double total = 0;
  for (const topology::NvlinkState& link : gpu.nvlinks) {
    if (!link.rate) continue;
    ++active;
    total += link.rate->value();
    if (!per_link || *link.rate < *per_link) per_link = link.rate;
  }
  return {{"links", gpu.nvlinks.empty() ? ordered_json(nullptr) : ordered_json(gpu.nvlinks.size())},
          {"active", active},
          {"per_link", or_null(per_link)},
          {"bandwidth", active > 0 ? ordered_json(total) : ordered_json(nullptr)}};
}

ordered_json gpu_json(const topology::GpuReading& gpu, const Component* component) {
  ordered_json json = {{"index", gpu.index},
                       {"name", or_null(gpu.name)},
                       {"numa", numa_json(gpu.numa.value_or(""))},
                       {"cpus", or_null(gpu.cpus)}};
  if (gpu.name == std::nullopt && component != nullptr) json["name"] = or_null(component->name);
  json["uuid"] = or_null(gpu.uuid);
  json["bus_id"] = or_null(gpu.bus_id);
  json["part"] =
      component != nullptr && component->gpu ? ordered_json(component->gpu->name) : ordered_json(nullptr);
  json["memory"] = or_null(gpu.memory);
  json["memory_numa"] = numa_json(gpu.memory_numa.value_or(""));
  json["compute_capability"] = or_null(gpu.compute_capability);
  json["nvlinks"] = nvlinks_json(gpu);
  json["nvlink_capable_links"] =
      gpu.capable_links.empty() ? ordered_json(nullptr) : ordered_json(gpu.capable_links);
  json["nvlink_peer"] = or_null(gpu.nvlink_peer);
  json["nvlink_system_atomics"] = or_null(gpu.nvlink_system_atomics);
  json["pcie_generation"] = or_null(gpu.pcie_generation);
  json["pcie_width"] = or_null(gpu.pcie_width);
  json["mig"] = or_null(gpu.mig);
  json["mig_devices"] = gpu.mig_devices;
  json["persistence"] = or_null(gpu.persistence);
  json["ecc"] = or_null(gpu.ecc);
  json["performance_state"] = or_null(gpu.performance_state);
  json["power_limit"] = or_null(gpu.power_limit);
  json["fabric_state"] = or_null(gpu.fabric_state);
  return json;
}

ordered_json nic_json(const topology::NicReading& nic) {
  return {{"index", nic.index},
          {"name", or_null(nic.name)},
          {"numa", numa_json(nic.numa.value_or(""))},
          {"bus_id", or_null(nic.bus_id)},
          {"rate", or_null(nic.rate)},
          {"up", or_null(nic.up)},
          {"layer", or_null(nic.layer)}};
}

ordered_json link_json(const topology::PairRelation& pair) {
  ordered_json json = {{"a", to_text(pair.a)},
                       {"b", to_text(pair.b)},
                       {"class", pair.path.text},
                       {"count", or_null(pair.path.count)},
                       {"bandwidth", or_null(pair.bandwidth)}};
  if (pair.weight) json["weight"] = *pair.weight;
  if (pair.hops) json["hops"] = *pair.hops;
  return json;
}

ordered_json component_json(const Component& component) {
  return {
      {"kind", topology::to_text(component.kind)},
      {"index", component.index},
      {"name", or_null(component.name)},
      {"bus_id", or_null(component.bus_id)},
      {"numa", component.numa_text.empty() ? or_null(component.numa) : numa_json(component.numa_text)},
      {"cpus", or_null(component.cpus)},
      {"network_rate", or_null(component.network_rate)},
      {"socket", or_null(component.socket)},
      {"cpu_vendor", or_null(component.cpu_vendor)},
      {"cpu_model", component.cpu_model == 0 ? ordered_json(nullptr) : ordered_json(component.cpu_model)}};
}

ordered_json wire_json(const topology::Link& link) {
  return {{"from", link.from},
          {"to", link.to},
          {"kind", topology::to_text(link.kind)},
          {"count", link.count},
          {"bandwidth", or_null(link.bandwidth)},
          {"provenance", to_text(link.provenance)},
          {"source", or_null(link.source)}};
}

ordered_json finding_json(const topology::Finding& finding) {
  return {{"severity", topology::to_text(finding.severity)},
          {"code", finding.code},
          {"text", finding.text},
          {"advice", or_null(finding.advice)},
          {"cost", or_null(finding.cost)}};
}

constexpr std::size_t kMostPaired = 512;  ///< devices whose pairs are listed

ordered_json cluster_json(const topology::Cluster& cluster) {
  const topology::Fabric& fabric = cluster.fabric;
  ordered_json json = {{"nodes", cluster.nodes},
                       {"gpus", cluster.gpus()},
                       {"gpus_per_node", cluster.gpus_per_node},
                       {"nics_per_node", cluster.nics_per_node},
                       {"nic_rate", cluster.nics_per_node > 0 ? ordered_json(cluster.nic_rate.value())
                                                              : ordered_json(nullptr)},
                       {"fabric",
                        {{"kind", fabric.kind},
                         {"technology", or_null(fabric.technology.name)},
                         {"oversubscription", fabric.oversubscription},
                         {"hop_latency", fabric.hop_latency.value()},
                         {"rdma", fabric.rdma},
                         {"sharp", fabric.sharp}}}};
  if (cluster.nodes < 2) return json;
  const topology::FabricSize size = topology::make_fabric(fabric.kind)->size(topology::fabric_shape(cluster));
  json["switches"] = {{"leaves", size.leaves}, {"aggregations", size.aggregations}, {"spines", size.spines}};
  return json;
}

/// The document, one entry of a list per line: a machine of hundreds of GPUs has as many pairs as a book has
/// words, so they are never held as one JSON value.
class Document {
 public:
  void value(std::string_view key, const ordered_json& value) { open(key) += text_of(value); }
  template <class Items, class Write>
  void list(std::string_view key, const Items& items, Write write) {
    std::string& text = open(key);
    text += '[';
    bool first = true;
    for (const auto& item : items) {
      text += (first ? "\n    " : ",\n    ") + text_of(write(item));
      first = false;
    }
    text += first ? "]" : "\n  ]";
  }
  std::string text() && { return std::move(text_) + "\n}\n"; }

 private:
  static std::string text_of(const ordered_json& value) {
    return value.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
  }
  std::string& open(std::string_view key) {
    text_ += (text_.empty() ? "{\n  \"" : ",\n  \"") + std::string(key) + "\": ";
    return text_;
  }
  std::string text_;
};

}  // namespace

namespace {

std::string document_of(const topology::MachineReport& report, const topology::Cluster* cluster) {
  const topology::Machine& machine = report.machine;
  std::map<int, const Component*> gpus;
  for (const Component& component : machine.components)
    if (component.kind == ComponentKind::gpu) gpus[component.index] = &component;
  Document document;
  document.value("schema", "scalesim.topology/1");
  document.value("name", or_null(machine.name));
  document.value("source", or_null(machine.source));
  if (cluster != nullptr) document.value("cluster", cluster_json(*cluster));
  document.list("gpus", report.gpus, [&](const topology::GpuReading& gpu) {
    const auto found = gpus.find(gpu.index);
    return gpu_json(gpu, found == gpus.end() ? nullptr : found->second);
  });
  document.list("nics", report.nics, nic_json);
  // Pairs grow with the square of the devices, "components" and "wiring" with the machine; the pairs of a
  // large one follow from these, and are left out so that the document stays linear in its links.
  const std::size_t devices = report.gpus.size() + report.nics.size();
  const bool listed = devices <= kMostPaired;
  document.list("links", listed ? topology::pair_relations(machine) : std::vector<topology::PairRelation>(),
                link_json);
  if (!listed) document.value("links_left_out", devices * (devices - 1) / 2);
  document.list("peers", report.peers, [](const topology::PeerStatus& peer) {
    return ordered_json{{"from", peer.from},
                        {"to", peer.to},
                        {"status", peer.status},
                        {"capability", or_null(peer.capability)}};
  });
  document.value("peer_access", or_null(machine.peer_access));
  document.list("components", machine.components, component_json);
  document.list("wiring", machine.links, wire_json);
  document.list("findings", report.findings, finding_json);
  document.list("warnings", machine.warnings,
                [](const std::string& warning) { return ordered_json(warning); });
  return std::move(document).text();
}

}  // namespace

std::string topology_json(const topology::MachineReport& report) { return document_of(report, nullptr); }

std::string topology_json(const topology::MachineReport& report, const topology::Cluster& cluster) {
  return document_of(report, &cluster);
}

}  // namespace scalesim::report
