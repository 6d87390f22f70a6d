// Predicts how ResNet-50 scales over the GPUs of one DGX A100, and fails unless the curve is one that can be.
#include <iostream>

#include "sim/curve/predict.h"
#include "topology/system/load_cluster.h"
#include "workloads/load/load_model.h"

using namespace scalesim;

int main() {
  const DataCatalogue data = DataCatalogue::embedded();
  sim::Scenario scenario;
  scenario.model = workloads::load_model("resnet50", {}, data);
  scenario.compute.batch = 64;
  sim::System system;
  system.name = "dgx-a100";
  system.cluster = topology::load_cluster(system.name, {}, data);
  system.collectives = comm::make_nccl_model(system.cluster, data);
  system.gpu_counts = {1, 2, 4, 8};
  const sim::Prediction prediction = sim::predict(scenario, {system}, data);

  double before = 0;
  for (const sim::Point& point : prediction.curves.front().points) {
    std::cout << point.gpus << " GPUs: " << point.speedup << " times one\n";
    if (!(point.speedup > before && point.speedup <= point.gpus)) return 1;
    before = point.speedup;
  }
  return before > 4 ? 0 : 1;
}
