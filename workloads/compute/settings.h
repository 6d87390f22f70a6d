// How a network is computed on one GPU: precision, layout, optimizer, batch.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "topology/parts/precision.h"

namespace scalesim::workloads {

enum class Layout { nchw, nhwc };
enum class Mode { training, inference };
enum class Optimizer { sgd, momentum, adam };
enum class Recompute { none, selective, full };
std::string_view to_text(Layout);
std::string_view to_text(Mode);
std::string_view to_text(Optimizer);
std::string_view to_text(Recompute);
Layout parse_layout(std::string_view text);
Mode parse_mode(std::string_view text);
Optimizer parse_optimizer(std::string_view text);
Recompute parse_recompute(std::string_view text);

struct ComputeSettings {
  topology::Precision precision = topology::Precision::fp16;
  Layout layout = Layout::nhwc;
  bool compiled = false;
  Mode mode = Mode::training;
  Optimizer optimizer = Optimizer::momentum;
  Recompute recompute = Recompute::none;
  bool flash_attention = true;  ///< attention in one kernel that never writes the scores to memory
  std::int64_t batch = 32;      ///< samples per GPU and micro-step
  std::string stack;  ///< software stack whose calibration is used; empty: the default of the precision
};

}  // namespace scalesim::workloads
