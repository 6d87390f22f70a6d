// `scalesim comm`: how long a collective takes on a system, size by size, as nccl-tests would print it.
#include <fmt/format.h>

#include <ostream>

#include "cli/manual/completion.h"
#include "cli/options/scenario_options.h"
#include "cli/shell/command.h"
#include "comm/models/nccl/constants.h"
#include "core/error.h"
#include "core/units_text.h"
#include "report/documents/communication.h"

namespace scalesim::cli {
namespace {

using comm::Collective;
using comm::Group;

struct Question {
  Collective collective = Collective::all_reduce;
  sim::System system;
  Group group;
  std::vector<Bytes> sizes;
};

std::vector<Bytes> sizes_from(const Options& options) {
  const Bytes from = parse_message_size(options.text("b", "8"));
  const Bytes to = parse_message_size(options.text("e", "8G"));
  const double factor = options.number("f", 2, 1.01, 1e9);
  if (to < from)
    throw InputError(
        fmt::format("-e {} is below -b {}: give the smallest size with -b and the largest with -e",
                    options.text("e", "8G"), options.text("b", "8")));
  std::vector<Bytes> sizes;
  for (Bytes size = from; size <= to; size *= factor) sizes.push_back(size);
  return sizes;
}

Collective collective_from(const Options& options) {
  if (options.positional().size() > 1)
    throw InputError(fmt::format("comm answers for one collective at a time, not {}: ask once for each",
                                 options.positional().size()));
  return options.positional().empty() ? Collective::all_reduce
                                      : comm::parse_collective(options.positional().front());
}

Question question_from(const Options& options, const DataCatalogue& data) {
  Question question;
  question.collective = collective_from(options);
  question.sizes = sizes_from(options);
  if (options.all("system").size() > 1)
    throw InputError("comm answers for one --system at a time: ask once for each");
  std::vector<sim::System> systems = systems_from(options, data).systems;
  // Without --system the answer is about one NVLink server, or as many as --nodes says.
  question.system = std::move(options.has("system") || systems.size() == 1 ? systems.front() : systems.at(1));
  const topology::Cluster& cluster = question.system.cluster;
  const std::vector<int>& counts = question.system.gpu_counts;
  if (options.has("gpus") && counts.size() > 1)
    throw InputError(
        fmt::format("--gpus {}: comm answers for one number of GPUs at a time", options.text("gpus")));
  const int gpus = options.has("gpus") ? counts.back() : cluster.gpus();
  question.group.ranks = gpus;
  question.group.nodes = (gpus + cluster.gpus_per_node - 1) / cluster.gpus_per_node;
  return question;
}

/// One line when another release's constants stand in for the one asked for.
std::string stand_in(const Options& options) {
  const std::string asked = options.text("nccl");
  if (asked.empty() || options.has("profile")) return {};
  const std::string_view used = comm::nccl_constants(asked).release;
  if (used.substr(0, asked.size()) == asked) return {};
  return fmt::format("note: NCCL {} has no constants here: those of {}, the newest before it, choose\n",
                     asked, used);
}

class CommCommand : public Command {
 public:
  std::string_view name() const override { return "comm"; }
  std::string_view summary() const override {
    return "time, algbw and busbw of a collective by size on a system";
  }
  std::string_view usage() const override { return "comm [COLLECTIVE] [options]"; }
  WordChoices words() const override { return {collective_names(), ""}; }
  std::vector<Option> options() const override {
    std::vector<Option> options = {{"b", "SIZE", "smallest message (default 8)", false, {}, {}},
                                   {"e", "SIZE", "largest message (default 8G)", false, {}, {}},
                                   {"f", "FACTOR", "factor between sizes (default 2)", false, {}, {}},
                                   {"explain", "", "print the terms of each time", false, {}, {}},
                                   {"json", "FILE", "write JSON instead of text", false, "", {}}};
    const std::vector<Option> systems = system_options();
    options.insert(options.end(), systems.begin(), systems.end());
    return options;
  }
  std::vector<std::string_view> examples() const override {
    return {"scalesim comm all_reduce --system dgx-h100 --nodes 4 -b 8 -e 8G",
            "scalesim comm all_to_all --system pcie --gpu rtx4090 --gpus 4 -b 1M -e 1G --explain",
            "scalesim comm --system dgx-h100 --nodes 16 --sharp --nccl 2.27 --nccl-env NCCL_ALGO=^NVLS"};
  }

  int run(const Options& options, Context& context) const override {
    const Question question = question_from(options, context.data);
    if (context.world.rank() != 0) return 0;
    const std::string warning =
        question.system.collectives->warning(question.collective, question.sizes.back(), question.group);
    if (!warning.empty()) context.err << "warning: " << warning << '\n';
    context.err << stand_in(options);
    const report::Communication answer = report::communication(
        question.collective, question.system, question.group, question.sizes, options.has("explain"));
    if (options.has("json"))
      deliver(options, "json", report::communication_json(answer), context);
    else
      context.out << report::communication_text(answer);
    return 0;
  }
};

}  // namespace

std::unique_ptr<Command> make_command_comm() { return std::make_unique<CommCommand>(); }

}  // namespace scalesim::cli
