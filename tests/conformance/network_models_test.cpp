// Laws that every network model must keep, whatever it models.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "comm/profile/profile.h"
#include "core/data_catalogue.h"
#include "topology/system/load_cluster.h"

namespace scalesim::comm {
namespace {

struct Case {
  std::string name;
  std::unique_ptr<CollectiveModel> model;
  std::vector<Group> groups;
};

constexpr Collective collectives[] = {
    Collective::all_reduce, Collective::all_gather, Collective::reduce_scatter, Collective::broadcast,
    Collective::reduce,     Collective::all_to_all, Collective::send_receive};

std::unique_ptr<CollectiveModel> nccl(const std::string& system, int nodes) {
  topology::ClusterOptions options;
  options.nodes = nodes;
  const DataCatalogue data = DataCatalogue::embedded();
  return make_nccl_model(topology::load_cluster(system, options, data), data);
}

/// A jagged profile: a dip, a jump and few sizes, over 2 and 4 ranks.
CommProfile measured(const std::string& backend) {
  CommProfile profile;
  profile.backend = backend;
  for (const int ranks : {2, 4}) {
    for (double bytes = 64; bytes <= 1 << 24; bytes *= 4) {
      Sample sample;
      sample.ranks = ranks;
      sample.bytes = Bytes(bytes);
      const double dip = bytes == 4096 ? 0.7 : bytes == 65536 ? 1.5 : 1;
      sample.median = Seconds((2e-6 * ranks + bytes * 2e-10) * dip);
      profile.samples.push_back(sample);
    }
  }
  return profile;
}

std::vector<Case> cases() {
  std::vector<Case> cases;
  const std::vector<Group> one_node = {{2, 1, 1}, {3, 1, 1}, {4, 1, 1}, {7, 1, 1}, {8, 1, 1}};
  for (const char* system : {"pcie", "pcie-switch", "nvlink", "dgx-a100", "dgx-h100"}) {
    cases.push_back({std::string("nccl on ") + system, nccl(system, 1), one_node});
  }
  const std::vector<Group> many = {{16, 2, 1}, {32, 4, 1}, {64, 8, 1}, {8, 8, 1}, {8, 8, 8}, {4, 4, 2}};
  cases.push_back({"nccl on 8 dgx-h100", nccl("dgx-h100", 8), many});
  cases.push_back({"nccl on 8 pcie", nccl("pcie", 8), many});
  std::vector<Group> all = one_node;
  all.insert(all.end(), many.begin(), many.end());
  for (const char* backend : {"nccl", "mpi"}) {
    cases.push_back({std::string("profile of ") + backend, make_profile_model(measured(backend)), all});
  }
  return cases;
}

TEST(NetworkModels, TakeNoTimeForOneRank) {
  for (const Case& c : cases()) {
    for (const Collective collective : collectives) {
      EXPECT_EQ(c.model->time(collective, Bytes(1 << 20), Group{}).time, Seconds(0)) << c.name;
    }
  }
}

TEST(NetworkModels, NeverNeedLessTimeForMoreBytes) {
  for (const Case& c : cases()) {
    for (const Collective collective : collectives) {
      for (const Group& group : c.groups) {
        Seconds before{};
        for (double bytes = 1; bytes < 2e10; bytes *= 1.07) {
          const Seconds now = c.model->time(collective, Bytes(bytes), group).time;
          ASSERT_GE(now, before) << c.name << ' ' << to_text(collective) << ' ' << group.ranks << " ranks at "
                                 << bytes;
          before = now;
        }
      }
    }
  }
}

TEST(NetworkModels, BoundTheirAnswerFromBothSides) {
  for (const Case& c : cases()) {
    for (const Group& group : c.groups) {
      const CollectiveTime time = c.model->time(Collective::all_reduce, Bytes(1 << 24), group);
      EXPECT_GT(time.low, Seconds(0)) << c.name;
      EXPECT_LE(time.low, time.time) << c.name;
      EXPECT_GE(time.high, time.time) << c.name;
      EXPECT_FALSE(time.algorithm.empty()) << c.name;
      EXPECT_FALSE(time.bottleneck.empty()) << c.name;
    }
  }
}

// Conservation: all-gather must bring every rank the (n-1)/n of the buffer it lacks, over links that carry at
// most their nominal rate: NVLink of one GPU inside a node; between nodes a node's NICs, through which the
// N-1 other nodes' share comes.
TEST(NetworkModels, NeverBeatTheBottleneckLink) {
  for (const char* system : {"pcie", "pcie-switch", "dgx-1-v100", "dgx-a100", "dgx-h100"}) {
    topology::ClusterOptions options;
    options.nodes = 4;
    const topology::Cluster cluster = topology::load_cluster(system, options, DataCatalogue::embedded());
    const auto model = make_nccl_model(cluster, DataCatalogue::embedded());
    const bool linked = cluster.gpu.links && cluster.wiring != topology::NodeWiring::pcie &&
                        cluster.wiring != topology::NodeWiring::pcie_switch;
    const double inside = linked ? cluster.gpu.links->total().value()
                                 : topology::pcie_bandwidth(cluster.gpu.pcie_generation, 16).value() * 1.05;
    for (const double bytes : {1e3, 1e6, 1e9}) {
      const double local = model->time(Collective::all_gather, Bytes(bytes), {8, 1, 1}).time.value();
      EXPECT_GE(local, bytes * 7 / 8 / inside) << system << ' ' << bytes;
      for (const Collective collective :
           {Collective::all_gather, Collective::all_reduce, Collective::all_to_all}) {
        const double across = model->time(collective, Bytes(bytes), {32, 4, 1}).time.value();
        EXPECT_GE(across, bytes * 3 / 4 / cluster.node_network_rate().value())
            << system << ' ' << to_text(collective);
      }
    }
  }
}

TEST(NetworkModels, SlowDownWhenGroupsShareNics) {
  const auto model = nccl("dgx-h100", 8);
  const Seconds alone = model->time(Collective::all_reduce, Bytes(1e9), {8, 8, 1}).time;
  const Seconds eight = model->time(Collective::all_reduce, Bytes(1e9), {8, 8, 8}).time;
  const Seconds eight_share_one_nic =
      nccl("pcie", 8)->time(Collective::all_reduce, Bytes(1e9), {8, 8, 8}).time;
  EXPECT_GE(eight, alone);
  EXPECT_GT(eight_share_one_nic, nccl("pcie", 8)->time(Collective::all_reduce, Bytes(1e9), {8, 8, 1}).time);
}

TEST(NetworkModels, AnswerAlikeFromEveryThread) {
  for (const Case& c : cases()) {
    const Group group = c.groups.back();
    std::vector<double> answers(8);
    std::vector<std::thread> threads;
    for (double& answer : answers) {
      threads.emplace_back(
          [&] { answer = c.model->time(Collective::all_reduce, Bytes(12345678), group).time.value(); });
    }
    for (std::thread& thread : threads) thread.join();
    for (const double answer : answers) EXPECT_EQ(answer, answers.front()) << c.name;
  }
}

TEST(NetworkModels, CostMoreOnPcieCardsWithEveryCardAdded) {
  const auto pcie = nccl("pcie", 1);
  double before = 0;
  for (const int ranks : {2, 4, 8}) {
    const double now = pcie->time(Collective::all_reduce, Bytes(1e8), {ranks, 1, 1}).time.value();
    EXPECT_GT(now, before);
    before = now;
  }
  EXPECT_GT(before, nccl("dgx-a100", 1)->time(Collective::all_reduce, Bytes(1e8), {8, 1, 1}).time.value());
}

}  // namespace
}  // namespace scalesim::comm
