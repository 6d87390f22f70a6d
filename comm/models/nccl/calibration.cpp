// The list of calibrated constants and their file.
#include <array>
#include <cmath>

#include "comm/models/nccl/correction.h"
#include "core/toml.h"

namespace scalesim::comm {

namespace {

using C = NcclCalibration;

constexpr std::array parameters = {
    NcclParameter{&C::launch, "launch", 0.5, 30,
                  "us, kernel launch and host beyond NCCL's base latency, Hopper and newer"},
    NcclParameter{&C::launch_old, "launch_old", 0.5, 30, "us, the same on Ampere and older"},
    NcclParameter{&C::launch_per_gpu, "launch_per_gpu", 1, 8,
                  "us, launches of one thread for all GPUs of a node"},
    NcclParameter{&C::isolated_call, "isolated_call", 2, 40, "us more when a call is timed alone"},
    NcclParameter{&C::hop_rdma, "hop_rdma", 0.5, 20, "us per network step beyond NCCL's, InfiniBand or RoCE"},
    NcclParameter{&C::hop_rdma_400, "hop_rdma_400", 0.3, 20, "us, the same with NICs of 400 Gb/s and more"},
    NcclParameter{&C::hop_efa, "hop_efa", 5, 100, "us per network step beyond NCCL's, AWS EFA"},
    NcclParameter{&C::hop_tcp, "hop_tcp", 10, 150, "us per network step beyond NCCL's, kernel TCP"},
    NcclParameter{&C::fill_nvlink, "fill_nvlink", 5, 300,
                  "us, start and end of a full pipeline inside a node, Hopper and newer"},
    NcclParameter{&C::fill_nvlink_old, "fill_nvlink_old", 5, 800, "us, the same on Ampere and older"},
    NcclParameter{&C::fill_rdma, "fill_rdma", 20, 800, "us, the same over InfiniBand or RoCE"},
    NcclParameter{&C::fill_efa, "fill_efa", 50, 2000, "us, the same over AWS EFA"},
    NcclParameter{&C::fill_tcp, "fill_tcp", 50, 5000, "us, the same over kernel TCP"},
    NcclParameter{&C::fill_bytes, "fill_bytes", 1e6, 64e6, "bytes at which 63 % of the fill is paid"},
    NcclParameter{&C::fill_bytes_network, "fill_bytes_network", 1e6, 128e6, "bytes, the same between nodes"},
    NcclParameter{&C::fill_shape, "fill_shape", 0.3, 3, "exponent of size in the fill"},
    NcclParameter{&C::ll_efficiency, "ll_efficiency", 0.4, 1, "of NCCL's bandwidth, protocol LL"},
    NcclParameter{&C::nvswitch_efficiency, "nvswitch_efficiency", 0.85, 1.1,
                  "of NCCL's bandwidth through NVSwitch"},
    NcclParameter{&C::mesh_efficiency, "mesh_efficiency", 0.85, 1.15,
                  "of NCCL's bandwidth over direct NVLinks"},
    NcclParameter{&C::nvlink_bridge_efficiency, "nvlink_bridge_efficiency", 0.4, 1.1,
                  "of NCCL's bandwidth over bridges of PCIe cards"},
    NcclParameter{&C::nvls_efficiency, "nvls_efficiency", 0.85, 1.15,
                  "of NCCL's bandwidth with sums in NVSwitch"},
    NcclParameter{&C::nvls_blackwell_efficiency, "nvls_blackwell_efficiency", 0.85, 1.2,
                  "the same on Blackwell"},
    NcclParameter{&C::nvls_tree_efficiency, "nvls_tree_efficiency", 0.7, 1.1,
                  "of sums in NVSwitch, once nodes are joined"},
    NcclParameter{&C::point_to_point_efficiency, "point_to_point_efficiency", 0.6, 1,
                  "of a ring's bandwidth, send and receive with one peer at a time"},
    NcclParameter{&C::pcie_efficiency, "pcie_efficiency", 0.7, 1.05, "of PCIe, cards under one switch"},
    NcclParameter{&C::bridge_efficiency, "bridge_efficiency", 0.4, 1, "of PCIe, peers across host bridges"},
    NcclParameter{&C::nic_efficiency, "nic_efficiency", 0.85, 0.99,
                  "of the NICs' line rate, InfiniBand or RoCE"},
    NcclParameter{&C::efa_efficiency, "efa_efficiency", 0.75, 0.99, "of the NICs' line rate, AWS EFA"},
    NcclParameter{&C::tcp_host, "tcp_host", 2, 25, "GB/s that one host's kernel moves"},
    NcclParameter{&C::host_copy_efficiency, "host_copy_efficiency", 0.3, 0.95,
                  "of PCIe, a hop through host memory"},
    NcclParameter{&C::socket_copy_efficiency, "socket_copy_efficiency", 0.1, 1,
                  "of NCCL's figure for the link between sockets, PCIe 3 and 4 hosts"},
    NcclParameter{&C::host_memory, "host_memory", 8, 100,
                  "GB/s per box, PCIe 3 and 4 hosts, read and written"},
    NcclParameter{&C::host_memory_wide, "host_memory_wide", 100, 1500,
                  "GB/s per box, DDR5-era hosts, read and written"},
    NcclParameter{&C::error_large, "error_large", 0.02, 1,
                  "median relative error left out of sample, >= 1 MiB"},
    NcclParameter{&C::error_small, "error_small", 0.02, 2,
                  "median relative error left out of sample, below 1 MiB"},
};

}  // namespace

std::span<const NcclParameter> nccl_parameters() { return parameters; }

NcclCalibration read_nccl_calibration(const DataCatalogue& data) {
  NcclCalibration calibration;
  if (!data.has("calibration", "nccl")) return calibration;
  const TomlTable table = data.read("calibration", "nccl").table("constants");
  for (const NcclParameter& parameter : parameters) {
    const std::string key(parameter.name);
    if (table.has(key)) calibration.*parameter.value = table.number_in(key, parameter.low, parameter.high);
  }
  table.refuse_unknown_keys();
  return calibration;
}

}  // namespace scalesim::comm
