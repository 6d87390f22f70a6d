// Cuts between blocks.
#include "sim/work/stages.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/error.h"
#include "sim/work/folded_work.h"

namespace scalesim::sim {
namespace {

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
  const FoldedWork folded = fold(work);
  const FoldedStages cut = cut_folded_stages(folded, stages, equal_blocks, model);
  std::vector<LayerRange> ranges;
  for (std::size_t s = 0; s + 1 < cut.begin.size(); ++s) {
    const int from = ranges.empty() ? 0 : ranges.back().to;
    int to = from;
    for (std::size_t r = cut.begin[s]; r < cut.begin[s + 1]; ++r) {
      const FoldedWork::Kind& kind = folded.kinds[static_cast<std::size_t>(cut.runs[r].kind)];
      to += static_cast<int>(kind.layers.size()) * cut.runs[r].count;
    }
    ranges.push_back({from, to});
  }
  return ranges;
}

}  // namespace scalesim::sim
