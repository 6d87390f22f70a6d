// From the name of a system, or a file, and the command line's wishes to a Cluster.
#include "topology/cluster.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "core/error.h"
#include "core/file.h"
#include "core/toml.h"
#include "core/units_text.h"
#include "topology/captured_node.h"
#include "topology/node_builder.h"
#include "topology/system_file.h"

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
  base.traits.overlay(top.traits);
  for (auto& [architecture, traits] : base.by_architecture) traits.overlay(top.traits);
  for (const auto& [architecture, traits] : top.by_architecture)
    base.by_architecture[architecture].overlay(traits);
  if (!top.description.empty()) base.description = top.description;
  base.source = fmt::format("{}; {}", top.source, base.source);
  if (!top.prices.empty()) base.prices = top.prices;
  if (top.node_power) base.node_power = top.node_power;
  return base;
}

SystemFile read_system(const std::string& name_or_file, const DataCatalogue& data) {
  namespace fs = std::filesystem;
  if (data.has("systems", name_or_file))
    return parse_system(data.read("systems", name_or_file), name_or_file, data);
  if (name_or_file.ends_with(".toml"))
    return parse_system(TomlTable::parse(read_file(name_or_file), name_or_file),
                        fs::path(name_or_file).stem().string(), data);
  if (name_or_file != "-" && !fs::exists(name_or_file))
    throw unknown_name("system", name_or_file, data.names("systems"),
                       "'scalesim list systems' shows all; a cluster .toml or a captured topology works too");
  SystemFile file;
  file.name = name_or_file == "-" ? "stdin" : fs::path(name_or_file).stem().string();
  file.source = name_or_file;
  file.description = fmt::format("captured in {}", name_or_file);
  file.capture = name_or_file;
  return file;
}

void check_positive(std::string_view option, const std::optional<int>& value) {
  if (value && *value < 1) throw InputError(fmt::format("{} {}: must be at least 1", option, *value));
}

SystemTraits wishes_of(const ClusterOptions& options, const DataCatalogue& data) {
  check_positive("--gpus-per-node", options.gpus_per_node);
  check_positive("--nodes", options.nodes);
  check_positive("NICs per node", options.nics_per_node);
  SystemTraits wishes;
  if (options.gpu) wishes.gpu = GpuCatalogue(data).find(*options.gpu);
  wishes.gpus_per_node = options.gpus_per_node;
  wishes.nodes = options.nodes;
  if (options.fabric) wishes.fabric = parse_fabric(*options.fabric);
  if (options.oversubscription && !(*options.oversubscription >= 1 && *options.oversubscription <= 1000))
    throw InputError(fmt::format("--oversubscription {}: must lie between 1 (full bandwidth) and 1000",
                                 *options.oversubscription));
  wishes.oversubscription = options.oversubscription;
  return wishes;
}

NicGroup wished_nics(const ClusterOptions& options, NicGroup nics) {
  if (options.nics_per_node) nics.count = *options.nics_per_node;
  if (options.nic_rate) nics.rate = *options.nic_rate;
  if (nics.count == 0 && options.nic_rate) nics.count = 1;
  return nics;
}

/// Everything settled: the file, what its GPU's architecture changes, then the command line. Network ports
/// follow the number of GPUs when only that was changed, for they belong to them.
SystemTraits settle(const SystemFile& file, const ClusterOptions& options, const DataCatalogue& data) {
  const SystemTraits wishes = wishes_of(options, data);
  SystemTraits settled = file.traits;
  if (wishes.gpu) settled.gpu = wishes.gpu;
  if (!settled.gpu) throw InputError(fmt::format("system '{}' names no GPU: add --gpu NAME", file.name));
  const auto special = file.by_architecture.find(settled.gpu->architecture);
  if (special != file.by_architecture.end()) {
    settled.overlay(special->second);
    if (wishes.gpu) settled.gpu = wishes.gpu;
  }
  const int usual_gpus = settled.gpus_per_node.value_or(8);
  settled.overlay(wishes);
  settled.gpus_per_node = settled.gpus_per_node.value_or(8);
  NicGroup nics = settled.nics.value_or(NicGroup{});
  if (wishes.gpus_per_node && nics.count > 1)
    nics.count =
        std::max(1, static_cast<int>(std::lround(double(nics.count) * *wishes.gpus_per_node / usual_gpus)));
  nics = wished_nics(options, nics);
  settled.nics = nics;
  if (nics.count > 0 && settled.nic && settled.nic->rate != nics.rate)
    settled.nic = nic_for_rate(data, nics.rate);
  return settled;
}

InputError no_such_wiring(const std::string& system, const GpuSpec& gpu, std::string_view wanted) {
  const bool bridged = gpu.links && gpu.links->bridge_only;
  const std::string_view has = !gpu.links ? "has no NVLink or other link of its own"
                               : bridged  ? "has only bridges between pairs"
                                          : "is an SXM or OAM part and takes no bridges";
  const std::string_view remedy = !gpu.links ? "pcie" : bridged ? "nvbridge" : "nvlink";
  return InputError(fmt::format("system '{}' joins its GPUs by {}, but {} {}: use --system {}", system,
                                wanted, gpu.name, has, remedy));
}

/// The wiring that `text` means for this GPU.
NodeWiring wiring_of(const std::string& system, const std::string& text, const GpuSpec& gpu, int gpus) {
  if (text == "pcie") return NodeWiring::pcie;
  if (text == "pcie-switch") return NodeWiring::pcie_switch;
  if (text == "nvbridge") {
    if (!gpu.links || !gpu.links->bridge_only) throw no_such_wiring(system, gpu, "NVLink bridges");
    return NodeWiring::nvbridge;
  }
  if (!gpu.links || gpu.links->bridge_only) throw no_such_wiring(system, gpu, "NVLink");
  if (text == "nvlink-mesh") return NodeWiring::nvlink_mesh;
  if (text == "nvswitch") return NodeWiring::nvswitch;
  return usual_nvlink_wiring(gpu, gpus);
}

NodePlan plan_node(const SystemFile& file, const SystemTraits& traits) {
  NodePlan plan;
  plan.name = file.name;
  plan.source = file.source;
  plan.gpu = *traits.gpu;
  plan.gpus = *traits.gpus_per_node;
  plan.wiring = wiring_of(file.name, traits.wiring.value_or("pcie"), plan.gpu, plan.gpus);
  plan.hosts = traits.hosts.value_or(1);
  plan.sockets = traits.sockets.value_or(2);
  plan.cpu_vendor = traits.cpu_vendor.value_or("");
  plan.cpu_model = traits.cpu_model.value_or(0);
  plan.pcie_generation = traits.pcie_generation.value_or(0);
  plan.gpus_per_switch = traits.gpus_per_switch.value_or(plan.wiring == NodeWiring::pcie_switch ? 4 : 0);
  plan.nics = traits.nics->count;
  plan.nic_rate = traits.nics->rate;
  if (traits.nic && traits.nic->rate == plan.nic_rate) {
    plan.nic_name = traits.nic->product;
    plan.nic_pcie_generation = traits.nic->pcie_generation;
  }
  plan.direct = traits.direct.value_or(std::vector<DirectLinks>{});
  plan.cpu_link = traits.cpu_link;
  plan.inter_socket = traits.inter_socket;
  constexpr int kMostSocketsPerHost = 32;
  if (plan.sockets < plan.hosts || plan.sockets > plan.hosts * kMostSocketsPerHost)
    throw InputError(fmt::format("system '{}': {} sockets on {} hosts: a host has between 1 and {}",
                                 file.name, plan.sockets, plan.hosts, kMostSocketsPerHost));
  if (plan.gpu.pcie_generation == 0 && !plan.cpu_link)
    throw InputError(fmt::format("system '{}': {} is not a PCIe device and fits no server of this kind",
                                 file.name, plan.gpu.name));
  return plan;
}

Fabric fabric_of(const SystemTraits& traits) {
  Fabric fabric;
  fabric.kind = traits.fabric.value_or(FabricKind::single_switch);
  fabric.oversubscription = traits.oversubscription.value_or(1);
  fabric.hop_latency = traits.hop_latency.value_or(Seconds{});
  fabric.rdma = traits.rdma.value_or(true);
  fabric.technology = traits.technology.value_or("Ethernet");
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
  if (cluster.nics_per_node > 0)
    inputs.push_back(
        rate_input(fmt::format("{}: network, {} ports per node, each", cluster.name, cluster.nics_per_node),
                   cluster.nic_rate, nics_by_user ? Provenance::assumed : Provenance::datasheet,
                   nics_by_user ? "the command line" : file.source));
  return inputs;
}

/// What a cluster has whatever its node is.
Cluster around_node(const SystemFile& file, const SystemTraits& traits) {
  Cluster cluster;
  cluster.name = file.name;
  cluster.description = file.description;
  cluster.nodes = traits.nodes.value_or(1);
  cluster.fabric = fabric_of(traits);
  cluster.prices = file.prices;
  cluster.node_power = file.node_power;
  return cluster;
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
  return cluster;
}

Cluster from_capture(const SystemFile& file, const ClusterOptions& options, const DataCatalogue& data) {
  SystemTraits traits = file.traits;
  traits.overlay(wishes_of(options, data));
  const NicGroup nics = wished_nics(options, traits.nics.value_or(NicGroup{}));
  const auto ports = nics.count > 0 ? std::optional<int>(nics.count) : std::nullopt;
  const auto rate = nics.rate.value() > 0 ? std::optional<BytesPerSecond>(nics.rate) : std::nullopt;
  CapturedNode node = read_captured_node(file.capture, traits.gpu, ports, rate, data);
  Cluster cluster = around_node(file, traits);
  cluster.node = std::move(node.machine);
  cluster.node.name = file.name;
  cluster.gpu = std::move(node.gpu);
  cluster.gpus_per_node = cluster.node.count(ComponentKind::gpu);
  if (options.gpus_per_node && *options.gpus_per_node != cluster.gpus_per_node)
    throw InputError(fmt::format("--gpus-per-node {}: {} shows {} GPUs; --gpus chooses how many of them work",
                                 *options.gpus_per_node, file.capture, cluster.gpus_per_node));
  cluster.wiring = node.wiring;
  cluster.nics_per_node = node.nics.count;
  cluster.nic_rate = node.nics.rate;
  return cluster;
}

}  // namespace

Cluster load_cluster(const std::string& name_or_file, const ClusterOptions& options,
                     const DataCatalogue& data) {
  const SystemFile file = resolved(read_system(name_or_file, data), data);
  Cluster cluster = file.capture.empty() ? from_plan(file, options, data) : from_capture(file, options, data);
  if (cluster.nodes > 1 && cluster.nics_per_node == 0)
    throw InputError(fmt::format(
        "system '{}' has no network of known speed: say how its {} nodes are joined, such as --nic 1x100Gb",
        cluster.name, cluster.nodes));
  cluster.inputs = inputs_of(cluster, file, options.nics_per_node || options.nic_rate);
  return cluster;
}

}  // namespace scalesim::topology
