// Findings, one function each. A rule reads facts and relations and returns what it has to say; unknown facts
// are silent.
#include "topology/capture/findings.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include "core/units_text.h"
#include "topology/capture/text/text.h"
#include "topology/machine/relations.h"

namespace scalesim::topology {
namespace {

/// What every rule looks at.
struct View {
  const MachineReport& report;
  std::vector<PairRelation> pairs;
  std::map<int, const Component*> gpus;  ///< by index
};

using Findings = std::vector<Finding>;

std::string cost_text(const std::optional<BytesPerSecond>& cost) {
  return cost ? fmt::format("; it costs {} one way", to_text(*cost)) : std::string();
}

/// "GPU 0, 1 and 5".
std::string list_of(const std::vector<int>& indices) {
  std::string text = indices.size() == 1 ? "GPU " : "GPUs ";
  for (std::size_t i = 0; i < indices.size(); ++i)
    text += (i == 0 ? "" : i + 1 == indices.size() ? " and " : ", ") + std::to_string(indices[i]);
  return text;
}

bool is_gpu(const DeviceId& device) { return device.kind == ComponentKind::gpu; }
bool both_gpus(const PairRelation& pair) { return is_gpu(pair.a) && is_gpu(pair.b); }
bool is_linked(const PairRelation& pair) { return nearness(pair.path) == 0; }
bool is_far(const PairRelation& pair) { return pair.path.text == "SYS" || pair.path.text == "SOC"; }

std::vector<int> gpus_where(const View& view, const std::function<bool(const GpuReading&)>& holds) {
  std::vector<int> indices;
  for (const GpuReading& gpu : view.report.gpus)
    if (holds(gpu)) indices.push_back(gpu.index);
  return indices;
}

const GpuSpec* spec_of(const View& view, int index) {
  const auto found = view.gpus.find(index);
  return found != view.gpus.end() && found->second->gpu ? &*found->second->gpu : nullptr;
}

Findings nvlink_inactive(const View& view) {
  const auto inactive = gpus_where(view, [](const GpuReading& gpu) {
    return gpu.nvlinks_all_inactive ||
           (!gpu.nvlinks.empty() &&
            std::none_of(gpu.nvlinks.begin(), gpu.nvlinks.end(),
                         [](const NvlinkState& link) { return link.rate.has_value(); }));
  });
  if (inactive.empty()) return {};
  std::optional<BytesPerSecond> cost;
  if (const GpuSpec* spec = spec_of(view, inactive.front()); spec != nullptr && spec->links)
    cost = spec->links->total();
  const bool alone = view.report.gpus.size() < 2;
  return {{alone ? Severity::note : Severity::warning, "nvlink-inactive",
           fmt::format("{} {} NVLinks, and every one of them is inactive{}", list_of(inactive),
                       inactive.size() == 1 ? "has" : "have", alone ? std::string() : cost_text(cost)),
           alone ? "nothing to do with a single GPU"
                 : "fit the NVLink bridges, or start the fabric manager on an NVSwitch system",
           cost}};
}

Findings nvlink_partial(const View& view) {
  std::size_t most = 0;
  const auto active = [](const GpuReading& gpu) {
    return static_cast<std::size_t>(
        std::count_if(gpu.nvlinks.begin(), gpu.nvlinks.end(),
                      [](const NvlinkState& link) { return link.rate.has_value(); }));
  };
  for (const GpuReading& gpu : view.report.gpus) most = std::max(most, active(gpu));
  const auto short_of = gpus_where(view, [&](const GpuReading& gpu) {
    return !gpu.nvlinks.empty() && active(gpu) > 0 && active(gpu) < most;
  });
  if (short_of.empty()) return {};
  std::optional<BytesPerSecond> cost;
  for (const GpuReading& gpu : view.report.gpus)
    if (gpu.index == short_of.front())
      for (const NvlinkState& link : gpu.nvlinks)
        if (link.rate) cost = *link.rate * static_cast<double>(most - active(gpu));
  return {{Severity::warning, "nvlink-partial",
           fmt::format("{} {} fewer active NVLinks than the {} of the others{}", list_of(short_of),
                       short_of.size() == 1 ? "has" : "have", most, cost_text(cost)),
           "look for link errors with 'nvidia-smi nvlink -e', reseat or replace", cost}};
}

/// Some GPUs have NVLink peers and others, of the same table, have none.
Findings nvlink_bridge_missing(const View& view) {
  std::set<DeviceId> linked, all;
  for (const PairRelation& pair : view.pairs) {
    if (!both_gpus(pair)) continue;
    all.insert({pair.a, pair.b});
    if (is_linked(pair)) linked.insert({pair.a, pair.b});
  }
  if (linked.empty() || linked.size() == all.size()) return {};
  std::vector<int> without;
  for (const DeviceId& gpu : all)
    if (linked.count(gpu) == 0) without.push_back(gpu.index);
  return {{Severity::warning, "nvlink-bridge-missing",
           fmt::format(
               "{} {} no NVLink peer while others have one; collectives run at the speed of the slowest pair",
               list_of(without), without.size() == 1 ? "has" : "have"),
           "check that every NVLink bridge is seated ('nvidia-smi nvlink --status')", std::nullopt}};
}

/// GPU pairs that cross sockets without NVLink: what they get beside what the best PCIe pair gets.
Findings gpus_across_sockets(const View& view) {
  int far = 0, total = 0;
  std::optional<BytesPerSecond> best, worst;
  for (const PairRelation& pair : view.pairs) {
    if (!both_gpus(pair)) continue;
    ++total;
    if (is_far(pair)) {
      ++far;
      if (pair.bandwidth && (!worst || *pair.bandwidth < *worst)) worst = pair.bandwidth;
    } else if (!is_linked(pair) && pair.bandwidth && (!best || *pair.bandwidth > *best)) {
      best = pair.bandwidth;
    }
  }
  if (far == 0) return {};
  const std::optional<BytesPerSecond> cost =
      best && worst && *best > *worst ? std::optional(*best - *worst) : std::nullopt;
  return {{Severity::advice, "gpus-across-sockets",
           fmt::format("{} of {} GPU pairs cross CPU sockets without NVLink{}", far, total, cost_text(cost)),
           "keep tensor parallel groups inside one socket; let rings cross sockets once each way", cost}};
}

Findings sys_inside_node(const View& view) {
  std::map<int, std::string> numa;  // by GPU
  for (const GpuReading& gpu : view.report.gpus)
    if (gpu.numa) numa[gpu.index] = *gpu.numa;
  for (const PairRelation& pair : view.pairs) {
    if (!is_far(pair) || !both_gpus(pair)) continue;
    const auto a = numa.find(pair.a.index), b = numa.find(pair.b.index);
    if (a == numa.end() || b == numa.end() || a->second != b->second) continue;
    return {{Severity::note, "sys-inside-node",
             fmt::format("{} and {} are {} although both are on NUMA node {}; virtual machines print this, "
                         "and the true path is unknown",
                         to_text(pair.a), to_text(pair.b), pair.path.text, a->second),
             "capture the matrix on the host, or measure with 'scalesim probe'", std::nullopt}};
  }
  return {};
}

/// A link below what the GPU or the slot can do. The rate now drops when idle, so only the agreed maximum
/// counts.
Findings pcie_generation(const View& view) {
  std::vector<int> slow;
  std::optional<BytesPerSecond> cost;
  int has = 0, could = 0;
  for (const GpuReading& gpu : view.report.gpus) {
    std::optional<int> able = gpu.pcie_generation_device;
    if (!able && spec_of(view, gpu.index) != nullptr) able = spec_of(view, gpu.index)->pcie_generation;
    if (!gpu.pcie_generation || !able || *gpu.pcie_generation >= *able || *gpu.pcie_generation < 1 ||
        *able > 7)
      continue;
    slow.push_back(gpu.index);
    has = *gpu.pcie_generation;
    could = *able;
    const int lanes = gpu.pcie_width.value_or(16);
    cost = pcie_bandwidth(could, lanes) - pcie_bandwidth(has, lanes);
  }
  if (slow.empty()) return {};
  return {{Severity::warning, "pcie-generation",
           fmt::format("{} run at PCIe gen{} where the part can do gen{}{}", list_of(slow), has, could,
                       cost_text(cost)),
           "look for a BIOS limit, a riser or a switch of the older generation", cost}};
}

Findings pcie_width(const View& view) {
  Findings findings;
  for (const GpuReading& gpu : view.report.gpus) {
    const GpuSpec* spec = spec_of(view, gpu.index);
    const std::optional<int> able = gpu.pcie_width    ? gpu.pcie_width
                                    : spec != nullptr ? std::optional(spec->pcie_lanes)
                                                      : std::nullopt;
    if (!gpu.pcie_width_now || !able || *gpu.pcie_width_now >= *able || *gpu.pcie_width_now < 1 || *able > 32)
      continue;
    const int generation = gpu.pcie_generation.value_or(spec != nullptr ? spec->pcie_generation : 0);
    std::optional<BytesPerSecond> cost;
    if (generation >= 1 && generation <= 7)
      cost = pcie_bandwidth(generation, *able) - pcie_bandwidth(generation, *gpu.pcie_width_now);
    findings.push_back({Severity::warning, "pcie-width",
                        fmt::format("GPU {} runs on {} PCIe lanes of {}{}", gpu.index, *gpu.pcie_width_now,
                                    *able, cost_text(cost)),
                        "reseat the board; check the slot's wiring and bifurcation", cost});
  }
  return findings;
}

/// GPUs whose nearest NIC is behind the CPU or on another socket, in a machine that has closer ones or none
/// at all.
Findings nic_far(const View& view) {
  if (view.report.nics.empty()) return {};
  std::map<int, const PairRelation*> nearest;  // by GPU
  for (const PairRelation& pair : view.pairs) {
    if (is_gpu(pair.a) == is_gpu(pair.b)) continue;
    const PairRelation*& best = nearest[is_gpu(pair.a) ? pair.a.index : pair.b.index];
    if (best == nullptr || nearness(pair.path) < nearness(best->path)) best = &pair;
  }
  std::vector<int> far;
  for (const auto& [gpu, pair] : nearest)
    if (is_far(*pair)) far.push_back(gpu);
  if (far.empty()) return {};
  return {{Severity::warning, "nic-far",
           fmt::format("{} {} no NIC on {} own socket; traffic between nodes crosses the socket link and "
                       "GPUDirect RDMA is off",
                       list_of(far), far.size() == 1 ? "has" : "have", far.size() == 1 ? "its" : "their"),
           "move a NIC to that socket, or give these GPUs the work that stays inside the node",
           std::nullopt}};
}

Findings peer_access_missing(const View& view) {
  bool pcie_pairs = view.pairs.empty() && view.report.gpus.size() > 1;
  for (const PairRelation& pair : view.pairs)
    pcie_pairs = pcie_pairs || (both_gpus(pair) && !is_linked(pair));
  if (!pcie_pairs) return {};
  const GpuSpec* spec = view.report.gpus.empty() ? nullptr : spec_of(view, view.report.gpus.front().index);
  const bool part_cannot = spec != nullptr && !spec->peer_access_over_pcie;
  if (view.report.machine.peer_access.value_or(!part_cannot)) return {};
  std::set<std::string> statuses;
  for (const PeerStatus& peer : view.report.peers)
    if (peer.status != "OK") statuses.insert(peer.status);
  std::optional<BytesPerSecond> cost;
  if (spec != nullptr && spec->pcie_generation >= 1)
    cost = pcie_bandwidth(spec->pcie_generation, spec->pcie_lanes) * 0.5;
  const std::string why = statuses.empty()
                              ? fmt::format("{} cannot", spec != nullptr ? spec->product : "the part")
                              : fmt::format("status {}", fmt::join(statuses, ", "));
  return {{Severity::warning, "peer-access-missing",
           fmt::format("GPUs cannot access each other's memory over PCIe ({}); every transfer is copied "
                       "through host memory, which takes about half of the bandwidth{}",
                       why, cost_text(cost)),
           part_cannot ? "choose parts with peer access or NVLink for communication-heavy training"
                       : "check ACS and IOMMU settings, and that the GPUs are under one root complex",
           cost}};
}

Findings mig_on(const View& view) {
  const auto on = gpus_where(view, [](const GpuReading& gpu) { return gpu.mig.value_or(false); });
  if (on.empty()) return {};
  return {{Severity::warning, "mig-on",
           fmt::format(
               "MIG is on for {}; an instance has no NVLink and no peer access, so training cannot span GPUs",
               list_of(on)),
           "'nvidia-smi -mig 0' before training over several GPUs", std::nullopt}};
}

Findings persistence_off(const View& view) {
  const auto off = gpus_where(view, [](const GpuReading& gpu) { return !gpu.persistence.value_or(true); });
  if (off.empty()) return {};
  return {
      {Severity::advice, "persistence-off",
       fmt::format("persistence mode is off for {}; each start of a job waits for the driver", list_of(off)),
       "start nvidia-persistenced, or 'nvidia-smi -pm 1'", std::nullopt}};
}

Findings ecc(const View& view) {
  Findings findings;
  const auto off = gpus_where(view, [](const GpuReading& gpu) { return gpu.ecc.has_value() && !*gpu.ecc; });
  if (!off.empty())
    findings.push_back({Severity::note, "ecc-off",
                        fmt::format("ECC is off for {}; memory errors will pass unseen", list_of(off)),
                        "'nvidia-smi -e 1' for long trainings", std::nullopt});
  const auto errors =
      gpus_where(view, [](const GpuReading& gpu) { return gpu.ecc_uncorrected.value_or(0) > 0; });
  if (!errors.empty())
    findings.push_back(
        {Severity::error, "ecc-errors",
         fmt::format("{} counted uncorrected memory errors since the driver was loaded", list_of(errors)),
         "drain the node and run the vendor's diagnosis", std::nullopt});
  return findings;
}

Findings performance_state(const View& view) {
  const auto slow = gpus_where(view, [](const GpuReading& gpu) {
    return gpu.performance_state.value_or(0) > 0 && gpu.utilisation.value_or(0) >= 50;
  });
  if (slow.empty()) return {};
  return {{Severity::warning, "pstate-under-load",
           fmt::format("{} {} under load but not in P0", list_of(slow), slow.size() == 1 ? "is" : "are"),
           "look at clocks and temperature: 'nvidia-smi -q -d PERFORMANCE,CLOCK'", std::nullopt}};
}

Findings power_cap(const View& view) {
  Findings findings;
  const auto capped = gpus_where(view, [](const GpuReading& gpu) {
    return gpu.power_limit && gpu.power_limit_default &&
           gpu.power_limit->value() < 0.99 * gpu.power_limit_default->value();
  });
  if (!capped.empty())
    for (const GpuReading& gpu : view.report.gpus)
      if (gpu.index == capped.front())
        findings.push_back(
            {Severity::warning, "power-cap",
             fmt::format("{} {} limited to {} of {} W", list_of(capped), capped.size() == 1 ? "is" : "are",
                         gpu.power_limit->value(), gpu.power_limit_default->value()),
             "'nvidia-smi -pl' raises the limit where cooling allows", std::nullopt});
  const auto held = gpus_where(view, [](const GpuReading& gpu) { return gpu.power_capped.value_or(false); });
  if (!held.empty())
    findings.push_back({Severity::note, "power-capped-now",
                        fmt::format("the power cap holds the clocks of {} down right now", list_of(held)),
                        "expect less than the peak under sustained load", std::nullopt});
  return findings;
}

Findings mixed_gpus(const View& view) {
  std::set<std::string> names;
  for (const GpuReading& gpu : view.report.gpus)
    if (gpu.name) names.insert(*gpu.name);
  if (names.size() < 2) return {};
  return {{Severity::warning, "mixed-gpus",
           fmt::format("the GPUs are of different models ({}); every step waits for the slowest",
                       fmt::join(names, ", ")),
           "train on GPUs of one model", std::nullopt}};
}

Findings nic_down(const View& view) {
  std::vector<std::string> down;
  for (const NicReading& nic : view.report.nics)
    if (nic.up.has_value() && !*nic.up) down.push_back(nic.name.value_or(fmt::format("NIC {}", nic.index)));
  if (down.empty()) return {};
  std::optional<BytesPerSecond> cost;  // as if they were like the slowest that is up
  for (const NicReading& nic : view.report.nics)
    if (nic.rate && (!cost || *nic.rate * static_cast<double>(down.size()) < *cost))
      cost = *nic.rate * static_cast<double>(down.size());
  return {{Severity::warning, "nic-down",
           fmt::format(
               "{} of {} NICs are down: {}{}", down.size(), view.report.nics.size(), fmt::join(down, ", "),
               cost ? fmt::format("; at the rate of the others they would add {}", to_text(*cost)) : ""),
           "check cable, switch port and subnet manager", cost}};
}

/// GPUs of a machine with several NUMA nodes whose own node is not known.
Findings numa_unknown(const View& view) {
  const auto unknown = gpus_where(view, [](const GpuReading& gpu) { return !gpu.numa; });
  if (unknown.empty() || unknown.size() == view.report.gpus.size()) return {};
  return {{Severity::note, "numa-unknown", fmt::format("the NUMA node of {} is not known", list_of(unknown)),
           "capture 'nvidia-smi topo -m' with a recent driver", std::nullopt}};
}

constexpr Findings (*kRules[])(const View&) = {nvlink_inactive,
                                               nvlink_partial,
                                               nvlink_bridge_missing,
                                               gpus_across_sockets,
                                               sys_inside_node,
                                               pcie_generation,
                                               pcie_width,
                                               nic_far,
                                               peer_access_missing,
                                               mig_on,
                                               persistence_off,
                                               ecc,
                                               performance_state,
                                               power_cap,
                                               mixed_gpus,
                                               nic_down,
                                               numa_unknown};

}  // namespace

MachineReport with_findings(MachineReport report) {
  View view{report, {}, {}};
  constexpr std::size_t kMostPairs = 512;  // devices: beyond one machine, pairs are not looked at
  if (report.gpus.size() + report.nics.size() <= kMostPairs) view.pairs = pair_relations(report.machine);
  for (const Component& component : report.machine.components)
    if (component.kind == ComponentKind::gpu) view.gpus[component.index] = &component;
  Findings findings = report.findings;
  for (const auto rule : kRules)
    for (Finding& finding : rule(view)) {
      const bool known_already = std::any_of(findings.begin(), findings.end(), [&](const Finding& other) {
        return other.code == finding.code && other.text == finding.text;
      });
      if (!known_already) findings.push_back(std::move(finding));
    }
  std::stable_sort(findings.begin(), findings.end(),
                   [](const Finding& a, const Finding& b) { return a.severity > b.severity; });
  report.findings = std::move(findings);
  return report;
}

}  // namespace scalesim::topology
