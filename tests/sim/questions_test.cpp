// Which things an explained point is asked about, and which it is not, on a network of one kind of link.
#include "topology/system/load_cluster.h"
#include "workloads/load/load_model.h"

#include <gmock/gmock.h>

#include <memory>
#include <string>
#include <vector>

#include "sim/curve/explore.h"
#include "sim/curve/sensitivity.h"

namespace scalesim::sim {
namespace {

using testing::Contains;
using testing::Not;
using testing::UnorderedElementsAre;

/// A millisecond and 2 GB/s, over what is called a link of two words or of one.
class OneLink : public comm::CollectiveModel {
 public:
  explicit OneLink(std::string link) : link_(std::move(link)) {}
  std::string_view name() const override { return "one link"; }
  comm::CollectiveTime time(comm::Collective, Bytes bytes, const comm::Group& group) const override {
    comm::CollectiveTime answer;
    if (group.ranks > 1) answer.time = Seconds(1e-3) + bytes / BytesPerSecond(2e9);
    answer.low = answer.high = answer.time;
    answer.bottleneck = link_;
    return answer;
  }
  std::vector<Input> inputs() const override { return {}; }

 private:
  std::string link_;
};

class Questions : public testing::Test {
 protected:
  Questions() : data(DataCatalogue::embedded()) {
    scenario.model = workloads::load_model("resnet18", {}, data);
    scenario.compute.batch = 32;
    topology::ClusterOptions options;
    options.gpu = "rtx4090";
    system = {
        "box", topology::load_cluster("pcie", options, data), std::make_shared<OneLink>("PCIe"), {1, 4}, {}};
  }
  Explanation ask(int gpus) const { return explain_point(scenario, system, gpus, data, {}); }
  static std::vector<std::string> names(const std::vector<Change>& changes) {
    std::vector<std::string> all;
    for (const Change& change : changes) all.push_back(change.what);
    return all;
  }
  DataCatalogue data;
  Scenario scenario;
  System system;
};

TEST_F(Questions, OneGpuHasNoLinksToAskAbout) {
  const Explanation e = ask(1);
  EXPECT_EQ(e.gpus, 1);
  EXPECT_THAT(names(e.sensitivity), UnorderedElementsAre("GPU arithmetic", "GPU memory bandwidth",
                                                         "batch per GPU (35 instead of 32)"));
  EXPECT_THAT(names(e.switches), UnorderedElementsAre("--compiled"));
}

TEST_F(Questions, SeveralGpusAreAskedAboutTheirLinks) {
  const Explanation e = ask(4);
  EXPECT_THAT(names(e.sensitivity),
              UnorderedElementsAre("PCIe bandwidth", "latency of collectives", "GPU arithmetic",
                                   "GPU memory bandwidth", "batch per GPU (35 instead of 32)"));
  EXPECT_THAT(names(e.switches),
              UnorderedElementsAre("--overlap off", "--gradient-precision fp16", "--compiled"));
  system.collectives = std::make_shared<OneLink>("socket link");
  EXPECT_THAT(names(ask(4).sensitivity), Contains("bandwidth of socket link"));
}

// A tenth more, rounded, and at least one more: 4 * 1.1 = 4.4, 20 * 1.1 = 22.
TEST_F(Questions, ATenthMoreSamplesOrOneMore) {
  scenario.compute.batch = 4;
  EXPECT_THAT(names(ask(1).sensitivity), Contains("batch per GPU (5 instead of 4)"));
  scenario.compute.batch = 20;
  EXPECT_THAT(names(ask(1).sensitivity), Contains("batch per GPU (22 instead of 20)"));
}

TEST_F(Questions, ABatchThatTheUserDividedIsLeftAlone) {
  const auto batch = Contains(testing::StartsWith("batch"));
  EXPECT_THAT(names(ask(4).sensitivity), batch);
  const Scenario before = scenario;
  scenario.global_batch = 128;
  EXPECT_THAT(names(ask(4).sensitivity), Not(batch));
  scenario = before;
  scenario.parallel.microbatch = 32;
  EXPECT_THAT(names(ask(4).sensitivity), Not(batch));
  scenario = before;
  scenario.accumulation = 2;
  EXPECT_THAT(names(ask(4).sensitivity), Not(batch));
}

TEST_F(Questions, SwitchesThatAreSetAreNotOffered) {
  scenario.overlap = false;
  scenario.gradient_element = Bytes(2);
  scenario.compute.compiled = true;
  EXPECT_THAT(names(ask(4).switches), UnorderedElementsAre("--overlap on"));
}

// A measured step says nothing about fused kernels, and moves with what the model says: arithmetic and memory
// bring no more than a tenth, and something.
TEST_F(Questions, AMeasuredStepMovesAsTheModelledOne) {
  scenario.step_time = Seconds(0.02);
  const Explanation e = ask(1);
  EXPECT_TRUE(e.switches.empty());
  double hardware = 0;
  for (const Change& change : e.sensitivity)
    if (change.what.rfind("GPU", 0) == 0) hardware += change.gain;
  EXPECT_GT(hardware, 0.03);
  EXPECT_LT(hardware, 0.11);
}

TEST_F(Questions, InferenceHasNoGradients) {
  scenario.compute.mode = workloads::Mode::inference;
  EXPECT_THAT(names(ask(4).switches), Not(Contains("--gradient-precision fp16")));
}

TEST_F(Questions, TheInputIsAskedAboutWhereItIsKnown) {
  const auto input = Contains("rate of the hosts' input");
  EXPECT_THAT(names(ask(4).sensitivity), Not(input));
  scenario.disk = BytesPerSecond(1e9);
  EXPECT_THAT(names(ask(4).sensitivity), input);
  scenario.disk.reset();
  scenario.host_samples_per_second = 100;  // far too few: a tenth more is a tenth more
  const Explanation e = ask(4);
  EXPECT_EQ(e.first, "rate of the hosts' input");
  for (const Change& change : e.sensitivity)
    if (change.what == e.first) {
      EXPECT_NEAR(change.gain, 0.1, 1e-9);
    }
}

// 25 settings around the question and the question itself, of two points each.
TEST_F(Questions, EveryExploredPointIsCounted) {
  int points = 0;
  const Grid grid = explore(scenario, {system}, data, [&] { ++points; });
  EXPECT_EQ(points, explored_settings(scenario) * 2);
  EXPECT_EQ(grid.surfaces[0].system, "box");
  EXPECT_EQ(grid.surfaces[0].throughput.size(), 50U);
}

// Micro-batches of 32 divide batches of 32, 64 and 128 a GPU, but not 8 and 16.
TEST_F(Questions, BatchesThatCannotBeDividedAreLeftOut) {
  scenario.parallel.microbatch = 32;
  const Grid grid = explore(scenario, {system}, data);
  EXPECT_EQ(grid.batches, (std::vector<std::int64_t>{32, 64, 128}));
  EXPECT_EQ(grid.surfaces[0].speedup.size(), 30U);
}

// A quarter of two images is none.
TEST_F(Questions, BatchesAreWhole) {
  scenario.compute.batch = 2;
  EXPECT_EQ(explore(scenario, {system}, data).batches, (std::vector<std::int64_t>{1, 2, 4, 8}));
}

}  // namespace
}  // namespace scalesim::sim
