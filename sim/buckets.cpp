// The reducer's bucket assignment.
#include "sim/buckets.h"

namespace scalesim::sim {

std::vector<Bucket> gradient_buckets(const workloads::Model& model, const BucketRules& rules) {
  std::vector<Bucket> buckets;
  Bucket open;
  for (int layer = static_cast<int>(model.layers.size()) - 1; layer >= 0; --layer) {
    const auto& parameters = model.layers[static_cast<std::size_t>(layer)].parameters;
    for (auto parameter = parameters.rbegin(); parameter != parameters.rend(); ++parameter) {
      open.bytes += rules.element * static_cast<double>(parameter->elements);
      open.elements += parameter->elements;
      open.ready_layer = layer;
      ++open.parameters;
      if (open.bytes < (buckets.empty() ? rules.first : rules.cap)) continue;
      buckets.push_back(open);
      open = Bucket{};
    }
  }
  if (open.parameters > 0) buckets.push_back(open);
  return buckets;
}

}  // namespace scalesim::sim
