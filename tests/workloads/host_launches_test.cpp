// What the host needs per operator comes from published rows, and reaches a step that waits for the host.
#include "tools/compute/host_launches.h"
#include "topology/parts/gpu_catalogue.h"
#include "workloads/load/load_model.h"

#include <gtest/gtest.h>

#include <cmath>

#include "workloads/compute/time.h"

namespace scalesim::workloads::calibrate {
namespace {

Tables tables_of(const DataCatalogue& data) {
  return {"", topology::GpuCatalogue(data),
          [data](const std::string& name, std::int64_t, bool) {
            return std::make_shared<const Model>(load_model(name, {}, data));
          },
          nullptr};
}

// A100: efficientnet_b5 in 17.839 ms over its operators; A6000: 53.7 ms / 1185 operators = 45.3 us. By the
// thread's own count of 583 operators the A100's host needs 30.6 us, and sqrt(30.6 us x 45.3 us) = 37.2 us;
// the zoo counts fewer operators where the thread counts views and additions in place.
TEST(host_launches, are_the_mean_of_the_machines_that_are_fitted) {
  const DataCatalogue data = DataCatalogue::embedded();
  const double time = host_time_per_operator(tables_of(data), data);
  EXPECT_GT(time, 35e-6);
  EXPECT_LT(time, 45e-6);
}

TEST(host_launches, are_those_of_python_only_where_python_starts_the_kernels) {
  ComputeConstants eager, fused, graph;
  CalibrationScope scope;
  scope.stack = "pytorch";
  set_host_launches(scope, 40e-6, eager);
  scope.compiled = true;
  set_host_launches(scope, 40e-6, fused);
  scope = {};
  scope.stack = "tf-cnn";
  set_host_launches(scope, 40e-6, graph);
  EXPECT_EQ(eager.dispatch_forward_s, 40e-6);
  EXPECT_EQ(fused.dispatch_forward_s, ComputeConstants{}.dispatch_forward_s);
  EXPECT_EQ(graph.dispatch_forward_s, ComputeConstants{}.dispatch_forward_s);
}

// What is shipped is what the program writes, to the four digits of the file.
TEST(host_launches, of_the_shipped_constants_are_what_the_rows_give) {
  const DataCatalogue data = DataCatalogue::embedded();
  ComputeSettings settings;
  settings.mode = Mode::inference;
  const ComputeConstants shipped =
      find_constants(topology::GpuCatalogue(data).find("a100-sxm4-80gb"), settings, data);
  const double time = host_time_per_operator(tables_of(data), data);
  EXPECT_NEAR(shipped.dispatch_forward_s / time, 1, 1e-3);
}

// One image through ResNet-18: 68 operators. Measured on machines of 2021 and 2022: 6.2 ms on a slow host
// (TorchBench), and 68 x 30.6 us = 2.1 ms at the pace of the A100's host. The kernels alone take 0.3 ms.
TEST(host_launches, decide_the_latency_of_one_image) {
  const DataCatalogue data = DataCatalogue::embedded();
  ComputeSettings settings;
  settings.mode = Mode::inference;
  settings.batch = 1;
  const ComputeModel model(topology::GpuCatalogue(data).find("a100-sxm4-80gb"), settings, data);
  const StepTime step = model.step(load_model("resnet18", {}, data));
  EXPECT_LT(step.forward, Seconds(1e-3));
  EXPECT_GT(step.total(), Seconds(2.0e-3));
  EXPECT_LT(step.total(), Seconds(6.2e-3));
}

}  // namespace
}  // namespace scalesim::workloads::calibrate
