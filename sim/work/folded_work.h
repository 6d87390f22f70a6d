// A rank's work with equal blocks told once: what the fast path reads instead of thousands of layers.
#pragma once

#include <vector>

#include "sim/work/stages.h"
#include "sim/work/work.h"

namespace scalesim::sim {

/// `count` units of one kind in a row.
struct UnitRun {
  int kind = 0;
  int count = 1;
  bool operator==(const UnitRun&) const = default;
};

struct FoldedWork {
  /// A unit is a block, or the loose layers between two blocks; one example of each kind.
  struct Kind {
    std::vector<LayerWork> layers;
    bool loose = false;
    double parameters = 0, expert_parameters = 0;
    double seconds = 0;  ///< forward and backward of all layers
  };
  std::vector<Kind> kinds;
  std::vector<int> units;              ///< kind of each, in forward order
  double parameters = 0;               ///< of all units
  double buffers = 0;                  ///< bytes of running statistics
  double optimizer_per_parameter = 0;  ///< seconds
};

FoldedWork fold(const Work& work);

/// The units of each pipeline stage, as cut_stages cuts the layers; runs [begin[s], begin[s + 1]) are stage
/// s. Throws InputError as cut_stages does.
struct FoldedStages {
  std::vector<UnitRun> runs;
  std::vector<std::size_t> begin;
};
FoldedStages cut_folded_stages(const FoldedWork& work, int stages, bool equal_blocks,
                               const std::string& model);

}  // namespace scalesim::sim
