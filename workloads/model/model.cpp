// Sums over the layers of a network.
#include "workloads/model/model.h"

namespace scalesim::workloads {

std::int64_t Model::parameter_count() const {
  std::int64_t sum = 0;
  for (const Layer& layer : layers) sum += layer.parameter_count();
  return sum;
}

std::int64_t Model::macs() const {
  std::int64_t sum = 0;
  for (const Layer& layer : layers) sum += layer.macs();
  return sum;
}

}  // namespace scalesim::workloads
