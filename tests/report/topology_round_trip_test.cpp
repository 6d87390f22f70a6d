// What `topo --json` writes is a system like any other: reading it gives back the machine, for every preset
// and every sample.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "core/error.h"
#include "core/file.h"
#include "report/json/topology_json.h"
#include "tests/support/shipped.h"
#include "topology/capture/reading/reader.h"
#include "topology/cluster/cluster.h"
#include "topology/machine/relations.h"
#include "topology/parts/gpu_catalogue.h"
#include "topology/system/load_cluster.h"

namespace scalesim::report {
namespace {

using topology::Cluster;
using topology::Machine;
using topology::MachineReport;

void expect_equal(const Machine& read, const Machine& written) {
  EXPECT_EQ(read.name, written.name);
  ASSERT_EQ(read.components.size(), written.components.size());
  for (std::size_t i = 0; i < read.components.size(); ++i) {
    const topology::Component &a = read.components[i], &b = written.components[i];
    EXPECT_EQ(a.kind, b.kind) << i;
    EXPECT_EQ(a.index, b.index) << i;
    EXPECT_EQ(a.numa, b.numa) << i;
    EXPECT_EQ(a.cpu_vendor, b.cpu_vendor) << i;
    EXPECT_EQ(a.gpu.has_value(), b.gpu.has_value()) << i;
    if (a.gpu && b.gpu) {
      EXPECT_EQ(a.gpu->name, b.gpu->name);
    }
  }
  ASSERT_EQ(read.links.size(), written.links.size());
  for (std::size_t i = 0; i < read.links.size(); ++i) {
    const topology::Link &a = read.links[i], &b = written.links[i];
    EXPECT_EQ(std::tie(a.from, a.to, a.kind, a.count, a.bandwidth),
              std::tie(b.from, b.to, b.kind, b.count, b.bandwidth))
        << i;
  }
  const auto pairs = topology::pair_relations(read), before = topology::pair_relations(written);
  ASSERT_EQ(pairs.size(), before.size());
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    EXPECT_EQ(std::tie(pairs[i].path.text, pairs[i].a, pairs[i].b),
              std::tie(before[i].path.text, before[i].a, before[i].b));
    EXPECT_EQ(pairs[i].path.count, before[i].path.count);
  }
}

std::string written(const Cluster& cluster) {
  return topology_json(topology::report_of(cluster.node), cluster);
}

TEST(TopologyRoundTrip, EveryPresetIsReadBackAsTheClusterItIs) {
  for (const std::string& name : shipped().names("systems")) {
    SCOPED_TRACE(name);
    topology::ClusterOptions wishes;
    wishes.nodes = 2;
    wishes.nic_rate = BytesPerSecond(25e9);  // some presets have no network of their own
    wishes.nics_per_node = 1;
    const Cluster cluster = topology::load_cluster(name, wishes, shipped());
    const Cluster read = topology::cluster_of_files({{"saved", written(cluster)}}, {}, shipped());
    expect_equal(read.node, cluster.node);
    EXPECT_EQ(read.name, cluster.name);
    EXPECT_EQ(read.gpu.name, cluster.gpu.name);
    EXPECT_EQ(read.nodes, 2);
    EXPECT_EQ(read.wiring, cluster.wiring);
    EXPECT_EQ(read.nics_per_node, cluster.nics_per_node);
    EXPECT_EQ(read.nic_rate, cluster.nic_rate);
    EXPECT_EQ(read.fabric.kind, cluster.fabric.kind);
    EXPECT_EQ(read.fabric.technology, cluster.fabric.technology);
    EXPECT_EQ(read.fabric.hop_latency, cluster.fabric.hop_latency);
    EXPECT_EQ(read.fabric.rdma, cluster.fabric.rdma);
  }
}

TEST(TopologyRoundTrip, EverySampleIsReadBackAsTheMachineItShows) {
  const topology::GpuCatalogue gpus(shipped());
  const std::string folder = std::string(SCALESIM_SOURCE_DIR) + "/tests/topology/samples";
  std::set<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) files.insert(entry.path());
  int machines = 0;
  for (const auto& file : files) {
    SCOPED_TRACE(file.filename());
    MachineReport before;
    try {
      before = topology::read_machine({{"sample", read_file(file.string())}}, gpus);
    } catch (const InputError&) {
      continue;  // damaged samples have tests of their own
    }
    const MachineReport after = topology::read_machine({{"sample", topology_json(before)}}, gpus);
    expect_equal(after.machine, before.machine);
    EXPECT_EQ(topology_json(after), topology_json(before));
    ++machines;
  }
  EXPECT_GE(machines, 30);
}

}  // namespace
}  // namespace scalesim::report
