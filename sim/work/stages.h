// Which layers each virtual pipeline stage holds.
#pragma once

#include <vector>

#include "sim/work/work.h"

namespace scalesim::sim {

/// Layers [from, to) in forward order.
struct LayerRange {
  int from = 0;
  int to = 0;
};

/// `stages` ranges that cover all layers. Transformers are cut between blocks, equally many to a stage, with
/// what stands before the first block and after the last one at the ends (Megatron-LM); where the blocks do
/// not divide, the middle stages get one more. Other models are cut between their blocks so that the slowest
/// stage is as fast as possible. Throws InputError when there are fewer places to cut than needed.
std::vector<LayerRange> cut_stages(const Work& work, int stages, bool equal_blocks, const std::string& model);

/// The first unit of each of `stages` stages. With `times` of the units the slowest stage is as fast as
/// possible; without, the units are spread evenly. Throws InputError when there are fewer units than stages.
std::vector<int> split_units(int units, const std::vector<double>& times, int stages,
                             const std::string& model);

}  // namespace scalesim::sim
