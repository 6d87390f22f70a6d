// Every option of the systems reaches its field; the GPU counts that are shown without --gpus; GPUs that
// differ; refusals.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/options/reality_options.h"
#include "cli/options/scenario_options.h"
#include "cli/shell/parse.h"
#include "core/error.h"
#include "tests/support/error_of.h"
#include "topology/parts/gpu.h"

namespace scalesim::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// Options of systems and those of reality, to which --mix belongs.
Options options(const std::vector<std::string>& words) {
  std::vector<Option> table = system_options();
  for (const Option& option : reality_options()) table.push_back(option);
  return parse_words(words, table);
}

Systems systems(const std::vector<std::string>& words) {
  return systems_from(options(words), DataCatalogue::embedded());
}

TEST(ClusterOptions, NothingIsSetUnlessSaid) {
  const topology::ClusterOptions c = cluster_options(options({}));
  EXPECT_FALSE(c.gpu || c.gpus_per_node || c.nodes || c.nics_per_node || c.nic_rate || c.fabric ||
               c.oversubscription || c.sharp || c.least_gpus);
}

TEST(ClusterOptions, EveryOptionReachesItsField) {
  const topology::ClusterOptions c =
      cluster_options(options({"--gpu", "rtx4090", "--gpus-per-node", "5", "--nodes", "7", "--nic", "3x200Gb",
                               "--fabric", "rail", "--oversubscription", "1.5", "--sharp"}));
  EXPECT_EQ(c.gpu, "rtx4090");
  EXPECT_EQ(c.gpus_per_node, 5);
  EXPECT_EQ(c.nodes, 7);
  EXPECT_EQ(c.nics_per_node, 3);
  EXPECT_EQ(c.nic_rate, BytesPerSecond(25e9));  // 200 Gb/s over 8
  EXPECT_EQ(c.fabric, "rail");
  EXPECT_EQ(c.oversubscription, 1.5);
  EXPECT_EQ(c.sharp, true);
  EXPECT_FALSE(c.least_gpus);
}

TEST(ClusterOptions, LimitsAreIncludedAndWhatLiesBeyondIsRefused) {
  struct Limits {
    std::string option, low, high, below, above, sentence;
  };
  const std::vector<Limits> table = {
      {"gpus-per-node", "1", "1024", "0", "1025", "out of range; give a whole number between 1 and 1024"},
      {"nodes", "1", "1000000", "0", "1000001", "out of range; give a whole number between 1 and 1000000"},
      {"oversubscription", "1", "1000", "0.99", "1000.1", "give a number between 1 and 1000"}};
  for (const Limits& l : table) {
    for (const std::string& value : {l.low, l.high})
      EXPECT_EQ(error_of([&] { cluster_options(options({"--" + l.option, value})); }), "no error");
    for (const std::string& value : {l.below, l.above})
      EXPECT_EQ(error_of([&] {
                  cluster_options(options({"--" + l.option, value}));
                }),
                "--" + l.option + " " + value + ": " + l.sentence);
  }
  EXPECT_EQ(error_of([] {
              systems({"--gpus", "1000001"});
            }),
            "--gpus 1000001: out of range; give a whole number between 1 and 1000000");
}

TEST(SystemOptions, StandInTheOrderOfHelp) {
  std::vector<std::string> names;
  for (const Option& option : system_options()) names.push_back(option.name);
  EXPECT_THAT(names, ElementsAre("system", "gpu", "gpus", "nodes", "gpus-per-node", "nic", "fabric",
                                 "oversubscription", "sharp", "algorithm", "protocol", "nccl", "nccl-env",
                                 "profile"));
}

std::vector<int> counts(std::vector<std::string> words) {
  words.insert(words.begin(), {"--system", "nvlink", "--gpu", "a100-sxm4-80gb"});
  return systems(words).systems.at(0).gpu_counts;
}

TEST(SystemsFrom, CountsGoUpToOneNodeThenInWholeNodes) {
  EXPECT_THAT(counts({}), ElementsAre(1, 2, 3, 4, 5, 6, 7, 8));
  EXPECT_THAT(counts({"--gpus-per-node", "4"}), ElementsAre(1, 2, 3, 4));
  // Several nodes: powers of two below one node, every node up to 16.
  EXPECT_THAT(counts({"--nodes", "3"}), ElementsAre(1, 2, 4, 8, 16, 24));
  EXPECT_THAT(counts({"--gpus-per-node", "2", "--nodes", "16"}),
              ElementsAre(1, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30, 32));
  // Beyond 16 nodes powers of two, and the last of 20 nodes.
  EXPECT_THAT(counts({"--gpus-per-node", "2", "--nodes", "20"}),
              ElementsAre(1, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30, 32, 40));
  EXPECT_THAT(counts({"--gpus", "2,8"}), ElementsAre(2, 8));
}

TEST(SystemsFrom, NodesFollowTheLargestCountUnlessSaid) {
  EXPECT_EQ(systems({"--system", "nvlink", "--gpus", "8"}).systems.at(0).cluster.nodes, 1);
  const sim::System two = systems({"--system", "nvlink", "--gpus", "4,9"}).systems.at(0);
  EXPECT_EQ(two.cluster.nodes, 2);
  EXPECT_EQ(two.name, two.cluster.name + " x 2 nodes");
  EXPECT_EQ(systems({"--system", "nvlink", "--gpus", "8"}).systems.at(0).name, "nvlink");
  EXPECT_EQ(error_of([] {
              systems({"--system", "nvlink", "--nodes", "2", "--gpus", "17"});
            }),
            "--gpus 17: 2 nodes of 8 GPUs are 16 GPUs; ask for fewer GPUs or more --nodes");
  EXPECT_EQ(error_of([] { systems({"--system", "nvlink", "--nodes", "2", "--gpus", "16"}); }), "no error");
}

std::vector<std::string> names(const std::vector<std::string>& words) {
  std::vector<std::string> result;
  for (const sim::System& system : systems(words).systems) result.push_back(system.name);
  return result;
}

TEST(SystemsFrom, TheDefaultQuestionIsAServerOfEachKindAndEightNodes) {
  EXPECT_THAT(names({}), ElementsAre("pcie", "nvlink", "nvlink x 8 nodes"));
  EXPECT_THAT(names({"--nodes", "2"}), ElementsAre("nvlink x 2 nodes"));
  EXPECT_THAT(names({"--gpus", "4"}), ElementsAre("pcie", "nvlink"));
  EXPECT_THAT(names({"--mix", "1xrtx3090"}), ElementsAre("pcie"));
  EXPECT_THAT(names({"--system", "nvlink", "--system", "pcie"}), ElementsAre("nvlink", "pcie"));
  // The third curve begins where the second ends.
  EXPECT_THAT(systems({}).systems.at(2).gpu_counts, ElementsAre(8, 16, 24, 32, 40, 48, 56, 64));
}

TEST(SystemsFrom, AGpuWithoutNvswitchIsSaidToBeReplaced) {
  const Systems replaced = systems({"--gpu", "rtx4090", "--gpus", "2"});
  ASSERT_EQ(replaced.warnings.size(), 1u);
  EXPECT_THAT(replaced.warnings[0],
              testing::StartsWith("rtx4090 cannot be joined by NVSwitch: the nvlink curves show "));
  EXPECT_EQ(replaced.systems.at(0).cluster.gpu.name, "rtx4090");
  EXPECT_NE(replaced.systems.at(1).cluster.gpu.name, "rtx4090");
  EXPECT_EQ(systems({"--gpu", "rtx3090", "--gpus", "2"}).warnings.size(), 1u) << "bridges are no switch";
  EXPECT_TRUE(systems({"--gpu", "h100-sxm", "--gpus", "2"}).warnings.empty());
}

std::vector<sim::OtherGpus> mixed(std::vector<std::string> words) {
  words.insert(words.end(), {"--system", "pcie", "--gpu", "rtx4090", "--gpus", "8"});
  return systems(words).systems.at(0).others;
}

std::string mix_refusal(const std::string& mix) {
  return error_of([&] { mixed({"--mix", mix}); });
}

TEST(Mix, NamesTheLastGpusOfEveryNode) {
  const auto others = mixed({"--mix", "4xrtx3090", "--mix", "3xa100-pcie-80gb"});
  ASSERT_EQ(others.size(), 2u);
  EXPECT_EQ(others[0].gpu.name, "rtx3090");
  EXPECT_EQ(others[0].per_node, 4);
  EXPECT_EQ(others[1].gpu.name, "a100-pcie-80gb");
  EXPECT_EQ(others[1].per_node, 3);
}

TEST(Mix, WrongWordsAndTooManyAreRefused) {
  for (const std::string mix :
       {"rtx3090", "xrtx3090", "4", "4x", "0xrtx3090", "4rtx3090", "12345xrtx3090", ""})
    EXPECT_EQ(mix_refusal(mix),
              "--mix " + mix + ": say how many of which GPU in every node, such as 4xrtx3090");
  EXPECT_EQ(mix_refusal("7xrtx3090"), "no error") << "one of eight stays";
  EXPECT_EQ(mix_refusal("8xrtx3090"),
            "--mix 8xrtx3090: a node of pcie has 8 GPUs and one at least is rtx4090; take fewer");
  EXPECT_THAT(mix_refusal("9999xrtx3090"), HasSubstr("take fewer"));
  EXPECT_THAT(error_of([] { mixed({"--mix", "4xrtx3090", "--mix", "4xrtx3090"}); }), HasSubstr("take fewer"));
  for (const std::string gpu : {"rtx4090", "rtx3090"})  // no NVLink at all, and bridges only
    EXPECT_EQ(error_of([&] {
                systems({"--system", "nvlink", "--gpu", "h100-sxm", "--gpus", "8", "--mix", "1x" + gpu});
              }),
              "--mix 1x" + gpu + ": " + gpu + " cannot be joined by NVLink; take --system pcie");
  EXPECT_EQ(
      error_of([] {
        systems({"--system", "nvlink", "--gpu", "h100-sxm", "--gpus", "8", "--mix", "1xa100-sxm4-80gb"});
      }),
      "no error");
}

topology::GpuSpec spec(int generation, int links, bool peer) {
  topology::GpuSpec gpu;
  gpu.pcie_generation = generation;
  gpu.pcie_lanes = 16;
  gpu.peer_access_over_pcie = peer;
  if (links > 0) gpu.links.emplace().count = links;
  return gpu;
}

TEST(WithCommonLinks, TakesTheLeastOfEach) {
  topology::Cluster cluster;
  cluster.gpu = spec(5, 18, true);
  cluster.node.peer_access = true;
  cluster.node.links.resize(4);
  cluster.node.links[0].bandwidth = BytesPerSecond(1e12);
  cluster.node.links[1].bandwidth = BytesPerSecond(1);
  cluster.node.links[3].bandwidth = BytesPerSecond(1e12);
  cluster.node.links[3].kind = topology::LinkKind::nvlink;
  const topology::Cluster same = with_common_links(cluster, {});
  EXPECT_EQ(same.gpu.pcie_generation, 5);
  EXPECT_EQ(same.node.links[0].bandwidth, BytesPerSecond(1e12));
  const topology::Cluster least = with_common_links(cluster, {{spec(4, 12, true), 1}});
  EXPECT_EQ(least.gpu.pcie_generation, 4);
  EXPECT_EQ(least.gpu.links->count, 12);
  EXPECT_TRUE(least.gpu.peer_access_over_pcie);
  EXPECT_EQ(least.node.peer_access, true);
  EXPECT_EQ(least.node.links[0].bandwidth, topology::pcie_bandwidth(4, 16));
  EXPECT_EQ(least.node.links[1].bandwidth, BytesPerSecond(1)) << "what is slower stays";
  EXPECT_FALSE(least.node.links[2].bandwidth) << "what is not known stays so";
  EXPECT_EQ(least.node.links[3].bandwidth, BytesPerSecond(1e12)) << "NVLink is not PCIe";
  const topology::Cluster newer = with_common_links(cluster, {{spec(6, 20, false), 1}});
  EXPECT_EQ(newer.gpu.pcie_generation, 5);
  EXPECT_EQ(newer.gpu.links->count, 18);
  EXPECT_FALSE(newer.gpu.peer_access_over_pcie);
  EXPECT_EQ(newer.node.peer_access, false);
}

}  // namespace
}  // namespace scalesim::cli
