// Pictures of clusters hold every node, port and switch, and say what they leave out.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "report/drawing/cluster.h"
#include "topology/cluster/cluster.h"
#include "topology/fabric/fabric_graph.h"
#include "topology/system/load_cluster.h"
#include "topology/system/system_file.h"

namespace scalesim::report {

using namespace topology;
namespace {

using testing::HasSubstr;

Cluster cluster(const std::string& name, int nodes, const std::string& fabric) {
  ClusterOptions options;
  options.nodes = nodes;
  options.fabric = fabric;
  return load_cluster(name, options, DataCatalogue::embedded());
}

int count(const std::string& text, const std::string& part) {
  int found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

// Two nodes of eight ports on eight rails: a leaf per rail, two cables to each.
TEST(ClusterPicture, TwoNodesOnRailsHaveALeafPerPort) {
  const Cluster pair = cluster("dgx-a100", 2, "rail");
  const FabricGraph graph = fabric_graph(pair, 8);
  EXPECT_EQ(graph.switches.size(), 8u);
  EXPECT_EQ(graph.links.size(), 16u);
  const std::string svg = cluster_svg(pair), dot = cluster_dot(pair);
  EXPECT_EQ(count(svg, ">GPU 7<"), 2);
  EXPECT_EQ(count(svg, ">NIC 7<"), 2);
  EXPECT_EQ(count(svg, ">NVSwitch<"), 2);
  for (const char* part : {">leaf 0<", ">leaf 7<", ">node 0<", ">node 1<", "200 Gb/s"})
    EXPECT_THAT(svg, HasSubstr(part));
  EXPECT_EQ(count(dot, "subgraph cluster_"), 2);
  EXPECT_EQ(count(dot, "leaf switch"), 8);
  EXPECT_THAT(cluster_text(pair), HasSubstr("2 nodes of dgx-a100 (16 GPUs), 8 x 200 Gb/s each"));
}

// 200 x 8 ports on leaves with 32 down: 50 leaves, 25 spines (tco.md 3); of the nodes, four are drawn.
TEST(ClusterPicture, OfManyNodesTheFirstAndTheLastAreDrawn) {
  const Cluster many = cluster("dgx-a100", 200, "fat-tree");
  const std::string svg = cluster_svg(many);
  for (const char* part :
       {">node 0<", ">node 1<", ">node 198<", ">node 199<", ">196 more<", ">spine 0<", "and 9 more"})
    EXPECT_THAT(svg, HasSubstr(part));
  EXPECT_THAT(cluster_text(many), HasSubstr("50 leaf switches, 25 spine switches"));
}

TEST(ClusterPicture, EveryPresetAndFabricIsDrawn) {
  for (const std::string& name : DataCatalogue::embedded().names("systems"))
    for (const char* fabric : {"switch", "rail", "fat-tree", "torus", "dragonfly"}) {
      SCOPED_TRACE(name + " " + fabric);
      ClusterOptions options;
      options.nodes = 3;
      options.fabric = fabric;
      options.nic_rate = BytesPerSecond(25e9);
      options.nics_per_node = 2;
      const Cluster three = load_cluster(name, options, DataCatalogue::embedded());
      EXPECT_EQ(count(cluster_svg(three), ">node 2<"), 1);
      EXPECT_EQ(count(cluster_dot(three), "subgraph cluster_"), 3);
    }
}

TEST(ClusterPicture, OneNodeNeedsNoWordsOnTheFabric) {
  EXPECT_EQ(cluster_text(cluster("dgx-a100", 1, "rail")), "");
}

TEST(SystemText, IsToldByItsContent) {
  EXPECT_TRUE(is_system_text("# comment\nnode = \"dgx-a100\"\n"));
  EXPECT_TRUE(
      is_system_text("gpu = \"h100\"\n[by_architecture.Hopper]\nwiring ="));  // damaged, but no capture
  EXPECT_FALSE(is_system_text("\tGPU0\tGPU1\nGPU0\t X \tPIX\nGPU1\tPIX\t X \n"));
  EXPECT_FALSE(is_system_text("NCCL_DEBUG=INFO\n\tGPU0\tGPU1\nGPU0\t X \tPIX\nGPU1\tPIX\t X \n"));
  EXPECT_FALSE(is_system_text("<system version=\"1\"/>"));
  EXPECT_FALSE(is_system_text("{\"schema\": \"scalesim.topology/1\"}"));
  EXPECT_FALSE(is_system_text(""));
}

TEST(SystemText, EnoughNodesForTheGpusAskedFor) {
  ClusterOptions options;
  options.least_gpus = 17;  // two nodes of eight are 16
  EXPECT_EQ(load_cluster("dgx-a100", options, DataCatalogue::embedded()).nodes, 3);
}

}  // namespace
}  // namespace scalesim::report
