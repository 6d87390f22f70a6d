// Tables of whole networks (timm's benchmark-train and benchmark-infer CSVs) as observations of seconds per
// step.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tools/compute/fit.h"
#include "topology/parts/gpu.h"
#include "workloads/compute/layer_plan.h"

namespace scalesim::workloads::calibrate {

/// Which rows of a table are wanted.
struct NetworkFilter {
  std::string gpu;  ///< as the table calls it: "RTX 3090"
  Layout layout = Layout::nhwc;
  bool compiled = false;
  Mode mode = Mode::training;
  int first_torch = 0,
      last_torch =
          999;  ///< PyTorch version as the table writes it: 112 is 1.12; 2.0 and later fuse attention
};

/// Reads the table's rows whose network `load` knows (nullptr otherwise). Rows marked suspect are left out;
/// of equal network, image and batch under several PyTorch versions the median is taken. Groups are the
/// table's families.
using LoadModel = std::function<std::shared_ptr<const Model>(const std::string& timm_name, std::int64_t image,
                                                             bool deployed)>;
/// The same with the length of a sequence, 0 for images.
using LoadSequence =
    std::function<std::shared_ptr<const Model>(const std::string& zoo_name, std::int64_t sequence)>;
std::vector<Observation> read_networks(const std::string& path, const NetworkFilter& filter,
                                       const topology::GpuSpec& gpu, const LoadModel& load);

}  // namespace scalesim::workloads::calibrate
