// The families of network technologies, told by the words that systems' files use.
#include "topology/cluster/fabric.h"

#include <utility>

namespace scalesim::topology {
namespace {

NetworkFamily family_of(std::string_view name) {
  const auto has = [&](std::string_view word) { return name.find(word) != std::string_view::npos; };
  if (has("EFA")) return NetworkFamily::efa;
  if (has("RoCE") || has("Ethernet")) return NetworkFamily::ethernet;
  return has("InfiniBand") ? NetworkFamily::infiniband : NetworkFamily::other;
}

}  // namespace

NetworkTechnology network_technology(std::string name) {
  const NetworkFamily family = family_of(name);
  return {std::move(name), family};
}

}  // namespace scalesim::topology
