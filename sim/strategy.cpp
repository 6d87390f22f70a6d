// Look-up of strategies.
#include "sim/strategy.h"

#include <string>

#include "core/error.h"

namespace scalesim::sim {

std::unique_ptr<Strategy> find_strategy(std::string_view name) {
  std::vector<std::string> names;
  for (auto& strategy : make_strategies()) {
    if (strategy->name() == name) return std::move(strategy);
    names.emplace_back(strategy->name());
  }
  throw unknown_name("strategy", name, names, "'scalesim list strategies' shows all");
}

}  // namespace scalesim::sim
