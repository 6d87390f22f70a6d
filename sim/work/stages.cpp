// Cuts between blocks.
#include "sim/work/stages.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/error.h"

namespace scalesim::sim {
namespace {

/// Starts of the runs of layers that stay together: one block each, layers outside of blocks with the block
/// before them (those before the first with the first).
std::vector<int> unit_starts(const Work& work, bool keep_loose_layers_together) {
  std::vector<int> starts = {0};
  int block = -1;
  for (std::size_t i = 0; i < work.layers.size(); ++i) {
    const int here = work.layers[i].block;
    const bool loose = here < 0 && keep_loose_layers_together;
    if (loose || here == block) continue;
    if (block >= 0 || !keep_loose_layers_together) starts.push_back(static_cast<int>(i));
    block = here;
  }
  starts.erase(std::unique(starts.begin(), starts.end()), starts.end());
  return starts;
}

std::vector<LayerRange> ranges(const std::vector<int>& first_units, const std::vector<int>& starts, int end) {
  std::vector<LayerRange> result;
  for (std::size_t s = 0; s < first_units.size(); ++s) {
    const int from = starts[static_cast<std::size_t>(first_units[s])];
    const int to = s + 1 < first_units.size() ? starts[static_cast<std::size_t>(first_units[s + 1])] : end;
    result.push_back({from, to});
  }
  return result;
}

/// The middle stages take what is left over: the ends already hold embedding and head.
std::vector<int> equal_split(int units, int stages) {
  std::vector<int> sizes(static_cast<std::size_t>(stages), units / stages);
  const int extra = units % stages, skip = (stages - extra) / 2;
  for (int e = 0; e < extra; ++e) ++sizes[static_cast<std::size_t>(skip + e)];
  std::vector<int> first = {0};
  for (int s = 0; s + 1 < stages; ++s) first.push_back(first.back() + sizes[static_cast<std::size_t>(s)]);
  return first;
}

/// First units of stages none of which takes longer than `limit`; more than `stages` of them if it cannot be
/// done.
std::vector<int> fill_up_to(double limit, const std::vector<double>& times, int stages) {
  std::vector<int> first = {0};
  double sum = 0;
  const int units = static_cast<int>(times.size());
  for (int u = 0; u < units; ++u) {
    const double time = times[static_cast<std::size_t>(u)];
    const bool must = units - u == stages - static_cast<int>(first.size());  // one unit left for each stage
    if (u > first.back() && (sum + time > limit || must)) {
      first.push_back(u);
      sum = 0;
    }
    sum += time;
  }
  return first;
}

std::vector<int> balanced_split(const std::vector<double>& times, int stages) {
  double low = *std::max_element(times.begin(), times.end()), high = 0;
  for (const double time : times) high += time;
  for (int i = 0; i < 60; ++i) {
    const double middle = (low + high) / 2;
    (static_cast<int>(fill_up_to(middle, times, stages).size()) > stages ? low : high) = middle;
  }
  return fill_up_to(high, times, stages);
}

}  // namespace

std::vector<int> split_units(int units, const std::vector<double>& times, int stages,
                             const std::string& model) {
  if (units < stages)
    throw InputError(fmt::format("{} pipeline stages are more than the {} places where {} can be cut", stages,
                                 units, model));
  return times.empty() ? equal_split(units, stages) : balanced_split(times, stages);
}

std::vector<LayerRange> cut_stages(const Work& work, int stages, bool equal_blocks,
                                   const std::string& model) {
  const int layers = static_cast<int>(work.layers.size());
  if (stages == 1) return {{0, layers}};
  const std::vector<int> starts = unit_starts(work, equal_blocks);
  const int units = static_cast<int>(starts.size());
  std::vector<double> times;
  for (int u = 0; !equal_blocks && u < units; ++u) {
    const int to = u + 1 < units ? starts[static_cast<std::size_t>(u + 1)] : layers;
    double sum = 0;
    for (int i = starts[static_cast<std::size_t>(u)]; i < to; ++i) {
      const LayerWork& layer = work.layers[static_cast<std::size_t>(i)];
      sum += (layer.forward + layer.backward).value();
    }
    times.push_back(sum);
  }
  return ranges(split_units(units, times, stages, model), starts, layers);
}

}  // namespace scalesim::sim
