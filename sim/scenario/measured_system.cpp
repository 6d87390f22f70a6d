// Counts hosts and ranks of the profile.
#include "sim/scenario/measured_system.h"

#include <algorithm>
#include <numeric>
#include <set>

namespace scalesim::sim {
namespace {

topology::Cluster measured_cluster(const topology::GpuSpec& gpu, const comm::CommProfile& profile) {
  const std::set<std::string> hosts(profile.hosts.begin(), profile.hosts.end());
  topology::Cluster cluster;
  cluster.name = "this machine";
  cluster.gpu = gpu;
  cluster.nodes = std::max(1, static_cast<int>(hosts.size()));
  cluster.gpus_per_node = (profile.ranks + cluster.nodes - 1) / cluster.nodes;
  cluster.provenance = Provenance::measured;
  return cluster;
}

}  // namespace

System measured_system(const topology::GpuSpec& gpu, const comm::CommProfile& profile) {
  System system;
  system.cluster = measured_cluster(gpu, profile);
  system.name = system.cluster.name;
  system.collectives = comm::make_profile_model(profile);
  system.gpu_counts.resize(static_cast<std::size_t>(profile.ranks));
  std::iota(system.gpu_counts.begin(), system.gpu_counts.end(), 1);
  return system;
}

bool reaches_buckets(const comm::CommProfile& profile) {
  // A bucket of 25 MiB is beyond what may be extrapolated from sizes below a sixteenth of it.
  constexpr Bytes kSmallestUseful(25.0 * 1024 * 1024 / 16);
  Bytes largest{};
  for (const comm::Sample& sample : profile.samples)
    if (sample.ranks == profile.ranks && profile.ranks > 1) largest = std::max(largest, sample.bytes);
  return largest >= kSmallestUseful;
}

}  // namespace scalesim::sim
