// What NCCL's tuning model says beside the cells of the big collectives: broadcast, PAT, the network's
// overhead, the plateau of rings, corrections by size, channels of a launch. Constants by hand from
// NVIDIA/nccl@5067397 src/graph/tuning.cc.
#include <gtest/gtest.h>

#include <cmath>

#include "core/error.h"
#include "nccl_machines.h"

namespace scalesim::comm {
namespace {

constexpr auto ring = NcclAlgorithm::ring;
constexpr auto tree = NcclAlgorithm::tree;
constexpr auto ll = NcclProtocol::ll;
constexpr auto ll128 = NcclProtocol::ll128;
constexpr auto simple = NcclProtocol::simple;

NcclTuning tuning_of(const char* machine, int nodes, const char* release = "2.30.7",
                     const std::vector<std::string>& settings = {}) {
  return NcclTuning(
      with_settings(closed_form_system(nccl_machine(machine), nodes), parse_nccl_settings(settings)),
      nccl_constants(release));
}

double latency(const NcclTuning& tuning, Collective c, NcclProtocol p, NcclAlgorithm a = ring) {
  return tuning.cell(c, a, p).latency;
}

// Base 6.6, 14, 8.4 us. One node: one step, over NVLink 0.6, 1.9, 3.4, over PCIe 1.0, -, 5.7.
TEST(NcclBroadcast, TakesOneStepWhereAllChannelsAreAlike) {
  for (const Collective c : {Collective::broadcast, Collective::reduce}) {
    const NcclTuning hopper = tuning_of("h100", 1), cards = tuning_of("4090amd4", 1);
    EXPECT_NEAR(latency(hopper, c, ll), 7.2, 1e-9);
    EXPECT_NEAR(latency(hopper, c, ll128), 15.9, 1e-9);
    EXPECT_NEAR(latency(hopper, c, simple), 11.8, 1e-9);
    EXPECT_NEAR(latency(cards, c, ll), 7.6, 1e-9);
    EXPECT_NEAR(latency(cards, c, simple), 14.1, 1e-9);
    EXPECT_EQ(cards.cell(c, ring, ll128).bandwidth, 0);
  }
}

// Two nodes, channels that differ: 16 steps over the network, 2.7, 4.0 and 14 us each.
TEST(NcclBroadcast, TakesAStepPerRankWhereChannelsDiffer) {
  const NcclTuning two = tuning_of("h100", 2);
  EXPECT_NEAR(latency(two, Collective::broadcast, ll), 6.6 + 16 * 2.7, 1e-9);
  EXPECT_NEAR(latency(two, Collective::broadcast, ll128), 14 + 16 * 4.0, 1e-9);
  EXPECT_NEAR(latency(two, Collective::reduce, simple), 8.4 + 16 * 14.0, 1e-9);
}

// A broadcast goes once through every link: bus and algorithm bandwidth are one. 12 x 30 = 360; LL half of
// it, at most 141.
TEST(NcclBroadcast, CarriesWhatTheRingCarries) {
  const NcclTuning hopper = tuning_of("h100", 1);
  EXPECT_NEAR(hopper.cell(Collective::broadcast, ring, simple).bandwidth, 360, 1e-9);
  EXPECT_NEAR(hopper.cell(Collective::broadcast, ring, ll).bandwidth, 141, 1e-9);
  EXPECT_NEAR(hopper.cell(Collective::reduce, ring, ll128).bandwidth, 0.92 * 360, 1e-9);
  for (const NcclAlgorithm other : {tree, NcclAlgorithm::nvls, NcclAlgorithm::pat})
    EXPECT_EQ(hopper.cell(Collective::broadcast, other, simple).bandwidth, 0);
}

// 2.20 left LL a quarter of a ring where sums are made and a third elsewhere: of 12 x 20 = 240 on A100 60 and
// 80 GB/s, both below the cap of 87.7. All-reduce x 8/14, all-gather x 8/7.
TEST(NcclOldRelease, LeavesLlLessWhereSumsAreMade) {
  const NcclTuning old = tuning_of("a100", 1, "2.20.3");
  EXPECT_NEAR(old.cell(Collective::reduce, ring, ll).bandwidth, 60, 1e-9);
  EXPECT_NEAR(old.cell(Collective::broadcast, ring, ll).bandwidth, 80, 1e-9);
  EXPECT_NEAR(old.cell(Collective::all_reduce, ring, ll).bandwidth, 60 * 8.0 / 14, 1e-9);
  EXPECT_NEAR(old.cell(Collective::all_gather, ring, ll).bandwidth, 80 * 8.0 / 7, 1e-9);
}

// 2.20 counted 2N = 4 network steps of an all-reduce's 30, today 2 (N-1) = 2. Inside 3.4 us, over the
// network 14.
TEST(NcclOldRelease, CountsAStepPerBorder) {
  EXPECT_NEAR(latency(tuning_of("h100", 2, "2.20.3"), Collective::all_reduce, simple),
              8.4 + 26 * 3.4 + 4 * 14, 1e-9);
  EXPECT_NEAR(latency(tuning_of("h100", 2), Collective::all_reduce, simple), 8.4 + 28 * 3.4 + 2 * 14, 1e-9);
}

// NCCL_NET_OVERHEAD is in ns and a floor of every step inside the nodes; Simple counts it three times.
// Intel's default is 1 us and AMD's 2 us: LL's 0.6 us becomes 1 and 2.
TEST(NcclNetOverhead, IsAFloorOfTheStepsInside) {
  const auto all_reduce = [](const char* machine, NcclProtocol p, const std::vector<std::string>& settings) {
    return latency(tuning_of(machine, 2, "2.30.7", settings), Collective::all_reduce, p);
  };
  EXPECT_NEAR(all_reduce("h100", simple, {"NCCL_NET_OVERHEAD=5000"}), 8.4 + 28 * 15 + 2 * 14, 1e-9);
  EXPECT_NEAR(all_reduce("h100", ll, {"NCCL_NET_OVERHEAD=5000"}), 6.6 + 28 * 5 + 2 * 2.7, 1e-9);
  EXPECT_NEAR(all_reduce("h100", ll, {}), 6.6 + 28 * 1 + 2 * 2.7, 1e-9);
  EXPECT_NEAR(all_reduce("h100amd", ll, {}), 6.6 + 28 * 2 + 2 * 2.7, 1e-9);
  EXPECT_NEAR(all_reduce("h100", ll, {"NCCL_NET_OVERHEAD=0"}), 6.6 + 28 * 0.6 + 2 * 2.7, 1e-9);
}

NcclSystem one_gpu_nodes(int nodes, int capability = 90) {
  NcclNode node = nccl_machine("h100");
  node.gpus = 1;
  node.nics = 1;
  node.multicast = false;
  node.compute_capability = capability;
  return closed_form_system(node, nodes);
}

// Four nodes of one GPU, a NIC of 50 behind PCIe of 48 GB/s: two channels of 24. PAT 8 + log2(4) x 14 / 3.5
// + 2.8 x 4 us; 0.75 x 48 GB/s.
TEST(NcclPat, IsForOneGpuPerNode) {
  const NcclTuning four(one_gpu_nodes(4));
  for (const Collective c : {Collective::all_gather, Collective::reduce_scatter}) {
    const NcclCell& pat = four.cell(c, NcclAlgorithm::pat, simple);
    EXPECT_NEAR(pat.latency, 27.2, 1e-9);
    EXPECT_NEAR(pat.bandwidth, 36, 1e-9);
    EXPECT_EQ(four.cell(c, NcclAlgorithm::pat, ll).bandwidth, 0);
  }
  EXPECT_EQ(four.cell(Collective::all_reduce, NcclAlgorithm::pat, simple).bandwidth, 0);
  EXPECT_EQ(tuning_of("h100", 2).cell(Collective::all_gather, NcclAlgorithm::pat, simple).bandwidth, 0);
}

TEST(NcclPat, ObeysTheUserTheReleaseAndTheGpu) {
  const auto pat = [](const NcclTuning& tuning) {
    return tuning.cell(Collective::all_gather, NcclAlgorithm::pat, simple).bandwidth;
  };
  const NcclSystem four = one_gpu_nodes(4);
  EXPECT_EQ(pat(NcclTuning(with_settings(four, parse_nccl_settings({"NCCL_PAT_ENABLE=0"})))), 0);
  EXPECT_GT(pat(NcclTuning(with_settings(four, parse_nccl_settings({"NCCL_PAT_ENABLE=2"})))), 0);
  EXPECT_GT(pat(tuning_of("h100", 2, "2.30.7", {"NCCL_PAT_ENABLE=1"})), 0);
  EXPECT_EQ(pat(NcclTuning(four, nccl_constants("2.20.3"))), 0);
  EXPECT_GT(pat(NcclTuning(one_gpu_nodes(4, 60))), 0);
  EXPECT_EQ(pat(NcclTuning(one_gpu_nodes(4, 53))), 0);
}

// LL128 needs stores of 128 bytes that arrive whole: Volta or newer on NVLink; unequal GPUs only from Hopper
// on.
TEST(NcclLl128, NeedsNvlinkAndGpusThatAreAlike) {
  const auto bandwidth = [](NcclSystem system) {
    return NcclTuning(system).cell(Collective::all_reduce, ring, ll128).bandwidth;
  };
  NcclSystem ampere = closed_form_system(nccl_machine("a100"), 1),
             hopper = closed_form_system(nccl_machine("h100"), 1);
  EXPECT_GT(bandwidth(ampere), 0);
  ampere.one_capability = hopper.one_capability = false;
  EXPECT_EQ(bandwidth(ampere), 0);
  EXPECT_GT(bandwidth(hopper), 0);
  NcclSystem volta = closed_form_system(nccl_machine("v100nvsw"), 1);
  EXPECT_GT(bandwidth(volta), 0);
  volta.compute_capability = 61;
  EXPECT_EQ(bandwidth(volta), 0);
  hopper.ring.type_intra = NearPath::pix;
  EXPECT_EQ(bandwidth(hopper), 0);
  hopper.ring.type_intra = NearPath::nvb;
  EXPECT_GT(bandwidth(hopper), 0);
}

// Trees reach part of their 165.6 GB/s: Simple 0.9 at 64 B, 0.6 at 64 KiB (2^10 x 64 B), all from 512 MiB on.
TEST(NcclTime, CorrectsTreesBySize) {
  const NcclTuning hopper = tuning_of("h100", 1);
  const auto time = [&](std::uint64_t bytes) {
    return hopper.time(Collective::all_reduce, tree, simple, bytes);
  };
  EXPECT_NEAR(time(64), 64.4 + 64 / (165600 * 0.9), 1e-9);
  EXPECT_NEAR(time(65536), 64.4 + 65536 / (165600 * 0.6), 1e-6);
  EXPECT_NEAR(time(131071), 64.4 + 131071 / (165600 * 0.6), 1e-6);
  EXPECT_NEAR(time(131072), 64.4 + 131072 / (165600 * 0.5), 1e-6);
  EXPECT_NEAR(time(1u << 29), 64.4 + (1u << 29) / 165600.0, 1e-3);
}

// 16 channels x 16 ranks x 64 B = 16 KiB: from there on a ring's latency between nodes is 1.4 times, on
// Volta 1.9 times; not inside a node, not for other collectives or protocols.
TEST(NcclTime, RingsBetweenNodesReachAPlateau) {
  const NcclTuning two = tuning_of("h100", 2);
  const auto latency_at = [](const NcclTuning& tuning, Collective c, NcclProtocol p, std::uint64_t bytes) {
    return tuning.time(c, ring, p, bytes) -
           static_cast<double>(bytes) / (1000 * tuning.cell(c, ring, p).bandwidth);
  };
  EXPECT_NEAR(latency_at(two, Collective::all_reduce, simple, 16383), 131.6, 1e-6);
  EXPECT_NEAR(latency_at(two, Collective::all_reduce, simple, 16384), 1.4 * 131.6, 1e-6);
  EXPECT_NEAR(latency_at(two, Collective::all_gather, simple, 1 << 20), 70, 1e-6);
  EXPECT_NEAR(latency_at(two, Collective::all_reduce, ll, 1 << 20), 40, 1e-6);
  EXPECT_NEAR(latency_at(tuning_of("h100", 1), Collective::all_reduce, simple, 1 << 20), 56, 1e-6);
  const NcclTuning volta = tuning_of("v100nvsw", 2);
  EXPECT_NEAR(latency_at(volta, Collective::all_reduce, simple, 1 << 24),
              1.9 * volta.cell(Collective::all_reduce, ring, simple).latency, 1e-6);
}

// NVLS trees of Blackwell behind x86 hosts are corrected as trees are since 2.29: 0.6 at 64 KiB.
TEST(NcclTime, CorrectsNvlsTreesOfBlackwell) {
  NcclSystem system = closed_form_system(nccl_machine("b200"), 2);
  constexpr auto nvls_tree = NcclAlgorithm::nvls_tree;
  const auto slowdown = [&](const char* release) {
    const NcclTuning tuning(system, nccl_constants(release));
    const NcclCell& cell = tuning.cell(Collective::all_reduce, nvls_tree, simple);
    return (tuning.time(Collective::all_reduce, nvls_tree, simple, 65536) - cell.latency) /
           (65.536 / cell.bandwidth);
  };
  EXPECT_NEAR(slowdown("2.30.7"), 1 / 0.6, 1e-9);
  EXPECT_NEAR(slowdown("2.28.3"), 1, 1e-9);
  system.cpu = NcclCpu::arm;
  EXPECT_NEAR(slowdown("2.30.7"), 1, 1e-9);
  system.cpu = NcclCpu::mixed;
  EXPECT_NEAR(slowdown("2.30.7"), 1 / 0.6, 1e-9);
}

TEST(NcclTime, IsInfiniteForWhatNcclDoesNotUse) {
  const NcclTuning cards = tuning_of("4090amd4", 1);
  EXPECT_TRUE(std::isinf(cards.time(Collective::all_reduce, ring, ll128, 1024)));
  EXPECT_TRUE(std::isinf(cards.time(Collective::all_reduce, NcclAlgorithm::nvls, simple, 1024)));
  EXPECT_EQ(cards.cell(Collective::all_to_all, ring, simple).bandwidth, 0);
  const NcclChoice none = cards.choose(Collective::send_receive, 1024);
  EXPECT_EQ(none.algorithm, ring);
  EXPECT_EQ(none.protocol, simple);
}

struct Launch {
  NcclAlgorithm algorithm;
  NcclProtocol protocol;
  std::uint64_t bytes;
  int channels;
};

// Bytes that fill one channel of 8 x H100 (24 channels): Simple 512 x 64 = 32768; LL in rings 512 x 8 x 8
// ranks = 32768, in trees 512 x 8 = 4096; LL128 640 x 8 = 5120. At least one channel, at most 24; NVLS
// always 16.
TEST(NcclLaunch, TakesAsManyChannelsAsTheBytesFill) {
  const NcclTuning hopper = tuning_of("h100", 1);
  const Launch launches[] = {{ring, simple, 0, 1},
                             {ring, simple, 65535, 1},
                             {ring, simple, 65536, 2},
                             {tree, simple, 327680, 10},
                             {ring, simple, 1u << 30, 24},
                             {ring, ll, 327679, 9},
                             {ring, ll, 327680, 10},
                             {tree, ll, 40960, 10},
                             {tree, ll, 40959, 9},
                             {ring, ll128, 51200, 10},
                             {ring, ll128, 51199, 9},
                             {tree, ll128, 1u << 30, 24},
                             {NcclAlgorithm::nvls, simple, 64, 16}};
  for (const Launch& row : launches) {
    EXPECT_EQ(hopper.launched_channels({row.algorithm, row.protocol, 0}, row.bytes), row.channels)
        << to_text(row.algorithm) << '/' << to_text(row.protocol) << ' ' << row.bytes;
  }
}

// NVLS: 16 on Hopper, 24 on one Blackwell node, 32 on several.
TEST(NcclLaunch, NvlsHasChannelsOfItsOwn) {
  const NcclChoice nvls{NcclAlgorithm::nvls, simple, 0}, nvls_tree{NcclAlgorithm::nvls_tree, simple, 0};
  EXPECT_EQ(tuning_of("h100", 2).launched_channels(nvls_tree, 1 << 20), 16);
  EXPECT_EQ(tuning_of("b200", 1).launched_channels(nvls, 1 << 20), 24);
  EXPECT_EQ(tuning_of("b200", 2).launched_channels(nvls_tree, 1 << 20), 32);
}

// A ring of 12 GB/s in all runs 256 threads: 16 KiB fill a channel; two channels there are.
TEST(NcclLaunch, SlowRingsRunFewerThreads) {
  const NcclTuning slow = tuning_of("h100nic1x100g", 2);
  EXPECT_EQ(slow.launched_channels({ring, simple, 0}, 32767), 1);
  EXPECT_EQ(slow.launched_channels({ring, simple, 0}, 32768), 2);
  EXPECT_EQ(slow.launched_channels({tree, simple, 0}, 65535), 1);
  EXPECT_EQ(slow.launched_channels({tree, simple, 0}, 65536), 2);
  EXPECT_TRUE(std::isinf(slow.channel_limit()));
}

}  // namespace
}  // namespace scalesim::comm
