// The reducer's bucket assignment, layer by layer.
#include "sim/step/buckets.h"

namespace scalesim::sim {

std::vector<Bucket> gradient_buckets(const Work& work, const BucketRules& rules, int from, int to) {
  BucketFiller<Bucket> filler;
  filler.start(rules);
  for (int i = to - 1; i >= from; --i) {
    const LayerWork& layer = work.layers[static_cast<std::size_t>(i)];
    filler.append(layer.parameters, layer.expert, [&](Bucket& bucket) { bucket.ready_layer = i; });
  }
  filler.finish();
  return filler.closed();
}

std::vector<Bucket> gradient_buckets(const Work& work, const BucketRules& rules) {
  return gradient_buckets(work, rules, 0, static_cast<int>(work.layers.size()));
}

}  // namespace scalesim::sim
