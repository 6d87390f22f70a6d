// Parses them.
#include "cli/options/reality_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "core/error.h"
#include "core/number.h"
#include "core/units_text.h"
#include "topology/parts/gpu_catalogue.h"

namespace scalesim::cli {
namespace {

Option plain(std::string name, std::string value, std::string help) {
  return {std::move(name), std::move(value), std::move(help), false, {}, {}};
}

template <typename Q>
std::optional<Q> quantity(const Options& options, const char* name, bool zero_allowed) {
  if (!options.has(name)) return {};
  const Q value = parse_quantity<Q>(options.text(name));
  if (value < Q(0) || (!zero_allowed && value == Q(0)))
    throw InputError(fmt::format("--{} {}: must be more than zero", name, options.text(name)));
  return value;
}

/// "4xrtx3090".
sim::OtherGpus parse_mix(const std::string& text, const topology::GpuCatalogue& catalogue) {
  std::size_t digits = 0;
  while (digits < text.size() && std::isdigit(static_cast<unsigned char>(text[digits]))) ++digits;
  if (digits == 0 || digits > 4 || digits + 1 >= text.size() || text[digits] != 'x' ||
      leading_integer<int>(text).value < 1)
    throw InputError(
        fmt::format("--mix {}: say how many of which GPU in every node, such as 4xrtx3090", text));
  return {catalogue.find(text.substr(digits + 1)), leading_integer<int>(text).value};
}

}  // namespace

std::vector<Option> reality_options() {
  return {
      plain("failures-per-gpu-hour", "N",
            "interruptions of the job (default 1.97e-5: Llama 3 405B, 419 in 54 days on 16,384 GPUs)"),
      plain("restart-time", "T", "from a failure until the job computes again (default 10min)"),
      plain("checkpoint-time", "T", "to write one (default: its bytes at --storage)"),
      plain("checkpoint-every", "T", "time between two (default: what loses least)"),
      plain("storage", "RATE", "what one node writes of a checkpoint (default 0.65GB/s)"),
      plain("evaluate-every", "N", "steps between evaluations (default: none)"),
      plain("evaluate-samples", "N", "samples of one evaluation, over all GPUs"),
      plain("slow-hosts", "SHARE", "of hosts that compute 10 % slower (default 0.005)"),
      plain("draws", "N", "placements drawn for low and high (default 200)"),
      plain("seed", "N", "of the draws (default 1)"),
      plain("host-cores", "N", "cores of one host that read and decode images"),
      plain("disk", "RATE", "what one host reads of the data set, such as 2GB/s"),
      plain("sample-bytes", "SIZE", "of one sample on disk (default 110kB, a JPEG of ImageNet)"),
      {"mix", "NxGPU", "the last N GPUs of every node are of this kind; may be repeated", true, {}, {}},
      {"balance",
       "B",
       "samples of GPUs that differ: equal, or as each is fast (default equal)",
       false,
       {},
       {"equal", "proportional"}},
  };
}

sim::RealityOptions reality_from(const Options& options) {
  sim::RealityOptions reality;
  if (options.has("failures-per-gpu-hour"))
    reality.failures_per_gpu_hour = options.number("failures-per-gpu-hour", 0, 0, 1);
  reality.restart = quantity<Seconds>(options, "restart-time", true);
  reality.checkpoint = quantity<Seconds>(options, "checkpoint-time", true);
  reality.checkpoint_every = quantity<Seconds>(options, "checkpoint-every", false);
  reality.storage = quantity<BytesPerSecond>(options, "storage", false);
  if (options.has("slow-hosts")) reality.slow_hosts = options.number("slow-hosts", 0, 0, 1);
  reality.evaluate_every = options.integer("evaluate-every", 0, 1, 1'000'000'000);
  reality.evaluation_samples = options.integer("evaluate-samples", 0, 1, 1'000'000'000'000);
  if (options.has("evaluate-every") != options.has("evaluate-samples"))
    throw InputError("--evaluate-every and --evaluate-samples belong together: give both");
  reality.draws = static_cast<int>(options.integer("draws", reality.draws, 1, 1'000'000));
  reality.seed = static_cast<std::uint64_t>(options.integer("seed", 1, 0, INT64_MAX));
  return reality;
}

void apply_input_options(sim::Scenario& scenario, const Options& options) {
  if (options.has("samples-per-host"))
    scenario.host_samples_per_second = options.number("samples-per-host", 0, 1e-3, 1e12);
  if (options.has("host-cores")) scenario.host_cores = options.number("host-cores", 0, 1e-3, 1e6);
  scenario.disk = quantity<BytesPerSecond>(options, "disk", false);
  if (const auto size = quantity<Bytes>(options, "sample-bytes", false)) scenario.sample_on_disk = *size;
  scenario.balance =
      options.text("balance", "equal") == "proportional" ? sim::Balance::proportional : sim::Balance::equal;
}

std::vector<sim::OtherGpus> other_gpus(const Options& options, const topology::Cluster& cluster,
                                       const DataCatalogue& data) {
  std::vector<sim::OtherGpus> others;
  int left = cluster.gpus_per_node;
  for (const std::string& text : options.all("mix")) {
    sim::OtherGpus other = parse_mix(text, topology::GpuCatalogue(data));
    left -= other.per_node;
    if (left < 1)
      throw InputError(fmt::format("--mix {}: a node of {} has {} GPUs and one at least is {}; take fewer",
                                   text, cluster.name, cluster.gpus_per_node, cluster.gpu.name));
    const bool nvlink = cluster.wiring == topology::NodeWiring::nvswitch ||
                        cluster.wiring == topology::NodeWiring::nvlink_mesh;
    if (nvlink && (!other.gpu.links || other.gpu.links->bridge_only))
      throw InputError(
          fmt::format("--mix {}: {} cannot be joined by NVLink; take --system pcie", text, other.gpu.name));
    others.push_back(std::move(other));
  }
  return others;
}

topology::Cluster with_common_links(topology::Cluster cluster, const std::vector<sim::OtherGpus>& others) {
  for (const sim::OtherGpus& other : others) {
    const topology::GpuSpec& gpu = other.gpu;
    if (!gpu.peer_access_over_pcie)
      cluster.gpu.peer_access_over_pcie = false, cluster.node.peer_access = false;
    cluster.gpu.pcie_generation = std::min(cluster.gpu.pcie_generation, gpu.pcie_generation);
    if (cluster.gpu.links && gpu.links)
      cluster.gpu.links->count = std::min(cluster.gpu.links->count, gpu.links->count);
    const BytesPerSecond pcie = topology::pcie_bandwidth(gpu.pcie_generation, gpu.pcie_lanes);
    for (topology::Link& link : cluster.node.links)
      if (link.kind == topology::LinkKind::pcie && link.bandwidth)
        link.bandwidth = std::min(*link.bandwidth, pcie);
  }
  return cluster;
}

}  // namespace scalesim::cli
