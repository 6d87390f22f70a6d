// Tables of NCCL's releases. The graph search's speeds are those of 2.30.7 for all: they changed for
// Blackwell only.
#include "comm/models/nccl/constants.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "core/error.h"

namespace scalesim::comm {

namespace {

constexpr std::array<std::string_view, nccl_algorithms> algorithm_texts = {
    "Tree", "Ring", "CollNetDirect", "CollNetChain", "NVLS", "NVLSTree", "PAT"};
constexpr std::array<std::string_view, nccl_protocols> protocol_texts = {"LL", "LL128", "Simple"};

// clang-format off
constexpr NcclConstants release_2_30_7 = {
    "2.30.7",
    "NVIDIA/nccl@5067397 src/graph/tuning.cc",
    // base latency: Tree, Ring, CollNet direct, chain, NVLS, NVLS tree, PAT; each LL, LL128, Simple
    {{{6.8, 14.0, 8.4}, {6.6, 14.0, 8.4}, {0, 0, 0}, {0, 0, 0}, {0, 0, 0}, {0, 0, 0}, {8.0, 8.0, 8.0}}},
    {{
        {{{0.6, 1.25, 4.0}, {0.6, 1.9, 3.4}, {0, 0, 3.7}, {0, 0, 2.8}, {0, 0, 25}, {0, 0, 25}, {0, 0, 4.0}}},
        {{{1.0, 1.9, 4.0}, {1.0, 2.5, 5.7}, {0, 0, 3.7}, {0, 0, 2.8}, {0, 0, 0}, {0, 0, 0}, {0, 0, 4.0}}},
        {{{5.0, 8.5, 14.0}, {2.7, 4.0, 14.0}, {0, 0, 31}, {0, 0, 30}, {0, 0, 18}, {0, 0, 20.9}, {0, 0, 14}}},
    }},
    {{{39, 39, 20.4}, {87.7, 22.5, 19}, {141, 45, 35}, {282, 90, 70}}},
    {{{20, 20, 20}, {20, 20, 20}, {36.7, 36.7, 36.7}, {40, 40, 40}}},
    {{{20, 20, 20}, {20, 20, 20}, {36.7, 36.7, 29}, {55.6, 31.67, 20}}},
    {{{26.5, 18.5, 10}, {24, 23.6, 17.8}, {38.7, 41.4, 36}, {70, 42.8, 24}}},
    {{{26.5, 18.5, 10}, {24, 23.6, 17.8}, {0, 57.7, 45.5}, {0, 96, 80}}},
    {0, 0, 0.85, 0.74},
    {{
        {1, 1, 1, 1, .9, .8, .7, .7, .7, .7, .6, .5, .4, .4, .5, .6, .7, .8, .9, 1, 1, 1, 1, 1},
        {1, 1, 1, 1, 1, .9, .8, .8, .8, .7, .6, .6, .6, .6, .6, .6, .8, .9, .9, .9, .9, 1, 1, 1},
        {.9, .9, .9, .9, .9, .9, .9, .8, .7, .6, .6, .5, .5, .5, .5, .6, .7, .8, .7, .7, .8, .9, .9, .9},
    }},
    {16, 24, 32},
};

/// Later releases by what they changed: 2.29 had another cap for NVLS trees of Blackwell on many nodes.
constexpr NcclConstants release_2_29 = [] {
  NcclConstants k = release_2_30_7;
  k.release = "2.29";
  k.source = "NCCL 2.29 as in meta-pytorch/torchcomms@eb9ddb7 comms/ncclx/v2_29/src/graph/tuning.cc";
  k.nvls_tree_per_channel[3][2] = 43.8;
  return k;
}();

/// Cheaper network steps for NVLS trees, and Blackwell's rings with LL128 rated as twice Hopper's.
constexpr NcclConstants release_2_28_3 = [] {
  NcclConstants k = release_2_29;
  k.release = "2.28.3";
  k.source = "NCCL 2.28.3 as in zhanglin496/nccl-2.28.3-1@850a18f src/graph/tuning.cc";
  k.hardware_latency[2][static_cast<size_t>(NcclAlgorithm::nvls_tree)][2] = 14;
  k.ring_ll128_per_channel[3] = {73.4, 73.4, 73.4};
  k.nvls_tree_per_channel[3][2] = 43.1;
  k.nvls_tree_corrected = false;
  return k;
}();

/// Blackwell's trees rated as twice Hopper's; NVLS by its channels, without an efficiency.
constexpr NcclConstants release_2_27 = [] {
  NcclConstants k = release_2_28_3;
  k.release = "2.27";
  k.source = "NCCL 2.27 as in meta-pytorch/torchcomms@c5c1a14 comms/ncclx/v2_27/src/graph/tuning.cc";
  k.tree_ll128_per_channel[3] = {73.4, 73.4, 58};
  k.tree_per_channel[3] = {77.4, 82.8, 72};
  k.nvls_by_channels = true;
  k.nvls_gather_share = true;
  return k;
}();

constexpr NcclConstants release_2_20_3 = {
    "2.20.3",
    "NVIDIA/nccl@b647562 src/graph/tuning.cc",
    {{{6.8, 14.0, 0}, {6.6, 14.0, 8.4}, {0, 0, 0}, {0, 0, 0}, {0, 0, 0}, {0, 0, 0}, {0, 0, 0}}},
    {{
        {{{0.6, 1.25, 28}, {0.6, 1.9, 3.4}, {0, 0, 3.7}, {0, 0, 2.8}, {0, 0, 23}, {0, 0, 23}, {0, 0, 0}}},
        {{{1.0, 1.9, 28}, {1.0, 2.5, 5.7}, {0, 0, 3.7}, {0, 0, 2.8}, {0, 0, 0}, {0, 0, 0}, {0, 0, 0}}},
        {{{5.0, 8.5, 28}, {2.7, 4.0, 14.0}, {0, 0, 31}, {0, 0, 30}, {0, 0, 18}, {0, 0, 14}, {0, 0, 0}}},
    }},
    // Blackwell came later: its GPUs are rated as Hopper, as that release does.
    {{{39, 39, 20.4}, {87.7, 22.5, 19}, {87.7, 22.5, 19}, {87.7, 22.5, 19}}},
    {{{20, 20, 20}, {20, 20, 20}, {36.7, 36.7, 36.7}, {36.7, 36.7, 36.7}}},
    {{{20, 20, 20}, {20, 20, 20}, {36.7, 36.7, 29}, {36.7, 36.7, 29}}},
    {{{26.5, 18.5, 10}, {24, 23.6, 17.8}, {38.7, 41.4, 36}, {38.7, 41.4, 36}}},
    {{{0, 0, 0}, {0, 0, 0}, {0, 0, 0}, {0, 0, 0}}},
    {0, 0, 1, 1},
    {{
        {1, 1, 1, 1, .9, .8, .7, .7, .7, .7, .6, .5, .4, .4, .5, .6, .7, .8, .9, 1, 1, 1, 1, 1},
        {1, 1, 1, 1, 1, .9, .8, .8, .8, .7, .6, .6, .6, .6, .6, .6, .8, .9, .9, .9, .9, 1, 1, 1},
        {.9, .9, .9, .9, .9, .9, .9, .8, .7, .6, .6, .5, .5, .5, .5, .6, .7, .8, .7, .7, .8, .9, .9, .9},
    }},
    {16, 16, 16},
    0.25,
    1.0 / 3,
    true,   // NVLS by channels
    false,  // gathers alike
    false,  // no PAT
    true,   // 2N network steps
    false,  // no correction of NVLS trees
};
// clang-format on

/// Newest first.
constexpr std::array tables = {&release_2_30_7, &release_2_29, &release_2_28_3, &release_2_27,
                               &release_2_20_3};

/// "2.20.3" -> 2020003; 0 for text that is no release.
int number_of(std::string_view release) {
  int parts[3] = {0, 0, 0}, part = 0, digits = 0;
  for (const char c : release) {
    if (c == '.' && digits > 0 && part < 2) {
      ++part;
      digits = 0;
    } else if (c >= '0' && c <= '9' && ++digits <= 3) {
      parts[part] = parts[part] * 10 + (c - '0');
    } else {
      return 0;
    }
  }
  return digits > 0 && part > 0 ? parts[0] * 1000000 + parts[1] * 1000 + parts[2] : 0;
}

constexpr std::array speeds_one_node = {40., 30., 20., 18., 15., 12., 10., 9., 7., 6., 5., 4., 3.};
constexpr std::array speeds_one_node_90 = {60., 50., 40., 30., 24., 20., 15., 12., 11., 6., 3.};
constexpr std::array speeds_one_node_100 = {90., 80., 70., 60., 50., 45., 40., 30., 24., 20., 19., 18.};
constexpr std::array speeds_nodes = {48., 30., 28., 24., 20., 18., 15., 12., 10., 9.,
                                     7.,  6.,  5.,  4.,  3.,  2.4, 1.2, .24, .12};
constexpr std::array speeds_nodes_90 = {48., 45., 42., 40., 30., 24., 22., 20., 17.5,
                                        15., 12., 6.,  3.,  2.4, 1.2, .24, .12};
constexpr std::array speeds_nodes_100 = {96., 86.,  80., 48., 45.1, 42., 40., 30., 24., 22.,
                                         20., 17.5, 15., 12., 6.,   3.,  2.4, 1.2, .24, .12};

template <class Texts>
size_t index_of(const Texts& texts, std::string_view kind, std::string_view text) {
  std::vector<std::string> known;
  const auto lower = [](std::string_view word) {
    std::string result(word);
    for (char& c : result) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    return result;
  };
  for (size_t i = 0; i < texts.size(); ++i) {
    if (lower(texts[i]) == lower(text)) return i;
    known.emplace_back(texts[i]);
  }
  throw unknown_name(kind, text, known, fmt::format("known are {}", fmt::join(known, ", ")));
}

}  // namespace

std::string_view to_text(NcclAlgorithm algorithm) {
  return algorithm_texts.at(static_cast<size_t>(algorithm));
}
std::string_view to_text(NcclProtocol protocol) { return protocol_texts.at(static_cast<size_t>(protocol)); }

NcclAlgorithm parse_nccl_algorithm(std::string_view text) {
  return static_cast<NcclAlgorithm>(index_of(algorithm_texts, "NCCL algorithm", text));
}
NcclProtocol parse_nccl_protocol(std::string_view text) {
  return static_cast<NcclProtocol>(index_of(protocol_texts, "NCCL protocol", text));
}

const NcclConstants& nccl_constants() { return release_2_30_7; }

const NcclConstants& nccl_constants(std::string_view release) {
  const int asked = number_of(release);
  if (asked == 0) {
    throw InputError("'" + std::string(release) +
                     "' is no NCCL release: write it as 2.27 or 2.28.3; constants of " + nccl_releases() +
                     " are known");
  }
  // "2.20" means the last of that line.
  const bool whole_line = std::count(release.begin(), release.end(), '.') == 1;
  for (const NcclConstants* table : tables) {
    if (number_of(table->release) <= (whole_line ? asked + 999 : asked)) return *table;
  }
  throw InputError("NCCL " + std::string(release) +
                   " is older than every release whose constants are known: " + nccl_releases());
}

std::string nccl_releases() {
  std::string names;
  for (const NcclConstants* table : tables)
    names += (names.empty() ? "" : ", ") + std::string(table->release);
  return names;
}

std::span<const double> nccl_search_speeds(int compute_capability, bool one_node) {
  if (compute_capability >= 100) {
    return one_node ? std::span<const double>(speeds_one_node_100)
                    : std::span<const double>(speeds_nodes_100);
  }
  if (compute_capability >= 90) {
    return one_node ? std::span<const double>(speeds_one_node_90) : std::span<const double>(speeds_nodes_90);
  }
  return one_node ? std::span<const double>(speeds_one_node) : std::span<const double>(speeds_nodes);
}

}  // namespace scalesim::comm
