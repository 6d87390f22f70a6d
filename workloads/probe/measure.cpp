// What `measure` says in a build without cuDNN.
#include "workloads/probe/measure.h"

#include "core/error.h"

namespace scalesim::workloads {

#ifndef SCALESIM_HAS_CUDNN
ComputeProfile measure_layers(const Model&, const ComputeSettings&, const Progress&) {
  throw InputError(
      "this scalesim was built without CUDA and cuDNN: build it where they are installed to measure layers");
}
#endif

}  // namespace scalesim::workloads
