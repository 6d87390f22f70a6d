// How long start-up work takes: every command pays it.
#include <benchmark/benchmark.h>

#include "core/data_catalogue.h"
#include "topology/parts/gpu.h"
#include "topology/parts/gpu_catalogue.h"

namespace scalesim {
namespace {

void embedded_catalogue(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(DataCatalogue::embedded());
}
BENCHMARK(embedded_catalogue);

void find_one_gpu(benchmark::State& state) {
  const topology::GpuCatalogue catalogue(DataCatalogue::embedded());
  for (auto _ : state) benchmark::DoNotOptimize(catalogue.find("h100-sxm"));
}
BENCHMARK(find_one_gpu);

}  // namespace
}  // namespace scalesim
