// Follows divided channels from the layers that divide them to those that sum over ranks.
#include "workloads/model/tensor_cut.h"

#include <algorithm>

namespace scalesim::workloads {

std::vector<TensorCut> tensor_cuts(const Model& model) {
  std::vector<TensorCut> cuts(model.layers.size(), TensorCut::replicated);
  if (!model.transformer) return cuts;
  for (std::size_t i = 0; i < model.layers.size(); ++i) {
    const Layer& layer = model.layers[i];
    const bool reads_divided = std::any_of(layer.sources.begin(), layer.sources.end(), [&](int source) {
      return source >= 0 && divides_output(cuts[static_cast<std::size_t>(source)]);
    });
    if (layer.cut != TensorCut::inherited || reads_divided) cuts[i] = layer.cut;
  }
  return cuts;
}

}  // namespace scalesim::workloads
