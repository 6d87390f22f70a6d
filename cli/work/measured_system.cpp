// Probes the links of this job and turns the profile into a system.
#include "cli/work/measured_system.h"

#include <fmt/format.h>

#include <ostream>

#include "comm/probe/place.h"
#include "comm/probe/probe.h"
#include "core/units_text.h"
#include "report/text/fit_table.h"
#include "sim/scenario/measured_system.h"
#include "topology/parts/gpu_catalogue.h"
#include "topology/probe/local_machine.h"

namespace scalesim::cli {
namespace {

constexpr std::string_view kDefaultGpu = "rtx4090";

struct LocalGpus {
  std::vector<std::string> names;
  std::string description;  ///< what was read, and by which means
};

LocalGpus local_gpus(const Context& context) {
  const topology::Machine machine =
      topology::read_local_machine(topology::GpuCatalogue(context.data)).machine;
  LocalGpus local;
  for (const int i : machine.of_kind(topology::ComponentKind::gpu))
    local.names.push_back(machine.components[static_cast<std::size_t>(i)].name);
  local.description = fmt::format("{} GPUs, {} NUMA nodes, {} NICs ({})", local.names.size(),
                                  machine.count(topology::ComponentKind::numa_node),
                                  machine.count(topology::ComponentKind::nic), machine.source);
  return local;
}

/// The GPU that stands in for the compute of this machine: asked for, found here, or the default, and which
/// it was.
struct ChosenGpu {
  topology::GpuSpec gpu;
  std::string why;
};

ChosenGpu choose_gpu(const Options& options, const Context& context, const LocalGpus& local) {
  const topology::GpuCatalogue catalogue(context.data);
  if (options.has("gpu")) return {catalogue.find(options.text("gpu")), "asked for with --gpu"};
  for (const std::string& name : local.names)
    if (const auto known = catalogue.by_product(name)) return {*known, "found in this machine"};
  return {catalogue.find(kDefaultGpu), "no GPU here and no --gpu: the default"};
}

comm::ProbeOptions probe_options(const Options& options) {
  comm::ProbeOptions probe;
  if (options.has("probe-time")) probe.budget = parse_quantity<Seconds>(options.text("probe-time"));
  return probe;
}

}  // namespace

std::function<void(Seconds)> told_progress(std::ostream& err, Seconds budget) {
  static constexpr Seconds kBetween(5);
  return [&err, budget, next = kBetween](Seconds spent) mutable {
    if (spent < next || spent >= budget) return;
    next = spent + kBetween;
    err << fmt::format("measuring: {:.0f} %, {:.0f} s left\n", 100 * (spent / budget),
                       (budget - spent).value())
        << std::flush;
  };
}

void add_measured_system(Systems& systems, const Options& options, Context& context, bool machine_output) {
  std::ostream& talk = machine_output ? context.err : context.out;
  const LocalGpus local = local_gpus(context);
  const ChosenGpu chosen = choose_gpu(options, context, local);
  const auto rank = static_cast<std::size_t>(context.world.rank());
  const std::string own = local.names.empty() ? "" : local.names[rank % local.names.size()];
  for (const comm::RankPlace& place : comm::gather_places(context.world, own)) talk << to_text(place) << "\n";
  talk << "this machine: " << local.description << "\n";
  comm::ProbeOptions asked = probe_options(options);
  asked.progress = told_progress(context.err, asked.budget);
  comm::CommProfile profile = comm::probe(context.world, asked);
  profile.fits = comm::fit_profile(profile.samples);
  talk << fmt::format("\nAll-reduce measured over {}\n", profile.transport) << comm::probe_table(profile)
       << "\n";
  talk << report::fit_table(profile) << "\n";
  systems.warnings.insert(systems.warnings.end(), profile.warnings.begin(), profile.warnings.end());
  if (!sim::reaches_buckets(profile)) {
    systems.warnings.push_back(
        profile.ranks == 1
            ? "this machine: no curve, for one rank has no links; start more, such as mpirun -np 8"
            : "this machine: no curve, for too little was measured; repeat on an idle machine or "
              "with a longer --probe-time");
    return;
  }
  systems.warnings.push_back(
      fmt::format("this machine: compute is that of {} ({})", chosen.gpu.name, chosen.why));
  if (profile.backend != "nccl")
    systems.warnings.push_back(
        "this machine: host memory was measured, not GPU memory; a GPU job here would also cross PCIe");
  systems.systems.insert(systems.systems.begin(), sim::measured_system(chosen.gpu, profile));
}

}  // namespace scalesim::cli
