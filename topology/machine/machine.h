// A machine as values: components joined by directed links. Readers build it from captured text, presets from
// data, and everything downstream (paths, collectives, pictures) reads only this.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/provenance.h"
#include "core/units.h"
#include "topology/machine/device.h"
#include "topology/parts/gpu.h"

namespace scalesim::topology {

/// One part of a machine. `index` counts within its kind, from 0; text that names only GPU 0 and GPU 7 keeps
/// these.
struct Component {
  ComponentKind kind = ComponentKind::gpu;
  int index = 0;
  std::string name;                            ///< "NVIDIA GeForce RTX 4090", "mlx5_0", ...
  std::string bus_id;                          ///< PCI address if known
  std::optional<int> numa;                     ///< NUMA node number as printed
  std::string numa_text;                       ///< the cell as printed ("0,3-9"), empty when there is none
  std::string cpus;                            ///< CPU affinity as printed
  std::optional<GpuSpec> gpu;                  ///< kind gpu, when the part is known
  std::optional<BytesPerSecond> network_rate;  ///< kind nic: line rate, one direction
  std::optional<int>
      socket;  ///< kind numa_node: the CPU package it belongs to, when known; a package may have several
  std::string cpu_vendor;  ///< kind numa_node: "GenuineIntel", "AuthenticAMD", ... when known
  int cpu_model = 0;       ///< kind numa_node: family-6 model number, 0 when not known

  DeviceId id() const { return {kind, index}; }
};

/// on_chip joins parts of one chip or board and is never the narrow place.
enum class LinkKind { nvlink, c2c, pcie, inter_socket, xgmi, on_chip };
std::string_view to_text(LinkKind kind);

/// A directed link between components[from] and components[to]; every physical link appears once per
/// direction. Two directions of one cable are two links; who routes over the same link shares its bandwidth.
struct Link {
  int from = 0;
  int to = 0;
  LinkKind kind = LinkKind::pcie;
  int count = 1;                            ///< bonded NVLinks
  std::optional<BytesPerSecond> bandwidth;  ///< one direction, all `count` together; unknown stays unknown
  Provenance provenance = Provenance::assumed;
  std::string source;
};

/// A cell of `nvidia-smi topo -m`: class text without its count ("NV", "PIX", "SYS", ...), `count` for NV.
struct PairClass {
  std::string text;
  std::optional<int> count;
};

/// The relation of two devices as a matrix tool printed it; each unordered pair once.
struct PairRelation {
  DeviceId a;
  DeviceId b;
  PairClass path;
  std::optional<BytesPerSecond> bandwidth;
  std::optional<int> weight = {};  ///< rocm-smi --showtopoweight
  std::optional<int> hops = {};    ///< rocm-smi --showtopohops
};

enum class Severity { note, advice, warning, error };
std::string_view to_text(Severity severity);

/// Something worth knowing about a machine, with what to do about it.
struct Finding {
  Severity severity = Severity::note;
  std::string code;                         ///< stable, kebab-case: "nvlink-inactive"
  std::string text;                         ///< one sentence with the bandwidth it costs where that is known
  std::string advice = {};                  ///< what to do about it, empty when nothing can be done
  std::optional<BytesPerSecond> cost = {};  ///< bandwidth lost, one direction, where known
};

struct Machine {
  std::string name;
  std::vector<Component> components;
  std::vector<Link> links;
  std::vector<PairRelation> relations;  ///< as printed, or derived from links
  std::optional<bool> peer_access;      ///< GPU peer access over PCIe; unknown when nothing says so
  std::vector<std::string> warnings;    ///< repairs made while reading
  std::string source;                   ///< file or command it was read from

  std::vector<int> of_kind(ComponentKind kind) const;  ///< indices into components, by Component::index
  std::vector<int> devices() const;                    ///< GPUs, then NICs, each by Component::index
  int count(ComponentKind kind) const { return static_cast<int>(of_kind(kind).size()); }
};

/// Whether components[lower] is plugged in below components[upper], if a link joins them: devices below NIC
/// boards, PCIe switches, host bridges, NUMA nodes, in this order. Of two switches the one that was listed
/// first is the upper one (readers and builders go from the root down).
bool hangs_below(const Machine& machine, int lower, int upper);
/// Whether a link is part of that tree.
inline bool is_tree_link(const Link& link) {
  return link.kind == LinkKind::pcie || link.kind == LinkKind::on_chip;
}

}  // namespace scalesim::topology
