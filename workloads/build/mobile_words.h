// The words of block strings ("ir_r2_k3_s2_e6_c24_se0.25") as values.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace scalesim::workloads {

/// One block as the words say it; mobile_blocks.h lists them.
struct MobileBlock {
  std::string_view type;
  int repeats = 1, stride = 1;
  std::vector<int> kernels = {3}, expand_kernels = {1}, project_kernels = {1};
  double expansion = 1, squeeze = 0, compression = 0;
  std::int64_t channels = 0, expand_from = 0, middle = 0, squeezed = 0, group = 0, experts = 0;
  std::int64_t heads = 0, head_dim = 0;
  int key_stride = 1;
  std::string_view act;
  bool skip = true;
};

/// Stages are parted by '|', their blocks by spaces.
std::vector<std::vector<MobileBlock>> decode_blocks(std::string_view stages);

}  // namespace scalesim::workloads
