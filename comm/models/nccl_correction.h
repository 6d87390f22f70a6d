// From NCCL's estimate to a time: NCCL's model ranks algorithms, but leaves out launch, the filling of
// pipelines, host memory and what a NIC really carries. A few physical constants with bounds, fitted to
// published measurements by calibrate_comm and kept in data/calibration/nccl.toml.
#pragma once

#include <string_view>

#include "comm/models/nccl_node.h"

namespace scalesim::comm {

/// Times in us, bandwidths in GB/s, the rest are ratios.
struct NcclCalibration {
  double launch = 6;            ///< host and kernel launch beyond what NCCL's base latency holds
  double latency_nvlink = 1.0;  ///< times NCCL's latency, by what the steps cross
  double latency_pcie = 1.2;
  double latency_rdma = 1.3;
  double latency_tcp = 4;
  double fill_nvlink = 70;  ///< a full pipeline's start and end
  double fill_rdma = 220;
  double fill_tcp = 1000;
  double fill_bytes = 16e6;          ///< the size at which 63 % of the fill is paid
  double nvlink_efficiency = 0.985;  ///< of NCCL's bandwidth, by what bounds it
  double nvls_efficiency = 1.0;
  double pcie_efficiency = 0.93;
  double nic_efficiency = 0.95;
  double tcp_efficiency = 0.5;
  double host_copy_efficiency = 0.6;  ///< a hop through host memory against the GPU's PCIe link
  double host_memory = 18;            ///< per box, written and read by all cards together, PCIe 3 and 4 hosts
  double host_memory_wide = 300;      ///< the same for DDR5-era hosts
  double error_large = 0.15;          ///< median relative error left over at >= 1 MiB, and below
  double error_small = 0.3;
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
                            const NcclChoice& choice, double bytes, const NcclCalibration& calibration);

/// All-to-all and send-receive, which NCCL does not model: launch, one start per peer, then the busier of the
/// links inside the node and the NICs (communication note 1.11).
NcclEstimate point_to_point_time(const NcclNode& node, Collective collective, const Group& group,
                                 double bytes, const NcclCalibration& calibration);

}  // namespace scalesim::comm
