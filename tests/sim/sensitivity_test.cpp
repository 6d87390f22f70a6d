// Links made better by hand, and what the answers about sensitivity must obey.
#include "sim/curve/sensitivity.h"
#include "topology/system/load_cluster.h"
#include "workloads/load/load_model.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <tuple>

#include "example.h"
#include "sim/curve/predict.h"
#include "sim/engine/changed_links.h"

namespace scalesim::sim {
namespace {

constexpr comm::Group kPair{2, 1, 1};

// The linear network takes 1 s per 100 bytes on "wire".
TEST(Sensitivity, AFasterLinkCarriesWhatItBoundsAsSmallerMessages) {
  const auto network = std::make_shared<LinearNetwork>();
  const auto time = [&](const char* link) {
    return with_faster_link(network, link, 2)
        ->time(comm::Collective::all_reduce, Bytes(400), kPair)
        .time.value();
  };
  EXPECT_DOUBLE_EQ(time("wire"), 2);
  EXPECT_DOUBLE_EQ(time("NIC"), 4);
}

// One byte takes 10 ms; a quarter of it less is 4 s - 2.5 ms.
TEST(Sensitivity, LessLatencyTakesAShareOfTheSmallestMessageOff) {
  const auto network = with_less_latency(std::make_shared<LinearNetwork>(), 0.25);
  EXPECT_NEAR(network->time(comm::Collective::all_reduce, Bytes(400), kPair).time.value(), 4 - 0.0025, 1e-12);
}

class OnServers : public testing::Test {
 protected:
  OnServers() : data(DataCatalogue::embedded()) {
    scenario.model = workloads::load_model("resnet50", {}, data);
  }
  System servers(const char* name, int nodes, std::vector<int> counts) const {
    topology::ClusterOptions options;
    if (nodes > 1) options.nodes = nodes;
    System system;
    system.name = name;
    system.cluster = topology::load_cluster(name, options, data);
    system.collectives = comm::make_nccl_model(system.cluster, data);
    system.gpu_counts = std::move(counts);
    return system;
  }
  Explanation ask(const System& system, int gpus) const {
    return explain_point(scenario, system, gpus, data, load_step_constants(data));
  }
  static const Change* find(const std::vector<Change>& changes, const std::string& what) {
    const auto found = std::find_if(changes.begin(), changes.end(),
                                    [&](const Change& c) { return c.what.rfind(what, 0) == 0; });
    return found == changes.end() ? nullptr : &*found;
  }
  DataCatalogue data;
  Scenario scenario;
};

TEST_F(OnServers, TenPerCentMoreHardwareBringsBetweenNothingAndTenPerCent) {
  scenario.compute.batch = 32;
  for (const auto& [name, nodes, gpus] : {std::tuple{"dgx-a100", 4, 32}, std::tuple{"dgx-1-v100", 2, 16},
                                          std::tuple{"pcie-8x-rtx3090", 1, 8}}) {
    const Explanation e = ask(servers(name, nodes, {gpus}), gpus);
    for (const Change& change : e.sensitivity) {
      if (change.what.rfind("batch", 0) == 0) continue;
      EXPECT_GE(change.gain, -1e-3) << name << " " << change.what;
      EXPECT_LE(change.gain, 0.1001) << name << " " << change.what;
    }
    EXPECT_TRUE(std::is_sorted(e.sensitivity.begin(), e.sensitivity.end(),
                               [](const Change& a, const Change& b) { return a.gain > b.gain; }));
    EXPECT_EQ(find(e.sensitivity, "NIC bandwidth") != nullptr, nodes > 1) << name;
    EXPECT_NE(find(e.sensitivity, "latency"), nullptr) << name;
  }
}

// One image per GPU: gradients of 553 MB cross 32 network links, and nothing else matters much: the host
// starts few kernels. (ResNet-18 at one image waits for the host, and --compiled comes first.)
TEST_F(OnServers, SmallBatchesOverANetworkAreWonWithSmallerGradients) {
  scenario.model = workloads::load_model("vgg16", {}, data);
  scenario.compute.batch = 1;
  const Explanation e = ask(servers("dgx-1-v100", 4, {32}), 32);
  EXPECT_EQ(e.switches.front().what, "--gradient-precision fp16");
  EXPECT_GT(e.switches.front().gain, 0.1);
  EXPECT_LT(find(e.switches, "--overlap off")->gain, 0);
}

TEST_F(OnServers, TensorGroupsAcrossNodesSayWhatTheirMappingCosts) {
  scenario.model = workloads::load_model("gpt3-1.3b", {}, data);
  scenario.compute.batch = 2;
  scenario.parallel.tensor = 8;
  scenario.parallel.mapping = "dp-tp-cp-pp";
  const Explanation e = ask(servers("dgx-a100", 4, {32}), 32);
  const Change* mapping = find(e.switches, "--mapping");
  ASSERT_NE(mapping, nullptr);
  EXPECT_GT(mapping->gain, 0.1);
  EXPECT_EQ(predict(scenario, {servers("dgx-a100", 4, {32})}, data).curves[0].points[0].bottleneck, "NIC");
  scenario.parallel.mapping = "tp-cp-dp-pp";
  EXPECT_EQ(find(ask(servers("dgx-a100", 4, {32}), 32).switches, "--mapping"), nullptr);
}

TEST_F(OnServers, HostsThatCannotFeedTheirGpusAreNamedFirst) {
  scenario.compute.batch = 64;
  scenario.host_cores = 8;  // about 1,500 images a second for eight A100
  const Explanation e = ask(servers("dgx-a100", 1, {8}), 8);
  EXPECT_EQ(e.first, "rate of the hosts' input");
  EXPECT_NEAR(find(e.sensitivity, "rate of the hosts' input")->gain, 0.1, 1e-6);
}

TEST_F(OnServers, LayersOfAllBlocksCountTogether) {
  scenario.model = workloads::load_model("gpt2", {}, data);
  scenario.compute.batch = 4;
  const Explanation e = ask(servers("dgx-a100", 1, {8}), 8);
  EXPECT_NE(e.layer, "");
  EXPECT_GT(e.layer_share, 0.05);
  EXPECT_LT(e.layer_share, 1);
}

TEST_F(OnServers, TheBandHoldsThePointAndMoreFailuresLowerGoodput) {
  scenario.compute.batch = 16;
  const System system = servers("dgx-a100", 8, {1, 8, 16, 64});
  const Prediction now = predict(scenario, {system}, data);
  scenario.reality.failures_per_gpu_hour = 1e-3;
  const Prediction worse = predict(scenario, {system}, data);
  for (std::size_t i = 0; i < 4; ++i) {
    const Point &a = now.curves[0].points[i], &b = worse.curves[0].points[i];
    EXPECT_LE(a.speedup_low, a.speedup);
    EXPECT_GE(a.speedup_high, a.speedup);
    EXPECT_LT(b.goodput, a.goodput);
    EXPECT_EQ(b.throughput, a.throughput);
    EXPECT_NEAR(b.sustained_throughput, b.throughput * b.goodput, 1e-9 * b.throughput);
  }
}

}  // namespace
}  // namespace scalesim::sim
