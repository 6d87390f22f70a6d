// GPUs that differ: counting them, dividing samples, and who waits for whom.
#include "sim/evaluate/mixed.h"
#include "topology/parts/gpu_catalogue.h"
#include "topology/system/load_cluster.h"
#include "workloads/load/load_model.h"

#include <gtest/gtest.h>

#include "core/error.h"
#include "sim/evaluate/step_evaluator.h"

namespace scalesim::sim {
namespace {

using Counts = std::vector<int>;
using Shares = std::vector<std::int64_t>;

TEST(Mixed, NodesFillUpWithTheirOwnKindFirst) {
  System system;
  system.cluster.gpus_per_node = 8;
  OtherGpus others;
  others.per_node = 3;
  system.others = {others};
  EXPECT_EQ(ranks_by_kind(system, 4), (Counts{4, 0}));
  EXPECT_EQ(ranks_by_kind(system, 6), (Counts{5, 1}));
  EXPECT_EQ(ranks_by_kind(system, 13), (Counts{10, 3}));
  EXPECT_EQ(ranks_by_kind(system, 16), (Counts{10, 6}));
}

// Four ranks of 1 s a sample and four of 0.5 s: 96 samples are 12 speeds of 8 samples.
TEST(Mixed, SamplesGoWhereTheyFinishTogether) {
  EXPECT_EQ(proportional_shares({4, 4}, {1, 0.5}, 96), (Shares{8, 16}));
}

// One rank each, 10 samples: 3.33 and 6.67 are cut to 3 and 6, and the one left over goes to the larger rest.
TEST(Mixed, LeftOverSamplesGoToTheLargestRest) {
  EXPECT_EQ(proportional_shares({1, 1}, {1, 0.5}, 10), (Shares{3, 7}));
  EXPECT_EQ(proportional_shares({1, 0}, {1, 0.5}, 10), (Shares{10, 0}));
}

class MixedServer : public testing::Test {
 protected:
  MixedServer() : data(DataCatalogue::embedded()) {
    scenario.model = workloads::load_model("resnet50", {}, data);
    scenario.compute.batch = 64;
    const topology::GpuCatalogue catalogue(data);
    topology::ClusterOptions options;
    options.gpu = "rtx4090";
    system.cluster = topology::load_cluster("pcie", options, data);
    system.collectives = comm::make_nccl_model(system.cluster, data);
    fast = system;
    system.others = {{catalogue.find("rtx3090"), 4}};
    options.gpu = "rtx3090";
    slow = system;
    slow.others.clear();
    slow.cluster.gpu = catalogue.find("rtx3090");
  }
  Outcome run(const System& on, int gpus) {
    return StepEvaluator(scenario, on, data, load_step_constants(data)).outcome(gpus);
  }
  DataCatalogue data;
  Scenario scenario;
  System system, fast, slow;
};

TEST_F(MixedServer, EqualBatchesTakeAsLongAsOnTheSlowestGpu) {
  EXPECT_EQ(run(system, 4).step, run(fast, 4).step);  // the first four are alike
  EXPECT_EQ(StepEvaluator(scenario, system, data, {}).pacing_gpu(8).name, "rtx3090");
  EXPECT_GT(run(system, 8).step, run(fast, 8).step);
  EXPECT_LE(run(system, 8).compute, run(slow, 8).compute * 1.02);
  EXPECT_GE(run(system, 8).compute, run(slow, 8).compute * 0.98);
}

TEST_F(MixedServer, ProportionalBatchesAreFasterAndLoseNoSample) {
  scenario.parallel = {};
  for (const std::int64_t batch : {16, 64, 100}) {
    scenario.compute.batch = batch;
    scenario.balance = Balance::equal;
    const Outcome equal = run(system, 8);
    scenario.balance = Balance::proportional;
    const Outcome proportional = run(system, 8);
    EXPECT_EQ(proportional.samples, equal.samples);
    EXPECT_LT(proportional.compute, equal.compute) << batch;
    EXPECT_GT(proportional.compute, run(fast, 8).compute * 0.98) << batch;
  }
}

// The user measured 50 ms on the 4090: the 3090 takes what the model says beside it, so the ratio stays.
TEST_F(MixedServer, AMeasuredStepBelongsToTheFirstKind) {
  const double ratio = run(system, 8).compute / run(fast, 8).compute;
  scenario.step_time = Seconds(0.05);
  EXPECT_NEAR(run(system, 8).compute / run(fast, 8).compute, ratio, 0.05 * ratio);
}

TEST_F(MixedServer, ProportionalBatchesNeedPlainDataParallelism) {
  scenario.model = workloads::load_model("gpt2", {}, data);
  scenario.parallel.tensor = 2;
  scenario.balance = Balance::proportional;
  EXPECT_THROW(run(system, 8), InputError);
}

}  // namespace
}  // namespace scalesim::sim
