// The fit finds the constants that made the rows, keeps to the physical bounds, and is told apart by groups.
#include <gtest/gtest.h>

#include "tests/workloads/time_gpus.h"
#include "tools/compute/fit.h"
#include "workloads/compute/time.h"

namespace scalesim::workloads::calibrate {
namespace {

/// Products of several sizes and copies, timed with `truth`; half of them in each of two groups.
std::vector<Observation> rows_of(const ComputeConstants& truth) {
  std::vector<Observation> rows;
  for (const double size : {512.0, 1024.0, 2048.0, 4096.0, 8192.0}) {
    const auto product = [size](const ComputeConstants& c) {
      return ComputeModel(round_gpu(), {}, c).gemm({1, size, size, size}).time.value();
    };
    const auto copy = [size](const ComputeConstants& c) {
      return ComputeModel(round_gpu(), {}, c).memory_pass(Bytes(size * size * 8)).value();
    };
    const std::string group = size < 2000 ? "small" : "large";
    rows.push_back({group, "product", product(truth), product});
    rows.push_back({group, "copy", copy(truth), copy});
  }
  return rows;
}

TEST(fit, finds_the_constants_that_made_the_rows) {
  ComputeConstants truth;
  truth.matrix_efficiency = 0.62;
  truth.memory_fraction = 0.71;
  const auto free = fields_named({"matrix_efficiency", "memory_fraction"});
  const ComputeConstants found = fit(rows_of(truth), {}, free);
  EXPECT_NEAR(found.matrix_efficiency, 0.62, 0.02);
  EXPECT_NEAR(found.memory_fraction, 0.71, 0.02);
}

TEST(fit, never_leaves_the_physical_bounds) {
  // Rows twice as fast as the datasheet allows: the efficiency stops at 1.
  ComputeConstants truth;
  std::vector<Observation> rows = rows_of(truth);
  for (Observation& row : rows) row.measured /= 4;
  const ComputeConstants found = fit(rows, {}, fields_named({"matrix_efficiency", "memory_fraction"}));
  EXPECT_LE(found.matrix_efficiency, 1);
  EXPECT_LE(found.memory_fraction, 1);
}

TEST(fit, errors_left_out_are_reported_group_by_group) {
  ComputeConstants truth;
  const std::vector<LeftOut> left_out =
      leave_one_group_out(rows_of(truth), truth, fields_named({"matrix_efficiency"}));
  ASSERT_EQ(left_out.size(), 2u);
  EXPECT_EQ(left_out[0].group, "large");
  EXPECT_EQ(left_out[1].group, "small");
  EXPECT_LT(mean_over_groups(left_out), 0.01);
}

}  // namespace
}  // namespace scalesim::workloads::calibrate
