// One data/systems/*.toml or a user's cluster .toml: the same keys, every one optional, so that a file can
// stand on another (`node = "dgx-a100"`) and the command line on both.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/data_catalogue.h"
#include "topology/capture/reading/reading.h"
#include "topology/cluster/cluster.h"
#include "topology/machine/node_builder.h"
#include "topology/parts/nic.h"

namespace scalesim::topology {

/// What may be said about a system; unset is "as below".
struct SystemTraits {
  std::optional<GpuSpec> gpu;
  std::optional<int> gpus_per_node, nodes;
  std::optional<std::string>
      wiring;  ///< pcie, pcie-switch, nvbridge, nvlink (mesh or switch, by GPU), nvlink-mesh, nvswitch
  std::optional<int> hosts, sockets, cpu_model, pcie_generation, gpus_per_switch;
  std::optional<std::string> cpu_vendor;
  std::optional<NicGroup> nics;
  std::optional<NicSpec> nic;
  std::optional<std::vector<DirectLinks>> direct;
  std::optional<BytesPerSecond> cpu_link, inter_socket;
  std::optional<std::string> fabric;  ///< Fabric::kind
  std::optional<double> oversubscription;
  std::optional<Seconds> hop_latency;
  std::optional<bool> rdma, sharp;
  std::optional<NetworkTechnology> technology;

  /// Fields set in `above` replace these.
  void overlay(const SystemTraits& above);
};

struct SystemFile {
  std::string name;
  std::string description;
  std::string source;
  /// Of its network: `assumed` where that is from memory and for systems that stand for many.
  Provenance provenance = Provenance::datasheet;
  std::string node;                ///< the preset this one stands on, or ""
  std::vector<FileText> captures;  ///< what it stands on instead: topo -m, NCCL XML, ... of one machine
  SystemTraits traits;
  std::map<std::string, SystemTraits> by_architecture;  ///< what changes with the GPU's architecture
  std::vector<Price> prices;                            ///< of one node
  std::optional<Watts> node_power;
  std::string
      priced_gpu;       ///< prices and power hold for a node with this GPU ("" when the file names none) ...
  int priced_gpus = 0;  ///< ... and this many of them (0: any)
};

/// Whether a text is a system's TOML rather than a captured topology: told by its content.
bool is_system_text(const std::string& text);

/// Reads a system and the captured files it names; a preset in `node` is followed by the caller. Throws
/// InputError with file and line.
SystemFile parse_system(const TomlTable& table, std::string name, const DataCatalogue& data);

}  // namespace scalesim::topology
