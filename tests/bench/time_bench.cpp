// How fast a step is timed: Llama 405B must cost what ResNet-18 costs.
#include <benchmark/benchmark.h>

#include "topology/parts/gpu.h"
#include "topology/parts/gpu_catalogue.h"
#include "workloads/compute/layer_plan.h"
#include "workloads/compute/time.h"
#include "workloads/load/load_model.h"

namespace scalesim::workloads {
namespace {

ComputeModel model_of(const DataCatalogue& data) {
  return {topology::GpuCatalogue(data).find("a100-sxm4-80gb"), ComputeSettings{}, data};
}

void time_all_layers(benchmark::State& state, const char* name) {
  const DataCatalogue data = DataCatalogue::embedded();
  const ComputeModel compute = model_of(data);
  const Model model = load_model(name, {}, data);
  const LayerPlan plan = plan_layers(model, compute.settings());
  for (auto _ : state) benchmark::DoNotOptimize(compute.step(plan));
}
BENCHMARK_CAPTURE(time_all_layers, resnet18, "resnet18");
BENCHMARK_CAPTURE(time_all_layers, resnet152, "resnet152");
BENCHMARK_CAPTURE(time_all_layers, efficientnet_b7, "efficientnet_b7");
BENCHMARK_CAPTURE(time_all_layers, llama3_405b, "llama3-405b");

void fold_equal_layers(benchmark::State& state, const char* name) {
  const Model model = load_model(name, {}, DataCatalogue::embedded());
  for (auto _ : state) benchmark::DoNotOptimize(plan_layers(model, ComputeSettings{}));
}
BENCHMARK_CAPTURE(fold_equal_layers, resnet152, "resnet152");
BENCHMARK_CAPTURE(fold_equal_layers, llama3_405b, "llama3-405b");

void time_one_matrix_product(benchmark::State& state) {
  const ComputeModel compute = model_of(DataCatalogue::embedded());
  for (auto _ : state) benchmark::DoNotOptimize(compute.gemm({1, 8192, 2304, 6144}));
}
BENCHMARK(time_one_matrix_product);

void construct_a_compute_model(benchmark::State& state) {
  const DataCatalogue data = DataCatalogue::embedded();
  for (auto _ : state) benchmark::DoNotOptimize(model_of(data));
}
BENCHMARK(construct_a_compute_model);

}  // namespace
}  // namespace scalesim::workloads
