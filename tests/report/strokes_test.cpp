// The strokes of pictures, letter by letter; where chips, columns and hubs of a node stand; what a cluster is
// said to be.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "report/drawing/cluster.h"
#include "report/drawing/cluster_layout.h"
#include "report/drawing/machine.h"
#include "report/drawing/svg.h"

namespace scalesim::report {

using namespace topology;
namespace {

using testing::HasSubstr;

TEST(Svg, TextIsEscaped) {
  EXPECT_EQ(svg::escaped("a&b<c>d\"e'"), "a&amp;b&lt;c&gt;d&quot;e'");
  EXPECT_EQ(svg::escaped(std::string("\x01\n\x1f \x7f", 5)), "    \x7f") << "no control characters";
  EXPECT_EQ(svg::escaped("\xc3\xa9"), "\xc3\xa9") << "other alphabets stay";
}

TEST(Svg, NamesLoseTheirMakerAndTheirEnd) {
  EXPECT_EQ(svg::shortened("NVIDIA GeForce RTX 4090", 8), "RTX 4090");
  EXPECT_EQ(svg::shortened("NVIDIA H100", 20), "H100");
  EXPECT_EQ(svg::shortened("GeForce 1", 20), "1");
  EXPECT_EQ(svg::shortened("my NVIDIA card", 20), "my NVIDIA card");
  EXPECT_EQ(svg::shortened("abcdefgh", 7), "abcde..");
  EXPECT_EQ(svg::shortened("abcdefg", 7), "abcdefg");
  // A cut after five bytes would halve the character of bytes 4 and 5: it goes as a whole.
  EXPECT_EQ(svg::shortened("abcd\xc3\xa9gh", 7), "abcd..");
  EXPECT_EQ(svg::shortened("abc\xc3\xa9gh9", 7), "abc\xc3\xa9..");
}

TEST(Svg, StrokesGrowWithTheBandwidth) {
  EXPECT_DOUBLE_EQ(svg::stroke(std::nullopt), 1.5);
  EXPECT_DOUBLE_EQ(svg::stroke(BytesPerSecond(12e9)), 1.5);
  // 16 times 12 GB/s: 1.5 * 16^.39 = 1.5 * 2^1.56 = 1.5 * 2.9485.
  EXPECT_NEAR(svg::stroke(BytesPerSecond(192e9)), 4.4227, 1e-3);
  EXPECT_DOUBLE_EQ(svg::stroke(BytesPerSecond(1e6)), 1);
  EXPECT_DOUBLE_EQ(svg::stroke(BytesPerSecond(1e13)), 9);
}

TEST(Svg, RatesAreWrittenOrUnknown) {
  EXPECT_EQ(svg::rate_of(BytesPerSecond(25e9)), "25.0 GB/s");
  EXPECT_EQ(svg::rate_of(std::nullopt), "rate unknown");
}

TEST(Svg, EveryKindHasItsColour) {
  const std::vector<std::pair<ComponentKind, std::string>> colours = {
      {ComponentKind::gpu, "#b7dfa8"},         {ComponentKind::nic, "#f6d7a7"},
      {ComponentKind::nvswitch, "#8fce7a"},    {ComponentKind::pcie_switch, "#d8dde3"},
      {ComponentKind::host_bridge, "#c9dbf2"}, {ComponentKind::nic_board, "#e9c893"},
      {ComponentKind::numa_node, "#a9c8ee"}};
  for (const auto& [kind, colour] : colours) EXPECT_EQ(svg::fill_of(kind), colour);
}

TEST(Svg, ElementsAreExact) {
  EXPECT_EQ(svg::line(1, 2, 3, 4.25, BytesPerSecond(12e9), "#123456"),
            "<line x1=\"1.0\" y1=\"2.0\" x2=\"3.0\" y2=\"4.2\" stroke=\"#123456\" stroke-width=\"1.5\"/>\n");
  EXPECT_EQ(svg::line(1, 2, 3, 4, std::nullopt, "#123456"),
            "<line x1=\"1.0\" y1=\"2.0\" x2=\"3.0\" y2=\"4.0\" stroke=\"#123456\" stroke-width=\"1.5\" "
            "stroke-dasharray=\"4 3\"/>\n");
  EXPECT_EQ(svg::words(1, 2, 11, "end", "#333", "a<b"),
            "<text x=\"1.0\" y=\"2.0\" font-size=\"11\" text-anchor=\"end\" fill=\"#333\">a&lt;b</text>\n");
  EXPECT_EQ(svg::rectangle(1, 2, 3, 4, "#fff", "#000", 7),
            "<rect x=\"1.0\" y=\"2.0\" width=\"3.0\" height=\"4.0\" rx=\"7\" fill=\"#fff\" "
            "stroke=\"#000\"/>\n");
  EXPECT_THAT(svg::rectangle(1, 2, 3, 4, "#fff", "#000"), HasSubstr("rx=\"5\""));
  EXPECT_EQ(svg::document(300, 200, "t&t", "BODY"),
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"300\" height=\"200\" viewBox=\"0 0 300 200\" "
            "font-family=\"sans-serif\">\n<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n"
            "<text x=\"28.0\" y=\"30.0\" font-size=\"17\" text-anchor=\"start\" "
            "fill=\"#1c2733\">t&amp;t</text>\nBODY</svg>\n");
}

Component part(ComponentKind kind, int index) {
  Component component;
  component.kind = kind;
  component.index = index;
  return component;
}

/// Two NUMA nodes (0, 1); GPUs 2 and 3 below the first through a switch (4), GPU 5 below the second; a NIC
/// (7) on a board (6) below the first.
Machine two_sockets() {
  Machine machine;
  machine.components = {part(ComponentKind::numa_node, 0),   part(ComponentKind::numa_node, 1),
                        part(ComponentKind::gpu, 0),         part(ComponentKind::gpu, 1),
                        part(ComponentKind::pcie_switch, 0), part(ComponentKind::gpu, 2),
                        part(ComponentKind::nic_board, 0),   part(ComponentKind::nic, 0)};
  for (const auto& [upper, lower] :
       std::vector<std::pair<int, int>>{{0, 4}, {4, 2}, {4, 3}, {1, 5}, {0, 6}, {6, 7}}) {
    Link link;
    link.from = upper;
    link.to = lower;
    machine.links.push_back(link);
    std::swap(link.from, link.to);
    machine.links.push_back(link);
  }
  return machine;
}

// A chip is 44 wide, a gap 8. The first column holds two GPUs: 2 * 52 + 8 = 112 from 8 on, its GPUs at a
// quarter and three quarters (8 + 28, 8 + 84), its one port in the middle (8 + 56). The second begins at 8 +
// 112 + 8 = 128, has room for two too, its GPU in the middle (128 + 56); the node ends at 128 + 112 + 8.
TEST(NodeLayout, ColumnsAreAsWideAsTheirDevices) {
  const Machine machine = two_sockets();
  const NodeLayout layout(machine);
  ASSERT_EQ(layout.regions().size(), 2u);
  EXPECT_EQ(layout.regions()[0].socket, 0);
  EXPECT_DOUBLE_EQ(layout.regions()[0].left, 8);
  EXPECT_DOUBLE_EQ(layout.regions()[0].width, 112);
  EXPECT_EQ(layout.regions()[1].socket, 1);
  EXPECT_DOUBLE_EQ(layout.regions()[1].left, 128);
  EXPECT_DOUBLE_EQ(layout.regions()[1].width, 112);
  EXPECT_DOUBLE_EQ(layout.width(), 248);
  ASSERT_EQ(layout.gpus().size(), 3u);
  EXPECT_DOUBLE_EQ(layout.gpus()[0].x, 36);
  EXPECT_DOUBLE_EQ(layout.gpus()[1].x, 92);
  EXPECT_DOUBLE_EQ(layout.gpus()[2].x, 184);
  ASSERT_EQ(layout.ports().size(), 1u);
  EXPECT_DOUBLE_EQ(layout.ports()[0].x, 64);
}

// The switch stands between its GPUs: (36 + 92) / 2; the NUMA node of the port below the port.
TEST(NodeLayout, HubsStandInTheMiddleOfWhatHangsBelowThem) {
  const Machine machine = two_sockets();
  const NodeLayout layout(machine);
  EXPECT_EQ(layout.parent(2), 4);
  EXPECT_EQ(layout.parent(4), 0);
  EXPECT_EQ(layout.parent(7), 0) << "the board of a port is not drawn";
  EXPECT_EQ(layout.parent(0), -1);
  const std::map<int, double> expected = {{0, 64}, {1, 184}, {4, 64}};
  EXPECT_EQ(layout.hubs(), expected);
}

// One column that belongs to no socket: 2.5 * 52 + 8 = 138 wide.
TEST(NodeLayout, MoreThanSixteenAreOneBox) {
  Machine machine;
  for (int i = 0; i < 16; ++i) machine.components.push_back(part(ComponentKind::gpu, i));
  EXPECT_EQ(NodeLayout(machine).gpus().size(), 16u);
  machine.components.push_back(part(ComponentKind::gpu, 16));
  const NodeLayout layout(machine);
  ASSERT_EQ(layout.gpus().size(), 1u);
  EXPECT_EQ(layout.gpus()[0].components.size(), 17u);
  ASSERT_EQ(layout.regions().size(), 1u);
  EXPECT_EQ(layout.regions()[0].socket, -1);
  EXPECT_DOUBLE_EQ(layout.regions()[0].width, 138);
  EXPECT_DOUBLE_EQ(layout.width(), 154);
  EXPECT_TRUE(layout.hubs().empty());
}

TEST(NodeLayout, AnEmptyNodeHasItsLeastWidth) {
  const Machine machine;
  EXPECT_DOUBLE_EQ(NodeLayout(machine).width(), 150);
}

TEST(DeviceCounts, AreSingularForOne) {
  MachineReport report;
  EXPECT_EQ(device_counts(report), "0 GPUs, 0 NICs");
  report.gpus.resize(1);
  report.nics.resize(2);
  EXPECT_EQ(device_counts(report), "1 GPU, 2 NICs");
  report.gpus.resize(2);
  report.nics.resize(1);
  EXPECT_EQ(device_counts(report), "2 GPUs, 1 NIC");
}

TEST(ClusterText, OneNodeHasNone) {
  Cluster cluster;
  cluster.nodes = 1;
  EXPECT_EQ(cluster_text(cluster), "");
}

}  // namespace
}  // namespace scalesim::report
