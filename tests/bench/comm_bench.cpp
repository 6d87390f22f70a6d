// How fast communication questions are answered: one query of the NCCL model, a group's tables, and fair
// sharing.
#include <benchmark/benchmark.h>

#include "comm/collective/model.h"
#include "comm/flow/sharing.h"
#include "comm/models/nccl/search.h"
#include "topology/system/load_cluster.h"

namespace {

using namespace scalesim;
using namespace scalesim::comm;

topology::Cluster dgx(int nodes) {
  topology::ClusterOptions options;
  options.nodes = nodes;
  return topology::load_cluster("dgx-h100", options, DataCatalogue::embedded());
}

void nccl_query(benchmark::State& state) {
  const auto model = make_nccl_model(dgx(4), DataCatalogue::embedded());
  double bytes = 1;
  for (auto _ : state) {
    bytes = bytes > 1e9 ? 1 : bytes * 1.7;
    benchmark::DoNotOptimize(model->time(Collective::all_reduce, Bytes(bytes), {32, 4, 1}));
  }
}
BENCHMARK(nccl_query);

void nccl_first_query_of_a_group(benchmark::State& state) {
  const topology::Cluster cluster = dgx(4);
  for (auto _ : state) {
    const auto model = make_nccl_model(cluster, DataCatalogue::embedded());
    benchmark::DoNotOptimize(model->time(Collective::all_reduce, Bytes(1e6), {32, 4, 1}));
  }
}
BENCHMARK(nccl_first_query_of_a_group);

void search_8_gpus_16_nics(benchmark::State& state) {
  topology::ClusterOptions options;
  options.nics_per_node = 16;
  const topology::Cluster cluster = topology::load_cluster("dgx-1-v100", options, DataCatalogue::embedded());
  for (auto _ : state) benchmark::DoNotOptimize(search_rings(cluster.node, 8, 70));
}
BENCHMARK(search_8_gpus_16_nics)->Unit(benchmark::kMillisecond);

struct Network {
  std::vector<BytesPerSecond> capacities;
  std::vector<Flow> flows;
};

Network network(int links, int flows) {
  std::uint64_t state = 1;
  const auto below = [&](int n) {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    return static_cast<int>((state >> 33) % static_cast<std::uint64_t>(n));
  };
  Network network;
  for (int i = 0; i < links; ++i) network.capacities.push_back(BytesPerSecond(1e9 * (1 + below(50))));
  for (int i = 0; i < flows; ++i) {
    Flow flow;
    for (int hop = 0; hop < 4; ++hop) flow.links.push_back(below(links));
    network.flows.push_back(flow);
  }
  return network;
}

void share_10000_flows_over_5000_links(benchmark::State& state) {
  const Network n = network(5000, 10000);
  for (auto _ : state) benchmark::DoNotOptimize(share_fairly(n.capacities, n.flows));
}
BENCHMARK(share_10000_flows_over_5000_links)->Unit(benchmark::kMillisecond);

void end_one_of_10000_flows(benchmark::State& state) {
  const Network n = network(5000, 10000);
  FlowSharing sharing(n.capacities, n.flows);
  int next = 0;
  for (auto _ : state) sharing.end(next++ % 10000);
}
BENCHMARK(end_one_of_10000_flows)->Unit(benchmark::kMicrosecond)->Iterations(2000);

}  // namespace
