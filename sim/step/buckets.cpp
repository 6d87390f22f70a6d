// The reducer's bucket assignment.
#include "sim/step/buckets.h"

#include <algorithm>
#include <array>

namespace scalesim::sim {

std::vector<Bucket> gradient_buckets(const Work& work, const BucketRules& rules, int from, int to) {
  std::vector<Bucket> buckets;
  std::array<Bucket, 2> open;
  open[1].expert = true;
  std::array<bool, 2> first = {true, true};
  for (int layer = to - 1; layer >= from; --layer) {
    const LayerWork& work_of_layer = work.layers[static_cast<std::size_t>(layer)];
    const std::size_t kind = work_of_layer.expert ? 1 : 0;
    for (auto elements = work_of_layer.parameters.rbegin(); elements != work_of_layer.parameters.rend();
         ++elements) {
      Bucket& bucket = open[kind];
      bucket.bytes += rules.element * static_cast<double>(*elements);
      bucket.elements += *elements;
      bucket.ready_layer = layer;
      ++bucket.parameters;
      if (bucket.bytes < (first[kind] ? rules.first : rules.cap)) continue;
      first[kind] = false;
      buckets.push_back(bucket);
      bucket = Bucket{};
      bucket.expert = kind == 1;
    }
  }
  for (const Bucket& bucket : open)
    if (bucket.parameters > 0) buckets.push_back(bucket);
  std::stable_sort(buckets.begin(), buckets.end(),
                   [](const Bucket& a, const Bucket& b) { return a.ready_layer > b.ready_layer; });
  return buckets;
}

std::vector<Bucket> gradient_buckets(const Work& work, const BucketRules& rules) {
  return gradient_buckets(work, rules, 0, static_cast<int>(work.layers.size()));
}

}  // namespace scalesim::sim
