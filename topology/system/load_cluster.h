// From the name of a system, or a file, and what the command line changes about it to a Cluster.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/data_catalogue.h"
#include "topology/capture/reading/file_text.h"
#include "topology/cluster/cluster.h"

namespace scalesim::topology {

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
