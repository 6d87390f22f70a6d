// Every latency, bandwidth and choice of NCCL's tuning model against what NCCL itself printed for the same
// machines.
#include <gtest/gtest.h>

#include "nccl_machines.h"

namespace scalesim::comm {
namespace {

struct Cell {
  const char* machine;
  int nodes;
  Collective collective;
  NcclAlgorithm algorithm;
  NcclProtocol protocol;
  double latency, bandwidth;  ///< us, GB/s
};

struct Choice {
  const char* machine;
  int nodes;
  Collective collective;
  std::uint64_t bytes;
  double time;  ///< us
  NcclAlgorithm algorithm;
  NcclProtocol protocol;
};

// clang-format off
constexpr Cell cells[] = {
    {"h100", 1, Collective::all_gather, NcclAlgorithm::ring, NcclProtocol::ll, 10.80, 161.14},
    {"h100", 1, Collective::all_gather, NcclAlgorithm::ring, NcclProtocol::ll128, 27.30, 378.51},
    {"h100", 1, Collective::all_gather, NcclAlgorithm::ring, NcclProtocol::simple, 32.20, 411.43},
    {"h100", 1, Collective::all_gather, NcclAlgorithm::nvls, NcclProtocol::simple, 25.00, 208.25},
    {"h100", 1, Collective::all_reduce, NcclAlgorithm::tree, NcclProtocol::ll, 15.20, 43.58},
    {"h100", 1, Collective::all_reduce, NcclAlgorithm::tree, NcclProtocol::ll128, 31.50, 128.80},
    {"h100", 1, Collective::all_reduce, NcclAlgorithm::tree, NcclProtocol::simple, 64.40, 165.60},
    {"h100", 1, Collective::all_reduce, NcclAlgorithm::ring, NcclProtocol::ll, 15.00, 80.57},
    {"h100", 1, Collective::all_reduce, NcclAlgorithm::ring, NcclProtocol::ll128, 40.60, 189.26},
    {"h100", 1, Collective::all_reduce, NcclAlgorithm::ring, NcclProtocol::simple, 56.00, 205.71},
    {"h100", 1, Collective::all_reduce, NcclAlgorithm::nvls, NcclProtocol::simple, 25.00, 272.00},
    {"h100", 2, Collective::all_gather, NcclAlgorithm::ring, NcclProtocol::ll, 23.30, 41.60},
    {"h100", 2, Collective::all_gather, NcclAlgorithm::ring, NcclProtocol::ll128, 44.60, 313.17},
    {"h100", 2, Collective::all_gather, NcclAlgorithm::ring, NcclProtocol::simple, 70.00, 409.60},
    {"h100", 2, Collective::all_reduce, NcclAlgorithm::tree, NcclProtocol::ll, 25.20, 16.58},
    {"h100", 2, Collective::all_reduce, NcclAlgorithm::tree, NcclProtocol::ll128, 48.50, 124.78},
    {"h100", 2, Collective::all_reduce, NcclAlgorithm::tree, NcclProtocol::simple, 92.40, 140.76},
    {"h100", 2, Collective::all_reduce, NcclAlgorithm::ring, NcclProtocol::ll, 40.00, 20.80},
    {"h100", 2, Collective::all_reduce, NcclAlgorithm::ring, NcclProtocol::ll128, 75.20, 156.59},
    {"h100", 2, Collective::all_reduce, NcclAlgorithm::ring, NcclProtocol::simple, 131.60, 204.80},
    {"h100", 2, Collective::all_reduce, NcclAlgorithm::nvls_tree, NcclProtocol::simple, 66.80, 246.19},
    {"h100", 4, Collective::all_gather, NcclAlgorithm::ring, NcclProtocol::ll, 42.70, 21.06},
    {"h100", 4, Collective::all_gather, NcclAlgorithm::ring, NcclProtocol::ll128, 79.20, 303.07},
    {"h100", 4, Collective::all_gather, NcclAlgorithm::ring, NcclProtocol::simple, 145.60, 396.39},
    {"h100", 4, Collective::all_reduce, NcclAlgorithm::tree, NcclProtocol::ll, 35.20, 8.67},
    {"h100", 4, Collective::all_reduce, NcclAlgorithm::tree, NcclProtocol::ll128, 65.50, 98.60},
    {"h100", 4, Collective::all_reduce, NcclAlgorithm::tree, NcclProtocol::simple, 120.40, 122.40},
    {"h100", 4, Collective::all_reduce, NcclAlgorithm::ring, NcclProtocol::ll, 78.80, 10.53},
    {"h100", 4, Collective::all_reduce, NcclAlgorithm::ring, NcclProtocol::ll128, 144.40, 151.54},
    {"h100", 4, Collective::all_reduce, NcclAlgorithm::ring, NcclProtocol::simple, 282.80, 198.19},
    {"h100", 4, Collective::all_reduce, NcclAlgorithm::nvls_tree, NcclProtocol::simple, 108.60, 187.87},
    {"h100", 16, Collective::all_gather, NcclAlgorithm::ring, NcclProtocol::ll, 159.10, 20.56},
    {"h100", 16, Collective::all_gather, NcclAlgorithm::ring, NcclProtocol::ll128, 286.80, 295.91},
    {"h100", 16, Collective::all_gather, NcclAlgorithm::ring, NcclProtocol::simple, 599.20, 387.02},
    {"h100", 16, Collective::all_reduce, NcclAlgorithm::tree, NcclProtocol::ll, 55.20, 8.67},
    {"h100", 16, Collective::all_reduce, NcclAlgorithm::tree, NcclProtocol::ll128, 99.50, 98.60},
    {"h100", 16, Collective::all_reduce, NcclAlgorithm::tree, NcclProtocol::simple, 176.40, 122.40},
    {"h100", 16, Collective::all_reduce, NcclAlgorithm::ring, NcclProtocol::ll, 311.60, 10.28},
    {"h100", 16, Collective::all_reduce, NcclAlgorithm::ring, NcclProtocol::ll128, 559.60, 147.96},
    {"h100", 16, Collective::all_reduce, NcclAlgorithm::ring, NcclProtocol::simple, 1190.00, 193.51},
    {"h100", 16, Collective::all_reduce, NcclAlgorithm::nvls_tree, NcclProtocol::simple, 192.20, 183.43},
    {"h100amd", 2, Collective::all_gather, NcclAlgorithm::ring, NcclProtocol::ll, 37.30, 24.00},
    {"h100amd", 2, Collective::all_gather, NcclAlgorithm::ring, NcclProtocol::ll128, 46.00, 313.17},
    {"h100amd", 2, Collective::all_gather, NcclAlgorithm::ring, NcclProtocol::simple, 106.40, 409.60},
    {"h100amd", 2, Collective::all_reduce, NcclAlgorithm::tree, NcclProtocol::ll, 25.20, 9.56},
    {"h100amd", 2, Collective::all_reduce, NcclAlgorithm::tree, NcclProtocol::ll128, 48.50, 124.78},
    {"h100amd", 2, Collective::all_reduce, NcclAlgorithm::tree, NcclProtocol::simple, 92.40, 140.76},
    {"h100amd", 2, Collective::all_reduce, NcclAlgorithm::ring, NcclProtocol::ll, 68.00, 12.00},
    {"h100amd", 2, Collective::all_reduce, NcclAlgorithm::ring, NcclProtocol::ll128, 78.00, 156.59},
    {"h100amd", 2, Collective::all_reduce, NcclAlgorithm::ring, NcclProtocol::simple, 204.40, 204.80},
    {"h100amd", 2, Collective::all_reduce, NcclAlgorithm::nvls_tree, NcclProtocol::simple, 66.80, 246.19},
    {"h100_4nic", 2, Collective::all_gather, NcclAlgorithm::ring, NcclProtocol::ll, 23.30, 41.60},
    {"h100_4nic", 2, Collective::all_gather, NcclAlgorithm::ring, NcclProtocol::ll128, 44.60, 188.42},
    {"h100_4nic", 2, Collective::all_gather, NcclAlgorithm::ring, NcclProtocol::simple, 70.00, 204.80},
    {"h100_4nic", 2, Collective::all_reduce, NcclAlgorithm::tree, NcclProtocol::ll, 25.20, 16.58},
    {"h100_4nic", 2, Collective::all_reduce, NcclAlgorithm::tree, NcclProtocol::ll128, 48.50, 124.78},
    {"h100_4nic", 2, Collective::all_reduce, NcclAlgorithm::tree, NcclProtocol::simple, 92.40, 140.76},
    {"h100_4nic", 2, Collective::all_reduce, NcclAlgorithm::ring, NcclProtocol::ll, 40.00, 20.80},
    {"h100_4nic", 2, Collective::all_reduce, NcclAlgorithm::ring, NcclProtocol::ll128, 75.20, 94.21},
    {"h100_4nic", 2, Collective::all_reduce, NcclAlgorithm::ring, NcclProtocol::simple, 131.60, 102.40},
    {"h100_4nic", 2, Collective::all_reduce, NcclAlgorithm::nvls_tree, NcclProtocol::simple, 66.80, 123.09},
    {"h100nic1x100g", 2, Collective::all_gather, NcclAlgorithm::ring, NcclProtocol::ll, 23.30, 6.40},
    {"h100nic1x100g", 2, Collective::all_gather, NcclAlgorithm::ring, NcclProtocol::ll128, 44.60, 11.78},
    {"h100nic1x100g", 2, Collective::all_gather, NcclAlgorithm::ring, NcclProtocol::simple, 70.00, 12.80},
    {"h100nic1x100g", 2, Collective::all_reduce, NcclAlgorithm::tree, NcclProtocol::ll, 25.20, 2.47},
    {"h100nic1x100g", 2, Collective::all_reduce, NcclAlgorithm::tree, NcclProtocol::ll128, 48.50, 8.80},
    {"h100nic1x100g", 2, Collective::all_reduce, NcclAlgorithm::tree, NcclProtocol::simple, 92.40, 9.38},
    {"h100nic1x100g", 2, Collective::all_reduce, NcclAlgorithm::ring, NcclProtocol::ll, 40.00, 3.20},
    {"h100nic1x100g", 2, Collective::all_reduce, NcclAlgorithm::ring, NcclProtocol::ll128, 75.20, 5.89},
    {"h100nic1x100g", 2, Collective::all_reduce, NcclAlgorithm::ring, NcclProtocol::simple, 131.60, 6.40},
    {"a100", 1, Collective::all_gather, NcclAlgorithm::ring, NcclProtocol::ll, 10.80, 100.23},
    {"a100", 1, Collective::all_gather, NcclAlgorithm::ring, NcclProtocol::ll128, 27.30, 252.34},
    {"a100", 1, Collective::all_gather, NcclAlgorithm::ring, NcclProtocol::simple, 32.20, 274.29},
    {"a100", 1, Collective::all_reduce, NcclAlgorithm::tree, NcclProtocol::ll, 15.20, 29.05},
    {"a100", 1, Collective::all_reduce, NcclAlgorithm::tree, NcclProtocol::ll128, 31.50, 85.87},
    {"a100", 1, Collective::all_reduce, NcclAlgorithm::tree, NcclProtocol::simple, 64.40, 110.40},
    {"a100", 1, Collective::all_reduce, NcclAlgorithm::ring, NcclProtocol::ll, 15.00, 50.11},
    {"a100", 1, Collective::all_reduce, NcclAlgorithm::ring, NcclProtocol::ll128, 40.60, 126.17},
    {"a100", 1, Collective::all_reduce, NcclAlgorithm::ring, NcclProtocol::simple, 56.00, 137.14},
    {"a100", 2, Collective::all_gather, NcclAlgorithm::ring, NcclProtocol::ll, 37.30, 24.00},
    {"a100", 2, Collective::all_gather, NcclAlgorithm::ring, NcclProtocol::simple, 106.40, 204.80},
    {"a100", 2, Collective::all_reduce, NcclAlgorithm::tree, NcclProtocol::ll, 25.20, 11.25},
    {"a100", 2, Collective::all_reduce, NcclAlgorithm::tree, NcclProtocol::simple, 92.40, 88.32},
    {"a100", 2, Collective::all_reduce, NcclAlgorithm::ring, NcclProtocol::ll, 68.00, 12.00},
    {"a100", 2, Collective::all_reduce, NcclAlgorithm::ring, NcclProtocol::simple, 204.40, 102.40},
    {"b200", 1, Collective::all_gather, NcclAlgorithm::ring, NcclProtocol::ll, 10.80, 322.29},
    {"b200", 1, Collective::all_gather, NcclAlgorithm::ring, NcclProtocol::ll128, 27.30, 731.43},
    {"b200", 1, Collective::all_gather, NcclAlgorithm::ring, NcclProtocol::simple, 32.20, 822.86},
    {"b200", 1, Collective::all_gather, NcclAlgorithm::nvls, NcclProtocol::simple, 25.00, 362.60},
    {"b200", 1, Collective::all_reduce, NcclAlgorithm::tree, NcclProtocol::ll, 15.20, 87.16},
    {"b200", 1, Collective::all_reduce, NcclAlgorithm::tree, NcclProtocol::ll128, 31.50, 257.60},
    {"b200", 1, Collective::all_reduce, NcclAlgorithm::tree, NcclProtocol::simple, 64.40, 331.20},
    {"b200", 1, Collective::all_reduce, NcclAlgorithm::ring, NcclProtocol::ll, 15.00, 161.14},
    {"b200", 1, Collective::all_reduce, NcclAlgorithm::ring, NcclProtocol::ll128, 40.60, 365.71},
    {"b200", 1, Collective::all_reduce, NcclAlgorithm::ring, NcclProtocol::simple, 56.00, 411.43},
    {"b200", 1, Collective::all_reduce, NcclAlgorithm::nvls, NcclProtocol::simple, 25.00, 411.43},
    {"b200", 2, Collective::all_gather, NcclAlgorithm::ring, NcclProtocol::ll, 23.30, 41.60},
    {"b200", 2, Collective::all_gather, NcclAlgorithm::ring, NcclProtocol::ll128, 44.60, 341.33},
    {"b200", 2, Collective::all_gather, NcclAlgorithm::ring, NcclProtocol::simple, 70.00, 409.60},
    {"b200", 2, Collective::all_reduce, NcclAlgorithm::tree, NcclProtocol::ll, 25.20, 16.58},
    {"b200", 2, Collective::all_reduce, NcclAlgorithm::tree, NcclProtocol::ll128, 48.50, 107.68},
    {"b200", 2, Collective::all_reduce, NcclAlgorithm::tree, NcclProtocol::simple, 92.40, 145.52},
    {"b200", 2, Collective::all_reduce, NcclAlgorithm::ring, NcclProtocol::ll, 40.00, 20.80},
    {"b200", 2, Collective::all_reduce, NcclAlgorithm::ring, NcclProtocol::ll128, 75.20, 170.67},
    {"b200", 2, Collective::all_reduce, NcclAlgorithm::ring, NcclProtocol::simple, 131.60, 204.80},
    {"b200", 2, Collective::all_reduce, NcclAlgorithm::nvls_tree, NcclProtocol::simple, 66.80, 265.22},
    {"v100nvsw", 1, Collective::all_gather, NcclAlgorithm::ring, NcclProtocol::ll, 15.60, 41.60},
    {"v100nvsw", 1, Collective::all_gather, NcclAlgorithm::ring, NcclProtocol::ll128, 42.50, 117.76},
    {"v100nvsw", 1, Collective::all_gather, NcclAlgorithm::ring, NcclProtocol::simple, 59.40, 128.00},
    {"v100nvsw", 1, Collective::all_reduce, NcclAlgorithm::tree, NcclProtocol::ll, 24.80, 14.53},
    {"v100nvsw", 1, Collective::all_reduce, NcclAlgorithm::tree, NcclProtocol::ll128, 51.50, 42.93},
    {"v100nvsw", 1, Collective::all_reduce, NcclAlgorithm::tree, NcclProtocol::simple, 128.40, 55.20},
    {"v100nvsw", 1, Collective::all_reduce, NcclAlgorithm::ring, NcclProtocol::ll, 24.60, 20.80},
    {"v100nvsw", 1, Collective::all_reduce, NcclAlgorithm::ring, NcclProtocol::ll128, 71.00, 58.88},
    {"v100nvsw", 1, Collective::all_reduce, NcclAlgorithm::ring, NcclProtocol::simple, 110.40, 64.00},
    {"h100_2g", 1, Collective::all_gather, NcclAlgorithm::ring, NcclProtocol::ll, 7.20, 282.00},
    {"h100_2g", 1, Collective::all_gather, NcclAlgorithm::ring, NcclProtocol::ll128, 15.90, 662.40},
    {"h100_2g", 1, Collective::all_gather, NcclAlgorithm::ring, NcclProtocol::simple, 11.80, 720.00},
    {"h100_2g", 1, Collective::all_gather, NcclAlgorithm::nvls, NcclProtocol::simple, 25.00, 25.50},
    {"h100_2g", 1, Collective::all_reduce, NcclAlgorithm::tree, NcclProtocol::ll, 8.00, 61.11},
    {"h100_2g", 1, Collective::all_reduce, NcclAlgorithm::tree, NcclProtocol::ll128, 16.50, 180.60},
    {"h100_2g", 1, Collective::all_reduce, NcclAlgorithm::tree, NcclProtocol::simple, 16.40, 232.20},
    {"h100_2g", 1, Collective::all_reduce, NcclAlgorithm::ring, NcclProtocol::ll, 7.80, 141.00},
    {"h100_2g", 1, Collective::all_reduce, NcclAlgorithm::ring, NcclProtocol::ll128, 17.80, 331.20},
    {"h100_2g", 1, Collective::all_reduce, NcclAlgorithm::ring, NcclProtocol::simple, 15.20, 360.00},
    {"h100_2g", 1, Collective::all_reduce, NcclAlgorithm::nvls, NcclProtocol::simple, 25.00, 102.00},
    {"h100_4g", 1, Collective::all_gather, NcclAlgorithm::ring, NcclProtocol::ll, 8.40, 188.00},
    {"h100_4g", 1, Collective::all_gather, NcclAlgorithm::ring, NcclProtocol::ll128, 19.70, 441.60},
    {"h100_4g", 1, Collective::all_gather, NcclAlgorithm::ring, NcclProtocol::simple, 18.60, 480.00},
    {"h100_4g", 1, Collective::all_gather, NcclAlgorithm::nvls, NcclProtocol::simple, 25.00, 114.75},
    {"h100_4g", 1, Collective::all_reduce, NcclAlgorithm::tree, NcclProtocol::ll, 10.40, 43.58},
    {"h100_4g", 1, Collective::all_reduce, NcclAlgorithm::tree, NcclProtocol::ll128, 21.50, 128.80},
    {"h100_4g", 1, Collective::all_reduce, NcclAlgorithm::tree, NcclProtocol::simple, 32.40, 165.60},
    {"h100_4g", 1, Collective::all_reduce, NcclAlgorithm::ring, NcclProtocol::ll, 10.20, 94.00},
    {"h100_4g", 1, Collective::all_reduce, NcclAlgorithm::ring, NcclProtocol::ll128, 25.40, 220.80},
    {"h100_4g", 1, Collective::all_reduce, NcclAlgorithm::ring, NcclProtocol::simple, 28.80, 240.00},
    {"h100_4g", 1, Collective::all_reduce, NcclAlgorithm::nvls, NcclProtocol::simple, 25.00, 160.00},
    {"h100_6g", 1, Collective::all_gather, NcclAlgorithm::ring, NcclProtocol::ll, 9.60, 169.20},
    {"h100_6g", 1, Collective::all_gather, NcclAlgorithm::ring, NcclProtocol::ll128, 23.50, 397.44},
    {"h100_6g", 1, Collective::all_gather, NcclAlgorithm::ring, NcclProtocol::simple, 25.40, 432.00},
    {"h100_6g", 1, Collective::all_gather, NcclAlgorithm::nvls, NcclProtocol::simple, 25.00, 177.08},
    {"h100_6g", 1, Collective::all_reduce, NcclAlgorithm::tree, NcclProtocol::ll, 12.80, 43.58},
    {"h100_6g", 1, Collective::all_reduce, NcclAlgorithm::tree, NcclProtocol::ll128, 26.50, 128.80},
    {"h100_6g", 1, Collective::all_reduce, NcclAlgorithm::tree, NcclProtocol::simple, 48.40, 165.60},
    {"h100_6g", 1, Collective::all_reduce, NcclAlgorithm::ring, NcclProtocol::ll, 12.60, 84.60},
    {"h100_6g", 1, Collective::all_reduce, NcclAlgorithm::ring, NcclProtocol::ll128, 33.00, 198.72},
    {"h100_6g", 1, Collective::all_reduce, NcclAlgorithm::ring, NcclProtocol::simple, 42.40, 216.00},
    {"h100_6g", 1, Collective::all_reduce, NcclAlgorithm::nvls, NcclProtocol::simple, 25.00, 216.00},
    {"4090amd2", 1, Collective::all_gather, NcclAlgorithm::ring, NcclProtocol::ll, 7.60, 24.00},
    {"4090amd2", 1, Collective::all_gather, NcclAlgorithm::ring, NcclProtocol::simple, 14.10, 48.00},
    {"4090amd2", 1, Collective::all_reduce, NcclAlgorithm::tree, NcclProtocol::ll, 8.80, 4.84},
    {"4090amd2", 1, Collective::all_reduce, NcclAlgorithm::tree, NcclProtocol::simple, 16.40, 18.40},
    {"4090amd2", 1, Collective::all_reduce, NcclAlgorithm::ring, NcclProtocol::ll, 8.60, 12.00},
    {"4090amd2", 1, Collective::all_reduce, NcclAlgorithm::ring, NcclProtocol::simple, 19.80, 24.00},
    {"4090amd4", 1, Collective::all_gather, NcclAlgorithm::ring, NcclProtocol::ll, 9.60, 16.00},
    {"4090amd4", 1, Collective::all_gather, NcclAlgorithm::ring, NcclProtocol::simple, 25.50, 32.00},
    {"4090amd4", 1, Collective::all_reduce, NcclAlgorithm::tree, NcclProtocol::ll, 12.80, 2.91},
    {"4090amd4", 1, Collective::all_reduce, NcclAlgorithm::tree, NcclProtocol::simple, 32.40, 11.04},
    {"4090amd4", 1, Collective::all_reduce, NcclAlgorithm::ring, NcclProtocol::ll, 12.60, 8.00},
    {"4090amd4", 1, Collective::all_reduce, NcclAlgorithm::ring, NcclProtocol::simple, 42.60, 16.00},
    {"4090amd8", 1, Collective::all_gather, NcclAlgorithm::ring, NcclProtocol::ll, 13.60, 8.57},
    {"4090amd8", 1, Collective::all_gather, NcclAlgorithm::ring, NcclProtocol::simple, 48.30, 17.14},
    {"4090amd8", 1, Collective::all_reduce, NcclAlgorithm::tree, NcclProtocol::ll, 20.80, 1.82},
    {"4090amd8", 1, Collective::all_reduce, NcclAlgorithm::tree, NcclProtocol::simple, 64.40, 6.90},
    {"4090amd8", 1, Collective::all_reduce, NcclAlgorithm::ring, NcclProtocol::ll, 20.60, 4.29},
    {"4090amd8", 1, Collective::all_reduce, NcclAlgorithm::ring, NcclProtocol::simple, 88.20, 8.57},
    {"4090intel4", 1, Collective::all_gather, NcclAlgorithm::ring, NcclProtocol::ll, 9.60, 13.33},
    {"4090intel4", 1, Collective::all_gather, NcclAlgorithm::ring, NcclProtocol::simple, 25.50, 26.67},
    {"4090intel4", 1, Collective::all_reduce, NcclAlgorithm::tree, NcclProtocol::ll, 12.80, 2.42},
    {"4090intel4", 1, Collective::all_reduce, NcclAlgorithm::tree, NcclProtocol::simple, 32.40, 9.20},
    {"4090intel4", 1, Collective::all_reduce, NcclAlgorithm::ring, NcclProtocol::ll, 12.60, 6.67},
    {"4090intel4", 1, Collective::all_reduce, NcclAlgorithm::ring, NcclProtocol::simple, 42.60, 13.33},
    {"4090intel8", 1, Collective::all_gather, NcclAlgorithm::ring, NcclProtocol::ll, 13.60, 11.43},
    {"4090intel8", 1, Collective::all_gather, NcclAlgorithm::ring, NcclProtocol::simple, 48.30, 22.86},
    {"4090intel8", 1, Collective::all_reduce, NcclAlgorithm::tree, NcclProtocol::ll, 20.80, 2.42},
    {"4090intel8", 1, Collective::all_reduce, NcclAlgorithm::tree, NcclProtocol::simple, 64.40, 9.20},
    {"4090intel8", 1, Collective::all_reduce, NcclAlgorithm::ring, NcclProtocol::ll, 20.60, 5.71},
    {"4090intel8", 1, Collective::all_reduce, NcclAlgorithm::ring, NcclProtocol::simple, 88.20, 11.43},
};

/// The smallest size asked at which NCCL chose what it chose, and 8 GiB.
constexpr Choice choices[] = {
    {"h100", 1, Collective::all_gather, 1024u, 10.8, NcclAlgorithm::ring, NcclProtocol::ll},
    {"h100", 1, Collective::all_gather, 16777216u, 71.6, NcclAlgorithm::ring, NcclProtocol::ll128},
    {"h100", 1, Collective::all_gather, 26214400u, 95.9, NcclAlgorithm::ring, NcclProtocol::simple},
    {"h100", 1, Collective::all_gather, 8589934592u, 20910.5, NcclAlgorithm::ring, NcclProtocol::simple},
    {"h100", 1, Collective::all_reduce, 1024u, 15.0, NcclAlgorithm::ring, NcclProtocol::ll},
    {"h100", 1, Collective::all_reduce, 2097152u, 32.7, NcclAlgorithm::nvls, NcclProtocol::simple},
    {"h100", 1, Collective::all_reduce, 8589934592u, 31605.6, NcclAlgorithm::nvls, NcclProtocol::simple},
    {"h100", 2, Collective::all_gather, 1024u, 23.3, NcclAlgorithm::ring, NcclProtocol::ll},
    {"h100", 2, Collective::all_gather, 1048576u, 47.9, NcclAlgorithm::ring, NcclProtocol::ll128},
    {"h100", 2, Collective::all_gather, 67108864u, 233.8, NcclAlgorithm::ring, NcclProtocol::simple},
    {"h100", 2, Collective::all_gather, 8589934592u, 21041.5, NcclAlgorithm::ring, NcclProtocol::simple},
    {"h100", 2, Collective::all_reduce, 1024u, 25.3, NcclAlgorithm::tree, NcclProtocol::ll},
    {"h100", 2, Collective::all_reduce, 262144u, 52.0, NcclAlgorithm::tree, NcclProtocol::ll128},
    {"h100", 2, Collective::all_reduce, 2097152u, 75.3, NcclAlgorithm::nvls_tree, NcclProtocol::simple},
    {"h100", 2, Collective::all_reduce, 8589934592u, 34958.8, NcclAlgorithm::nvls_tree, NcclProtocol::simple},
    {"h100", 4, Collective::all_gather, 1024u, 42.7, NcclAlgorithm::ring, NcclProtocol::ll},
    {"h100", 4, Collective::all_gather, 1048576u, 82.7, NcclAlgorithm::ring, NcclProtocol::ll128},
    {"h100", 4, Collective::all_gather, 268435456u, 822.8, NcclAlgorithm::ring, NcclProtocol::simple},
    {"h100", 4, Collective::all_gather, 8589934592u, 21816.2, NcclAlgorithm::ring, NcclProtocol::simple},
    {"h100", 4, Collective::all_reduce, 1024u, 35.3, NcclAlgorithm::tree, NcclProtocol::ll},
    {"h100", 4, Collective::all_reduce, 262144u, 69.9, NcclAlgorithm::tree, NcclProtocol::ll128},
    {"h100", 4, Collective::all_reduce, 16777216u, 197.9, NcclAlgorithm::nvls_tree, NcclProtocol::simple},
    {"h100", 4, Collective::all_reduce, 1073741824u, 5813.6, NcclAlgorithm::ring, NcclProtocol::simple},
    {"h100", 4, Collective::all_reduce, 8589934592u, 43737.1, NcclAlgorithm::ring, NcclProtocol::simple},
    {"h100", 16, Collective::all_gather, 1024u, 159.1, NcclAlgorithm::ring, NcclProtocol::ll},
    {"h100", 16, Collective::all_gather, 4194304u, 301.0, NcclAlgorithm::ring, NcclProtocol::ll128},
    {"h100", 16, Collective::all_gather, 1073741824u, 3373.6, NcclAlgorithm::ring, NcclProtocol::simple},
    {"h100", 16, Collective::all_gather, 8589934592u, 22794.1, NcclAlgorithm::ring, NcclProtocol::simple},
    {"h100", 16, Collective::all_reduce, 1024u, 55.3, NcclAlgorithm::tree, NcclProtocol::ll},
    {"h100", 16, Collective::all_reduce, 262144u, 103.9, NcclAlgorithm::tree, NcclProtocol::ll128},
    {"h100", 16, Collective::all_reduce, 16777216u, 283.7, NcclAlgorithm::nvls_tree, NcclProtocol::simple},
    {"h100", 16, Collective::all_reduce, 8589934592u, 46055.7, NcclAlgorithm::ring, NcclProtocol::simple},
    {"h100amd", 2, Collective::all_gather, 1024u, 37.3, NcclAlgorithm::ring, NcclProtocol::ll},
    {"h100amd", 2, Collective::all_gather, 262144u, 46.8, NcclAlgorithm::ring, NcclProtocol::ll128},
    {"h100amd", 2, Collective::all_gather, 268435456u, 761.8, NcclAlgorithm::ring, NcclProtocol::simple},
    {"h100amd", 2, Collective::all_gather, 8589934592u, 21077.9, NcclAlgorithm::ring, NcclProtocol::simple},
    {"h100amd", 2, Collective::all_reduce, 1024u, 25.3, NcclAlgorithm::tree, NcclProtocol::ll},
    {"h100amd", 2, Collective::all_reduce, 262144u, 52.0, NcclAlgorithm::tree, NcclProtocol::ll128},
    {"h100amd", 2, Collective::all_reduce, 2097152u, 75.3, NcclAlgorithm::nvls_tree, NcclProtocol::simple},
    {"h100amd", 2, Collective::all_reduce, 8589934592u, 34958.8, NcclAlgorithm::nvls_tree, NcclProtocol::simple},
    {"h100_4nic", 2, Collective::all_gather, 1024u, 23.3, NcclAlgorithm::ring, NcclProtocol::ll},
    {"h100_4nic", 2, Collective::all_gather, 2097152u, 55.7, NcclAlgorithm::ring, NcclProtocol::ll128},
    {"h100_4nic", 2, Collective::all_gather, 67108864u, 397.7, NcclAlgorithm::ring, NcclProtocol::simple},
    {"h100_4nic", 2, Collective::all_gather, 8589934592u, 42013.0, NcclAlgorithm::ring, NcclProtocol::simple},
    {"h100_4nic", 2, Collective::all_reduce, 1024u, 25.3, NcclAlgorithm::tree, NcclProtocol::ll},
    {"h100_4nic", 2, Collective::all_reduce, 262144u, 52.0, NcclAlgorithm::tree, NcclProtocol::ll128},
    {"h100_4nic", 2, Collective::all_reduce, 26214400u, 279.8, NcclAlgorithm::nvls_tree, NcclProtocol::simple},
    {"h100_4nic", 2, Collective::all_reduce, 268435456u, 2199.8, NcclAlgorithm::tree, NcclProtocol::ll128},
    {"h100_4nic", 2, Collective::all_reduce, 1073741824u, 7720.6, NcclAlgorithm::tree, NcclProtocol::simple},
    {"h100_4nic", 2, Collective::all_reduce, 8589934592u, 61117.8, NcclAlgorithm::tree, NcclProtocol::simple},
    {"h100nic1x100g", 2, Collective::all_gather, 1024u, 23.5, NcclAlgorithm::ring, NcclProtocol::ll},
    {"h100nic1x100g", 2, Collective::all_gather, 1048576u, 133.6, NcclAlgorithm::ring, NcclProtocol::ll128},
    {"h100nic1x100g", 2, Collective::all_gather, 4194304u, 397.7, NcclAlgorithm::ring, NcclProtocol::simple},
    {"h100nic1x100g", 2, Collective::all_gather, 8589934592u, 671158.6, NcclAlgorithm::ring, NcclProtocol::simple},
    {"h100nic1x100g", 2, Collective::all_reduce, 1024u, 25.7, NcclAlgorithm::tree, NcclProtocol::ll},
    {"h100nic1x100g", 2, Collective::all_reduce, 262144u, 98.2, NcclAlgorithm::tree, NcclProtocol::ll128},
    {"h100nic1x100g", 2, Collective::all_reduce, 2097152u, 431.4, NcclAlgorithm::ring, NcclProtocol::ll128},
    {"h100nic1x100g", 2, Collective::all_reduce, 4194304u, 644.5, NcclAlgorithm::tree, NcclProtocol::ll128},
    {"h100nic1x100g", 2, Collective::all_reduce, 1073741824u, 114515.0, NcclAlgorithm::tree, NcclProtocol::simple},
    {"h100nic1x100g", 2, Collective::all_reduce, 8589934592u, 915473.3, NcclAlgorithm::tree, NcclProtocol::simple},
    {"a100", 1, Collective::all_gather, 1024u, 10.8, NcclAlgorithm::ring, NcclProtocol::ll},
    {"a100", 1, Collective::all_gather, 4194304u, 43.9, NcclAlgorithm::ring, NcclProtocol::ll128},
    {"a100", 1, Collective::all_gather, 16777216u, 93.4, NcclAlgorithm::ring, NcclProtocol::simple},
    {"a100", 1, Collective::all_gather, 8589934592u, 31349.7, NcclAlgorithm::ring, NcclProtocol::simple},
    {"a100", 1, Collective::all_reduce, 1024u, 15.0, NcclAlgorithm::ring, NcclProtocol::ll},
    {"a100", 1, Collective::all_reduce, 4194304u, 73.8, NcclAlgorithm::ring, NcclProtocol::ll128},
    {"a100", 1, Collective::all_reduce, 26214400u, 247.1, NcclAlgorithm::ring, NcclProtocol::simple},
    {"a100", 1, Collective::all_reduce, 8589934592u, 62690.9, NcclAlgorithm::ring, NcclProtocol::simple},
    {"a100", 2, Collective::all_gather, 1024u, 37.3, NcclAlgorithm::ring, NcclProtocol::ll},
    {"a100", 2, Collective::all_gather, 2097152u, 116.6, NcclAlgorithm::ring, NcclProtocol::simple},
    {"a100", 2, Collective::all_gather, 8589934592u, 42049.4, NcclAlgorithm::ring, NcclProtocol::simple},
    {"a100", 2, Collective::all_reduce, 1024u, 25.3, NcclAlgorithm::tree, NcclProtocol::ll},
    {"a100", 2, Collective::all_reduce, 1048576u, 116.1, NcclAlgorithm::tree, NcclProtocol::simple},
    {"a100", 2, Collective::all_reduce, 67108864u, 941.5, NcclAlgorithm::ring, NcclProtocol::simple},
    {"a100", 2, Collective::all_reduce, 8589934592u, 84172.2, NcclAlgorithm::ring, NcclProtocol::simple},
    {"b200", 1, Collective::all_gather, 1024u, 10.8, NcclAlgorithm::ring, NcclProtocol::ll},
    {"b200", 1, Collective::all_gather, 16777216u, 50.2, NcclAlgorithm::ring, NcclProtocol::ll128},
    {"b200", 1, Collective::all_gather, 67108864u, 113.8, NcclAlgorithm::ring, NcclProtocol::simple},
    {"b200", 1, Collective::all_gather, 8589934592u, 10471.4, NcclAlgorithm::ring, NcclProtocol::simple},
    {"b200", 1, Collective::all_reduce, 1024u, 15.0, NcclAlgorithm::ring, NcclProtocol::ll},
    {"b200", 1, Collective::all_reduce, 4194304u, 35.2, NcclAlgorithm::nvls, NcclProtocol::simple},
    {"b200", 1, Collective::all_reduce, 8589934592u, 20903.3, NcclAlgorithm::nvls, NcclProtocol::simple},
    {"b200", 2, Collective::all_gather, 1024u, 23.3, NcclAlgorithm::ring, NcclProtocol::ll},
    {"b200", 2, Collective::all_gather, 1048576u, 47.7, NcclAlgorithm::ring, NcclProtocol::ll128},
    {"b200", 2, Collective::all_gather, 67108864u, 233.8, NcclAlgorithm::ring, NcclProtocol::simple},
    {"b200", 2, Collective::all_gather, 8589934592u, 21041.5, NcclAlgorithm::ring, NcclProtocol::simple},
    {"b200", 2, Collective::all_reduce, 1024u, 25.3, NcclAlgorithm::tree, NcclProtocol::ll},
    {"b200", 2, Collective::all_reduce, 262144u, 52.6, NcclAlgorithm::tree, NcclProtocol::ll128},
    {"b200", 2, Collective::all_reduce, 2097152u, 80.0, NcclAlgorithm::nvls_tree, NcclProtocol::simple},
    {"b200", 2, Collective::all_reduce, 8589934592u, 32455.2, NcclAlgorithm::nvls_tree, NcclProtocol::simple},
    {"v100nvsw", 1, Collective::all_gather, 1024u, 15.6, NcclAlgorithm::ring, NcclProtocol::ll},
    {"v100nvsw", 1, Collective::all_gather, 2097152u, 60.3, NcclAlgorithm::ring, NcclProtocol::ll128},
    {"v100nvsw", 1, Collective::all_gather, 26214400u, 264.2, NcclAlgorithm::ring, NcclProtocol::simple},
    {"v100nvsw", 1, Collective::all_gather, 8589934592u, 67168.3, NcclAlgorithm::ring, NcclProtocol::simple},
    {"v100nvsw", 1, Collective::all_reduce, 1024u, 24.6, NcclAlgorithm::ring, NcclProtocol::ll},
    {"v100nvsw", 1, Collective::all_reduce, 2097152u, 106.6, NcclAlgorithm::ring, NcclProtocol::ll128},
    {"v100nvsw", 1, Collective::all_reduce, 67108864u, 1159.0, NcclAlgorithm::ring, NcclProtocol::simple},
    {"v100nvsw", 1, Collective::all_reduce, 8589934592u, 134328.1, NcclAlgorithm::ring, NcclProtocol::simple},
    {"h100_2g", 1, Collective::all_gather, 1024u, 7.2, NcclAlgorithm::ring, NcclProtocol::ll},
    {"h100_2g", 1, Collective::all_gather, 4194304u, 17.6, NcclAlgorithm::ring, NcclProtocol::simple},
    {"h100_2g", 1, Collective::all_gather, 8589934592u, 11942.3, NcclAlgorithm::ring, NcclProtocol::simple},
    {"h100_2g", 1, Collective::all_reduce, 1024u, 7.8, NcclAlgorithm::ring, NcclProtocol::ll},
    {"h100_2g", 1, Collective::all_reduce, 2097152u, 21.0, NcclAlgorithm::ring, NcclProtocol::simple},
    {"h100_2g", 1, Collective::all_reduce, 8589934592u, 23876.1, NcclAlgorithm::ring, NcclProtocol::simple},
    {"h100_4g", 1, Collective::all_gather, 1024u, 8.4, NcclAlgorithm::ring, NcclProtocol::ll},
    {"h100_4g", 1, Collective::all_gather, 4194304u, 27.3, NcclAlgorithm::ring, NcclProtocol::simple},
    {"h100_4g", 1, Collective::all_gather, 8589934592u, 17914.3, NcclAlgorithm::ring, NcclProtocol::simple},
    {"h100_4g", 1, Collective::all_reduce, 1024u, 10.2, NcclAlgorithm::ring, NcclProtocol::ll},
    {"h100_4g", 1, Collective::all_reduce, 4194304u, 44.4, NcclAlgorithm::ring, NcclProtocol::ll128},
    {"h100_4g", 1, Collective::all_reduce, 16777216u, 98.7, NcclAlgorithm::ring, NcclProtocol::simple},
    {"h100_4g", 1, Collective::all_reduce, 8589934592u, 35820.2, NcclAlgorithm::ring, NcclProtocol::simple},
    {"h100_6g", 1, Collective::all_gather, 1024u, 9.6, NcclAlgorithm::ring, NcclProtocol::ll},
    {"h100_6g", 1, Collective::all_gather, 4194304u, 34.1, NcclAlgorithm::ring, NcclProtocol::ll128},
    {"h100_6g", 1, Collective::all_gather, 16777216u, 64.2, NcclAlgorithm::ring, NcclProtocol::simple},
    {"h100_6g", 1, Collective::all_gather, 8589934592u, 19909.5, NcclAlgorithm::ring, NcclProtocol::simple},
    {"h100_6g", 1, Collective::all_reduce, 1024u, 12.6, NcclAlgorithm::ring, NcclProtocol::ll},
    {"h100_6g", 1, Collective::all_reduce, 2097152u, 34.7, NcclAlgorithm::nvls, NcclProtocol::simple},
    {"h100_6g", 1, Collective::all_reduce, 8589934592u, 39793.2, NcclAlgorithm::nvls, NcclProtocol::simple},
    {"4090amd2", 1, Collective::all_gather, 1024u, 7.6, NcclAlgorithm::ring, NcclProtocol::ll},
    {"4090amd2", 1, Collective::all_gather, 1048576u, 35.9, NcclAlgorithm::ring, NcclProtocol::simple},
    {"4090amd2", 1, Collective::all_gather, 8589934592u, 178971.1, NcclAlgorithm::ring, NcclProtocol::simple},
    {"4090amd2", 1, Collective::all_reduce, 1024u, 8.7, NcclAlgorithm::ring, NcclProtocol::ll},
    {"4090amd2", 1, Collective::all_reduce, 1048576u, 63.5, NcclAlgorithm::ring, NcclProtocol::simple},
    {"4090amd2", 1, Collective::all_reduce, 8589934592u, 357933.8, NcclAlgorithm::ring, NcclProtocol::simple},
    {"4090amd4", 1, Collective::all_gather, 1024u, 9.7, NcclAlgorithm::ring, NcclProtocol::ll},
    {"4090amd4", 1, Collective::all_gather, 1048576u, 58.3, NcclAlgorithm::ring, NcclProtocol::simple},
    {"4090amd4", 1, Collective::all_gather, 8589934592u, 268461.0, NcclAlgorithm::ring, NcclProtocol::simple},
    {"4090amd4", 1, Collective::all_reduce, 1024u, 12.7, NcclAlgorithm::ring, NcclProtocol::ll},
    {"4090amd4", 1, Collective::all_reduce, 1048576u, 108.1, NcclAlgorithm::ring, NcclProtocol::simple},
    {"4090amd4", 1, Collective::all_reduce, 8589934592u, 536913.6, NcclAlgorithm::ring, NcclProtocol::simple},
    {"4090amd8", 1, Collective::all_gather, 1024u, 13.7, NcclAlgorithm::ring, NcclProtocol::ll},
    {"4090amd8", 1, Collective::all_gather, 1048576u, 109.5, NcclAlgorithm::ring, NcclProtocol::simple},
    {"4090amd8", 1, Collective::all_gather, 8589934592u, 501127.8, NcclAlgorithm::ring, NcclProtocol::simple},
    {"4090amd8", 1, Collective::all_reduce, 1024u, 20.8, NcclAlgorithm::ring, NcclProtocol::ll},
    {"4090amd8", 1, Collective::all_reduce, 1048576u, 210.5, NcclAlgorithm::ring, NcclProtocol::simple},
    {"4090amd8", 1, Collective::all_reduce, 8589934592u, 1002247.1, NcclAlgorithm::ring, NcclProtocol::simple},
    {"4090intel4", 1, Collective::all_gather, 1024u, 9.7, NcclAlgorithm::ring, NcclProtocol::ll},
    {"4090intel4", 1, Collective::all_gather, 1048576u, 64.8, NcclAlgorithm::ring, NcclProtocol::simple},
    {"4090intel4", 1, Collective::all_gather, 8589934592u, 322148.0, NcclAlgorithm::ring, NcclProtocol::simple},
    {"4090intel4", 1, Collective::all_reduce, 1024u, 12.8, NcclAlgorithm::ring, NcclProtocol::ll},
    {"4090intel4", 1, Collective::all_reduce, 1048576u, 121.2, NcclAlgorithm::ring, NcclProtocol::simple},
    {"4090intel4", 1, Collective::all_reduce, 8589934592u, 644287.7, NcclAlgorithm::ring, NcclProtocol::simple},
    {"4090intel8", 1, Collective::all_gather, 1024u, 13.7, NcclAlgorithm::ring, NcclProtocol::ll},
    {"4090intel8", 1, Collective::all_gather, 1048576u, 94.2, NcclAlgorithm::ring, NcclProtocol::simple},
    {"4090intel8", 1, Collective::all_gather, 8589934592u, 375858.0, NcclAlgorithm::ring, NcclProtocol::simple},
    {"4090intel8", 1, Collective::all_reduce, 1024u, 20.8, NcclAlgorithm::ring, NcclProtocol::ll},
    {"4090intel8", 1, Collective::all_reduce, 1048576u, 180.0, NcclAlgorithm::ring, NcclProtocol::simple},
    {"4090intel8", 1, Collective::all_reduce, 8589934592u, 751707.5, NcclAlgorithm::ring, NcclProtocol::simple},
};
// clang-format on

NcclTuning tuning_of(const char* machine, int nodes) {
  return NcclTuning(closed_form_system(nccl_machine(machine), nodes));
}

TEST(NcclCells, AreThoseOfNccl) {
  for (const Cell& cell : cells) {
    const NcclTuning tuning = tuning_of(cell.machine, cell.nodes);
    SCOPED_TRACE(testing::Message() << cell.nodes << " x " << cell.machine << ' ' << to_text(cell.collective)
                                    << ' ' << to_text(cell.algorithm) << '/' << to_text(cell.protocol));
    const NcclCell& ours = tuning.cell(cell.collective, cell.algorithm, cell.protocol);
    EXPECT_NEAR(ours.latency, cell.latency, 0.01);
    EXPECT_NEAR(ours.bandwidth, cell.bandwidth, 0.01);
    // Both halves of an all-reduce are rated alike.
    if (cell.collective != Collective::all_gather) continue;
    const NcclCell& scatter = tuning.cell(Collective::reduce_scatter, cell.algorithm, cell.protocol);
    EXPECT_NEAR(scatter.bandwidth, cell.bandwidth, 0.01);
    EXPECT_NEAR(scatter.latency, cell.latency, 0.01);
  }
}

TEST(NcclCells, LeadToTheChoicesOfNccl) {
  for (const Choice& row : choices) {
    SCOPED_TRACE(testing::Message() << row.nodes << " x " << row.machine << ' ' << to_text(row.collective)
                                    << ' ' << row.bytes);
    const NcclChoice ours = tuning_of(row.machine, row.nodes).choose(row.collective, row.bytes);
    EXPECT_EQ(ours.algorithm, row.algorithm);
    EXPECT_EQ(ours.protocol, row.protocol);
    EXPECT_NEAR(ours.time, row.time, 0.06 + 1e-4 * row.time);
  }
}

// What is chosen is the fastest of what is there, and what is forced is never faster.
TEST(NcclCells, TheChoiceIsTheFastest) {
  for (const char* machine : {"h100", "a100", "b200", "4090amd4"}) {
    const NcclTuning tuning = tuning_of(machine, 1);
    for (const Collective collective :
         {Collective::all_reduce, Collective::all_gather, Collective::broadcast}) {
      for (std::uint64_t bytes = 64; bytes <= 1u << 30; bytes *= 8) {
        const double best = tuning.choose(collective, bytes).time;
        for (int a = 0; a < nccl_algorithms; ++a) {
          for (int p = 0; p < nccl_protocols; ++p) {
            const auto algorithm = static_cast<NcclAlgorithm>(a);
            const auto protocol = static_cast<NcclProtocol>(p);
            EXPECT_LE(best, tuning.time(collective, algorithm, protocol, bytes));
            if (tuning.cell(collective, algorithm, protocol).bandwidth == 0) continue;
            const NcclChoice forced = tuning.choose(collective, bytes, algorithm, protocol);
            EXPECT_EQ(forced.algorithm, algorithm);
            EXPECT_EQ(forced.protocol, protocol);
            EXPECT_GE(forced.time, best);
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace scalesim::comm
