// The parts of a corrected time one at a time: every constant is set to a round number, so that each line is
// a sum by hand.
#include <gtest/gtest.h>

#include <cmath>

#include "comm/models/nccl/correction.h"
#include "nccl_machines.h"

namespace scalesim::comm {
namespace {

constexpr auto simple = NcclProtocol::simple;
constexpr NcclHarness processes{false, false};  // a process per GPU, calls in a row

/// No efficiency below one and nothing that fills.
NcclCalibration plain() {
  NcclCalibration k;
  k.launch = 4;
  k.launch_old = 6;
  k.fill_nvlink = k.fill_nvlink_old = k.fill_rdma = k.fill_efa = k.fill_tcp = 0;
  k.ll_efficiency = k.nvswitch_efficiency = k.mesh_efficiency = k.nvlink_bridge_efficiency = 1;
  k.nvls_efficiency = k.nvls_blackwell_efficiency = k.nvls_tree_efficiency = k.point_to_point_efficiency = 1;
  k.nic_efficiency = k.efa_efficiency = 1;
  return k;
}

/// An all-reduce of `bytes` with this algorithm and protocol.
NcclEstimate all_reduce(const NcclNode& node, int nodes, NcclAlgorithm algorithm, NcclProtocol protocol,
                        double bytes, const NcclCalibration& k, const NcclHarness& harness = processes) {
  const NcclTuning tuning(closed_form_system(node, nodes));
  return corrected_time(tuning, node, Collective::all_reduce, {algorithm, protocol, 0}, bytes, k, harness);
}

NcclEstimate ring(const NcclNode& node, int nodes, double bytes, const NcclCalibration& k,
                  const NcclHarness& harness = processes) {
  return all_reduce(node, nodes, NcclAlgorithm::ring, simple, bytes, k, harness);
}

// 8 x H100, ring: launch 4 + NCCL's 56 us; 205.71 GB/s of algorithm bandwidth, 0.8 of it.
TEST(NcclParts, LaunchLatencyAndTransferAddUp) {
  NcclCalibration k = plain();
  k.nvswitch_efficiency = 0.8;
  const NcclEstimate e = ring(nccl_machine("h100"), 1, 1e9, k);
  EXPECT_NEAR(e.latency, 60, 1e-9);
  EXPECT_NEAR(e.transfer, 1e6 / (360 * 8 / 14.0) / 0.8, 1e-6);
  EXPECT_EQ(e.fill, 0);
  EXPECT_DOUBLE_EQ(e.time, e.latency + e.transfer + e.fill);
  EXPECT_EQ(e.bottleneck, "NVLink");
  EXPECT_NEAR(ring(nccl_machine("a100"), 1, 1e9, k).latency, 6 + 56, 1e-9);  // before Hopper
}

// One thread launches for 8 GPUs of 10 us each, not for more than 8; a call timed alone takes 15 us more.
TEST(NcclParts, TheHarnessIsFeltByTheLatency) {
  NcclCalibration k = plain();
  k.launch_per_gpu = 10;
  k.isolated_call = 15;
  const NcclNode node = nccl_machine("h100");
  EXPECT_NEAR(ring(node, 1, 1e6, k, {true, false}).latency, 80, 1e-9);
  EXPECT_NEAR(ring(node, 1, 1e6, k, {true, true}).latency, 95, 1e-9);
  EXPECT_NEAR(ring(node, 1, 1e6, k, {false, true}).latency, 75, 1e-9);
  EXPECT_NEAR(ring(nccl_machine("v100nvsw"), 1, 1e6, k, {true, false}).latency, 6 + 8.4 + 30 * 3.4, 1e-9);
}

// A fill of 70 us for eight GPUs is 30 for four (3/7); at the size of 8 MB 1 - 1/e of it is paid, with shape
// 2 at 16 MB 1 - e^-4. Hosts without NVLink have none; the network has its own.
TEST(NcclParts, ThePipelineFills) {
  NcclCalibration k = plain();
  k.fill_nvlink = 70;
  k.fill_nvlink_old = 35;
  k.fill_rdma = 100;
  k.fill_efa = 200;
  k.fill_tcp = 300;
  k.fill_bytes = 8e6;
  k.fill_bytes_network = 4e6;
  k.fill_shape = 1;
  EXPECT_NEAR(ring(nccl_machine("h100"), 1, 8e6, k).fill, 70 * (1 - std::exp(-1)), 1e-9);
  EXPECT_NEAR(ring(nccl_machine("h100_4g"), 1, 8e6, k).fill, 30 * (1 - std::exp(-1)), 1e-9);
  EXPECT_NEAR(ring(nccl_machine("a100"), 1, 8e6, k).fill, 35 * (1 - std::exp(-1)), 1e-9);
  EXPECT_EQ(ring(nccl_machine("4090amd4"), 1, 8e6, k).fill, 0);
  NcclNode node = nccl_machine("h100");
  EXPECT_NEAR(ring(node, 2, 4e6, k).fill, 100 * (1 - std::exp(-1)), 1e-9);
  node.kind = NcclNetwork::efa;
  EXPECT_NEAR(ring(node, 2, 4e6, k).fill, 200 * (1 - std::exp(-1)), 1e-9);
  node.kind = NcclNetwork::tcp;
  EXPECT_NEAR(ring(node, 2, 4e6, k).fill, 300 * (1 - std::exp(-1)), 1e-9);
  k.fill_shape = 2;
  EXPECT_NEAR(ring(nccl_machine("h100"), 1, 16e6, k).fill, 70 * (1 - std::exp(-4)), 1e-9);
}

// Steps over the network beyond NCCL's own latency, each 10 us: a ring 2 (N-1), a tree 2 log2 N, switches
// that add up 1.
TEST(NcclParts, EveryStepOverTheNetworkCosts) {
  NcclCalibration k = plain();
  k.hop_rdma_400 = 10;
  const NcclNode node = nccl_machine("h100");
  const auto extra = [&](int nodes, NcclAlgorithm algorithm) {
    const NcclTuning tuning(closed_form_system(node, nodes));
    return all_reduce(node, nodes, algorithm, simple, 1e6, k).latency - k.launch -
           tuning.cell(Collective::all_reduce, algorithm, simple).latency;
  };
  EXPECT_NEAR(extra(1, NcclAlgorithm::ring), 0, 1e-9);
  EXPECT_NEAR(extra(2, NcclAlgorithm::ring), 20, 1e-9);
  EXPECT_NEAR(extra(4, NcclAlgorithm::ring), 60, 1e-9);
  EXPECT_NEAR(extra(2, NcclAlgorithm::tree), 20, 1e-9);
  EXPECT_NEAR(extra(4, NcclAlgorithm::tree), 40, 1e-9);
  EXPECT_NEAR(extra(7, NcclAlgorithm::tree), 40, 1e-9);
  EXPECT_NEAR(extra(8, NcclAlgorithm::nvls_tree), 60, 1e-9);
  const NcclTuning four(closed_form_system(node, 4));
  const NcclEstimate gather =
      corrected_time(four, node, Collective::all_gather, {NcclAlgorithm::ring, simple, 0}, 1e6, k, processes);
  EXPECT_NEAR(gather.latency - k.launch - 145.6, 30, 0.01);  // one way only; 145.6 is NCCL's
}

TEST(NcclParts, EveryKindOfNetworkHasItsStep) {
  NcclCalibration k = plain();
  k.hop_rdma_400 = 1;
  k.hop_rdma = 2;
  k.hop_efa = 3;
  k.hop_tcp = 4;
  const auto step = [&](double nic, NcclNetwork kind, double switches) {
    NcclNode node = nccl_machine("h100");
    const double before = ring(node, 2, 1e6, k).latency - 2;  // two steps of 1 us
    node.kind = kind;
    node.hop_latency = switches;
    const NcclTuning tuning(closed_form_system(node, 2));
    node.nic = nic;  // felt by the step alone
    const NcclChoice choice{NcclAlgorithm::ring, simple, 0};
    return (corrected_time(tuning, node, Collective::all_reduce, choice, 1e6, k, processes).latency -
            before) /
           2;
  };
  EXPECT_NEAR(step(50, NcclNetwork::rdma, 0), 1, 1e-9);
  EXPECT_NEAR(step(45, NcclNetwork::rdma, 0), 1, 1e-9);
  EXPECT_NEAR(step(44, NcclNetwork::rdma, 0), 2, 1e-9);
  EXPECT_NEAR(step(50, NcclNetwork::efa, 0), 3, 1e-9);
  EXPECT_NEAR(step(50, NcclNetwork::tcp, 0), 4, 1e-9);
  EXPECT_NEAR(step(50, NcclNetwork::rdma, 0.5), 1.5, 1e-9);
}

// What every node sends of 1 GB: a ring of 16 ranks 2 x 15/16, a tree over two nodes 1, over four 2.
TEST(NcclParts, TheNicsBindByWhatTheAlgorithmSends) {
  NcclCalibration k = plain();
  const auto transfer = [&](int nodes, NcclAlgorithm algorithm, NcclNetwork kind, double network) {
    NcclNode node = nccl_machine("h100");
    const NcclTuning tuning(closed_form_system(node, nodes));
    node.kind = kind;
    node.network = network;  // far below what the node carries inside
    const NcclEstimate e =
        corrected_time(tuning, node, Collective::all_reduce, {algorithm, simple, 0}, 1e9, k, processes);
    EXPECT_EQ(e.bottleneck, "NIC");
    return e.transfer;
  };
  EXPECT_NEAR(transfer(2, NcclAlgorithm::ring, NcclNetwork::rdma, 10), 1.875e5, 1e-6);
  EXPECT_NEAR(transfer(2, NcclAlgorithm::tree, NcclNetwork::rdma, 10), 1e5, 1e-6);
  EXPECT_NEAR(transfer(4, NcclAlgorithm::tree, NcclNetwork::rdma, 10), 2e5, 1e-6);
  k.nic_efficiency = 0.5;
  k.efa_efficiency = 0.25;
  EXPECT_NEAR(transfer(2, NcclAlgorithm::tree, NcclNetwork::rdma, 10), 2e5, 1e-6);
  EXPECT_NEAR(transfer(2, NcclAlgorithm::tree, NcclNetwork::efa, 10), 4e5, 1e-6);
  // TCP: 0.92 x 12.5 = 11.5 GB/s of wire and 11.5 of copies one after the other: 5.75.
  k.tcp_host = 11.5;
  EXPECT_NEAR(transfer(2, NcclAlgorithm::tree, NcclNetwork::tcp, 12.5), 1e6 / 5.75, 1e-3);
}

// A ring's own way through the node: 1.875 GB at 100 GB/s, half as fast over links that carry half.
TEST(NcclParts, RingsBetweenNodesAlsoCrossTheNode) {
  NcclCalibration k = plain();
  NcclNode node = nccl_machine("h100");
  node.ring = 100;
  EXPECT_NEAR(ring(node, 2, 1e9, k).transfer, 1.875e4, 1e-6);
  k.nvswitch_efficiency = 0.5;
  EXPECT_NEAR(ring(node, 2, 1e9, k).transfer, 3.75e4, 1e-6);
}

// Tree/LL 43.58 GB/s on 8 x H100; LL keeps half: twice the time.
TEST(NcclParts, LlKeepsItsShare) {
  NcclCalibration k = plain();
  const NcclNode node = nccl_machine("h100");
  const auto transfer = [&](NcclProtocol p) {
    return all_reduce(node, 1, NcclAlgorithm::ring, p, 1e8, k).transfer;
  };
  const double ll = transfer(NcclProtocol::ll), ll128 = transfer(NcclProtocol::ll128);
  k.ll_efficiency = 0.5;
  EXPECT_NEAR(transfer(NcclProtocol::ll), 2 * ll, 1e-6);
  EXPECT_NEAR(transfer(NcclProtocol::ll128), ll128, 1e-6);
}

// Which constant speaks of which link.
TEST(NcclParts, EachKindOfLinkHasItsEfficiency) {
  NcclCalibration k = plain();
  k.nvswitch_efficiency = 0.5;
  k.mesh_efficiency = 0.25;
  k.nvlink_bridge_efficiency = 0.2;
  k.nvls_efficiency = 0.1;
  k.nvls_blackwell_efficiency = 0.05;
  const auto slower = [&](const NcclNode& node, NcclAlgorithm algorithm = NcclAlgorithm::ring) {
    return all_reduce(node, 1, algorithm, simple, 1e9, k).transfer /
           all_reduce(node, 1, algorithm, simple, 1e9, plain()).transfer;
  };
  NcclNode node = nccl_machine("h100");
  EXPECT_NEAR(slower(node), 2, 1e-6);
  EXPECT_NEAR(slower(node, NcclAlgorithm::nvls), 10, 1e-6);
  EXPECT_NEAR(slower(nccl_machine("b200"), NcclAlgorithm::nvls), 20, 1e-6);
  node.fabric = NcclFabric::nvlink_mesh;
  EXPECT_NEAR(slower(node), 4, 1e-6);
  node.bridged = true;
  EXPECT_NEAR(slower(node), 5, 1e-6);
  node.other_vendor = true;  // counted as measured
  EXPECT_NEAR(slower(node), 1, 1e-6);
}

struct Cards {
  const char* what;
  NcclFabric fabric;
  int host_hops, sockets, gpus_per_switch;
  bool wide_host;
  double bus;  ///< GB/s
  const char* link;
};

// Cards on PCIe of 24 GB/s: switch 0.9, host bridge 0.7, copy through memory 0.5, other socket 0.3 of 10;
// memory 20 GB/s written and read by each hop, or 400 on wide hosts.
TEST(NcclParts, PcieCardsAreBoundByTheirWay) {
  const auto peer = NcclFabric::pcie_peer, memory = NcclFabric::host_memory;
  const Cards rows[] = {
      {"peers under one switch", peer, 0, 1, 4, false, 21.6, "PCIe switch"},
      {"peers at a host bridge", peer, 2, 1, 2, false, 16.8, "PCIe host bridge"},
      {"four cards: 20 / (2 x 4)", memory, 4, 1, 1, false, 2.5, "host memory shared by all cards"},
      {"all on one switch: 20 / (2 x 8)", memory, 4, 1, 4, false, 1.25, "host memory shared by all cards"},
      {"wide host: 24 x 0.5 < 400 / 8", memory, 4, 1, 1, true, 12, "PCIe through host memory"},
      {"other socket: 10 x 0.3 < 20 / 2", memory, 1, 2, 1, false, 3, "link between sockets"},
      {"other socket: 3 > 20 / 8", memory, 4, 2, 1, false, 2.5, "host memory shared by all cards"},
      {"other socket of a wide host", memory, 4, 2, 1, true, 12, "PCIe through host memory"}};
  NcclCalibration k = plain();
  k.pcie_efficiency = 0.9;
  k.bridge_efficiency = 0.7;
  k.host_copy_efficiency = 0.5;
  k.socket_copy_efficiency = 0.3;
  k.host_memory = 20;
  k.host_memory_wide = 400;
  for (const Cards& row : rows) {
    NcclNode node = nccl_machine("4090amd4");
    node.fabric = row.fabric;
    node.host_hops = row.host_hops;
    node.sockets = row.sockets;
    node.gpus_per_switch = row.gpus_per_switch;
    node.wide_host = row.wide_host;
    node.inter_socket = 10;
    const NcclEstimate e = ring(node, 1, 1e9, k);  // 2 x 3/4 of a GB over the ring
    EXPECT_NEAR(e.transfer, 1.5e6 / row.bus, 1e-3) << row.what;
    EXPECT_EQ(e.bottleneck, row.link) << row.what;
  }
}

// All-to-all of 1 GB over 8 GPUs sends 7/8 of it into links of 370.8 GB/s, half as much with an efficiency of
// 0.5; one wave of peers: 4 + 8.4 + 4 us. Send-receive sends all of it.
TEST(NcclPointToPoint, InsideANode) {
  NcclCalibration k = plain();
  const NcclNode node = nccl_machine("h100");
  const auto time = [&](Collective c, double bytes) {
    return point_to_point_time(node, c, {8, 1, 1}, bytes, k, processes);
  };
  EXPECT_NEAR(time(Collective::all_to_all, 1e9).transfer, 0.875e6 / 370.8, 1e-6);
  EXPECT_NEAR(time(Collective::all_to_all, 1e9).latency, 16.4, 1e-9);
  EXPECT_NEAR(time(Collective::send_receive, 1e9).transfer, 1e6 / 370.8, 1e-6);
  k.point_to_point_efficiency = 0.5;
  k.nvswitch_efficiency = 0.5;
  EXPECT_NEAR(time(Collective::send_receive, 1e9).transfer, 4e6 / 370.8, 1e-6);
  EXPECT_EQ(time(Collective::send_receive, 1e9).bottleneck, "NVLink");
}

// Two nodes of 8: every GPU sends 8/16 of its GB out, 4 GB through 400 GB/s; 15 peers in two waves of 14 + 3
// us. Where all nodes talk at once half of the network is left, the NICs take twice as long.
TEST(NcclPointToPoint, BetweenNodes) {
  NcclCalibration k = plain();
  k.hop_rdma_400 = 3;
  NcclNode node = nccl_machine("h100");
  const auto time = [&](Collective c) { return point_to_point_time(node, c, {16, 2, 1}, 1e9, k, processes); };
  EXPECT_NEAR(time(Collective::all_to_all).transfer, 4e6 / 400, 1e-6);
  EXPECT_NEAR(time(Collective::all_to_all).latency, 4 + 8.4 + 2 * 17, 1e-9);
  EXPECT_EQ(time(Collective::all_to_all).bottleneck, "NIC");
  // One GPU of the node sends through its NIC of 50 behind PCIe of 48.
  EXPECT_NEAR(time(Collective::send_receive).transfer, 1e6 / 48, 1e-6);
  EXPECT_NEAR(time(Collective::send_receive).latency, 4 + 8.4 + 17, 1e-9);
  node.everyone = 0.5;
  node.hop_latency = 1;
  EXPECT_NEAR(time(Collective::all_to_all).transfer, 4e6 / 200, 1e-6);
  EXPECT_NEAR(time(Collective::send_receive).transfer, 1e6 / 48, 1e-6);
  EXPECT_NEAR(time(Collective::all_to_all).latency, 4 + 8.4 + 2 * 18, 1e-9);
}

// One GPU per node: nothing moves inside.
TEST(NcclPointToPoint, OneGpuPerNodeHasTheNetworkOnly) {
  NcclNode node = nccl_machine("h100");
  node.gpus = 1;
  node.network = node.nic = 10;
  const NcclEstimate e =
      point_to_point_time(node, Collective::all_to_all, {4, 4, 1}, 1e9, plain(), processes);
  EXPECT_NEAR(e.transfer, 0.75e6 / 10, 1e-6);
  EXPECT_EQ(e.bottleneck, "NIC");
}

// Law: no efficiency that rises makes anything slower, no latency that rises makes anything faster.
TEST(NcclParts, BetterConstantsNeverMakeItSlower) {
  for (const char* machine : {"h100", "4090amd4", "a100"}) {
    for (const int nodes : {1, 2}) {
      const NcclNode node = nccl_machine(machine);
      if (nodes > 1 && node.fabric == NcclFabric::host_memory) continue;
      for (const NcclParameter& parameter : nccl_parameters()) {
        const bool error = parameter.name.starts_with("error");
        const bool faster = parameter.name.find("efficiency") != std::string_view::npos ||
                            parameter.name.starts_with("host_memory") || parameter.name == "tcp_host" ||
                            parameter.name.starts_with("fill_bytes");
        if (error || parameter.name == "fill_shape") continue;
        NcclCalibration less = plain(), more = plain();
        less.*parameter.value = parameter.low;
        more.*parameter.value = parameter.high;
        const double with_less = ring(node, nodes, 3e7, less, {}).time,
                     with_more = ring(node, nodes, 3e7, more, {}).time;
        if (faster) {
          EXPECT_GE(with_less, with_more) << machine << ' ' << parameter.name;
        } else {
          EXPECT_LE(with_less, with_more) << machine << ' ' << parameter.name;
        }
      }
    }
  }
}

}  // namespace
}  // namespace scalesim::comm
