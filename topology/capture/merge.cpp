// Joining readings field by field.
#include "topology/capture/merge.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <unordered_map>

#include "core/error.h"
#include "core/units_text.h"
#include "topology/capture/text/text.h"
#include "topology/machine/relations.h"

namespace scalesim::topology {
namespace {

constexpr const char* kCaptureAnew = "capture all files anew from one machine in one state";

/// Where a fact stands: for the text of a contradiction.
struct Context {
  std::string device;  ///< "GPU 3"
  std::string file;
  std::vector<Finding>* findings;
};

std::string shown(const std::string& value) { return value; }
std::string shown(bool value) { return value ? "on" : "off"; }
std::string shown(int value) { return fmt::format("{}", value); }
template <class Dimension>
std::string shown(Quantity<Dimension> value) {
  return to_text(value);
}

bool agree(const std::string& a, const std::string& b) { return a == b; }
bool agree(bool a, bool b) { return a == b; }
bool agree(int a, int b) { return a == b; }
template <class Dimension>
bool agree(Quantity<Dimension> a, Quantity<Dimension> b) {
  return std::abs(a.value() - b.value()) <= 0.02 * std::max(std::abs(a.value()), std::abs(b.value()));
}

/// `mine` filled from `other`; what differs is reported under `what` and mine stays.
template <class T>
void join(std::optional<T>& mine, const std::optional<T>& other, std::string_view what,
          const Context& context) {
  if (!mine) {
    mine = other;
  } else if (other && !agree(*mine, *other)) {
    context.findings->push_back({Severity::warning, "contradiction",
                                 fmt::format("{}: {} is {} in one file and {} in {}", context.device, what,
                                             shown(*mine), shown(*other), context.file),
                                 kCaptureAnew, std::nullopt});
  }
}

/// Momentary values may differ between captures without anything being wrong.
template <class T>
void fill(std::optional<T>& mine, const std::optional<T>& other) {
  if (!mine) mine = other;
}

std::string bare_name(std::string name) {
  if (name.rfind("NVIDIA ", 0) == 0) name.erase(0, 7);
  return name;
}

/// A table cuts names with "...", and old drivers leave "NVIDIA" out.
bool same_part(const std::string& a, const std::string& b) {
  const std::string x = bare_name(a), y = bare_name(b);
  for (const auto& [cut, whole] : {std::pair(x, y), std::pair(y, x)}) {
    const std::size_t dots = cut.find("...");
    if (dots != std::string::npos && whole.compare(0, dots, cut, 0, dots) == 0) return true;
  }
  return x == y;
}

void join_name(GpuReading& mine, const GpuReading& other, const Context& context) {
  if (mine.name && other.name && same_part(*mine.name, *other.name)) {
    if (mine.name->find("...") != std::string::npos) mine.name = other.name;
    return;
  }
  join(mine.name, other.name, "the product name", context);
}

void join_gpu(GpuReading& mine, const GpuReading& other, const Context& context) {
  join_name(mine, other, context);
  join(mine.uuid, other.uuid, "the UUID", context);
  join(mine.bus_id, other.bus_id, "the bus id", context);
  join(mine.pci_device, other.pci_device, "the PCI device", context);
  fill(mine.cpus, other.cpus);  // cgroups cut it
  join(mine.numa, other.numa, "the NUMA node", context);
  join(mine.memory_numa, other.memory_numa, "the memory's NUMA node", context);
  join(mine.compute_capability, other.compute_capability, "the compute capability", context);
  join(mine.memory, other.memory, "the memory", context);
  if (mine.nvlinks.empty()) mine.nvlinks = other.nvlinks;
  mine.nvlinks_all_inactive = mine.nvlinks_all_inactive || other.nvlinks_all_inactive;
  if (mine.capable_links.empty()) mine.capable_links = other.capable_links;
  join(mine.nvlink_peer, other.nvlink_peer, "NVLink peer access", context);
  fill(mine.nvlink_system_atomics, other.nvlink_system_atomics);
  join(mine.pcie_generation, other.pcie_generation, "the PCIe generation", context);
  join(mine.pcie_generation_device, other.pcie_generation_device, "the GPU's PCIe generation", context);
  join(mine.pcie_generation_host, other.pcie_generation_host, "the slot's PCIe generation", context);
  fill(mine.pcie_generation_now, other.pcie_generation_now);
  join(mine.pcie_width, other.pcie_width, "the PCIe width", context);
  fill(mine.pcie_width_now, other.pcie_width_now);
  join(mine.mig, other.mig, "MIG mode", context);
  if (mine.mig_devices.empty()) mine.mig_devices = other.mig_devices;
  join(mine.persistence, other.persistence, "persistence mode", context);
  join(mine.ecc, other.ecc, "ECC", context);
  fill(mine.ecc_uncorrected, other.ecc_uncorrected);
  fill(mine.performance_state, other.performance_state);
  fill(mine.utilisation, other.utilisation);
  fill(mine.power_draw, other.power_draw);
  join(mine.power_limit, other.power_limit, "the power limit", context);
  join(mine.power_limit_default, other.power_limit_default, "the default power limit", context);
  fill(mine.power_capped, other.power_capped);
  fill(mine.fabric_state, other.fabric_state);
}

void join_nic(NicReading& mine, const NicReading& other, const Context& context) {
  fill(mine.name, other.name);
  join(mine.bus_id, other.bus_id, "the bus id", context);
  join(mine.numa, other.numa, "the NUMA node", context);
  join(mine.up, other.up, "the port state", context);
  join(mine.rate, other.rate, "the line rate", context);
  fill(mine.layer, other.layer);
}

/// Numbers of one reading's devices in the merged machine.
using Renumbering = std::map<int, int>;

/// Looks up merged devices by each of the ways they may be known.
template <class Device>
class Known {
 public:
  explicit Known(const std::vector<Device>& devices) {
    for (std::size_t i = 0; i < devices.size(); ++i) add(devices[i], i);
  }
  /// Devices of the reading being joined are found by number only: two GPUs of one file may share a bus id.
  void add_index(int index, std::size_t at) { by_index_.emplace(index, at); }
  std::optional<std::size_t> word(const std::optional<std::string>& word) const {
    if (!word) return std::nullopt;
    const auto found = by_word_.find(*word);
    return found == by_word_.end() ? std::nullopt : std::optional(found->second);
  }
  std::optional<std::size_t> index(int index) const {
    const auto found = by_index_.find(index);
    return found == by_index_.end() ? std::nullopt : std::optional(found->second);
  }

 private:
  void add(const GpuReading& gpu, std::size_t at) {
    if (gpu.uuid) by_word_.emplace(*gpu.uuid, at);
    if (gpu.bus_id) by_word_.emplace(*gpu.bus_id, at);
    by_index_.emplace(gpu.index, at);
  }
  void add(const NicReading& nic, std::size_t at) {
    if (nic.name) by_word_.emplace(*nic.name, at);
    by_index_.emplace(nic.index, at);
  }
  std::unordered_map<std::string, std::size_t> by_word_;
  std::unordered_map<int, std::size_t> by_index_;
};

Renumbering join_gpus(Reading& merged, const Reading& reading) {
  Renumbering numbers;
  const std::size_t before = merged.gpus.size();
  Known<GpuReading> known_gpus(merged.gpus);
  for (const GpuReading& gpu : reading.gpus) {
    auto at = known_gpus.word(gpu.uuid);
    if (!at) at = known_gpus.word(gpu.bus_id);
    if (!at) at = known_gpus.index(gpu.index);
    if (!at) {
      known_gpus.add_index(gpu.index, merged.gpus.size());
      numbers[gpu.index] = gpu.index;
      merged.gpus.push_back(gpu);
      continue;
    }
    GpuReading& mine = merged.gpus[*at];
    numbers[gpu.index] = mine.index;
    join_gpu(mine, gpu, {fmt::format("GPU {}", mine.index), reading.file, &merged.findings});
  }
  if (before > 0 && merged.gpus.size() > before)
    merged.findings.push_back(
        {Severity::warning, "contradiction",
         fmt::format("{} names {} GPUs that the files before it do not, GPU {} first", reading.file,
                     merged.gpus.size() - before, merged.gpus[before].index),
         kCaptureAnew, std::nullopt});
  return numbers;
}

/// A NIC that another file names is the same by name; where names are missing on one side, by number. What a
/// file adds to a machine whose NICs are known by name stays out of the machine, for nothing says where it is
/// plugged in.
Renumbering join_nics(Reading& merged, const Reading& reading) {
  Renumbering numbers;
  Known<NicReading> known_nics(merged.nics);
  const bool named = std::any_of(merged.nics.begin(), merged.nics.end(),
                                 [](const NicReading& nic) { return nic.name.has_value(); });
  const bool had_any = !merged.nics.empty();
  for (const NicReading& nic : reading.nics) {
    auto at = known_nics.word(nic.name);
    if (!at && !(named && nic.name)) at = known_nics.index(nic.index);
    if (at) {
      NicReading& mine = merged.nics[*at];
      numbers[nic.index] = mine.index;
      join_nic(mine, nic,
               {mine.name.value_or(fmt::format("NIC {}", mine.index)), reading.file, &merged.findings});
      continue;
    }
    NicReading fresh = nic;
    if (had_any) {
      fresh.index = 0;
      for (const NicReading& other : merged.nics) fresh.index = std::max(fresh.index, other.index + 1);
      merged.findings.push_back({Severity::note, "nic-not-in-matrix",
                                 fmt::format("{} is named in {} but not where the wiring was read",
                                             nic.name.value_or("a NIC"), reading.file),
                                 "capture the matrix and the NICs on one machine", std::nullopt});
    }
    numbers[nic.index] = fresh.index;
    merged.nics.push_back(std::move(fresh));
  }
  return numbers;
}

int renumbered(const Renumbering& numbers, int index) {
  const auto found = numbers.find(index);
  return found == numbers.end() ? index : found->second;
}

DeviceId renumbered(const DeviceId& device, const Renumbering& gpus, const Renumbering& nics) {
  return {device.kind, renumbered(device.kind == ComponentKind::gpu ? gpus : nics, device.index)};
}

std::string shown(const PairClass& path) {
  return path.text + (path.count ? fmt::format("{}", *path.count) : "");
}

/// Pairs that two files see differently, told as one finding.
class Disagreement {
 public:
  void add(std::string first) {
    if (count_++ == 0) first_ = std::move(first);
  }
  void report(std::vector<Finding>& findings) const {
    if (count_ == 0) return;
    const std::string others = count_ == 1 ? "" : fmt::format(", and {} more pairs differ", count_ - 1);
    findings.push_back({Severity::warning, "contradiction", first_ + others, kCaptureAnew, std::nullopt});
  }

 private:
  int count_ = 0;
  std::string first_;
};

void join_matrix(Reading& merged, const Reading& reading, const Renumbering& gpus, const Renumbering& nics) {
  const bool first = merged.matrix.empty();
  std::map<std::pair<DeviceId, DeviceId>, std::size_t> known_pairs;
  for (std::size_t i = 0; i < merged.matrix.size(); ++i)
    known_pairs[std::minmax(merged.matrix[i].a, merged.matrix[i].b)] = i;
  if (first) merged.pcie_relations_only = reading.pcie_relations_only;
  Disagreement pairs;
  for (PairRelation pair : reading.matrix) {
    pair.a = renumbered(pair.a, gpus, nics);
    pair.b = renumbered(pair.b, gpus, nics);
    const auto found = first ? known_pairs.end() : known_pairs.find(std::minmax(pair.a, pair.b));
    if (found == known_pairs.end()) {
      merged.matrix.push_back(std::move(pair));
      continue;
    }
    const PairClass& mine = merged.matrix[found->second].path;
    const bool one_hides_nvlink = reading.pcie_relations_only != merged.pcie_relations_only;
    if (!one_hides_nvlink && (mine.text != pair.path.text || mine.count != pair.path.count))
      pairs.add(fmt::format("{} to {} is {} in one matrix and {} in {}", to_text(pair.a), to_text(pair.b),
                            shown(mine), shown(pair.path), reading.file));
  }
  pairs.report(merged.findings);
}

void join_wiring(Reading& merged, const Reading& reading, const Renumbering& gpus, const Renumbering& nics) {
  if (reading.components.empty()) return;
  if (!merged.components.empty()) {
    merged.warnings.push_back(fmt::format("{}: the wiring was taken from another file", reading.file));
    return;
  }
  merged.components = reading.components;
  merged.links = reading.links;
  for (Component& component : merged.components) {
    if (component.kind == ComponentKind::gpu) component.index = renumbered(gpus, component.index);
    if (component.kind == ComponentKind::nic) component.index = renumbered(nics, component.index);
  }
}

/// A matrix beside a file that knows the wiring must show the same NVLinks. How many bridges lie between two
/// GPUs is counted differently by every tool, and virtual machines print SYS inside a node: that is no
/// contradiction.
void compare_wiring(Reading& merged) {
  constexpr std::size_t kMostCompared = 512;
  const bool knows_links = std::any_of(merged.links.begin(), merged.links.end(), [](const Link& link) {
    return link.kind == LinkKind::nvlink || link.kind == LinkKind::xgmi;
  });
  if (!knows_links || merged.pcie_relations_only || merged.gpus.size() > kMostCompared) return;
  Machine machine;
  machine.components = merged.components;
  machine.links = merged.links;
  std::map<std::pair<DeviceId, DeviceId>, PairClass> wired;
  for (PairRelation& pair : derived_relations(machine))
    wired[std::minmax(pair.a, pair.b)] = std::move(pair.path);
  Disagreement pairs;
  for (const PairRelation& pair : merged.matrix) {
    const auto found = wired.find(std::minmax(pair.a, pair.b));
    const bool gpus = pair.a.kind == ComponentKind::gpu && pair.b.kind == ComponentKind::gpu;
    if (found == wired.end() || !gpus) continue;
    const bool linked = pair.path.text == "NV" || found->second.text == "NV";
    if (!linked || shown(pair.path) == shown(found->second)) continue;
    pairs.add(fmt::format("{} to {} is {} in the matrix and {} by the wiring", to_text(pair.a),
                          to_text(pair.b), shown(pair.path), shown(found->second)));
  }
  pairs.report(merged.findings);
}

}  // namespace

Reading merge(const std::vector<Reading>& readings) {
  Reading merged;
  for (const Reading& reading : readings) {
    if (readings.size() > 1 && merged.file != reading.file)
      merged.file += (merged.file.empty() ? "" : " + ") + reading.file;
    if (readings.size() == 1) merged.file = reading.file;
    if (merged.name.empty()) merged.name = reading.name;
    if (!merged.cluster) merged.cluster = reading.cluster;
    merged.format += (merged.format.empty() ? "" : " + ") + reading.format;
    const Renumbering gpus = join_gpus(merged, reading);
    const Renumbering nics = join_nics(merged, reading);
    join_matrix(merged, reading, gpus, nics);
    join_wiring(merged, reading, gpus, nics);
    for (PeerStatus peer : reading.peers) {
      peer.from = renumbered(gpus, peer.from);
      peer.to = renumbered(gpus, peer.to);
      merged.peers.push_back(std::move(peer));
    }
    merged.findings.insert(merged.findings.end(), reading.findings.begin(), reading.findings.end());
    merged.warnings.insert(merged.warnings.end(), reading.warnings.begin(), reading.warnings.end());
  }
  if (readings.size() > 1) compare_wiring(merged);
  std::stable_sort(merged.gpus.begin(), merged.gpus.end(),
                   [](const GpuReading& a, const GpuReading& b) { return a.index < b.index; });
  std::stable_sort(merged.nics.begin(), merged.nics.end(),
                   [](const NicReading& a, const NicReading& b) { return a.index < b.index; });
  return merged;
}

}  // namespace scalesim::topology
