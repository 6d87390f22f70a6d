// The distinct layers of a model with what their surroundings change about their time. Deep networks repeat a
// few shapes, so a step is timed shape by shape; a plan is made once and used for any GPU.
#pragma once

#include <vector>

#include "workloads/compute/settings.h"
#include "workloads/model/model.h"

namespace scalesim::workloads {

/// What a layer's neighbours change about its time; part of what makes two layers equal.
struct LayerContext {
  bool first = false;       ///< reads the model's input: no input gradient
  bool fused = false;       ///< compiled code that runs in the same pass as the layer it reads from
  int consumers = 1;        ///< layers that read its output; each further one adds a gradient
  bool recomputed = false;  ///< its forward runs again in the backward pass
  bool wide = false;        ///< runs in 16 bits although the step is FP8
};

struct DistinctLayer {
  Layer layer;
  LayerContext context;
  double count = 0;  ///< how many layers of the model are this one
};

struct LayerPlan {
  std::vector<DistinctLayer> distinct;
  std::vector<int> index;  ///< for each layer of the model, its place in `distinct`
  double parameters = 0;
};

/// `compiled` and `recompute` of the settings shape the contexts; the rest is not used.
LayerPlan plan_layers(const Model& model, const ComputeSettings& settings);

}  // namespace scalesim::workloads
