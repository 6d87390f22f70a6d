// Reading a system's TOML.
#include "topology/system/system_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "core/error.h"
#include "core/file.h"
#include "core/toml.h"
#include "topology/capture/reading/reader.h"
#include "topology/capture/text/text.h"
#include "topology/fabric/fabric_layout.h"
#include "topology/parts/gpu_catalogue.h"
#include "topology/parts/price.h"

namespace scalesim::topology {
namespace {

constexpr std::string_view kWirings[] = {"pcie",   "pcie-switch", "nvbridge",
                                         "nvlink", "nvlink-mesh", "nvswitch"};

/// Runs `read` on the text of `key`; an error of the text gets the key's place.
template <class Read>
auto placed(const TomlTable& table, std::string_view key, Read read)
    -> std::optional<decltype(read(std::string()))> {
  if (!table.has(key)) return std::nullopt;
  try {
    return read(table.text(key));
  } catch (const InputError& wrong) {
    if (!wrong.place().file.empty()) throw;
    throw table.error(key, wrong.message());
  }
}

std::optional<int> count(const TomlTable& table, std::string_view key, int low, int high) {
  if (!table.has(key)) return std::nullopt;
  return static_cast<int>(table.integer_in(key, low, high));
}

std::string known_wiring(const std::string& text) {
  if (std::find(std::begin(kWirings), std::end(kWirings), text) != std::end(kWirings)) return text;
  throw unknown_name("wiring", text, {std::begin(kWirings), std::end(kWirings)},
                     "pcie, pcie-switch, nvbridge, nvlink, nvlink-mesh or nvswitch");
}

std::optional<std::vector<DirectLinks>> direct_links(const TomlTable& table) {
  if (!table.has("nvlinks")) return std::nullopt;
  std::vector<DirectLinks> links;
  for (const std::string& text : table.texts("nvlinks")) {
    try {
      links.push_back(parse_direct_links(text));
    } catch (const InputError& wrong) {
      throw table.error("nvlinks", wrong.message());
    }
  }
  return links;
}

std::optional<bool> flag(const TomlTable& table, std::string_view key) {
  return table.has(key) ? std::optional<bool>(table.boolean(key)) : std::nullopt;
}

SystemTraits parse_traits(const TomlTable& table, const GpuCatalogue& gpus, const DataCatalogue& data) {
  SystemTraits traits;
  const auto as_is = [](const std::string& text) { return text; };
  traits.gpu = placed(table, "gpu", [&](const std::string& text) { return gpus.find(text); });
  traits.gpus_per_node = count(table, "gpus_per_node", 1, 1024);
  traits.nodes = count(table, "nodes", 1, 1000000);
  traits.wiring = placed(table, "wiring", known_wiring);
  traits.hosts = count(table, "hosts", 1, 1024);
  traits.sockets = count(table, "sockets", 1, 1024);
  traits.cpu_vendor = placed(table, "cpu_vendor", as_is);
  traits.cpu_model = count(table, "cpu_model", 0, 4095);
  traits.pcie_generation = count(table, "pcie_generation", 1, 8);
  traits.gpus_per_switch = count(table, "gpus_per_switch", 0, 64);
  traits.nics = placed(table, "nics", [](const std::string& text) { return parse_nic(text); });
  traits.nic = placed(table, "nic", [&](const std::string& text) { return find_nic(data, text); });
  traits.direct = direct_links(table);
  traits.cpu_link = table.optional_quantity<BytesPerSecond>("cpu_link");
  traits.inter_socket = table.optional_quantity<BytesPerSecond>("inter_socket");
  traits.fabric = placed(table, "fabric", [](const std::string& text) { return parse_fabric(text); });
  if (table.has("oversubscription")) traits.oversubscription = table.number_in("oversubscription", 1, 1000);
  traits.hop_latency = table.optional_quantity<Seconds>("hop_latency");
  traits.rdma = flag(table, "rdma");
  traits.sharp = flag(table, "sharp");
  traits.technology = placed(table, "technology", network_technology);
  return traits;
}

/// A file beside the system's own, or where the user stands; "" when there is none.
std::string nearby_file(const TomlTable& table, const std::string& name) {
  namespace fs = std::filesystem;
  const fs::path beside = fs::path(table.place().file).parent_path() / name;
  if (fs::is_regular_file(beside)) return beside.string();
  return fs::is_regular_file(name) ? name : "";
}

/// `node` names no preset: files that show a captured machine.
std::vector<FileText> captured_files(const TomlTable& table, const std::vector<std::string>& names,
                                     const DataCatalogue& data) {
  for (const std::string_view key :
       {"wiring", "gpus_per_node", "hosts", "sockets", "cpu_vendor", "cpu_model", "pcie_generation",
        "gpus_per_switch", "nvlinks", "cpu_link", "inter_socket"})
    if (table.has(key))
      throw table.error(
          key, fmt::format("'{}' describes the inside of a node, which {} already shows: remove it", key,
                           names.front()));
  std::vector<FileText> files;
  for (const std::string& name : names) {
    const std::string path = nearby_file(table, name);
    if (path.empty())
      throw table.error("node", unknown_name("system", name, data.names("systems"),
                                             "'scalesim list systems' shows all; a captured file works too")
                                    .message());
    files.emplace_back(path, read_file(path));
  }
  return files;
}

/// `node` as a list: one preset or file, or several files of one machine.
std::vector<std::string> node_names(const TomlTable& table) {
  if (!table.has("node")) return {};
  try {
    return {table.text("node")};
  } catch (const InputError&) {
    const std::vector<std::string> names = table.texts("node");
    if (names.empty()) throw table.error("node", "'node' is an empty list: name a preset or captured files");
    return names;
  }
}

/// The first line that is no comment is `key = ...` or `[table]`.
bool starts_like_toml(const std::string& text) {
  for (const std::string_view raw : lines_of(text)) {
    const std::string_view line = trim(raw);
    if (line.empty() || line.front() == '#') continue;
    if (line.front() == '[') return line.find(']') != std::string_view::npos;
    const std::size_t key =
        line.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-");
    const std::size_t sign = line.find_first_not_of(" \t", key);
    return key > 0 && sign != std::string_view::npos && line[sign] == '=';
  }
  return false;
}

template <class T>
void replace(std::optional<T>& below, const std::optional<T>& above) {
  if (above) below = above;
}

}  // namespace

void SystemTraits::overlay(const SystemTraits& above) {
  replace(gpu, above.gpu);
  replace(gpus_per_node, above.gpus_per_node);
  replace(nodes, above.nodes);
  replace(wiring, above.wiring);
  replace(hosts, above.hosts);
  replace(sockets, above.sockets);
  replace(cpu_model, above.cpu_model);
  replace(pcie_generation, above.pcie_generation);
  replace(gpus_per_switch, above.gpus_per_switch);
  replace(cpu_vendor, above.cpu_vendor);
  replace(nics, above.nics);
  replace(nic, above.nic);
  replace(direct, above.direct);
  replace(cpu_link, above.cpu_link);
  replace(inter_socket, above.inter_socket);
  replace(fabric, above.fabric);
  replace(oversubscription, above.oversubscription);
  replace(hop_latency, above.hop_latency);
  replace(rdma, above.rdma);
  replace(sharp, above.sharp);
  replace(technology, above.technology);
}

bool is_system_text(const std::string& text) {
  if (!starts_like_toml(text)) return false;
  try {
    return !TomlTable::parse(text, "text").keys().empty();
  } catch (const InputError&) {
    constexpr int kSure = 50;  // a paste that opens with NAME=value and then shows a table
    return recognises_topology(text) < kSure;
  }
}

SystemFile parse_system(const TomlTable& table, std::string name, const DataCatalogue& data) {
  const GpuCatalogue gpus(data);
  SystemFile system;
  system.name = table.text("name", name);
  system.description = table.text("description", "");
  system.source = table.text("source", table.place().file);
  system.provenance = parse_memory_claims(table).provenance("nics");
  if (const auto provenance =
          placed(table, "provenance", [](const std::string& text) { return parse_provenance(text); }))
    system.provenance = *provenance;
  const std::vector<std::string> nodes = node_names(table);
  if (nodes.size() == 1 && data.has("systems", nodes.front()))
    system.node = nodes.front();
  else if (!nodes.empty())
    system.captures = captured_files(table, nodes, data);
  system.traits = parse_traits(table, gpus, data);
  if (const auto architectures = table.optional_table("by_architecture"))
    for (const std::string& key : architectures->keys())
      system.by_architecture[key] = parse_traits(architectures->table(key), gpus, data);
  system.prices = parse_prices(table);
  system.node_power = table.optional_quantity<Watts>("power");
  system.priced_gpu = system.traits.gpu ? system.traits.gpu->name : "";
  system.priced_gpus = system.traits.gpus_per_node.value_or(0);
  if (system.node.empty() && system.captures.empty() && !system.traits.wiring)
    throw table.error("wiring",
                      "a system needs either 'node' (a preset or a captured file to stand on) or 'wiring'");
  table.refuse_unknown_keys();
  return system;
}

}  // namespace scalesim::topology
