// `scalesim replay`: the predicted step's communication for real, computing stood in for by waiting, and both
// times side by side: how a user checks the predictions on their own cluster.
#include <fmt/format.h>

#include <cmath>
#include <ostream>

#include "cli/options/scenario_options.h"
#include "cli/shell/command.h"
#include "comm/logs/load_profile.h"
#include "comm/probe/backends.h"
#include "comm/probe/exchange.h"
#include "comm/probe/identity.h"
#include "comm/probe/probe.h"
#include "comm/probe/replay.h"
#include "comm/probe/sampling.h"
#include "comm/profile/profile_json.h"
#include "core/error.h"
#include "core/statistics.h"
#include "core/units_text.h"
#include "report/documents/replay.h"
#include "sim/evaluate/replay_plan.h"
#include "topology/parts/gpu_catalogue.h"

namespace scalesim::cli {
namespace {

using comm::Collective;

/// What stays the same for all groups.
struct Job {
  sim::Scenario scenario;
  topology::GpuSpec gpu;
  comm::CommProfile profile;
  std::shared_ptr<const comm::CollectiveModel> collectives;
  Seconds time{};            ///< for playing, per group
  std::vector<Bytes> sizes;  ///< of single all-reduces to compare as well
};

comm::CommProfile profile_from(const Options& options, Context& context) {
  if (options.has("profile")) {
    const std::string text = comm::from_rank_0(
        context.world, [&] { return comm::profile_json(comm::load_profile(options.text("profile"))); });
    return comm::parse_profile_json(text, options.text("profile"));
  }
  comm::ProbeOptions probe;
  probe.backend = options.text("backend", "auto");
  probe.ranks = options.integers("probe-ranks", {}, 1, context.world.size());
  probe.budget = parse_quantity<Seconds>(options.text("probe-time", "20s"));
  context.err << fmt::format("measuring links for up to {}\n", to_text(probe.budget));
  return comm::probe(context.world, probe);
}

std::vector<Bytes> sizes_from(const Options& options) {
  if (!options.has("b") && !options.has("e")) return {};
  return comm::probe_sizes(parse_message_size(options.text("b", "1M")),
                           parse_message_size(options.text("e", "32M")), options.number("f", 4, 1.01, 1e9));
}

Job job_from(const Options& options, Context& context) {
  Job job;
  job.gpu = topology::GpuCatalogue(context.data).find(options.text("gpu", "rtx4090"));
  sim::System stand_in;
  stand_in.cluster.gpu = job.gpu;
  job.scenario = with_default_batch(scenario_from(options, context.data), {stand_in}, options);
  job.sizes = sizes_from(options);
  job.time = parse_quantity<Seconds>(options.text("time", "5s"));
  job.profile = profile_from(options, context);
  job.collectives = comm::make_profile_model(job.profile);
  return job;
}

/// One group for every rank count: the first one chosen, which fills host after host.
std::vector<comm::RankGroup> groups_from(const Options& options, Context& context) {
  const std::vector<comm::RankPlace> places = comm::gather_places(context.world, "");
  std::vector<comm::RankGroup> groups;
  for (comm::RankGroup& group :
       comm::choose_groups(places, options.integers("ranks", {}, 1, context.world.size())))
    if (groups.empty() || groups.back().ranks.size() < group.ranks.size()) groups.push_back(std::move(group));
  return groups;
}

/// Key of this rank in the group, -1 outside.
int position_in(const comm::RankGroup& group, int rank) {
  const auto found = std::find(group.ranks.begin(), group.ranks.end(), rank);
  return found == group.ranks.end() ? -1 : static_cast<int>(found - group.ranks.begin());
}

/// The numbers of the group's first rank, on every rank.
std::vector<double> told_by_first(job::World& world, const comm::RankGroup& group,
                                  const std::vector<double>& mine) {
  const bool first = position_in(group, world.rank()) == 0;
  return comm::gather_numbers(world,
                              first ? mine : std::vector<double>{})[static_cast<std::size_t>(group.ranks[0])];
}

bool was_probed(const comm::CommProfile& profile, const comm::RankGroup& group) {
  return std::any_of(profile.samples.begin(), profile.samples.end(), [&](const comm::Sample& sample) {
    return sample.ranks == static_cast<int>(group.ranks.size()) && sample.nodes == group.nodes;
  });
}

report::ReplayedStep play_step(const Job& job, const comm::RankGroup& group, comm::Backend& backend,
                               Context& context) {
  const int ranks = static_cast<int>(group.ranks.size());
  // Every rank predicts the same: a pure function of the same profile, data and options.
  const sim::PlannedReplay plan =
      sim::plan_replay(job.scenario, job.gpu, job.collectives, ranks, group.nodes, context.data);
  const int position = position_in(group, context.world.rank());
  const std::unique_ptr<comm::Channel> channel = backend.split(position < 0 ? -1 : 0, position);
  std::vector<double> times;
  if (channel) times = comm::replay(plan.step, *channel, job.time).times;
  times = told_by_first(context.world, group, times);
  const Interval interval = median_interval(times);
  return {ranks,
          group.nodes,
          was_probed(job.profile, group),
          plan.predicted,
          Seconds(median(times)),
          Seconds(interval.low),
          Seconds(interval.high),
          plan.samples};
}

report::ReplayedSize measure_size(const Job& job, const comm::RankGroup& group, Bytes bytes,
                                  comm::Backend& backend, Context& context) {
  const int position = position_in(group, context.world.rank());
  const std::unique_ptr<comm::Channel> channel = backend.split(position < 0 ? -1 : 0, position);
  std::vector<double> times;
  comm::SamplingLimits limits;
  limits.least = 5;
  limits.time = job.time / static_cast<double>(job.sizes.size());
  if (channel) times = comm::extend({}, *channel, Collective::all_reduce, bytes, limits).times;
  times = told_by_first(context.world, group, times);
  const comm::Group who{static_cast<int>(group.ranks.size()), group.nodes, 1};
  return {who.ranks,
          who.nodes,
          was_probed(job.profile, group),
          bytes,
          job.collectives->time(Collective::all_reduce, bytes, who).time,
          Seconds(median(times))};
}

std::vector<Option> all_options() {
  std::vector<Option> options = scenario_options();
  const std::vector<Option> own = {
      {"gpu", "NAME", "whose computing is stood in for (default rtx4090)", false, {}, {}},
      {"profile", "FILE", "measured links; without it they are measured first", false, {}, {}},
      {"probe-ranks", "LIST", "group sizes to measure first (default all up to 8)", false, {}, {}},
      {"probe-time", "TIME", "time for measuring links first (default 20s)", false, {}, {}},
      {"backend", "NAME", "what moves the bytes", false, {}, {"auto", "nccl", "mpi"}},
      {"ranks", "LIST", "numbers of ranks to play (default 1-8, powers of two, all)", false, {}, {}},
      {"time", "TIME", "time for playing, per number of ranks (default 5s)", false, {}, {}},
      {"b", "SIZE", "also compare single all-reduces from this size", false, {}, {}},
      {"e", "SIZE", "up to this size", false, {}, {}},
      {"f", "FACTOR", "factor between sizes (default 4)", false, {}, {}},
      {"max-error", "PERCENT", "exit code 3 when a step is predicted worse than this", false, {}, {}},
      {"json", "FILE", "write JSON instead of text", false, "", {}}};
  options.insert(options.end(), own.begin(), own.end());
  return options;
}

class ReplayCommand : public Command {
 public:
  std::string_view name() const override { return "replay"; }
  std::string_view summary() const override {
    return "play the predicted step's communication for real, and compare";
  }
  std::string_view usage() const override { return "replay [options], under mpirun"; }
  std::vector<Option> options() const override { return all_options(); }
  std::vector<std::string_view> examples() const override {
    return {"mpirun -np 8 scalesim replay --model resnet18 --batch 32",
            "mpirun -np 8 scalesim replay --model vgg16 --probe-ranks 2,4 --max-error 10"};
  }

  int run(const Options& options, Context& context) const override {
    if (!context.world.distributed())
      throw InputError("replay plays between ranks: start it as 'mpirun -np 4 scalesim replay'");
    comm::require_same_program(context.world);
    const Job job = job_from(options, context);
    const comm::ChosenBackend chosen = comm::choose_backend(context.world, options.text("backend", "auto"));
    report::Replay replay{job.scenario.model.name,
                          job.gpu.name,
                          job.scenario.strategy,
                          job.profile.transport,
                          job.scenario.compute.batch,
                          {},
                          {}};
    for (const comm::RankGroup& group : groups_from(options, context)) {
      context.err << fmt::format("playing {} ranks\n", group.ranks.size());
      replay.steps.push_back(play_step(job, group, *chosen.backend, context));
      for (const Bytes bytes : job.sizes)
        if (group.ranks.size() > 1)
          replay.sizes.push_back(measure_size(job, group, bytes, *chosen.backend, context));
    }
    if (options.has("json"))
      deliver(options, "json", report::replay_json(replay), context);
    else
      context.out << report::replay_text(replay);
    for (const std::string& warning : job.profile.warnings) context.err << "warning: " << warning << "\n";
    return replay.worse_than(options.number("max-error", HUGE_VAL, 0, 1e9) / 100) ? 3 : 0;
  }
};

}  // namespace

std::unique_ptr<Command> make_command_replay() { return std::make_unique<ReplayCommand>(); }

}  // namespace scalesim::cli
