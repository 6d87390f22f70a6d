// Equal machines joined by a fabric: what a job runs on.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/data_catalogue.h"
#include "topology/file_text.h"
#include "topology/machine.h"

namespace scalesim::topology {

enum class FabricKind { single_switch, rail_optimised, fat_tree, torus, dragonfly };
std::string_view to_text(FabricKind kind);
/// "switch", "rail", "fat-tree", "torus", "dragonfly", or the enumerator's own text. Throws InputError.
FabricKind parse_fabric(std::string_view text);

/// The network between nodes. `oversubscription` r:1 divides what leaves a leaf switch.
struct Fabric {
  FabricKind kind = FabricKind::single_switch;
  double oversubscription = 1;
  Seconds hop_latency{};
  bool rdma = true;        ///< false: kernel TCP
  bool sharp = false;      ///< switches add up what they carry (InfiniBand SHARP, NCCL's CollNet)
  std::string technology;  ///< "InfiniBand NDR", "RoCE", "Ethernet"
};

/// How the GPUs of one node are joined.
enum class NodeWiring { pcie, pcie_switch, nvbridge, nvlink_mesh, nvswitch };
std::string_view to_text(NodeWiring wiring);

/// Equal network ports of one node.
struct NicGroup {
  int count = 0;
  BytesPerSecond rate{};  ///< line rate of one, one direction
};
/// "8x400Gb", "8 x 400 Gb/s", "2x200GbE", "100Gb" (one). Throws InputError.
NicGroup parse_nic(std::string_view text);

/// `nodes` copies of `node`. Every node has the same GPU model in `gpu`; `node` has gpus_per_node GPUs.
struct Cluster {
  std::string name;
  Machine node;
  GpuSpec gpu;
  int gpus_per_node = 1;
  int nodes = 1;
  NodeWiring wiring = NodeWiring::pcie;
  int nics_per_node = 0;
  BytesPerSecond nic_rate{};  ///< line rate of one NIC, one direction
  std::string nic;            ///< name in data/nics, "" when not known
  Fabric fabric;
  Provenance provenance = Provenance::datasheet;
  std::vector<Input> inputs;        ///< where each figure came from
  std::string description;          ///< one sentence from the system's file
  std::vector<Price> prices;        ///< of one node; `kind` says what is in it
  std::optional<Watts> node_power;  ///< maximum of one whole node, as published

  int gpus() const { return gpus_per_node * nodes; }
  BytesPerSecond node_network_rate() const { return nic_rate * nics_per_node; }
};

/// What the command line may say about a system beyond its name; unset fields keep the preset's.
struct ClusterOptions {
  std::optional<std::string> gpu;
  std::optional<int> gpus_per_node;
  std::optional<int> nodes;
  std::optional<int> nics_per_node;
  std::optional<BytesPerSecond> nic_rate;
  std::optional<std::string> fabric;  ///< "switch", "rail", "fat-tree"
  std::optional<double> oversubscription;
  std::optional<bool> sharp;
  std::optional<int> least_gpus;  ///< where `nodes` is unset: at least as many nodes as these GPUs need
};

/// A system by name (data/systems/NAME.toml), by file (cluster .toml, captured topo -m, NCCL XML, topo
/// --json; "-" is standard input). Generic systems (pcie, pcie-switch, nvbridge, nvlink) need or default a
/// GPU. Throws InputError.
Cluster load_cluster(const std::string& name_or_file, const ClusterOptions& options,
                     const DataCatalogue& data);

/// The same from texts: one system's TOML, or captures of one machine; their content tells which. Throws
/// InputError.
Cluster cluster_of_files(const std::vector<FileText>& files, const ClusterOptions& options,
                         const DataCatalogue& data);

}  // namespace scalesim::topology
