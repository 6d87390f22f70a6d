// Blocks compare equal by what their layers cost, not by where they stand.
#include "sim/work/folded_work.h"

#include <algorithm>
#include <numeric>

namespace scalesim::sim {
namespace {

std::size_t at(int i) { return static_cast<std::size_t>(i); }

using Layers = std::vector<LayerWork>;

bool same_costs(const LayerWork& a, const LayerWork& b) {
  return a.forward == b.forward && a.backward == b.backward && a.weight_gradient == b.weight_gradient &&
         a.forward_messages == b.forward_messages && a.backward_messages == b.backward_messages &&
         a.parameters == b.parameters && a.expert == b.expert && a.buffers == b.buffers &&
         a.output == b.output;
}

bool is_example(const FoldedWork::Kind& kind, const LayerWork* from, const LayerWork* to) {
  return kind.loose == (from->block < 0) &&
         std::equal(kind.layers.begin(), kind.layers.end(), from, to, same_costs);
}

FoldedWork::Kind make_kind(const LayerWork* from, const LayerWork* to) {
  FoldedWork::Kind kind;
  kind.layers.assign(from, to);
  kind.loose = from->block < 0;
  for (const LayerWork& layer : kind.layers) {
    (layer.expert ? kind.expert_parameters : kind.parameters) +=
        std::accumulate(layer.parameters.begin(), layer.parameters.end(), 0.0);
    kind.seconds += (layer.forward + layer.backward).value();
  }
  return kind;
}

/// Places where the model may be cut, as indices of units: see cut_stages.
std::vector<int> cut_places(const FoldedWork& work, bool keep_loose_layers_together) {
  std::vector<int> starts = {0};
  bool block_seen = false;
  for (std::size_t u = 0; u < work.units.size(); ++u) {
    const bool loose = work.kinds[at(work.units[u])].loose;
    if (loose && keep_loose_layers_together) continue;
    if (u > 0 && (block_seen || !keep_loose_layers_together)) starts.push_back(static_cast<int>(u));
    block_seen = true;
  }
  return starts;
}

void append(std::vector<UnitRun>& runs, std::size_t stage_begin, int kind) {
  if (runs.size() > stage_begin && runs.back().kind == kind) {
    ++runs.back().count;
  } else {
    runs.push_back({kind, 1});
  }
}

}  // namespace

FoldedWork fold(const Work& work) {
  FoldedWork folded;
  folded.optimizer_per_parameter = work.optimizer_per_parameter;
  const LayerWork* layers = work.layers.data();
  for (std::size_t from = 0; from < work.layers.size();) {
    std::size_t to = from + 1;
    while (to < work.layers.size() && layers[to].block == layers[from].block) ++to;
    std::size_t kind = folded.kinds.size();
    while (kind > 0 && !is_example(folded.kinds[kind - 1], layers + from, layers + to)) --kind;
    if (kind == 0) {
      folded.kinds.push_back(make_kind(layers + from, layers + to));
      kind = folded.kinds.size();
    }
    folded.units.push_back(static_cast<int>(kind) - 1);
    folded.parameters += folded.kinds[kind - 1].parameters + folded.kinds[kind - 1].expert_parameters;
    for (std::size_t i = from; i < to; ++i) folded.buffers += layers[i].buffers.value();
    from = to;
  }
  return folded;
}

FoldedStages cut_folded_stages(const FoldedWork& work, int stages, bool equal_blocks,
                               const std::string& model) {
  FoldedStages result;
  const int units = static_cast<int>(work.units.size());
  std::vector<int> starts = {0}, first = {0};
  if (stages > 1) {
    starts = cut_places(work, equal_blocks);
    std::vector<double> times;
    for (std::size_t c = 0; !equal_blocks && c < starts.size(); ++c)  // one unit to a place
      times.push_back(work.kinds[at(work.units[at(starts[c])])].seconds);
    first = split_units(static_cast<int>(starts.size()), times, stages, model);
  }
  for (std::size_t s = 0; s < first.size(); ++s) {
    result.begin.push_back(result.runs.size());
    const int to = s + 1 < first.size() ? starts[at(first[s + 1])] : units;
    for (int u = starts[at(first[s])]; u < to; ++u)
      append(result.runs, result.begin.back(), work.units[at(u)]);
  }
  result.begin.push_back(result.runs.size());
  return result;
}

}  // namespace scalesim::sim
