// The document that `scalesim topo --json` writes, and shorter ones by hand: gpus, nics and links are enough.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "core/error.h"
#include "topology/capture/reading/reader.h"
#include "topology/capture/text/text.h"
#include "topology/cluster/cluster.h"
#include "topology/fabric/fabric_layout.h"

namespace scalesim::topology {
namespace {

using nlohmann::json;

constexpr std::size_t kMostEntries = 4u << 20;

/// A place inside the document, for messages: "links[3].class".
struct Cursor {
  const json& value;
  std::string path;
  const std::string& file;

  InputError wrong(std::string_view expected) const {
    return InputError({file, 0, 0},
                      fmt::format("{} is {}; expected {}", path, value.dump().substr(0, 60), expected));
  }
  /// A member, or null when it is missing.
  Cursor operator[](const char* key) const {
    static const json kNull;
    if (!value.is_object()) throw wrong("an object");
    const auto found = value.find(key);
    return {found == value.end() ? kNull : *found, path.empty() ? key : path + "." + key, file};
  }
  std::vector<Cursor> items() const {
    std::vector<Cursor> list;
    if (value.is_null()) return list;
    if (!value.is_array()) throw wrong("a list");
    if (value.size() > kMostEntries)
      throw InputError({file, 0, 0}, fmt::format("{} has {} entries; no machine has", path, value.size()));
    list.reserve(value.size());
    for (std::size_t i = 0; i < value.size(); ++i)
      list.push_back({value[i], fmt::format("{}[{}]", path, i), file});
    return list;
  }

  std::optional<std::string> text() const {
    if (value.is_null()) return std::nullopt;
    if (!value.is_string()) throw wrong("text or null");
    return known(value.get<std::string>());
  }
  std::optional<int> whole(int low, int high) const {
    if (value.is_null()) return std::nullopt;
    if (!value.is_number_integer() || value.get<double>() < low || value.get<double>() > high)
      throw wrong(fmt::format("a whole number from {} to {}, or null", low, high));
    return value.get<int>();
  }
  std::optional<double> positive() const {
    if (value.is_null()) return std::nullopt;
    if (!value.is_number() || !(value.get<double>() > 0) || !std::isfinite(value.get<double>()))
      throw wrong("a number above zero, or null");
    return value.get<double>();
  }
  std::optional<double> not_negative() const {
    return value.is_number() && value.get<double>() == 0 ? std::optional(0.0) : positive();
  }
  std::optional<bool> boolean() const {
    if (value.is_null()) return std::nullopt;
    if (!value.is_boolean()) throw wrong("true, false or null");
    return value.get<bool>();
  }
  std::optional<BytesPerSecond> rate() const {
    const auto number = positive();
    return number ? std::optional(BytesPerSecond(*number)) : std::nullopt;
  }
  std::optional<std::string> numa() const {
    if (value.is_number()) return fmt::format("{}", *whole(0, 1000000));
    return text();
  }
  template <class T>
  T need(const std::optional<T>& found, std::string_view expected) const {
    if (!found) throw wrong(expected);
    return *found;
  }
  /// One of these words.
  std::string one_of(const std::vector<std::string>& choices) const {
    const std::optional<std::string> word = text();
    if (word && std::find(choices.begin(), choices.end(), *word) != choices.end()) return *word;
    throw wrong(fmt::format("one of {}", fmt::join(choices, ", ")));
  }
  /// One of an enumeration's texts.
  template <class Enum, std::size_t N>
  Enum one_of(const std::array<Enum, N>& choices) const {
    const std::optional<std::string> word = text();
    std::vector<std::string> texts;
    for (const Enum choice : choices) {
      if (word && *word == to_text(choice)) return choice;
      texts.emplace_back(to_text(choice));
    }
    throw wrong(fmt::format("one of {}", fmt::join(texts, ", ")));
  }
};

constexpr std::array kComponents = {
    ComponentKind::gpu,       ComponentKind::nic,         ComponentKind::nvswitch, ComponentKind::pcie_switch,
    ComponentKind::numa_node, ComponentKind::host_bridge, ComponentKind::nic_board};
constexpr std::array kLinks = {LinkKind::nvlink,       LinkKind::c2c,  LinkKind::pcie,
                               LinkKind::inter_socket, LinkKind::xgmi, LinkKind::on_chip};
constexpr std::array kSeverities = {Severity::note, Severity::advice, Severity::warning, Severity::error};
constexpr std::array kProvenances = {Provenance::measured, Provenance::calibrated, Provenance::datasheet,
                                     Provenance::price_list, Provenance::assumed};

GpuReading read_gpu(const Cursor& at) {
  GpuReading gpu;
  gpu.index = at["index"].need(at["index"].whole(0, 1000000), "the GPU's number");
  gpu.name = at["name"].text();
  gpu.uuid = at["uuid"].text();
  gpu.bus_id = at["bus_id"].text();
  gpu.numa = at["numa"].numa();
  gpu.cpus = at["cpus"].text();
  gpu.memory_numa = at["memory_numa"].numa();
  gpu.compute_capability = at["compute_capability"].whole(10, 999);
  if (const auto memory = at["memory"].positive()) gpu.memory = Bytes(*memory);
  gpu.pcie_generation = at["pcie_generation"].whole(1, 7);
  gpu.pcie_width = at["pcie_width"].whole(1, 32);
  gpu.mig = at["mig"].boolean();
  for (const Cursor& device : at["mig_devices"].items())
    gpu.mig_devices.push_back(device.need(device.text(), "text"));
  gpu.persistence = at["persistence"].boolean();
  gpu.ecc = at["ecc"].boolean();
  gpu.performance_state = at["performance_state"].whole(0, 15);
  if (const auto limit = at["power_limit"].positive()) gpu.power_limit = Watts(*limit);
  gpu.fabric_state = at["fabric_state"].text();
  gpu.nvlink_peer = at["nvlink_peer"].boolean();
  gpu.nvlink_system_atomics = at["nvlink_system_atomics"].boolean();
  for (const Cursor& link : at["nvlink_capable_links"].items())
    gpu.capable_links.push_back(link.need(link.whole(0, 255), "a link number"));
  if (at["nvlinks"].value.is_null()) return gpu;
  const Cursor nvlinks = at["nvlinks"];
  const int active = nvlinks["active"].whole(0, 256).value_or(0);
  const int links = nvlinks["links"].whole(0, 256).value_or(0);
  gpu.nvlinks_all_inactive = links == 0 && active == 0;
  for (int link = 0; link < std::max(links, active); ++link)
    gpu.nvlinks.push_back({link, link < active ? nvlinks["per_link"].rate() : std::nullopt});
  return gpu;
}

NicReading read_nic(const Cursor& at) {
  NicReading nic;
  nic.index = at["index"].need(at["index"].whole(0, 1000000), "the NIC's number");
  nic.name = at["name"].text();
  nic.bus_id = at["bus_id"].text();
  nic.numa = at["numa"].numa();
  nic.rate = at["rate"].rate();
  nic.up = at["up"].boolean();
  nic.layer = at["layer"].text();
  return nic;
}

DeviceId device_id(const Cursor& at) {
  constexpr const char* wanted = "a device such as gpu0 or nic3";
  const std::optional<DeviceId> device = parse_device(at.need(at.text(), wanted));
  if (!device) throw at.wrong(wanted);
  return *device;
}

PairRelation read_link(const Cursor& at) {
  PairRelation pair;
  pair.a = device_id(at["a"]);
  pair.b = device_id(at["b"]);
  if (pair.a == pair.b) throw at["b"].wrong("another device than a");
  pair.path.text = at["class"].need(at["class"].text(), "a class such as NV, PIX or SYS");
  if (pair.path.text.size() > 8) throw at["class"].wrong("a class such as NV, PIX or SYS");
  pair.path.count = at["count"].whole(1, 1024);
  pair.bandwidth = at["bandwidth"].rate();
  pair.weight = at["weight"].whole(0, 1000000);
  pair.hops = at["hops"].whole(0, 1000000);
  return pair;
}

Component read_component(const Cursor& at) {
  Component component;
  component.kind = at["kind"].one_of(kComponents);
  component.index = at["index"].need(at["index"].whole(0, 1000000), "a number");
  component.name = at["name"].text().value_or("");
  component.bus_id = at["bus_id"].text().value_or("");
  component.numa_text = at["numa"].numa().value_or("");
  component.numa = whole_number(component.numa_text.substr(0, component.numa_text.find_first_of(",-")));
  component.cpus = at["cpus"].text().value_or("");
  component.network_rate = at["network_rate"].rate();
  component.socket = at["socket"].whole(0, 1000000);
  component.cpu_vendor = at["cpu_vendor"].text().value_or("");
  component.cpu_model = at["cpu_model"].whole(0, 1000000).value_or(0);
  return component;
}

Link read_wire(const Cursor& at, int components) {
  Link link;
  link.from = at["from"].need(at["from"].whole(0, components - 1), "the number of a component");
  link.to = at["to"].need(at["to"].whole(0, components - 1), "the number of a component");
  link.kind = at["kind"].one_of(kLinks);
  link.count = at["count"].whole(1, 1024).value_or(1);
  link.bandwidth = at["bandwidth"].rate();
  if (!at["provenance"].value.is_null()) link.provenance = at["provenance"].one_of(kProvenances);
  link.source = at["source"].text().value_or("");
  return link;
}

ReadCluster read_cluster(const Cursor& at) {
  ReadCluster cluster;
  cluster.nodes = at["nodes"].whole(1, 1000000).value_or(1);
  const Cursor fabric = at["fabric"];
  if (fabric.value.is_null()) return cluster;
  if (!fabric["kind"].value.is_null()) cluster.fabric.kind = fabric["kind"].one_of(fabric_names());
  cluster.fabric.oversubscription =
      std::clamp(fabric["oversubscription"].positive().value_or(1), 1.0, 1000.0);
  cluster.fabric.hop_latency = Seconds(fabric["hop_latency"].not_negative().value_or(0));
  cluster.fabric.rdma = fabric["rdma"].boolean().value_or(true);
  cluster.fabric.sharp = fabric["sharp"].boolean().value_or(false);
  cluster.fabric.technology = network_technology(fabric["technology"].text().value_or(""));
  return cluster;
}

class ScalesimJson : public Reader {
 public:
  std::string_view name() const override { return "scalesim-json"; }
  std::string_view description() const override { return "what 'scalesim topo --json' writes"; }

  int recognises(const std::string& text) const override {
    const std::size_t start = text.find_first_not_of(" \t\n");
    if (start == std::string::npos || text[start] != '{') return 0;
    return text.find("scalesim.topology/") != std::string::npos ? 95
           : text.find("\"gpus\"") != std::string::npos         ? 55
                                                                : 0;
  }

  Reading read(const std::string& text, const std::string& file) const override {
    const json document = parse(text, file);
    const Cursor top{document, "", file};
    const std::optional<std::string> schema = top["schema"].text();
    if (schema && *schema != "scalesim.topology/1") throw top["schema"].wrong("\"scalesim.topology/1\"");
    Reading reading;
    reading.name = top["name"].text().value_or("");
    for (const Cursor& at : top["gpus"].items()) reading.gpus.push_back(read_gpu(at));
    for (const Cursor& at : top["nics"].items()) reading.nics.push_back(read_nic(at));
    std::set<std::pair<DeviceId, DeviceId>> seen;
    for (const Cursor& at : top["links"].items()) {
      reading.matrix.push_back(read_link(at));
      const PairRelation& pair = reading.matrix.back();
      if (!seen.insert(std::minmax(pair.a, pair.b)).second) throw at.wrong("each pair once");
    }
    for (const Cursor& at : top["components"].items()) reading.components.push_back(read_component(at));
    for (const Cursor& at : top["wiring"].items())
      reading.links.push_back(read_wire(at, static_cast<int>(reading.components.size())));
    for (const Cursor& at : top["findings"].items())
      reading.findings.push_back({at["severity"].one_of(kSeverities), at["code"].text().value_or(""),
                                  at["text"].text().value_or(""), at["advice"].text().value_or(""),
                                  at["cost"].rate()});
    for (const Cursor& at : top["warnings"].items()) reading.warnings.push_back(at.need(at.text(), "text"));
    for (const Cursor& at : top["peers"].items())
      reading.peers.push_back({at["from"].need(at["from"].whole(0, 1000000), "a GPU"),
                               at["to"].need(at["to"].whole(0, 1000000), "a GPU"),
                               at["status"].text().value_or("U"), at["capability"].text().value_or("")});
    if (!top["cluster"].value.is_null()) reading.cluster = read_cluster(top["cluster"]);
    if (reading.gpus.empty() && reading.nics.empty() && reading.components.empty())
      throw InputError({file, 0, 0},
                       "the document names no gpus; expected what 'scalesim topo --json' writes");
    return reading;
  }

 private:
  static json parse(const std::string& text, const std::string& file) {
    try {
      return json::parse(text);
    } catch (const json::exception& wrong) {
      throw InputError(
          {file, 0, 0},
          fmt::format("the JSON is damaged or cut ({}); write it anew with 'scalesim topo --json'",
                      std::string(wrong.what()).substr(0, 120)));
    }
  }
};

}  // namespace

std::unique_ptr<Reader> make_reader_scalesim_json() { return std::make_unique<ScalesimJson>(); }

}  // namespace scalesim::topology
