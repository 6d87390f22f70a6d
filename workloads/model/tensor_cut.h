// Which layers of a transformer tensor parallelism divides, as their builders said and their sources imply.
#pragma once

#include <vector>

#include "workloads/model/model.h"

namespace scalesim::workloads {

/// One entry per layer. A layer that inherits stays `inherited` only where it reads divided channels; else it
/// is `replicated`, as everything is in a model that is no transformer.
std::vector<TensorCut> tensor_cuts(const Model& model);

/// Whether a layer cut like this leaves each rank a part of the output channels.
inline bool divides_output(TensorCut cut) { return cut == TensorCut::column || cut == TensorCut::inherited; }

}  // namespace scalesim::workloads
