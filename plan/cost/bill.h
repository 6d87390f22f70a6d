// What has to be bought for a cluster, line by line, and what of it nobody has priced.
#pragma once

#include <string>
#include <vector>

#include "plan/cost/price_book.h"
#include "topology/cluster/cluster.h"

namespace scalesim::plan {

/// `count` pieces of one part. `unit` and `total` are in the bill's currency.
struct BillLine {
  std::string role;
  std::string part;
  long count = 0;
  Money unit, total;
  Money low, high;         ///< of one piece
  topology::Price quoted;  ///< as it was published, in its own currency
};

/// `missing` names every part that has no price: the total is then too low to be compared.
struct Bill {
  std::vector<BillLine> lines;
  std::vector<std::string> missing;
  Money total;
  Watts network_power{};  ///< of all switches
};

/// The parts of `cluster`: whole nodes where they are sold so, else GPUs, what their servers need and network
/// cards; from two nodes on switches (as the fabric of the cluster counts them) and cables.
Bill bill_of_materials(const topology::Cluster& cluster, const PriceBook& book, const std::string& currency);

/// The most one node draws: as published for whole nodes, else rated power of GPUs and cards and the server's
/// own. Nothing when the server's own is not known.
struct NodePower {
  Watts gpus{};   ///< rated power of all GPUs
  Watts other{};  ///< everything else
  Watts total() const { return gpus + other; }
};
std::optional<NodePower> node_power(const topology::Cluster& cluster, const PriceBook& book);

}  // namespace scalesim::plan
