// NVLink and socket links of hwloc's XML.
#include "topology/capture/reading/hwloc_links.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "topology/capture/reading/pcie.h"
#include "topology/capture/text/text.h"

namespace scalesim::topology {
namespace {

constexpr std::size_t kMostObjects = 512;   ///< of a bandwidth matrix, which is square
constexpr double kSelfBandwidth = 1000000;  ///< MB/s that hwloc writes on the diagonal

std::vector<std::string_view> words_in(const XmlElement& table, std::string_view element) {
  std::vector<std::string_view> words;
  for (const XmlElement& child : table.children) {
    if (child.name != element) continue;
    for (std::string_view word : words_of(child.text))
      if (word != "\n") words.push_back(trim(word));
  }
  return words;
}

}  // namespace

std::vector<Link> hwloc_nvlinks(const XmlElement& table, const std::vector<Component>& components,
                                const std::map<std::string, int>& component_of) {
  std::vector<Link> links;
  const std::vector<std::string_view> ends = words_in(table, "indexes"),
                                      values = words_in(table, "u64values");
  if (ends.size() > kMostObjects || values.size() != ends.size() * ends.size())
    throw InputError(table.place, fmt::format("{} bandwidths for {} objects; expected the square",
                                              values.size(), ends.size()));
  for (std::size_t i = 0; i < ends.size(); ++i)
    for (std::size_t j = 0; j < ends.size(); ++j) {
      const std::optional<double> rate = leading_number(values[i * ends.size() + j]);
      const auto from = component_of.find(std::string(ends[i])), to = component_of.find(std::string(ends[j]));
      if (i == j || !rate || *rate <= 0 || *rate >= kSelfBandwidth || from == component_of.end() ||
          to == component_of.end() || from->second == to->second)
        continue;
      const Component& sender = components[static_cast<std::size_t>(from->second)];
      Link link;
      link.from = from->second;
      link.to = to->second;
      link.kind = LinkKind::nvlink;
      // Pascal has 20 GB/s per link, Volta and Ampere 25 (topo-format 1.3).
      const double per_link =
          sender.name.find("P100") != std::string::npos || *rate / 25000 != std::floor(*rate / 25000) ? 20000
                                                                                                      : 25000;
      link.count = std::max(1, static_cast<int>(std::lround(*rate / per_link)));
      link.bandwidth = BytesPerSecond(*rate * 1e6);
      link.provenance = Provenance::datasheet;
      link.source = "NVLinkBandwidth by hwloc";
      links.push_back(std::move(link));
    }
  return links;
}

Reading with_one_nvswitch(Reading reading) {
  int first = -1;
  std::vector<int> moved(reading.components.size());
  std::vector<Component> kept;
  for (std::size_t i = 0; i < reading.components.size(); ++i) {
    Component& component = reading.components[i];
    if (component.kind == ComponentKind::nvswitch && first >= 0) {
      moved[i] = first;
      continue;
    }
    moved[i] = static_cast<int>(kept.size());
    if (component.kind == ComponentKind::nvswitch) first = moved[i], component.name = "NVSwitch";
    kept.push_back(std::move(component));
  }
  if (first < 0) {
    reading.components = std::move(kept);
    return reading;
  }
  std::map<std::pair<int, int>, std::size_t> seen;
  std::vector<Link> links;
  for (Link& link : reading.links) {
    link.from = moved[static_cast<std::size_t>(link.from)];
    link.to = moved[static_cast<std::size_t>(link.to)];
    const bool fabric = link.kind == LinkKind::nvlink && (link.from == first || link.to == first);
    if (!fabric && (link.from == first || link.to == first)) continue;  // the switches' own PCIe links
    const auto [at, fresh] = seen.emplace(std::pair(link.from, link.to), links.size());
    if (!fabric || fresh) {
      links.push_back(std::move(link));
      continue;
    }
    Link& sum = links[at->second];
    sum.count += link.count;
    if (sum.bandwidth && link.bandwidth) *sum.bandwidth += *link.bandwidth;
  }
  reading.components = std::move(kept);
  reading.links = std::move(links);
  return reading;
}

std::vector<Link> hwloc_socket_links(const Reading& reading) {
  std::vector<Link> links;
  std::vector<int> nodes;
  for (std::size_t i = 0; i < reading.components.size(); ++i)
    if (reading.components[i].kind == ComponentKind::numa_node) nodes.push_back(static_cast<int>(i));
  for (int a : nodes)
    for (int b : nodes) {
      if (a == b) continue;
      Link link;
      link.from = a;
      link.to = b;
      link.kind = LinkKind::inter_socket;
      const Component& cpu = reading.components[static_cast<std::size_t>(a)];
      link.bandwidth = inter_socket_bandwidth(cpu.cpu_vendor, cpu.cpu_model);
      link.source = link.bandwidth ? "NCCL's constant for this CPU" : "CPU not known";
      links.push_back(std::move(link));
    }
  return links;
}

}  // namespace scalesim::topology
