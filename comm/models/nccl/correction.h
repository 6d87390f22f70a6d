// From NCCL's estimate to a time: NCCL's model ranks algorithms, but leaves out launch, the filling of
// pipelines, host memory and what a NIC really carries. A few physical constants with bounds, fitted to
// published measurements by calibrate_comm and kept in data/calibration/nccl.toml.
#pragma once

#include <array>
#include <string_view>

#include "comm/models/nccl/node.h"
#include "core/data_catalogue.h"

namespace scalesim::comm {

/// Times in us, bandwidths in GB/s, sizes in bytes, the rest are ratios.
struct NcclCalibration {
  double launch = 4;  ///< kernel launch and host beyond NCCL's base latency; Hopper and newer
  double launch_old = 6;
  double launch_per_gpu = 4;  ///< one thread launches for every GPU of the node, one after the other
  double isolated_call = 15;  ///< a call that is timed alone instead of back to back
  double hop_rdma = 5;        ///< per network step, beyond NCCL's latency; NICs below 400 Gb/s
  double hop_rdma_400 = 3;
  double hop_efa = 65;
  double hop_tcp = 40;
  double fill_nvlink = 90;  ///< start and end of a full pipeline; Hopper and newer
  double fill_nvlink_old = 90;
  double fill_rdma = 180;
  double fill_efa = 700;
  double fill_tcp = 1000;
  double fill_bytes = 8e6;            ///< the size at which 63 % of the fill is paid
  double fill_bytes_network = 16e6;   ///< the same between nodes
  double fill_shape = 1;              ///< how slowly the fill grows around that size
  double ll_efficiency = 0.8;         ///< protocol LL, of NCCL's bandwidth
  double nvswitch_efficiency = 0.99;  ///< of NCCL's bandwidth, by what sets it
  double mesh_efficiency = 1.05;
  double nvlink_bridge_efficiency = 0.85;
  double nvls_efficiency = 1.0;
  double nvls_blackwell_efficiency = 1.05;
  double nvls_tree_efficiency = 0.95;      ///< of that, once nodes are joined
  double point_to_point_efficiency = 0.9;  ///< two channels to a peer at a time against a ring's
  double pcie_efficiency = 0.93;           ///< of the PCIe link, cards under one switch
  double bridge_efficiency = 0.7;  ///< of the PCIe link, peers that meet at a host bridge or across sockets
  double nic_efficiency = 0.95;    ///< of line rate
  double efa_efficiency = 0.88;
  double tcp_host = 10;                 ///< what one host's kernel moves, in series with 0.92 of line rate
  double host_copy_efficiency = 0.65;   ///< a hop through host memory against the GPU's PCIe link
  double socket_copy_efficiency = 0.3;  ///< a hop through the other socket's memory against NCCL's figure
  double host_memory = 18;        ///< per box, written and read by all cards together, PCIe 3 and 4 hosts
  double host_memory_wide = 400;  ///< the same for DDR5-era hosts
  double error_large = 0.15;      ///< median relative error left over at >= 1 MiB, and below
  double error_small = 0.3;
};

/// Kernel launch and host beyond NCCL's base latency on a GPU generation, us.
inline double launch_time(int compute_capability, const NcclCalibration& constants) {
  return compute_capability >= 90 ? constants.launch : constants.launch_old;
}

/// One fitted constant: where it lives, what it is called in the file, and within which bounds a fit may move
/// it.
struct NcclParameter {
  double NcclCalibration::*value;
  std::string_view name;
  double low;
  double high;
  std::string_view meaning;
};
std::span<const NcclParameter> nccl_parameters();

/// data/calibration/nccl.toml of the catalogue; the defaults above where the file or a key is missing. Throws
/// InputError for a value outside its bounds.
NcclCalibration read_nccl_calibration(const DataCatalogue& data);

/// How calls are started and timed, which small ones feel. A training job has a process per GPU, but waits
/// for the slowest of them as one thread's last launch is waited for: that is the default.
struct NcclHarness {
  bool one_thread = true;  ///< one thread launches for all GPUs of a node (nccl-tests -g N)
  bool isolated = false;   ///< each call timed alone, not a row of them (PyTorch's benchmarks)
};

struct NcclEstimate {
  double time = 0;  ///< us
  double latency = 0;
  double transfer = 0;
  double fill = 0;
  std::string_view bottleneck;
};

/// The corrected time of a choice that NcclTuning made for `bytes`. The parts add up to the time.
NcclEstimate corrected_time(const NcclTuning& tuning, const NcclNode& node, Collective collective,
                            const NcclChoice& choice, double bytes, const NcclCalibration& calibration,
                            const NcclHarness& harness = {});

/// All-to-all and send-receive, which NCCL does not model: launch, one start per peer, then the busier of the
/// links inside the node and the NICs (communication note 1.11).
NcclEstimate point_to_point_time(const NcclNode& node, Collective collective, const Group& group,
                                 double bytes, const NcclCalibration& calibration,
                                 const NcclHarness& harness = {});

}  // namespace scalesim::comm
