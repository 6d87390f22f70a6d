// What is fitted: one recipe for each calibration file, with its scope, the rows it learns from and the
// constants it may move. Nothing else in the program knows a GPU or a stack by name.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tools/compute/fit.h"
#include "tools/compute/networks.h"
#include "topology/parts/gpu.h"
#include "topology/parts/gpu_catalogue.h"

namespace scalesim::workloads::calibrate {

/// Where the rows come from: the folder of measured tables, and the networks that can be built.
struct Tables {
  std::string folder;
  topology::GpuCatalogue gpus;
  LoadModel load_image;
  LoadSequence load_sequence;
  DataCatalogue data;
};

struct Recipe {
  std::string name;       ///< of the file
  std::string base;       ///< recipe whose constants it starts from; empty: the defaults
  std::string attention;  ///< recipe whose attention kernel its rows ran; empty: the base's
  std::string answers;    ///< recipe whose attention kernel the file answers with; empty: the fitted one
  CalibrationScope scope;
  std::string source;  ///< the rows, in words
  std::vector<std::string_view> free;
  bool harness_floor = false;  ///< the floor that was fitted is that of the harness' host, not of a kernel
  std::function<void(ComputeConstants&)> adjust;  ///< constants that are known rather than fitted
  std::function<std::vector<Observation>(const Tables&)> rows;
};

/// In an order in which every base comes before its users.
std::vector<Recipe> recipes();

/// The constants of the attention kernel of `from`, in `to`.
void copy_attention(const ComputeConstants& from, ComputeConstants& to);

}  // namespace scalesim::workloads::calibrate
