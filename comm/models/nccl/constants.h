// The numbers of NCCL's tuning model, one table per NCCL release: they changed between releases, the formulas
// hardly did. Source: NVIDIA/nccl src/graph/tuning.cc and src/graph/search.cc at the commit each table names;
// facts only, no code. Units here are NCCL's own: microseconds and GB/s (1e9 bytes per second).
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>

namespace scalesim::comm {

enum class NcclAlgorithm { tree, ring, collnet_direct, collnet_chain, nvls, nvls_tree, pat };
enum class NcclProtocol { ll, ll128, simple };
inline constexpr int nccl_algorithms = 7;
inline constexpr int nccl_protocols = 3;
std::string_view to_text(NcclAlgorithm algorithm);
std::string_view to_text(NcclProtocol protocol);
NcclAlgorithm parse_nccl_algorithm(std::string_view text);  ///< throws InputError with the nearest name
NcclProtocol parse_nccl_protocol(std::string_view text);    ///< throws InputError with the nearest name

/// Rows: Volta and older, Ampere and Ada, Hopper, Blackwell. Columns: one node, two, more.
using NcclCaps = std::array<std::array<double, 3>, 4>;
using NcclLatencies = std::array<std::array<double, nccl_protocols>, nccl_algorithms>;

struct NcclConstants {
  std::string_view release;  ///< "2.30.7"
  std::string_view source;
  NcclLatencies base_latency;
  std::array<NcclLatencies, 3> hardware_latency;  ///< per step over NVLink, PCIe, network
  NcclCaps ll_maximum;                            ///< GB/s over all channels
  NcclCaps ring_ll128_per_channel;
  NcclCaps tree_ll128_per_channel;
  NcclCaps tree_per_channel;
  NcclCaps nvls_tree_per_channel;
  std::array<double, 4> nvls_efficiency;
  /// By protocol, from 64 B in powers of two: what a tree reaches of its bandwidth.
  std::array<std::array<double, 24>, nccl_protocols> tree_correction;
  std::array<int, 3> nvls_channels;   ///< Hopper; Blackwell on one node; Blackwell on several
  double ring_ll_share = 0.5;         ///< of a ring's bandwidth that protocol LL leaves
  double ring_ll_share_gather = 0.5;  ///< the same for all-gather, reduce-scatter and broadcast on one node
  /// Up to 2.27 NVLS was rated by channels x the slower of inside and outside x 5/6.
  bool nvls_by_channels = false;
  bool nvls_gather_share = false;   ///< of which a gather got (g-1)/g inside and 0.9 outside
  bool pat = true;                  ///< knows PAT
  bool border_per_node = false;     ///< a ring's all-reduce counts 2N network steps instead of 2(N-1)
  bool nvls_tree_corrected = true;  ///< the tree's correction by size holds for NVLS trees of Blackwell, too
};

/// The newest release whose table is here.
const NcclConstants& nccl_constants();
/// The table of `release` ("2.20", "2.20.3"), or else the newest one before it. Throws InputError that lists
/// the tables for text that is no release, and for releases older than every table.
const NcclConstants& nccl_constants(std::string_view release);
/// Releases with a table, newest first, separated by commas.
std::string nccl_releases();

/// Speeds (GB/s per channel) that NCCL's graph search tries, fastest first.
std::span<const double> nccl_search_speeds(int compute_capability, bool one_node);

}  // namespace scalesim::comm
