// `scalesim probe`: measures the links between the ranks that mpirun started.
#include <fmt/format.h>

#include <algorithm>
#include <ostream>

#include "cli/manual/completion.h"
#include "cli/shell/command.h"
#include "cli/work/measured_system.h"
#include "comm/probe/copies.h"
#include "comm/probe/exchange.h"
#include "comm/probe/links.h"
#include "comm/probe/probe.h"
#include "comm/profile/profile_json.h"
#include "core/error.h"
#include "core/units_text.h"

namespace scalesim::cli {
namespace {

using comm::Collective;

constexpr Bytes kCopyBytes(256.0 * 1024 * 1024);  ///< nvbandwidth takes 512 MiB; enough to hide the launch

const std::vector<Collective>& measurable() {
  static const std::vector<Collective> all = {Collective::all_reduce,     Collective::all_gather,
                                              Collective::reduce_scatter, Collective::broadcast,
                                              Collective::all_to_all,     Collective::send_receive};
  return all;
}

/// "all" is all of them; nothing is all_reduce, which is what data-parallel training needs.
std::vector<Collective> parse_collectives(const std::vector<std::string>& words) {
  if (words.empty()) return {Collective::all_reduce};
  std::vector<Collective> chosen;
  for (const std::string& word : words) {
    if (word == "all") return measurable();
    const Collective collective = comm::parse_collective(word);
    if (std::find(measurable().begin(), measurable().end(), collective) == measurable().end())
      throw InputError(
          fmt::format("probe does not measure {}: it measures all_reduce, all_gather, reduce_scatter, "
                      "broadcast, all_to_all and send_receive",
                      word));
    chosen.push_back(collective);
  }
  return chosen;
}

comm::ProbeOptions parse_probe(const Options& options, int ranks) {
  comm::ProbeOptions probe;
  probe.backend = options.text("backend", "auto");
  probe.collectives = parse_collectives(options.positional());
  probe.ranks = options.integers("ranks", {}, 1, ranks);
  probe.from = parse_message_size(options.text("b", "4"));
  probe.to = parse_message_size(options.text("e", "32M"));
  probe.factor = options.number("f", 2, 1.01, 1e9);
  probe.budget = parse_quantity<Seconds>(options.text("time-budget", "20s"));
  if (!(probe.budget > Seconds(0) && probe.budget <= Seconds(86400)))
    throw InputError(fmt::format("--time-budget {}: give a time between 0 and 1 day, such as 30s",
                                 options.text("time-budget")));
  comm::probe_sizes(probe.from, probe.to, probe.factor);  // complains now rather than after connecting
  return probe;
}

class ProbeCommand : public Command {
 public:
  std::string_view name() const override { return "probe"; }
  std::string_view summary() const override {
    return "measure the links between the ranks that mpirun started";
  }
  std::string_view usage() const override { return "probe [COLLECTIVE...|all] [options], under mpirun"; }
  WordChoices words() const override { return {collective_names(), ""}; }
  std::vector<Option> options() const override {
    return {
        {"backend", "NAME", "what moves the bytes", false, {}, {"auto", "nccl", "mpi"}},
        {"b", "SIZE", "smallest message (default 4)", false, {}, {}},
        {"e", "SIZE", "largest message (default 32M)", false, {}, {}},
        {"f", "FACTOR", "factor between sizes (default 2)", false, {}, {}},
        {"ranks",
         "LIST",
         "group sizes, such as 2,4,8 (default all up to 8, then powers of two)",
         false,
         {},
         {}},
        {"pairs", "", "also measure every pair of hosts, and name slow links", false, {}, {}},
        {"concurrent", "", "also run several groups at once, to see which links are shared", false, {}, {}},
        {"copies", "", "also copy between host and GPUs, and between GPUs, on rank 0's host", false, {}, {}},
        {"time-budget", "TIME", "time for measuring (default 20s)", false, {}, {}},
        {"out", "FILE", "write the profile, for --profile", false, {}, {}},
        {"json", "FILE", "write the profile as JSON instead of text", false, "", {}},
        html_option()};
  }
  std::vector<std::string_view> examples() const override {
    return {"mpirun -np 8 scalesim probe",
            "mpirun -np 4 scalesim probe all -b 1K -e 64M -f 4 --time-budget 60s",
            "mpirun --hostfile hosts scalesim probe --pairs --concurrent"};
  }

  int run(const Options& options, Context& context) const override {
    job::World& world = context.world;
    comm::ProbeOptions probe = parse_probe(options, world.size());
    probe.progress = told_progress(context.err, probe.budget);
    if (!world.distributed())
      throw InputError("probe measures between ranks: start it as 'mpirun -np 4 scalesim probe'");
    context.err << fmt::format("measuring for up to {}\n", to_text(probe.budget));
    comm::CommProfile profile = comm::probe(world, probe);
    profile.fits = comm::fit_profile(profile.samples);
    const std::string pairs = options.has("pairs") ? add_pairs(world, probe, profile) : "";
    const std::string contention = options.has("concurrent") ? add_contention(world, probe, profile) : "";
    const auto copy = [] { return comm::copies_table(comm::measure_copies(kCopyBytes)); };
    const std::string copies = options.has("copies") ? comm::from_rank_0(world, copy) : "";
    const std::string where = places(world, profile);
    const std::string text = where + comm::probe_table(profile) + pairs + contention + copies;
    (options.has("json") || options.text("html") == "-" ? context.err : context.out) << text;
    if (options.has("html")) deliver_html(options, comm::profile_json(profile), context);
    if (options.has("json")) deliver(options, "json", comm::profile_json(profile), context);
    if (options.has("out")) deliver(options, "out", comm::profile_json(profile), context);
    for (const std::string& warning : profile.warnings) context.err << "warning: " << warning << "\n";
    return 0;
  }

 private:
  /// Measures every pair into the profile. The table.
  static std::string add_pairs(job::World& world, const comm::ProbeOptions& probe,
                               comm::CommProfile& profile) {
    const comm::PairSurvey survey = comm::probe_pairs(world, probe);
    const auto host = [&](int rank) {
      for (const comm::RankPlace& place : survey.endpoints) {
        if (place.rank == rank) return place.host;
      }
      return std::string();
    };
    for (const comm::PairSpeed& pair : survey.pairs) {
      profile.pairs.push_back({pair, host(pair.a), host(pair.b), survey.bytes});
    }
    return comm::pairs_table(survey);
  }

  static std::string add_contention(job::World& world, const comm::ProbeOptions& probe,
                                    comm::CommProfile& profile) {
    profile.contention = comm::probe_contention(world, probe);
    return comm::contention_table(profile.contention);
  }

  static std::string places(job::World& world, const comm::CommProfile& profile) {
    std::string text;
    for (comm::RankPlace place : comm::gather_places(world, "")) {
      const auto rank = static_cast<std::size_t>(place.rank);
      if (rank < profile.gpus.size()) place.gpu = profile.gpus[rank];
      text += "# " + to_text(place) + "\n";
    }
    return text;
  }
};

}  // namespace

std::unique_ptr<Command> make_command_probe() { return std::make_unique<ProbeCommand>(); }

}  // namespace scalesim::cli
