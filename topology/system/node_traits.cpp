// Settles what a cluster's node is made of.
#include "topology/system/node_traits.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "topology/fabric/fabric_layout.h"
#include "topology/parts/gpu_catalogue.h"
#include "topology/system/load_cluster.h"

namespace scalesim::topology {
namespace {

void check_positive(std::string_view option, const std::optional<int>& value) {
  if (value && *value < 1) throw InputError(fmt::format("{} {}: must be at least 1", option, *value));
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

}  // namespace

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
  wishes.sharp = options.sharp;
  return wishes;
}

NicGroup wished_nics(const ClusterOptions& options, NicGroup nics) {
  if (options.nics_per_node) nics.count = *options.nics_per_node;
  if (options.nic_rate) nics.rate = *options.nic_rate;
  if (nics.count == 0 && options.nic_rate) nics.count = 1;
  return nics;
}

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

}  // namespace scalesim::topology
