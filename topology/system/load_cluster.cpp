// From the name of a system, or a file, and the command line's wishes to a Cluster.
#include "topology/system/load_cluster.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "core/error.h"
#include "core/file.h"
#include "core/toml.h"
#include "core/units_text.h"
#include "topology/capture/captured_node.h"
#include "topology/capture/reading/reader.h"
#include "topology/system/node_traits.h"
#include "topology/system/system_file.h"

namespace scalesim::topology {
namespace {

/// A node that stands on a node that stands on ...: more than this is a circle.
constexpr int kMostLayers = 8;

/// The file with everything it stands on merged below it.
SystemFile resolved(SystemFile top, const DataCatalogue& data, int layer = 0) {
  if (top.node.empty()) return top;
  if (layer == kMostLayers) throw InputError(fmt::format("system '{}': 'node' leads in a circle", top.name));
  SystemFile base = resolved(parse_system(data.read("systems", top.node), top.node, data), data, layer + 1);
  base.name = top.name;
  base.provenance = std::max(base.provenance, top.provenance);  // the weaker claim
  base.traits.overlay(top.traits);
  for (auto& [architecture, traits] : base.by_architecture) traits.overlay(top.traits);
  for (const auto& [architecture, traits] : top.by_architecture)
    base.by_architecture[architecture].overlay(traits);
  if (!top.description.empty()) base.description = top.description;
  base.source = fmt::format("{}; {}", top.source, base.source);
  if (top.prices.empty() && !top.node_power) return base;
  if (!top.prices.empty()) base.prices = top.prices;
  if (top.node_power) base.node_power = top.node_power;
  base.priced_gpu = top.priced_gpu.empty() ? base.priced_gpu : top.priced_gpu;
  base.priced_gpus = top.priced_gpus == 0 ? base.priced_gpus : top.priced_gpus;
  return base;
}

SystemFile read_system_files(const std::vector<FileText>& files, const DataCatalogue& data) {
  const auto& [file, text] = files.front();
  const std::string stem = std::filesystem::path(file).stem().string();
  const bool by_name = file.ends_with(".toml") && recognises_topology(text) == 0;
  if (files.size() == 1 && (is_system_text(text) || by_name))
    return parse_system(TomlTable::parse(text, file), stem, data);
  SystemFile system;
  system.name = stem;
  system.source = file;
  system.description = fmt::format("captured in {}", file);
  system.captures = files;
  return system;
}

/// True for what can only be meant as a file: names of systems may hold a dot (p4d.24xlarge) but no ending of
/// captures.
bool names_a_file(std::string_view text) {
  if (text.find('/') != std::string_view::npos) return true;
  const auto ends = [&](std::string_view ending) { return text.ends_with(ending); };
  return ends(".toml") || ends(".txt") || ends(".xml") || ends(".json") || ends(".log");
}

SystemFile read_system(const std::string& name_or_file, const DataCatalogue& data) {
  if (data.has("systems", name_or_file))
    return parse_system(data.read("systems", name_or_file), name_or_file, data);
  if (name_or_file == "-") return read_system_files({{"standard input", read_file("-")}}, data);
  if (!std::filesystem::exists(name_or_file) && !names_a_file(name_or_file))
    throw unknown_name("system", name_or_file, data.names("systems"),
                       "'scalesim list systems' shows all; a cluster .toml or a captured topology works too");
  return read_system_files({{name_or_file, read_file(name_or_file)}}, data);
}

Fabric fabric_of(const SystemTraits& traits) {
  Fabric fabric;
  fabric.kind = traits.fabric.value_or(fabric.kind);
  fabric.oversubscription = traits.oversubscription.value_or(1);
  fabric.hop_latency = traits.hop_latency.value_or(Seconds{});
  fabric.rdma = traits.rdma.value_or(true);
  fabric.sharp = traits.sharp.value_or(false);
  fabric.technology = traits.technology.value_or(network_technology("Ethernet"));
  return fabric;
}

Input rate_input(std::string name, BytesPerSecond rate, Provenance provenance, std::string source) {
  return {std::move(name), rate.value(), "B/s", to_text(rate), provenance, std::move(source)};
}

/// One line per kind of link and network port: what it carries and who says so.
std::vector<Input> inputs_of(const Cluster& cluster, const SystemFile& file, bool nics_by_user) {
  std::vector<Input> inputs;
  const auto add_link = [&](LinkKind kind, const std::string& name) {
    for (const Link& link : cluster.node.links)
      if (link.kind == kind && link.bandwidth)
        return inputs.push_back(rate_input(name, *link.bandwidth, link.provenance, link.source));
  };
  add_link(LinkKind::nvlink, fmt::format("{}: NVLink, one direction", cluster.name));
  add_link(LinkKind::xgmi, fmt::format("{}: Infinity Fabric, one direction", cluster.name));
  add_link(LinkKind::c2c, fmt::format("{}: GPU to CPU, one direction", cluster.name));
  add_link(LinkKind::pcie, fmt::format("{}: PCIe, one direction", cluster.name));
  add_link(LinkKind::inter_socket, fmt::format("{}: between sockets, one direction", cluster.name));
  if (cluster.nodes > 1)
    inputs.push_back(
        rate_input(fmt::format("{}: network, {} x per node, each", cluster.name, cluster.nics_per_node),
                   cluster.nic_rate, nics_by_user ? Provenance::assumed : file.provenance,
                   nics_by_user ? "the command line" : file.source));
  return inputs;
}

/// What a cluster has whatever its node is.
Cluster around_node(const SystemFile& file, const SystemTraits& traits) {
  Cluster cluster;
  cluster.name = file.name;
  cluster.description = file.description;
  cluster.provenance = file.provenance;
  cluster.nodes = traits.nodes.value_or(1);
  cluster.fabric = fabric_of(traits);
  cluster.prices = file.prices;
  cluster.node_power = file.node_power;
  return cluster;
}

/// A whole node's price and power are those of the GPUs it was sold with; a chassis without GPUs keeps its
/// price.
void forget_other_prices(Cluster& cluster, const SystemFile& file) {
  const bool same_gpu = file.priced_gpu.empty() || file.priced_gpu == cluster.gpu.name;
  const bool same_count = file.priced_gpus == 0 || file.priced_gpus == cluster.gpus_per_node;
  if (same_gpu && same_count) return;
  std::erase_if(cluster.prices,
                [](const Price& price) { return price.kind.find("whole node") != std::string::npos; });
  cluster.node_power.reset();
}

Cluster from_plan(const SystemFile& file, const ClusterOptions& options, const DataCatalogue& data) {
  const SystemTraits traits = settle(file, options, data);
  const NodePlan plan = plan_node(file, traits);
  Cluster cluster = around_node(file, traits);
  cluster.node = build_node(plan);
  const bool unused_links = plan.gpu.links && !plan.gpu.links->bridge_only;
  if (unused_links && (plan.wiring == NodeWiring::pcie || plan.wiring == NodeWiring::pcie_switch))
    cluster.node.warnings.push_back(
        fmt::format("{} is made for boards that join it by {}; '{}' leaves those links unused", plan.gpu.name,
                    plan.gpu.links->generation, file.name));
  cluster.gpu = plan.gpu;
  cluster.gpus_per_node = plan.gpus;
  cluster.wiring = plan.wiring;
  cluster.nics_per_node = plan.nics;
  cluster.nic_rate = plan.nic_rate;
  cluster.nic = traits.nic ? traits.nic->name : "";
  forget_other_prices(cluster, file);
  return cluster;
}

SystemTraits traits_of(const ReadCluster& read) {
  SystemTraits traits;
  traits.nodes = read.nodes;
  traits.fabric = read.fabric.kind;
  traits.oversubscription = read.fabric.oversubscription;
  traits.hop_latency = read.fabric.hop_latency;
  traits.rdma = read.fabric.rdma;
  traits.sharp = read.fabric.sharp;
  traits.technology = read.fabric.technology;
  return traits;
}

Cluster from_capture(const SystemFile& file, const ClusterOptions& options, const DataCatalogue& data) {
  const SystemTraits wishes = wishes_of(options, data);
  SystemTraits traits = file.traits;
  traits.overlay(wishes);
  const NicGroup nics = wished_nics(options, traits.nics.value_or(NicGroup{}));
  const auto ports = nics.count > 0 ? std::optional<int>(nics.count) : std::nullopt;
  const auto rate = nics.rate.value() > 0 ? std::optional<BytesPerSecond>(nics.rate) : std::nullopt;
  CapturedNode node = read_captured_node(file.captures, traits.gpu, ports, rate, data);
  SystemTraits settled = node.cluster ? traits_of(*node.cluster) : SystemTraits{};
  settled.overlay(traits);
  Cluster cluster = around_node(file, settled);
  if (!node.machine.name.empty() && file.description.rfind("captured in", 0) == 0)
    cluster.name = node.machine.name;
  cluster.node = std::move(node.machine);
  cluster.node.name = cluster.name;
  cluster.gpu = std::move(node.gpu);
  cluster.gpus_per_node = cluster.node.count(ComponentKind::gpu);
  if (options.gpus_per_node && *options.gpus_per_node != cluster.gpus_per_node)
    throw InputError(fmt::format("--gpus-per-node {}: {} shows {} GPUs; --gpus chooses how many of them work",
                                 *options.gpus_per_node, file.captures.front().first, cluster.gpus_per_node));
  cluster.wiring = node.wiring;
  cluster.nics_per_node = node.nics.count;
  cluster.nic_rate = node.nics.rate;
  return cluster;
}

Cluster cluster_of(const SystemFile& read, const ClusterOptions& options, const DataCatalogue& data) {
  const SystemFile file = resolved(read, data);
  Cluster cluster =
      file.captures.empty() ? from_plan(file, options, data) : from_capture(file, options, data);
  if (!options.nodes && options.least_gpus && *options.least_gpus > cluster.gpus())
    cluster.nodes = (*options.least_gpus + cluster.gpus_per_node - 1) / cluster.gpus_per_node;
  if (cluster.nodes > 1 && cluster.nics_per_node == 0)
    throw InputError(fmt::format(
        "system '{}' has no network of known speed: say how its {} nodes are joined, such as --nic 1x100Gb",
        cluster.name, cluster.nodes));
  cluster.inputs = inputs_of(cluster, file, options.nics_per_node || options.nic_rate);
  return cluster;
}

}  // namespace

Cluster load_cluster(const std::string& name_or_file, const ClusterOptions& options,
                     const DataCatalogue& data) {
  return cluster_of(read_system(name_or_file, data), options, data);
}

Cluster cluster_of_files(const std::vector<FileText>& files, const ClusterOptions& options,
                         const DataCatalogue& data) {
  return cluster_of(read_system_files(files, data), options, data);
}

}  // namespace scalesim::topology
