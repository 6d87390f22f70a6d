// The graphs by arithmetic against those NCCL's own search found on the same machines.
#include <gtest/gtest.h>

#include "nccl_machines.h"

namespace scalesim::comm {
namespace {

enum class Graph { ring, tree, nvls };

struct Row {
  const char* machine;
  int nodes;
  Graph graph;
  NcclPattern pattern;
  int cross_nic, channels;
  double intra, inter;
  NearPath type_intra, type_inter;
  bool same_channels;
};

// clang-format off
constexpr Row rows[] = {
    {"h100", 1, Graph::ring, NcclPattern::ring, 0, 12, 30, 30, NearPath::nvl, NearPath::pix, true},
    {"h100", 1, Graph::tree, NcclPattern::balanced_tree, 0, 12, 30, 30, NearPath::nvl, NearPath::pix, true},
    {"h100", 1, Graph::nvls, NcclPattern::nvls, 0, 8, 40, 60, NearPath::nvl, NearPath::pix, false},
    {"h100", 2, Graph::ring, NcclPattern::ring, 2, 8, 48, 48, NearPath::nvl, NearPath::pix, false},
    {"h100", 2, Graph::tree, NcclPattern::tree, 0, 8, 48, 48, NearPath::nvl, NearPath::pix, false},
    {"h100", 2, Graph::nvls, NcclPattern::nvls, 0, 8, 40, 48, NearPath::nvl, NearPath::pix, false},
    {"h100", 4, Graph::ring, NcclPattern::ring, 2, 8, 48, 48, NearPath::nvl, NearPath::pix, false},
    {"h100", 4, Graph::tree, NcclPattern::tree, 0, 8, 48, 48, NearPath::nvl, NearPath::pix, false},
    {"h100", 4, Graph::nvls, NcclPattern::nvls, 0, 8, 40, 48, NearPath::nvl, NearPath::pix, false},
    {"h100", 16, Graph::ring, NcclPattern::ring, 2, 8, 48, 48, NearPath::nvl, NearPath::pix, false},
    {"h100", 16, Graph::tree, NcclPattern::tree, 0, 8, 48, 48, NearPath::nvl, NearPath::pix, false},
    {"h100", 16, Graph::nvls, NcclPattern::nvls, 0, 8, 40, 48, NearPath::nvl, NearPath::pix, false},
    {"h100amd", 2, Graph::ring, NcclPattern::ring, 2, 8, 48, 48, NearPath::nvl, NearPath::pix, false},
    {"h100amd", 2, Graph::tree, NcclPattern::tree, 0, 8, 48, 48, NearPath::nvl, NearPath::pix, false},
    {"h100amd", 2, Graph::nvls, NcclPattern::nvls, 0, 8, 40, 48, NearPath::nvl, NearPath::pix, false},
    {"h100_4nic", 2, Graph::ring, NcclPattern::ring, 0, 8, 24, 24, NearPath::nvl, NearPath::pxn, false},
    {"h100_4nic", 2, Graph::tree, NcclPattern::tree, 0, 8, 45, 24, NearPath::nvl, NearPath::pix, false},
    {"h100_4nic", 2, Graph::nvls, NcclPattern::nvls, 0, 4, 48, 48, NearPath::nvl, NearPath::pix, false},
    {"h100nic1x100g", 2, Graph::ring, NcclPattern::ring, 0, 1, 12, 12, NearPath::nvl, NearPath::pxn, true},
    {"h100nic1x100g", 2, Graph::tree, NcclPattern::tree, 0, 1, 24, 12, NearPath::nvl, NearPath::pix, true},
    {"h100nic1x100g", 2, Graph::nvls, NcclPattern::nvls, 0, 1, 12, 12, NearPath::nvl, NearPath::pix, false},
    {"a100", 1, Graph::ring, NcclPattern::ring, 0, 12, 20, 20, NearPath::nvl, NearPath::pix, true},
    {"a100", 1, Graph::tree, NcclPattern::balanced_tree, 0, 12, 20, 20, NearPath::nvl, NearPath::pix, true},
    {"a100", 2, Graph::ring, NcclPattern::ring, 0, 8, 24, 24, NearPath::nvl, NearPath::pxn, false},
    {"a100", 2, Graph::tree, NcclPattern::balanced_tree, 0, 8, 24, 24, NearPath::nvl, NearPath::phb, false},
    {"b200", 1, Graph::ring, NcclPattern::ring, 0, 16, 45, 45, NearPath::nvl, NearPath::pix, true},
    {"b200", 1, Graph::tree, NcclPattern::balanced_tree, 0, 16, 45, 45, NearPath::nvl, NearPath::pix, true},
    {"b200", 1, Graph::nvls, NcclPattern::nvls, 0, 8, 80, 90, NearPath::nvl, NearPath::pix, false},
    {"b200", 2, Graph::ring, NcclPattern::ring, 0, 8, 48, 48, NearPath::nvl, NearPath::pxn, false},
    {"b200", 2, Graph::tree, NcclPattern::tree, 0, 8, 96, 48, NearPath::nvl, NearPath::pix, false},
    {"b200", 2, Graph::nvls, NcclPattern::nvls, 0, 8, 48, 48, NearPath::nvl, NearPath::pix, false},
    {"v100nvsw", 1, Graph::ring, NcclPattern::ring, 0, 6, 20, 20, NearPath::nvl, NearPath::pix, true},
    {"v100nvsw", 1, Graph::tree, NcclPattern::balanced_tree, 0, 6, 20, 20, NearPath::nvl, NearPath::pix, true},
    {"h100_2g", 1, Graph::ring, NcclPattern::ring, 0, 12, 30, 30, NearPath::nvl, NearPath::pix, true},
    {"h100_2g", 1, Graph::tree, NcclPattern::balanced_tree, 0, 12, 60, 60, NearPath::nvl, NearPath::pix, false},
    {"h100_2g", 1, Graph::nvls, NcclPattern::nvls, 0, 2, 60, 60, NearPath::nvl, NearPath::pix, false},
    {"h100_4g", 1, Graph::ring, NcclPattern::ring, 0, 12, 30, 30, NearPath::nvl, NearPath::pix, true},
    {"h100_4g", 1, Graph::tree, NcclPattern::balanced_tree, 0, 12, 30, 30, NearPath::nvl, NearPath::pix, true},
    {"h100_4g", 1, Graph::nvls, NcclPattern::nvls, 0, 4, 60, 60, NearPath::nvl, NearPath::pix, false},
    {"h100_6g", 1, Graph::ring, NcclPattern::ring, 0, 12, 30, 30, NearPath::nvl, NearPath::pix, true},
    {"h100_6g", 1, Graph::tree, NcclPattern::balanced_tree, 0, 12, 30, 30, NearPath::nvl, NearPath::pix, true},
    {"h100_6g", 1, Graph::nvls, NcclPattern::nvls, 0, 6, 50, 60, NearPath::nvl, NearPath::pix, false},
    {"4090amd2", 1, Graph::ring, NcclPattern::ring, 0, 2, 12, 12, NearPath::phb, NearPath::pix, true},
    {"4090amd2", 1, Graph::tree, NcclPattern::balanced_tree, 0, 2, 20, 20, NearPath::phb, NearPath::pix, false},
    {"4090amd4", 1, Graph::ring, NcclPattern::ring, 0, 2, 12, 12, NearPath::phb, NearPath::pix, true},
    {"4090amd4", 1, Graph::tree, NcclPattern::balanced_tree, 0, 2, 12, 12, NearPath::phb, NearPath::pix, true},
    {"4090amd8", 1, Graph::ring, NcclPattern::ring, 0, 1, 15, 15, NearPath::sys, NearPath::pix, true},
    {"4090amd8", 1, Graph::tree, NcclPattern::balanced_tree, 0, 1, 15, 15, NearPath::sys, NearPath::pix, true},
    {"4090intel4", 1, Graph::ring, NcclPattern::ring, 0, 1, 20, 20, NearPath::phb, NearPath::pix, true},
    {"4090intel4", 1, Graph::tree, NcclPattern::balanced_tree, 0, 1, 20, 20, NearPath::phb, NearPath::pix, true},
    {"4090intel8", 1, Graph::ring, NcclPattern::ring, 0, 1, 20, 20, NearPath::sys, NearPath::pix, true},
    {"4090intel8", 1, Graph::tree, NcclPattern::balanced_tree, 0, 1, 20, 20, NearPath::sys, NearPath::pix, true},
};

struct Channels {
  const char* machine;
  int nodes, channels;
};
constexpr Channels channels[] = {
    {"h100", 1, 24},
    {"h100", 2, 16},
    {"h100", 4, 16},
    {"h100", 16, 16},
    {"h100amd", 2, 16},
    {"h100_4nic", 2, 16},
    {"h100nic1x100g", 2, 2},
    {"a100", 1, 24},
    {"a100", 2, 16},
    {"b200", 1, 32},
    {"b200", 2, 16},
    {"v100nvsw", 1, 12},
    {"h100_2g", 1, 24},
    {"h100_4g", 1, 24},
    {"h100_6g", 1, 24},
    {"4090amd2", 1, 4},
    {"4090amd4", 1, 4},
    {"4090amd8", 1, 2},
    {"4090intel4", 1, 2},
    {"4090intel8", 1, 2},
};
// clang-format on

const NcclGraph& graph_of(const NcclSystem& system, Graph graph) {
  return graph == Graph::ring ? system.ring : graph == Graph::tree ? system.tree : system.nvls.value();
}

TEST(NcclGraphs, AreThoseThatNcclFinds) {
  for (const Row& row : rows) {
    SCOPED_TRACE(testing::Message() << row.nodes << " x " << row.machine << ", graph "
                                    << static_cast<int>(row.graph));
    const NcclSystem system = closed_form_system(nccl_machine(row.machine), row.nodes);
    const NcclGraph& graph = graph_of(system, row.graph);
    EXPECT_EQ(graph.pattern, row.pattern);
    EXPECT_EQ(graph.cross_nic, row.cross_nic);
    EXPECT_EQ(graph.channels, row.channels);
    EXPECT_NEAR(graph.bandwidth_intra, row.intra, 0.05);
    EXPECT_NEAR(graph.bandwidth_inter, row.inter, 0.05);
    EXPECT_EQ(graph.type_intra, row.type_intra);
    if (row.nodes > 1) {
      EXPECT_EQ(graph.type_inter, row.type_inter);
    }
    EXPECT_EQ(graph.same_channels, row.same_channels);
  }
}

TEST(NcclGraphs, MakeAsManyChannelsAsNccl) {
  for (const Channels& row : channels) {
    const NcclSystem system = closed_form_system(nccl_machine(row.machine), row.nodes);
    EXPECT_EQ(system.channels, row.channels) << row.nodes << " x " << row.machine;
    EXPECT_EQ(system.nodes, row.nodes);
    EXPECT_EQ(system.ranks, row.nodes * nccl_machine(row.machine).gpus);
  }
}

// No multicast before Hopper, nor where NVSwitch is missing.
TEST(NcclGraphs, HaveNvlsOnlyWhereSwitchesMulticast) {
  for (const char* machine : {"a100", "v100nvsw", "4090amd4"})
    EXPECT_FALSE(closed_form_system(nccl_machine(machine), 1).nvls.has_value()) << machine;
  NcclNode without = nccl_machine("h100");
  without.multicast = false;
  EXPECT_FALSE(closed_form_system(without, 1).nvls.has_value());
  EXPECT_FALSE(closed_form_system(without, 2).nvls.has_value());
}

// Law: a wider link never makes slower rings, on any machine.
TEST(NcclGraphs, WiderLinksNeverMakeSlowerRings) {
  for (const char* machine : {"h100", "a100", "b200", "4090amd4", "4090intel8", "h100_4nic"}) {
    for (const int nodes : {1, 2}) {
      if (nodes == 2 && std::string_view(machine).starts_with("4090")) continue;
      double before = 0;
      for (double scale = 0.25; scale < 4; scale *= 1.1) {
        NcclNode node = nccl_machine(machine);
        for (double* rate : {&node.nvlink, &node.pcie, &node.nic, &node.network, &node.inter_socket})
          *rate *= scale;
        const NcclGraph ring = closed_form_system(node, nodes).ring;
        const double bus = ring.channels * ring.bandwidth_intra;
        EXPECT_GE(bus, before - 1e-9) << machine << " x " << nodes << " at " << scale;
        before = bus;
      }
    }
  }
}

}  // namespace
}  // namespace scalesim::comm
