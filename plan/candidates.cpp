// Multiplies out the lists of the offers.
#include "plan/candidates.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "core/error.h"
#include "topology/parts/gpu_catalogue.h"
#include "topology/system/load_cluster.h"

namespace scalesim::plan {
namespace {

/// 1, 2, 3, 4, 6, 8, 12, 16, ...: sizes that batches and parallel groups divide, at most half as large again.
std::vector<int> node_counts(int most) {
  std::vector<int> counts;
  for (int n = 1; n <= most; n *= 2) {
    counts.push_back(n);
    if (n >= 2 && n + n / 2 <= most) counts.push_back(n + n / 2);
  }
  return counts;
}

bool wanted(const std::vector<std::string>& names, const std::string& name) {
  return names.empty() || std::find(names.begin(), names.end(), name) != names.end();
}

template <class T>
std::vector<std::optional<T>> choices(const std::vector<T>& list) {
  if (list.empty()) return {std::nullopt};
  return {list.begin(), list.end()};
}

std::string nic_text(const topology::Cluster& cluster) {
  return fmt::format("{}x{:.0f}Gb", cluster.nics_per_node, cluster.nic_rate.value() * 8e-9);
}

class Collector {
 public:
  Collector(const PlanRequest& request, const PriceBook& book) : request_(request), book_(book) {
    const topology::GpuCatalogue catalogue(book.data());
    for (const std::string& gpu : request.gpus) gpus_.push_back(catalogue.find(gpu).name);
  }

  std::vector<Candidate> collect() {
    for (const OfferEntry& entry : entries())
      for (const auto& gpu : choices(gpus_of(entry)))
        for (const auto& per_node : choices(entry.gpus_per_node)) add_node(entry, gpu, per_node);
    return std::move(found_);
  }

 private:
  /// A system that the user names and no file offers with the wanted GPUs is looked at as it is.
  std::vector<OfferEntry> entries() const {
    std::vector<OfferEntry> result;
    for (const OfferEntry& entry : book_.offers())
      if (wanted(request_.systems, entry.system)) result.push_back(entry);
    for (const std::string& system : request_.systems) {
      const bool offered = std::any_of(result.begin(), result.end(), [&](const OfferEntry& entry) {
        return entry.system == system && (entry.gpus.empty() || !gpus_of(entry).empty());
      });
      if (!offered) result.push_back({system, gpus_, {}, {}, {}});
    }
    return result;
  }

  /// Those of the entry that are wanted.
  std::vector<std::string> gpus_of(const OfferEntry& entry) const {
    std::vector<std::string> gpus;
    const topology::GpuCatalogue catalogue(book_.data());
    for (const std::string& gpu : entry.gpus)
      if (const std::string name = catalogue.find(gpu).name; wanted(gpus_, name)) gpus.push_back(name);
    return gpus;
  }

  void add_node(const OfferEntry& entry, const std::optional<std::string>& gpu,
                const std::optional<int>& per_node) {
    if (!gpu && !entry.gpus.empty()) return;
    topology::ClusterOptions options;
    options.gpu = gpu;
    options.gpus_per_node = per_node;
    topology::Cluster one = topology::load_cluster(entry.system, options, book_.data());
    if (!wanted(gpus_, one.gpu.name)) return;
    if (one.nodes != 1) one.nodes = 1;
    if (one.gpus_per_node > request_.max_gpus) return;
    add({one, "", ""});
    for (const auto& nic : choices(entry.nics))
      for (const auto& fabric : choices(entry.fabrics)) add_clusters(entry, options, nic, fabric);
  }

  void add_clusters(const OfferEntry& entry, topology::ClusterOptions options,
                    const std::optional<std::string>& nic, const std::optional<std::string>& fabric) {
    if (nic) {
      const topology::NicGroup group = topology::parse_nic(*nic);
      options.nics_per_node = group.count;
      options.nic_rate = group.rate;
    }
    options.fabric = fabric;
    topology::Cluster cluster = topology::load_cluster(entry.system, options, book_.data());
    if (cluster.nics_per_node == 0) return;
    for (const int nodes : node_counts(request_.max_gpus / cluster.gpus_per_node)) {
      if (nodes == 1) continue;
      cluster.nodes = nodes;
      add({cluster, nic_text(cluster), cluster.fabric.kind});
    }
  }

  void add(Candidate candidate) {
    const topology::Cluster& c = candidate.cluster;
    const std::string key = fmt::format("{} {} {} {} {} {}", c.name, c.gpu.name, c.gpus_per_node, c.nodes,
                                        candidate.nic, candidate.fabric);
    if (seen_.insert(key).second) found_.push_back(std::move(candidate));
  }

  const PlanRequest& request_;
  const PriceBook& book_;
  std::vector<std::string> gpus_;
  std::set<std::string> seen_;
  std::vector<Candidate> found_;
};

}  // namespace

std::vector<Candidate> candidates(const PlanRequest& request, const PriceBook& book) {
  return Collector(request, book).collect();
}

}  // namespace scalesim::plan
