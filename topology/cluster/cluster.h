// Equal machines joined by a fabric: what a job runs on.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "topology/cluster/fabric.h"
#include "topology/machine/machine.h"
#include "topology/machine/wiring.h"
#include "topology/parts/nic_group.h"
#include "topology/parts/price.h"

namespace scalesim::topology {

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

}  // namespace scalesim::topology
