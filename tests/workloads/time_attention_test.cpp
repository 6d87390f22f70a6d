// Measured attention kernels (data/calibration/attention.toml, with sources) against the shipped constants:
// one set for kernels of Ampere's instructions on five GPUs of three generations, one for the newest
// instructions.
#include <gtest/gtest.h>

#include "core/toml.h"
#include "tools/compute/transformers.h"
#include "topology/parts/gpu_catalogue.h"

namespace scalesim::workloads::calibrate {
namespace {

Errors errors_with(const std::string& kernel, const std::string& constants) {
  const DataCatalogue data = DataCatalogue::embedded();
  const std::vector<Observation> rows = read_attention(data, kernel, topology::GpuCatalogue(data));
  EXPECT_GT(rows.size(), 30u);
  return errors_of(rows, read_constants(data.read("calibration/compute", constants).table("constants")));
}

TEST(attention_kernels, flash_attention_2_is_within_10_percent_from_ampere_to_blackwell) {
  EXPECT_LT(errors_with("flash-attention-2", "attention-flash-2").mean, 0.10);
}

TEST(attention_kernels, those_of_the_newest_instructions_are_within_7_percent) {
  EXPECT_LT(errors_with("native", "attention-native").mean, 0.07);
}

}  // namespace
}  // namespace scalesim::workloads::calibrate
