// Sums over the layers of each kind.
#include "sim/fast/unit_times.h"

namespace scalesim::sim {
namespace {

double exposed(const LayerMessage& message, const UnitGroups& groups, CollectiveTable& table) {
  const double once =
      table.at(table.curve(message.collective, groups.groups.of(message.axis)), message.bytes.value())
          .seconds[static_cast<std::size_t>(groups.estimate)];
  return exposed_seconds(message, once, groups.overlap);
}

UnitTimes time_unit(const FoldedWork::Kind& kind, const UnitGroups& groups, CollectiveTable& table) {
  UnitTimes unit;
  unit.layers.reserve(kind.layers.size());
  for (const LayerWork& layer : kind.layers) {
    double wait = 0;
    for (const LayerMessage& m : layer.forward_messages) unit.forward_wait += exposed(m, groups, table);
    for (const LayerMessage& m : layer.backward_messages) wait += exposed(m, groups, table);
    unit.forward += layer.forward.value();
    unit.backward += layer.backward.value();
    unit.backward_wait += wait;
    unit.weight += layer.weight_gradient.value();
    unit.layers.push_back({layer.backward.value(), wait});
  }
  return unit;
}

}  // namespace

UnitGroups unit_groups(const Layout& layout, bool overlap, Estimate estimate) {
  return {layer_groups(layout), overlap, estimate};
}

std::vector<UnitTimes> time_units(const FoldedWork& work, const UnitGroups& groups, CollectiveTable& table) {
  std::vector<UnitTimes> times;
  times.reserve(work.kinds.size());
  for (const FoldedWork::Kind& kind : work.kinds) times.push_back(time_unit(kind, groups, table));
  return times;
}

}  // namespace scalesim::sim
