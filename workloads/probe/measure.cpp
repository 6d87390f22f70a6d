// The way to the part that links CUDA, and what `measure` says in a build without cuDNN.
#include "workloads/probe/measure.h"

#include "core/error.h"
#include "core/part.h"

namespace scalesim::workloads {

#ifdef SCALESIM_HAS_CUDNN
ComputeProfile measure_layers(const Model& model, const ComputeSettings& settings, const Progress& progress) {
  const auto* measure = static_cast<const MeasureLayers*>(part_symbol("cuda", "scalesim_measure_layers"));
  return (*measure)(model, settings, progress);
}
#else
ComputeProfile measure_layers(const Model&, const ComputeSettings&, const Progress&) {
  throw InputError(
      "this scalesim was built without CUDA and cuDNN: build it where they are installed to measure layers");
}
#endif

}  // namespace scalesim::workloads
