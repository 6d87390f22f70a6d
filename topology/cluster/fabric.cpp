// Names of fabrics.
#include "topology/cluster/fabric.h"

#include <array>

#include "core/error.h"

namespace scalesim::topology {
namespace {
constexpr std::array<std::string_view, 5> kFabrics = {"single_switch", "rail_optimised", "fat_tree", "torus",
                                                      "dragonfly"};
constexpr std::array<std::string_view, 5> kFabricOptions = {"switch", "rail", "fat-tree", "torus",
                                                            "dragonfly"};
}  // namespace

std::string_view to_text(FabricKind kind) { return kFabrics.at(static_cast<std::size_t>(kind)); }

FabricKind parse_fabric(std::string_view text) {
  for (std::size_t i = 0; i < kFabrics.size(); ++i)
    if (kFabrics[i] == text || kFabricOptions[i] == text) return static_cast<FabricKind>(i);
  throw unknown_name("fabric", text, {kFabricOptions.begin(), kFabricOptions.end()},
                     "switch, rail, fat-tree, torus or dragonfly");
}

}  // namespace scalesim::topology
