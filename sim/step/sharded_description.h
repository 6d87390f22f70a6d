// What a step with sharded parameters does, told once: the collectives of each unit of layers, their streams,
// and what waits for what. sharded_step.cpp makes tasks of it, fast/sharded_recurrence.cpp follows it.
#pragma once

#include <array>
#include <cstddef>
#include <span>

#include "comm/collective/model.h"
#include "sim/scenario/layout.h"
#include "sim/scenario/scenario.h"
#include "sim/step/rules.h"

namespace scalesim::sim {

/// A collective that each unit of layers (a block, or the loose layers between blocks) needs in a pass.
struct UnitCollective {
  comm::Collective collective = comm::Collective::all_gather;
  comm::Group group;
  Bytes element{};     ///< per parameter of the unit
  int divided_by = 1;  ///< ranks that move a part of the unit each
  Axis axis = Axis::none;

  Bytes bytes(double parameters) const { return element * parameters / divided_by; }
  bool moves_anything(double parameters) const { return group.ranks > 1 && bytes(parameters) > Bytes(0); }
  /// Collectives of one device share the links inside the node, or those between nodes.
  int link() const { return group.nodes > 1 ? 1 : 0; }
};

/// One pass of a micro-batch over all units.
struct ShardedPass {
  bool backward = false;
  bool gathers = true;   ///< parameters before the compute of each unit
  bool reduces = false;  ///< gradients after it

  /// The unit that comes `place`-th.
  int unit_at(int place, int units) const { return backward ? units - 1 - place : place; }
};

struct ShardedDescription {
  /// Each has a communication stream of its own. Those after the gather are a chain: each starts when the
  /// one before it (or the backward of the unit) has ended.
  enum Stream : std::size_t { kGather, kReduce, kReplicate, kStreams };

  std::array<UnitCollective, kStreams> collectives;
  std::array<ShardedPass, 2> all_passes;
  bool training = true;  ///< else the forward alone
  Layout layout;         ///< with the ranks that share one copy
  int in_flight = 1;
  double prefetch_elements = 0;  ///< 0: `in_flight` counts instead

  std::span<const ShardedPass> passes() const {
    return {all_passes.data(), training ? std::size_t{2} : std::size_t{1}};
  }
  /// The gather of a unit is issued once the compute that many units before it in the pass has ended; where
  /// there is none, at the end of the pass before.
  int gathers_ahead(double parameters) const;
  /// Each rank updates its shard, once all collectives have ended.
  double updated_elements(double parameters) const { return parameters / layout.shard; }
};

/// Throws InputError with pipeline parallelism: every micro-batch would gather every parameter again.
ShardedDescription describe_sharded_step(const Scenario& scenario, const Layout& layout,
                                         const ShardingRules& rules);

}  // namespace scalesim::sim
