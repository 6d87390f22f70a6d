// The same question gives the same document, byte for byte, on any thread.
#include <gtest/gtest.h>

#include <thread>

#include "report/documents/prediction.h"
#include "sim/curve/predict.h"
#include "sim/curve/sensitivity.h"
#include "topology/system/load_cluster.h"
#include "workloads/load/load_model.h"

namespace scalesim::report {
namespace {

sim::System servers(const char* name, int nodes, std::vector<int> counts, const DataCatalogue& data) {
  topology::ClusterOptions options;
  if (nodes > 1) options.nodes = nodes;
  sim::System system;
  system.name = name;
  system.cluster = topology::load_cluster(name, options, data);
  system.collectives = comm::make_nccl_model(system.cluster, data);
  system.gpu_counts = std::move(counts);
  return system;
}

/// With bands, goodput and explanations.
std::string document(const sim::Scenario& scenario, const std::vector<sim::System>& systems,
                     const DataCatalogue& data) {
  sim::Prediction prediction = sim::predict(scenario, systems, data);
  sim::explain(prediction, scenario, systems, data);
  return prediction_json(prediction, plan::board_prices(prediction, systems, "CNY", data));
}

TEST(PredictionBytes, SameSeedSameBytesOnOneTwoAndEightThreads) {
  const DataCatalogue data = DataCatalogue::embedded();
  sim::Scenario scenario;
  scenario.model = workloads::load_model("resnet50", {}, data);
  scenario.compute.batch = 16;
  const std::vector<sim::System> systems = {servers("dgx-a100", 2, {1, 8, 16}, data),
                                            servers("pcie-8x-rtx3090", 1, {1, 8}, data)};
  const std::string alone = document(scenario, systems, data);
  for (const std::size_t threads : {1, 2, 8}) {
    std::vector<std::string> texts(threads);
    std::vector<std::thread> pool;
    for (std::string& text : texts) pool.emplace_back([&] { text = document(scenario, systems, data); });
    for (std::thread& thread : pool) thread.join();
    for (const std::string& text : texts) EXPECT_EQ(text, alone);
  }
  scenario.reality.seed = 2;
  EXPECT_NE(document(scenario, systems, data), alone);
}

}  // namespace
}  // namespace scalesim::report
