// How long it takes to set up what every prediction stands on: a cluster, its paths, routes through its
// fabric.
#include <benchmark/benchmark.h>

#include "topology/cluster/cluster.h"
#include "topology/fabric/fabric_layout.h"
#include "topology/machine/router.h"
#include "topology/parts/gpu_catalogue.h"
#include "topology/system/load_cluster.h"

namespace scalesim::topology {
namespace {

void load_cluster_of_1024_nodes(benchmark::State& state) {
  DataCatalogue data = DataCatalogue::embedded();
  data.add("systems/large.toml",
           "node = \"dgx-h100\"\nnodes = 1024\nfabric = \"fat-tree\"\noversubscription = 2\n");
  for (auto _ : state) benchmark::DoNotOptimize(load_cluster("large", {}, data));
}
BENCHMARK(load_cluster_of_1024_nodes);

void classes_of_8_gpus_and_16_nics(benchmark::State& state) {
  ClusterOptions options;
  options.nics_per_node = 16;
  const Machine machine = load_cluster("dgx-h100", options, DataCatalogue::embedded()).node;
  for (auto _ : state) benchmark::DoNotOptimize(all_path_types(machine));
}
BENCHMARK(classes_of_8_gpus_and_16_nics);

void find_a_gpu_by_its_product_name(benchmark::State& state) {
  for (auto _ : state)
    benchmark::DoNotOptimize(GpuCatalogue(DataCatalogue::embedded()).find("NVIDIA H100 80GB HBM3"));
}
BENCHMARK(find_a_gpu_by_its_product_name);

void routes_across_a_three_tier_fat_tree(benchmark::State& state) {
  FabricShape shape;
  shape.nodes = 4096;
  shape.ports_per_node = 8;
  shape.port_rate = BytesPerSecond(50e9);
  const auto layout = make_fabric("fat_tree");
  for (auto _ : state) benchmark::DoNotOptimize(layout->routes(shape, 0, shape.endpoints() - 1));
}
BENCHMARK(routes_across_a_three_tier_fat_tree);

}  // namespace
}  // namespace scalesim::topology
