// The user's NCCL: its release, its environment, a network that adds up.
#include "comm/models/nccl/settings.h"
#include "topology/system/load_cluster.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "comm/models/nccl/search.h"
#include "core/error.h"

namespace scalesim::comm {
namespace {

NcclSystem system_of(const char* name, int nodes, bool sharp = false) {
  topology::ClusterOptions options;
  options.nodes = nodes;
  options.sharp = sharp;
  const topology::Cluster cluster = topology::load_cluster(name, options, DataCatalogue::embedded());
  const Group group{cluster.gpus(), nodes, 1};
  return nccl_system(cluster, read_nccl_node(cluster, group), nodes);
}

// 8 H100 on NVSwitch in 2.20.3: ring LL min(87.7, 360 / 4) = 87.7 of bus bandwidth, x 8 / 14; tree Simple
// without a base latency, 2 x 7 x 28 us; NVLS 8 x min(40, 60) x 5/6. The newest table says 80.57, 64.4 and
// 272.
TEST(NcclReleases, OldConstantsRateDifferently) {
  const NcclTuning old(system_of("dgx-h100", 1), nccl_constants("2.20"));
  const auto cell = [&](NcclAlgorithm a, NcclProtocol p) { return old.cell(Collective::all_reduce, a, p); };
  EXPECT_NEAR(cell(NcclAlgorithm::ring, NcclProtocol::ll).bandwidth, 87.7 * 8 / 14, 1e-9);
  EXPECT_NEAR(cell(NcclAlgorithm::tree, NcclProtocol::simple).latency, 392, 1e-9);
  EXPECT_NEAR(cell(NcclAlgorithm::nvls, NcclProtocol::simple).bandwidth, 320 * 5.0 / 6, 1e-9);
  EXPECT_EQ(cell(NcclAlgorithm::nvls, NcclProtocol::simple).latency, 23);
}

TEST(NcclReleases, AskForTheNewestTableThatIsNotTooNew) {
  EXPECT_EQ(nccl_constants("2.20.5").release, "2.20.3");
  EXPECT_EQ(nccl_constants("2.20").release, "2.20.3");
  EXPECT_EQ(nccl_constants("2.26.5").release, "2.20.3");
  EXPECT_EQ(nccl_constants("2.27.7").release, "2.27");
  EXPECT_EQ(nccl_constants("2.28").release, "2.28.3");
  EXPECT_EQ(nccl_constants("2.29.1").release, "2.29");
  EXPECT_EQ(nccl_constants("2.30").release, "2.30.7");
  EXPECT_EQ(nccl_constants("3.0").release, "2.30.7");
  for (const char* wrong : {"2.4", "new", "2", "2.", "", "2.20.3.1"}) {
    EXPECT_THROW(nccl_constants(wrong), InputError) << wrong;
  }
}

// 2.27 on the same node: NVLS 8 x min(40, 60) x 5/6 for an all-reduce, 8 x min(40 x 7/8, 0.9 x 60) for an
// all-gather; its trees already have today's latency, 8.4 + 2 x 7 x 4.0.
TEST(NcclReleases, TheReleaseBeforeTheEfficiencyOfNvls) {
  const NcclTuning tuning(system_of("dgx-h100", 1), nccl_constants("2.27"));
  EXPECT_NEAR(tuning.cell(Collective::all_reduce, NcclAlgorithm::nvls, NcclProtocol::simple).bandwidth,
              320 * 5.0 / 6, 1e-9);
  EXPECT_NEAR(tuning.cell(Collective::all_gather, NcclAlgorithm::nvls, NcclProtocol::simple).bandwidth, 280,
              1e-9);
  EXPECT_NEAR(tuning.cell(Collective::all_reduce, NcclAlgorithm::tree, NcclProtocol::simple).latency, 64.4,
              1e-9);
}

// Eight B200, rings of 16 channels: LL128 min(0.92 x 720, 16 x 73.4) = 662.4 of bus bandwidth up to 2.28,
// 16 x 40 = 640 since; 8/14 of it for an all-reduce. Four nodes: a step of an NVLS tree was 14 us, now 20.9:
// 25 + 2 x log2(4) steps.
TEST(NcclReleases, BlackwellWasRatedFasterBefore) {
  const NcclSystem one = system_of("dgx-b200", 1), four = system_of("dgx-b200", 4);
  const auto ring = [&](const char* release) {
    return NcclTuning(one, nccl_constants(release))
        .cell(Collective::all_reduce, NcclAlgorithm::ring, NcclProtocol::ll128)
        .bandwidth;
  };
  EXPECT_NEAR(ring("2.28"), 662.4 * 8 / 14, 1e-6);
  EXPECT_NEAR(ring("2.29"), 640.0 * 8 / 14, 1e-6);
  const auto tree = [&](const char* release) {
    return NcclTuning(four, nccl_constants(release))
        .cell(Collective::all_reduce, NcclAlgorithm::nvls_tree, NcclProtocol::simple)
        .latency;
  };
  EXPECT_NEAR(tree("2.28"), 25 + 4 * 14, 1e-9);
  EXPECT_NEAR(tree("2.29"), 25 + 4 * 20.9, 1e-9);
}

TEST(NcclReleases, TheErrorListsThoseThatAreKnown) {
  try {
    nccl_constants("2.4");
    FAIL() << "2.4 was accepted";
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("2.30.7, 2.29, 2.28.3, 2.27, 2.20.3"));
  }
}

// NCCL's choice at 64 MiB on 8 H100 is NVLS, without it ring and Simple (communication note 1.15 (a)).
TEST(NcclSettings, AnAlgorithmCanBeRuledOut) {
  const NcclSystem system = system_of("dgx-h100", 1);
  constexpr std::uint64_t bytes = 64 << 20;
  const auto choice = [&](const char* assignment) {
    return NcclTuning(with_settings(system, parse_nccl_settings({assignment})))
        .choose(Collective::all_reduce, bytes);
  };
  EXPECT_EQ(NcclTuning(system).choose(Collective::all_reduce, bytes).algorithm, NcclAlgorithm::nvls);
  for (const char* assignment :
       {"NCCL_ALGO=^NVLS", "NCCL_ALGO=ring,tree", "NCCL_NVLS_ENABLE=0", "NCCL_ALGO=nvls;allreduce:ring"}) {
    EXPECT_EQ(choice(assignment).algorithm, NcclAlgorithm::ring) << assignment;
    EXPECT_NEAR(choice(assignment).time, 382.2, 0.1) << assignment;
  }
  EXPECT_EQ(choice("NCCL_ALGO=^NVLS;broadcast:tree").algorithm, NcclAlgorithm::ring);
  EXPECT_EQ(choice("NCCL_PROTO=LL").protocol, NcclProtocol::ll);
  EXPECT_THROW(choice("NCCL_ALGO=pat"), InputError);  // not for an all-reduce
}

// LL128 is off over PCIe unless the user names it: 4 x RTX 4090.
TEST(NcclSettings, AProtocolThatIsNamedIsNotDoubted) {
  const NcclSystem system = system_of("pcie-4x-rtx4090", 1);
  const auto cell = [&](const NcclSystem& s) {
    return NcclTuning(s).cell(Collective::all_reduce, NcclAlgorithm::ring, NcclProtocol::ll128).bandwidth;
  };
  EXPECT_EQ(cell(system), 0);
  EXPECT_GT(cell(with_settings(system, parse_nccl_settings({"NCCL_PROTO=LL128"}))), 0);
}

// Eight of 24 channels, each rated 38.7 GB/s inside a Hopper node.
TEST(NcclSettings, FewerChannelsCarryLess) {
  const NcclTuning tuning(
      with_settings(system_of("dgx-h100", 1), parse_nccl_settings({"NCCL_MAX_NCHANNELS=8"})));
  EXPECT_DOUBLE_EQ(tuning.channel_limit(), 8 * 38.7);
  EXPECT_EQ(tuning.system().channels, 8);
  const NcclChoice ring{NcclAlgorithm::ring, NcclProtocol::simple, 0},
      nvls{NcclAlgorithm::nvls, NcclProtocol::simple, 0};
  EXPECT_EQ(tuning.launched_channels(ring, 1 << 30), 8);
  EXPECT_EQ(tuning.launched_channels(nvls, 1 << 30), 8);
}

TEST(NcclSettings, WrongValuesAreRefused) {
  for (const char* wrong :
       {"NCCL_ALGO", "NCCL_ALGOS=Ring", "NCCL_ALGO=Rnig", "NCCL_PROTO=LL;Simple", "NCCL_ALGO=gather:ring",
        "NCCL_MAX_NCHANNELS=0", "NCCL_MAX_NCHANNELS=8x", "NCCL_NVLS_ENABLE=yes", "NCCL_P2P_LEVEL=SYS"})
    EXPECT_THROW(parse_nccl_settings({wrong}), InputError) << wrong;
}

// Two DGX H100 on switches that add up. Direct: 8 heads at the NICs' 48, for 48 + 7 x 48 / 7 <= 370.8;
// 8 x 48 x 0.85 of bus bandwidth, half of it for the all-reduce; 2 x (3.7 + 7 x 0.4) + 31 us. Chain: 8 x 48 /
// 2; 2 x 7 x 2.8 + 30 us. NVLS over the network: 8 x min(59.5, 48) x 16 / 30; 25 + 18 us.
TEST(NcclSharp, TheNetworkAddsUp) {
  const NcclTuning tuning(system_of("dgx-h100", 2, true));
  const auto cell = [&](NcclAlgorithm a) {
    return tuning.cell(Collective::all_reduce, a, NcclProtocol::simple);
  };
  EXPECT_NEAR(cell(NcclAlgorithm::collnet_direct).bandwidth, 163.2, 1e-6);
  EXPECT_NEAR(cell(NcclAlgorithm::collnet_direct).latency, 44, 1e-6);
  EXPECT_NEAR(cell(NcclAlgorithm::collnet_chain).bandwidth, 192, 1e-6);
  EXPECT_NEAR(cell(NcclAlgorithm::collnet_chain).latency, 69.2, 1e-6);
  EXPECT_NEAR(cell(NcclAlgorithm::nvls).bandwidth, 204.8, 1e-6);
  EXPECT_NEAR(cell(NcclAlgorithm::nvls).latency, 43, 1e-6);
  const NcclTuning plain(system_of("dgx-h100", 2));
  EXPECT_EQ(plain.cell(Collective::all_reduce, NcclAlgorithm::collnet_direct, NcclProtocol::simple).bandwidth,
            0);
  const NcclTuning off(
      with_settings(system_of("dgx-h100", 2, true), parse_nccl_settings({"NCCL_COLLNET_ENABLE=0"})));
  EXPECT_EQ(off.cell(Collective::all_reduce, NcclAlgorithm::collnet_chain, NcclProtocol::simple).bandwidth,
            0);
}

// Rings pass every byte on once per node, switches that add up do not: the advantage grows with the nodes. On
// A100, whose NVSwitch cannot add, CollNet direct is there all the same.
TEST(NcclSharp, HelpsLargeJobs) {
  const auto best = [](const char* name, bool sharp) {
    const NcclTuning tuning(system_of(name, 64, sharp));
    return tuning.choose(Collective::all_reduce, 64 << 20);
  };
  EXPECT_LT(best("dgx-h100", true).time, 0.8 * best("dgx-h100", false).time);
  EXPECT_LT(best("dgx-a100", true).time, best("dgx-a100", false).time);
}

// One GPU in each of 16 nodes: PAT gathers in log2(16) steps of 14 / 3.5 us, 2.8 us a rank and 8 us.
TEST(NcclPat, GathersWhereEveryNodeHasOneGpu) {
  topology::ClusterOptions options;
  options.nodes = 16;
  const topology::Cluster cluster = topology::load_cluster("dgx-h100", options, DataCatalogue::embedded());
  const Group group{16, 16, 1};
  const NcclSystem system = nccl_system(cluster, read_nccl_node(cluster, group), 16);
  const auto cell = [&](const NcclSystem& s) {
    return NcclTuning(s).cell(Collective::all_gather, NcclAlgorithm::pat, NcclProtocol::simple);
  };
  EXPECT_NEAR(cell(system).latency, 8 + 4 * 4 + 16 * 2.8, 1e-9);
  EXPECT_GT(cell(system).bandwidth, 0);
  EXPECT_EQ(cell(with_settings(system, parse_nccl_settings({"NCCL_PAT_ENABLE=0"}))).bandwidth, 0);
  EXPECT_EQ(cell(system_of("dgx-h100", 2)).bandwidth, 0);
}

}  // namespace
}  // namespace scalesim::comm
