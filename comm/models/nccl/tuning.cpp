// The formulas of NCCL's tuning model, in the order in which NCCL applies them.
#include "comm/models/nccl/tuning.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "core/error.h"
#include "fmt/core.h"

namespace scalesim::comm {

namespace {

enum Hardware { over_nvlink = 0, over_pcie = 1, over_network = 2 };

constexpr Collective tuned[] = {Collective::broadcast, Collective::reduce, Collective::all_gather,
                                Collective::reduce_scatter, Collective::all_reduce};

/// Row of the table; 5 for a collective that is not tuned.
size_t row_of(Collective collective) {
  return static_cast<size_t>(std::find(std::begin(tuned), std::end(tuned), collective) - std::begin(tuned));
}

int floor_log2(std::uint64_t value) { return value == 0 ? 0 : static_cast<int>(std::bit_width(value)) - 1; }

/// Row of the tables by GPU generation.
size_t architecture_row(int compute_capability) {
  if (compute_capability >= 100) return 3;
  if (compute_capability >= 90) return 2;
  return compute_capability >= 80 ? 1 : 0;
}

bool gathers(Collective c) { return c == Collective::all_gather || c == Collective::reduce_scatter; }

/// Computes the cells of one communicator. Short-lived; holds what every formula needs.
class Builder {
 public:
  Builder(const NcclSystem& system, const NcclConstants& constants)
      : s_(system),
        k_(constants),
        architecture_(architecture_row(system.compute_capability)),
        column_(std::min(system.nodes, 3) - 1) {}

  NcclCell cell(Collective c, NcclAlgorithm a, NcclProtocol p) const {
    const size_t row = row_of(c);
    const std::optional<bool> wanted = s_.settings.protocol[row][static_cast<size_t>(p)];
    if (!legal(c, a, p) || s_.settings.algorithm_off[row][static_cast<size_t>(a)] || !wanted.value_or(true))
      return {};
    if (!enabled(a, p, wanted.has_value())) return {};
    const double bus = bus_bandwidth(c, a, p);
    if (bus <= 0) return {};
    return {latency(c, a, p), bus * bus_to_algorithm(c, a)};
  }

 private:
  const NcclGraph* graph(NcclAlgorithm a) const {
    switch (a) {
      case NcclAlgorithm::ring:
        return &s_.ring;
      case NcclAlgorithm::nvls:
      case NcclAlgorithm::nvls_tree:
        return s_.nvls ? &*s_.nvls : nullptr;
      case NcclAlgorithm::collnet_direct:
        return s_.collnet_direct ? &*s_.collnet_direct : nullptr;
      case NcclAlgorithm::collnet_chain:
        return s_.collnet_chain ? &*s_.collnet_chain : nullptr;
      default:
        return &s_.tree;
    }
  }

  bool legal(Collective c, NcclAlgorithm a, NcclProtocol p) const {
    const bool simple_only =
        a == NcclAlgorithm::nvls || a == NcclAlgorithm::nvls_tree || a == NcclAlgorithm::pat;
    if (graph(a) == nullptr || (simple_only && p != NcclProtocol::simple)) return false;
    if (c == Collective::all_reduce) return a != NcclAlgorithm::pat;
    if (!gathers(c)) return a == NcclAlgorithm::ring;
    return a == NcclAlgorithm::ring || a == NcclAlgorithm::nvls || a == NcclAlgorithm::collnet_direct ||
           a == NcclAlgorithm::pat;
  }

  /// `asked`: the user named the protocol, so NCCL does not doubt it.
  bool enabled(NcclAlgorithm a, NcclProtocol p, bool asked) const {
    const bool collnet = s_.collnet_direct || s_.collnet_chain;
    switch (a) {
      case NcclAlgorithm::nvls_tree:
        return s_.nodes > 1;
      case NcclAlgorithm::nvls:
        return s_.nodes == 1 || collnet;
      case NcclAlgorithm::collnet_chain:
        return s_.nodes > 1;
      case NcclAlgorithm::collnet_direct:
        return s_.nodes > 1 && s_.ranks_per_node() <= 8 && s_.nvswitch;
      case NcclAlgorithm::pat:
        return s_.settings.pat.value_or(s_.ranks == s_.nodes) && s_.compute_capability >= 60 && k_.pat;
      default:
        return p != NcclProtocol::ll128 || asked || ll128_enabled(*graph(a));
    }
  }

  /// LL128 relies on 128-byte stores arriving whole: NVLink inside, near NICs outside.
  bool ll128_enabled(const NcclGraph& g) const {
    const PathType farthest = s_.compute_capability >= 90 ? PathType::pxn : PathType::pxb;
    return g.type_intra <= PathType::nvb && g.type_inter <= farthest && s_.compute_capability >= 70 &&
           (s_.one_capability || s_.compute_capability >= 90);
  }

  double ring_steps(Collective c) const {
    if (c == Collective::all_reduce) return 2.0 * (s_.ranks - 1);
    return gathers(c) ? s_.ranks - 1 : s_.ranks;
  }

  double nvls_per_channel(const NcclGraph& g, Collective c, NcclAlgorithm a) const {
    if (g.channels < 2) return 0;
    if (k_.nvls_by_channels) {
      const bool tree = a == NcclAlgorithm::nvls_tree;
      if (k_.nvls_gather_share && gathers(c)) {
        const double per_node = s_.ranks_per_node();
        return std::min(g.bandwidth_intra * (per_node - 1) / per_node, 0.9 * g.bandwidth_inter);
      }
      return std::min(g.bandwidth_intra, g.bandwidth_inter / (tree && s_.nodes > 2 ? 2 : 1));
    }
    const double per_node = s_.ranks_per_node();
    double inside = g.bandwidth_intra * k_.nvls_efficiency[architecture_] * (g.channels - 1) / g.channels;
    inside *= c == Collective::all_reduce ? 2 : (per_node - 1) / per_node;
    if (a == NcclAlgorithm::nvls) return std::min(inside, g.bandwidth_inter);
    const double outside = g.bandwidth_inter * (s_.nodes <= 2 ? 2 : 1);
    return std::min({inside, outside, k_.nvls_tree_per_channel[architecture_][column_]});
  }

  /// On several nodes LL is capped by the CPU's vendor, whatever the GPU.
  double ll_maximum() const {
    const bool amd = s_.cpu == NcclCpu::amd || s_.cpu == NcclCpu::mixed;
    return k_.ll_maximum[s_.nodes == 1 ? architecture_ : (amd ? 1 : 0)][column_];
  }

  double bus_bandwidth(Collective c, NcclAlgorithm a, NcclProtocol p) const {
    const NcclGraph& g = *graph(a);
    const bool nvls = a == NcclAlgorithm::nvls || a == NcclAlgorithm::nvls_tree;
    const bool collnet = a == NcclAlgorithm::collnet_direct || a == NcclAlgorithm::collnet_chain;
    if (nvls && gathers(c) && s_.nodes > 1) return 0;
    const double inside = s_.nodes <= 2 || collnet ? g.bandwidth_intra : g.bandwidth_inter;
    const double bus = g.channels * (nvls ? nvls_per_channel(g, c, a) : inside);
    if (a == NcclAlgorithm::ring) return ring_bandwidth(g, c, p, bus);
    if (a == NcclAlgorithm::tree) return tree_bandwidth(g, p, bus);
    if (a == NcclAlgorithm::pat) return 0.75 * bus;
    return collnet ? collnet_bandwidth(g, c, a, p, bus) : bus;
  }

  double ring_bandwidth(const NcclGraph& g, Collective c, NcclProtocol p, double bus) const {
    const bool reduces = c == Collective::all_reduce || c == Collective::reduce;
    const double ll_share = s_.nodes > 1 || reduces ? k_.ring_ll_share : k_.ring_ll_share_gather;
    if (p == NcclProtocol::ll) return std::min(ll_maximum(), ll_share * bus);
    if (p == NcclProtocol::simple) return bus;
    return std::min(0.92 * bus, g.channels * k_.ring_ll128_per_channel[architecture_][column_]);
  }

  double tree_bandwidth(const NcclGraph& g, NcclProtocol p, double bus) const {
    bus = std::min(0.92 * bus, g.channels * k_.tree_per_channel[architecture_][column_]);
    if (p == NcclProtocol::ll) bus = std::min(bus / 3.8, ll_maximum());
    if (p == NcclProtocol::ll128) {
      bus = std::min(bus * (s_.nodes == 1 ? 7.0 / 9 : 120.0 / 128),
                     g.channels * k_.tree_ll128_per_channel[architecture_][column_]);
    }
    return g.pattern == NcclPattern::tree ? 0.85 * bus : bus;
  }

  /// All-gather and reduce-scatter need a plugin with multi-rail collectives, which is not common: off.
  double collnet_bandwidth(const NcclGraph& g, Collective c, NcclAlgorithm a, NcclProtocol p,
                           double bus) const {
    if (p != NcclProtocol::simple || c != Collective::all_reduce) return 0;
    if (a == NcclAlgorithm::collnet_chain) return bus;
    double factor = static_cast<double>(s_.ranks_per_node()) / g.channels;
    factor -= (factor - 1) / 2;
    return bus / factor * (s_.compute_capability >= 90 ? 0.85 : 1);
  }

  double bus_to_algorithm(Collective c, NcclAlgorithm a) const {
    if (gathers(c) && a != NcclAlgorithm::ring) return 1;
    const bool by_steps =
        a == NcclAlgorithm::ring || a == NcclAlgorithm::nvls || a == NcclAlgorithm::nvls_tree;
    if (k_.nvls_by_channels && by_steps && a != NcclAlgorithm::ring) return 5.0 / 6;
    return by_steps ? s_.ranks / ring_steps(c) : 0.5;
  }

  static double at(const NcclLatencies& table, NcclAlgorithm a, NcclProtocol p) {
    return table[static_cast<size_t>(a)][static_cast<size_t>(p)];
  }

  double latency(Collective c, NcclAlgorithm a, NcclProtocol p) const {
    const NcclGraph& g = *graph(a);
    const int per_node = s_.ranks_per_node();
    const double base = at(k_.base_latency, a, p);
    const double intra =
        at(k_.hardware_latency[g.type_intra == PathType::nvl ? over_nvlink : over_pcie], a, p);
    double inter =
        at(k_.hardware_latency[over_network], per_node == 1 ? NcclAlgorithm::tree : a, p) + g.latency_inter;
    if (p == NcclProtocol::simple) inter += g.latency_inter;
    const int hops = floor_log2(static_cast<std::uint64_t>(s_.nodes));
    switch (a) {
      case NcclAlgorithm::ring:
        return base + ring_latency(c, p, intra, inter);
      case NcclAlgorithm::tree:
        return base + 2 * ((per_node - 1) * intra + hops * inter);
      case NcclAlgorithm::collnet_direct:
        return base + 2 * (std::min(1, per_node - 1) * intra + (per_node - 1) * 0.4) + inter;
      case NcclAlgorithm::collnet_chain:
        return base + 2 * (per_node - 1) * intra + inter;
      case NcclAlgorithm::nvls:
        return s_.nodes > 1 ? intra + inter : intra;
      case NcclAlgorithm::nvls_tree:
        return base + intra + 2 * hops * inter;
      case NcclAlgorithm::pat:
        return base + hops * inter / 3.5 + 2.8 * s_.ranks;
    }
    return base;
  }

  double ring_latency(Collective c, NcclProtocol p, double intra, double inter) const {
    if (c == Collective::broadcast || c == Collective::reduce) return broadcast_latency(c, p);
    if (s_.nodes == 1) return ring_steps(c) * intra;
    const double overhead = s_.settings.net_overhead.value_or(s_.cpu == NcclCpu::amd ? 2.0 : 1.0);
    intra = std::max(intra, p == NcclProtocol::simple ? 3 * overhead : overhead);
    const bool all_reduce = c == Collective::all_reduce;
    const double between =
        all_reduce && k_.border_per_node ? 2.0 * s_.nodes : (all_reduce ? 2.0 : 1.0) * (s_.nodes - 1);
    return (ring_steps(c) - between) * intra + between * inter;
  }

  double broadcast_latency(Collective c, NcclProtocol p) const {
    const int inside = s_.ring.type_intra == PathType::nvl ? over_nvlink : over_pcie;
    const NcclLatencies& hardware = k_.hardware_latency[s_.nodes > 1 ? over_network : inside];
    if (s_.ring.same_channels) return at(hardware, NcclAlgorithm::ring, p);
    return ring_steps(c) *
           at(hardware, p == NcclProtocol::simple ? NcclAlgorithm::tree : NcclAlgorithm::ring, p);
  }

  const NcclSystem& s_;
  const NcclConstants& k_;
  size_t architecture_;
  size_t column_;
};

}  // namespace

NcclTuning::NcclTuning(const NcclSystem& system, const NcclConstants& constants)
    : system_(system), constants_(&constants) {
  SCALESIM_CHECK(system.nodes >= 1 && system.ranks >= 2 && system.ranks % system.nodes == 0);
  SCALESIM_CHECK(system.ring.channels >= 1 && system.tree.channels >= 1);
  const Builder builder(system_, constants);
  for (size_t row = 0; row < cells_.size(); ++row) {
    for (int a = 0; a < nccl_algorithms; ++a) {
      for (int p = 0; p < nccl_protocols; ++p) {
        const Key key{static_cast<NcclAlgorithm>(a), static_cast<NcclProtocol>(p)};
        cells_[row][a][p] = builder.cell(tuned[row], key.algorithm, key.protocol);
        if (cells_[row][a][p].bandwidth > 0) enabled_[row].push_back(key);
      }
    }
  }
}

const NcclCell& NcclTuning::cell(Collective collective, NcclAlgorithm algorithm,
                                 NcclProtocol protocol) const {
  static constexpr NcclCell none;
  const size_t row = row_of(collective);
  return row == cells_.size() ? none
                              : cells_[row][static_cast<size_t>(algorithm)][static_cast<size_t>(protocol)];
}

double NcclTuning::time(Collective collective, NcclAlgorithm algorithm, NcclProtocol protocol,
                        std::uint64_t bytes) const {
  const NcclCell& entry = cell(collective, algorithm, protocol);
  if (entry.bandwidth <= 0) return std::numeric_limits<double>::infinity();
  double latency = entry.latency;
  double bandwidth = entry.bandwidth;
  if (collective == Collective::all_reduce) {
    const int size = floor_log2(bytes >> 6);
    const std::array<double, 24>& correction = constants_->tree_correction[static_cast<size_t>(protocol)];
    const bool x86 =
        system_.cpu == NcclCpu::intel || system_.cpu == NcclCpu::amd || system_.cpu == NcclCpu::mixed;
    if (algorithm == NcclAlgorithm::tree && size < 23) bandwidth *= correction[size];
    if (algorithm == NcclAlgorithm::nvls_tree && constants_->nvls_tree_corrected && size < 24 &&
        system_.compute_capability >= 100 && x86) {
      bandwidth *= correction[size];
    }
    const auto threads =
        static_cast<std::uint64_t>(system_.channels) * static_cast<std::uint64_t>(system_.ranks);
    if (algorithm == NcclAlgorithm::ring && protocol == NcclProtocol::simple && system_.nodes > 1 &&
        bytes / threads >= 64) {
      latency *= system_.compute_capability < 80 ? 1.9 : 1.4;
    }
  }
  return latency + static_cast<double>(bytes) / (1000 * bandwidth);
}

NcclChoice NcclTuning::choose(Collective collective, std::uint64_t bytes,
                              std::optional<NcclAlgorithm> algorithm,
                              std::optional<NcclProtocol> protocol) const {
  const size_t row = row_of(collective);
  NcclChoice best{NcclAlgorithm::ring, NcclProtocol::simple, std::numeric_limits<double>::infinity()};
  if (row == enabled_.size()) return best;
  for (const Key& key : enabled_[row]) {
    if ((algorithm && key.algorithm != *algorithm) || (protocol && key.protocol != *protocol)) continue;
    const double candidate = time(collective, key.algorithm, key.protocol, bytes);
    if (candidate < best.time) best = {key.algorithm, key.protocol, candidate};
  }
  if (std::isfinite(best.time)) return best;
  throw InputError(
      fmt::format("NCCL does not run {} with {}{}{} here; leave the algorithm and protocol to NCCL",
                  to_text(collective), algorithm ? to_text(*algorithm) : "", algorithm && protocol ? "/" : "",
                  protocol ? to_text(*protocol) : ""));
}

NcclSystem with_settings(NcclSystem system, const NcclSettings& settings) {
  system.settings = settings;
  if (settings.nvls && !*settings.nvls) system.nvls.reset();
  if (settings.collnet && !*settings.collnet) system.collnet_direct.reset(), system.collnet_chain.reset();
  if (settings.most_channels > 0) system.channels = std::min(system.channels, settings.most_channels);
  return system;
}

double NcclTuning::channel_limit() const {
  if (system_.settings.most_channels == 0) return std::numeric_limits<double>::infinity();
  return system_.settings.most_channels *
         constants_->tree_per_channel[architecture_row(system_.compute_capability)][0];
}

int NcclTuning::launched_channels(const NcclChoice& choice, std::uint64_t bytes) const {
  if (choice.algorithm == NcclAlgorithm::nvls || choice.algorithm == NcclAlgorithm::nvls_tree) {
    const int own = constants_->nvls_channels[system_.compute_capability < 100 ? 0
                                              : system_.nodes == 1             ? 1
                                                                               : 2];
    return system_.settings.most_channels > 0 ? std::min(own, system_.settings.most_channels) : own;
  }
  const bool simple = choice.protocol == NcclProtocol::simple;
  const bool ring = choice.algorithm == NcclAlgorithm::ring;
  const bool slow = ring && system_.ring.bandwidth_intra * system_.ring.channels <= 12;
  const double threads = choice.protocol == NcclProtocol::ll128 ? 640 : simple && slow ? 256 : 512;
  const bool collnet =
      choice.algorithm == NcclAlgorithm::collnet_direct || choice.algorithm == NcclAlgorithm::collnet_chain;
  const double per_thread = collnet                                       ? 512
                            : simple                                      ? 64
                            : choice.protocol == NcclProtocol::ll && ring ? 8.0 * system_.ranks
                                                                          : 8;
  const double wanted = std::floor(static_cast<double>(bytes) / (threads * per_thread));
  return std::clamp(static_cast<int>(std::min(wanted, 64.0)), 1, std::max(1, system_.channels));
}

}  // namespace scalesim::comm
