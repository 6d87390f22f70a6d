// Counting a network: the aim is less than 1 ms for any, Llama 405B like ResNet-18.
#include <benchmark/benchmark.h>

#include "workloads/compute/step.h"
#include "workloads/load/load_model.h"
#include "workloads/memory/memory.h"
#include "workloads/model/counts.h"

namespace scalesim::workloads {
namespace {

void count_model(benchmark::State& state, const char* name) {
  const DataCatalogue data = DataCatalogue::embedded();
  for (auto _ : state) {
    const Model model = load_model(name, {}, data);
    benchmark::DoNotOptimize(model.macs() + model.parameter_count());
  }
}
BENCHMARK_CAPTURE(count_model, resnet18, "resnet18");
BENCHMARK_CAPTURE(count_model, resnet152, "resnet152");
BENCHMARK_CAPTURE(count_model, efficientnet_b7, "efficientnet_b7");
BENCHMARK_CAPTURE(count_model, hrnet_w18, "hrnet_w18");
BENCHMARK_CAPTURE(count_model, llama3_405b, "llama3-405b");
BENCHMARK_CAPTURE(count_model, megatron_1t, "megatron-1t");

void memory_of_model(benchmark::State& state) {
  const Model model = load_model("llama3-405b", {}, DataCatalogue::embedded());
  for (auto _ : state) benchmark::DoNotOptimize(memory_use(model, {}, {}));
}
BENCHMARK(memory_of_model);

}  // namespace
}  // namespace scalesim::workloads
