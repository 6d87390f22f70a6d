// Reads the shared options into systems with their collective models and the GPU counts to show.
#include <fmt/format.h>

#include <algorithm>

#include "cli/options/reality_options.h"
#include "cli/options/scenario_options.h"
#include "comm/logs/load_profile.h"
#include "comm/profile/profile.h"
#include "core/error.h"
#include "topology/fabric/fabric_layout.h"
#include "topology/parts/gpu_catalogue.h"
#include "topology/system/load_cluster.h"

namespace scalesim::cli {
namespace {

constexpr int kMostGpus = 1'000'000;
constexpr int kDefaultNodes = 8;

/// 1, 2, ... up to one node; then whole nodes, every one of them up to 16 and powers of two beyond.
std::vector<int> counts_up_to(int gpus_per_node, int nodes) {
  std::vector<int> counts;
  for (int g = 1; g<gpus_per_node; g = nodes> 1 ? g * 2 : g + 1) counts.push_back(g);
  for (int n = 1; n <= nodes; n = n < 16 ? n + 1 : n * 2) counts.push_back(n * gpus_per_node);
  if (counts.back() != nodes * gpus_per_node) counts.push_back(nodes * gpus_per_node);
  return counts;
}

std::shared_ptr<const comm::CollectiveModel> collectives_for(const topology::Cluster& cluster,
                                                             const Options& options,
                                                             const DataCatalogue& data) {
  if (options.has("profile")) return comm::make_profile_model(comm::load_profile(options.text("profile")));
  return comm::make_nccl_model(
      cluster, data,
      {options.text("algorithm"), options.text("protocol"), options.text("nccl"), options.all("nccl-env")});
}

/// Enough nodes for the largest count; what the user said about nodes stays.
sim::System system_for(const std::string& name, topology::ClusterOptions wanted,
                       const std::vector<int>& counts, const Options& options, const DataCatalogue& data) {
  if (!counts.empty()) wanted.least_gpus = counts.back();
  topology::Cluster cluster = topology::load_cluster(name, wanted, data);
  if (!counts.empty() && counts.back() > cluster.gpus())
    throw InputError(
        fmt::format("--gpus {}: {} nodes of {} GPUs are {} GPUs; ask for fewer GPUs or more --nodes",
                    counts.back(), cluster.nodes, cluster.gpus_per_node, cluster.gpus()));
  const std::vector<int> shown = counts.empty() ? counts_up_to(cluster.gpus_per_node, cluster.nodes) : counts;
  const std::vector<sim::OtherGpus> others = other_gpus(options, cluster, data);
  auto collectives = collectives_for(with_common_links(cluster, others), options, data);
  const std::string shown_name =
      cluster.nodes > 1 ? fmt::format("{} x {} nodes", cluster.name, cluster.nodes) : cluster.name;
  return {shown_name, std::move(cluster), std::move(collectives), shown, others};
}

/// The default question: one PCIe server, one NVLink server, several NVLink servers.
void add_default_systems(Systems& result, const std::vector<int>& counts, const Options& options,
                         const DataCatalogue& data) {
  const topology::ClusterOptions wanted = cluster_options(options);
  const bool nodes_given = options.has("nodes");
  if (!nodes_given) result.systems.push_back(system_for("pcie", wanted, counts, options, data));
  if (!nodes_given && options.has("mix")) return;  // cards that differ sit in PCIe slots
  topology::ClusterOptions nvlink = wanted;
  const topology::GpuCatalogue catalogue(data);
  if (wanted.gpu && (!catalogue.find(*wanted.gpu).links || catalogue.find(*wanted.gpu).links->bridge_only)) {
    nvlink.gpu.reset();
    const std::string instead = topology::load_cluster("nvlink", nvlink, data).gpu.name;
    result.warnings.push_back(
        fmt::format("{} cannot be joined by NVSwitch: the nvlink curves show {}", *wanted.gpu, instead));
  }
  if (!nodes_given) result.systems.push_back(system_for("nvlink", nvlink, counts, options, data));
  if (!nodes_given && !counts.empty()) return;
  if (!nodes_given) nvlink.nodes = kDefaultNodes;
  sim::System many = system_for("nvlink", nvlink, counts, options, data);
  if (counts.empty()) std::erase_if(many.gpu_counts, [&](int g) { return g < many.cluster.gpus_per_node; });
  result.systems.push_back(std::move(many));
}

}  // namespace

topology::ClusterOptions cluster_options(const Options& options) {
  topology::ClusterOptions cluster;
  cluster.gpu = options.optional_text("gpu");
  if (options.has("gpus-per-node"))
    cluster.gpus_per_node = static_cast<int>(options.integer("gpus-per-node", 8, 1, 1024));
  if (options.has("nodes")) cluster.nodes = static_cast<int>(options.integer("nodes", 1, 1, kMostGpus));
  if (options.has("nic")) {
    const topology::NicGroup nic = topology::parse_nic(options.text("nic"));
    cluster.nics_per_node = nic.count;
    cluster.nic_rate = nic.rate;
  }
  cluster.fabric = options.optional_text("fabric");
  if (options.has("oversubscription"))
    cluster.oversubscription = options.number("oversubscription", 1, 1, 1000);
  if (options.has("sharp")) cluster.sharp = true;
  return cluster;
}

std::vector<Option> cluster_option_table() {
  return {
      {"gpu", "NAME", "catalogue or nvidia-smi name of the GPU", false, {}, {}},
      {"nodes", "N", "number of nodes; GPU counts are totals", false, {}, {}},
      {"gpus-per-node", "N", "GPUs in one node", false, {}, {}},
      {"nic", "NxRATE", "NICs per node, such as 8x400Gb", false, {}, {}},
      {"fabric", "KIND", "network between nodes", false, {}, topology::fabric_options()},
      {"oversubscription", "R", "of the fabric (default 1)", false, {}, {}},
      {"sharp", "", "the fabric's switches add up (InfiniBand SHARP)", false, {}, {}},
  };
}

std::vector<Option> system_options() {
  std::vector<Option> options = {
      {"system",
       "NAME|FILE",
       "preset, cluster .toml, captured topo -m or NCCL XML; may be repeated",
       true,
       {},
       {}},
      {"gpus", "LIST", "GPU counts, such as 1,2,4,8 or 1-8", false, {}, {}},
  };
  const std::vector<Option> node = cluster_option_table();
  options.insert(options.begin() + 1, node.front());
  options.insert(options.end(), node.begin() + 1, node.end());
  const std::vector<Option> links = {
      {"algorithm", "NAME", "force a collective algorithm", false, {}, {}},
      {"protocol", "NAME", "force LL, LL128 or Simple", false, {}, {}},
      {"nccl", "RELEASE", "whose constants choose, such as 2.27 (default newest)", false, {}, {}},
      {"nccl-env",
       "NAME=VALUE",
       "as set for the job, such as NCCL_ALGO=^NVLS; may be repeated",
       true,
       {},
       {}},
      {"profile", "FILE", "measured links: ours, nccl-tests or OSU output", false, {}, {}},
  };
  options.insert(options.end(), links.begin(), links.end());
  return options;
}

Systems systems_from(const Options& options, const DataCatalogue& data) {
  Systems result;
  const std::vector<int> counts = options.integers("gpus", {}, 1, kMostGpus);
  const std::vector<std::string> names = options.all("system");
  if (names.empty()) add_default_systems(result, counts, options, data);
  for (const std::string& name : names)
    result.systems.push_back(system_for(name, cluster_options(options), counts, options, data));
  for (const sim::System& system : result.systems)
    for (const std::string& note : system.cluster.node.warnings)
      if (std::find(result.notes.begin(), result.notes.end(), note) == result.notes.end())
        result.notes.push_back(note);
  return result;
}

}  // namespace scalesim::cli
