// Disk, decoding and copies by hand.
#include "sim/step/input_pipeline.h"

#include <gtest/gtest.h>

namespace scalesim::sim {
namespace {

using topology::Component;
using topology::ComponentKind;
using topology::Link;
using topology::LinkKind;

/// Two GPUs below one switch whose way up carries 24 GB/s, as each GPU's own link does.
topology::Cluster switched_pair() {
  topology::Cluster cluster;
  cluster.gpus_per_node = 2;
  cluster.gpu.pcie_generation = 4;
  const auto add = [&](ComponentKind kind, int index) {
    Component component;
    component.kind = kind;
    component.index = index;
    cluster.node.components.push_back(component);
  };
  add(ComponentKind::numa_node, 0);
  add(ComponentKind::pcie_switch, 0);
  add(ComponentKind::gpu, 0);
  add(ComponentKind::gpu, 1);
  const auto join = [&](int from, int to) {
    Link link;
    link.from = from, link.to = to;
    link.bandwidth = BytesPerSecond(24e9);
    cluster.node.links.push_back(link);
  };
  join(0, 1);
  join(1, 2);
  join(1, 3);
  return cluster;
}

TEST(InputPipeline, CopiesBelowASwitchShareItsWayUp) {
  EXPECT_EQ(host_copy_rate(switched_pair(), 1), BytesPerSecond(24e9));
  EXPECT_EQ(host_copy_rate(switched_pair(), 2), BytesPerSecond(12e9));
}

// NCCL counts a PCIe 4 x16 card as 24 GB/s.
TEST(InputPipeline, WithoutLinksTheCardsOwnRateCounts) {
  topology::Cluster cluster;
  cluster.gpu.pcie_generation = 4;
  EXPECT_EQ(host_copy_rate(cluster, 8), BytesPerSecond(24e9));
}

// 640 samples on 4 GPUs of 2 nodes: 320 per host. Disk: 320 * 100 B at 3,200 B/s. Decoding: 4 cores of 10 a
// second. Copies: 160 images per GPU of 12 fp32 numbers at 768 B/s.
TEST(InputPipeline, PartsTakeTheirSamplesOverTheirRate) {
  Scenario scenario;
  scenario.disk = BytesPerSecond(3200);
  scenario.sample_on_disk = Bytes(100);
  scenario.host_cores = 4;
  scenario.model.input = {3, 2, 2};
  StepConstants constants;
  constants.decode_rate = 10;
  const InputTimes times = input_times(scenario, switched_pair(), constants, 640, 4, BytesPerSecond(768));
  EXPECT_NEAR(times.disk.value(), 10, 1e-12);
  EXPECT_NEAR(times.decode.value(), 8, 1e-12);
  EXPECT_NEAR(times.copy.value(), 160.0 * 48 / 768, 1e-12);
  scenario.host_samples_per_second = 160;  // a measured rate wins over cores
  EXPECT_NEAR(input_times(scenario, switched_pair(), constants, 640, 4, {}).decode.value(), 2, 1e-12);
}

TEST(InputPipeline, WhatIsNotKnownTakesNoTime) {
  const InputTimes times = input_times({}, switched_pair(), {}, 640, 4, {});
  EXPECT_EQ(times.disk, Seconds(0));
  EXPECT_EQ(times.decode, Seconds(0));
  EXPECT_EQ(times.copy, Seconds(0));
}

}  // namespace
}  // namespace scalesim::sim
