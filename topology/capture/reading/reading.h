// What one captured file says of a machine, as values: every field may be unknown. Readers return it, merging
// joins several of them, and only then is a Machine built.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "topology/capture/reading/file_text.h"
#include "topology/cluster/cluster.h"
#include "topology/machine/machine.h"

namespace scalesim::topology {

/// One NVLink line of `nvidia-smi nvlink --status`; no rate means `<inactive>`.
struct NvlinkState {
  int link = 0;
  std::optional<BytesPerSecond> rate;  ///< one direction, as printed
};

/// Everything a tool may say of one GPU. Unknown stays unknown.
struct GpuReading {
  int index = 0;                    ///< as printed
  std::optional<std::string> name;  ///< product name; a table cuts it with "..."
  std::optional<std::string> uuid;
  std::optional<std::string> bus_id;       ///< normalised: "0000:01:00.0"
  std::optional<std::string> pci_device;   ///< "10de:20b2"
  std::optional<std::string> cpus;         ///< CPU affinity as printed
  std::optional<std::string> numa;         ///< NUMA affinity as printed: "0", "0,3-9"; never "N/A"
  std::optional<std::string> memory_numa;  ///< NUMA node of the GPU's own memory (Grace)
  std::optional<int> compute_capability;   ///< 80 for 8.0
  std::optional<Bytes> memory;
  std::vector<NvlinkState> nvlinks;   ///< by link number; empty when nothing was said of single links
  bool nvlinks_all_inactive = false;  ///< the tool says that the GPU has links and every one of them is down
  std::vector<int> capable_links;     ///< `nvlink --capabilities`: link numbers named
  std::optional<bool> nvlink_peer;    ///< `nvlink --capabilities`: P2P is supported on every link
  std::optional<bool> nvlink_system_atomics;
  std::optional<int> pcie_generation;         ///< the most that slot and GPU can do together
  std::optional<int> pcie_generation_device;  ///< the most that the GPU can do
  std::optional<int> pcie_generation_host;    ///< the most that the slot can do
  std::optional<int> pcie_generation_now;     ///< drops when idle
  std::optional<int> pcie_width;
  std::optional<int> pcie_width_now;
  std::optional<bool> mig;
  std::vector<std::string> mig_devices;  ///< "3g.40gb", ...; "MIG 0" where the tool names no profile
  std::optional<bool> persistence;
  std::optional<bool> ecc;
  std::optional<double> ecc_uncorrected;  ///< volatile uncorrected errors
  std::optional<int> performance_state;   ///< 0 for P0
  std::optional<double> utilisation;      ///< percent
  std::optional<Watts> power_draw;
  std::optional<Watts> power_limit;
  std::optional<Watts> power_limit_default;
  std::optional<bool> power_capped;  ///< the driver says that the power cap holds the clocks down now
  std::optional<std::string> fabric_state;
};

struct NicReading {
  int index = 0;
  std::optional<std::string> name;  ///< verbs name: "mlx5_0"
  std::optional<std::string> bus_id;
  std::optional<std::string> numa;
  std::optional<bool> up;
  std::optional<BytesPerSecond> rate;  ///< line rate of an active port, one direction
  std::optional<std::string> layer;    ///< "InfiniBand", "Ethernet"
};

/// `nvidia-smi topo -p2p`: the status of a directed pair. `capability` is r, w, n, a, p or empty when the
/// text does not say which was asked for.
struct PeerStatus {
  int from = 0;
  int to = 0;
  std::string status;  ///< OK, CNS, GNS, TNS, NS, DR, U
  std::string capability;
};

/// What a text says beyond one machine: how many of them, and what joins them.
struct ReadCluster {
  int nodes = 1;
  Fabric fabric;
};

/// What one reader found in one file.
struct Reading {
  std::string format;  ///< name of the reader
  std::string file;
  std::string name;  ///< of the machine, where the text gives it one
  std::vector<GpuReading> gpus;
  std::vector<NicReading> nics;
  std::vector<PairRelation> matrix;  ///< cells as printed, each unordered pair once
  bool pcie_relations_only = false;  ///< topo -mp: the absence of NV# proves nothing
  std::vector<PeerStatus> peers;
  /// Formats that know the wiring give it as it is; gpu and nic components carry the indices used in gpus and
  /// nics.
  std::vector<Component> components;
  std::vector<Link> links;
  std::vector<Finding> findings;
  std::vector<std::string> warnings;  ///< repairs, and what the file leaves out
  std::optional<ReadCluster> cluster;
};

/// A machine with what was said of its parts and what will hurt. The facts of gpus and nics are merged over
/// all files.
struct MachineReport {
  Machine machine;
  std::vector<GpuReading> gpus;
  std::vector<NicReading> nics;
  std::vector<PeerStatus> peers;
  std::vector<Finding> findings;
  std::optional<ReadCluster> cluster;
};

}  // namespace scalesim::topology
