// `scalesim comm`: how long a collective takes on a system, size by size, as nccl-tests would print it.
#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <ostream>

#include "cli/manual/completion.h"
#include "cli/options/scenario_options.h"
#include "cli/shell/command.h"
#include "comm/models/nccl/constants.h"
#include "core/error.h"
#include "core/units_text.h"

namespace scalesim::cli {
namespace {

using comm::Collective;
using comm::CollectiveTime;
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

double algbw(Bytes bytes, const CollectiveTime& time) {
  return time.time > Seconds(0) ? bytes.value() / time.time.value() : 0;
}

std::string document(const Question& question) {
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (const Bytes bytes : question.sizes) {
    const CollectiveTime time = question.system.collectives->time(question.collective, bytes, question.group);
    const double rate = algbw(bytes, time);
    rows.push_back({{"bytes", std::llround(bytes.value())},
                    {"time_s", time.time.value()},
                    {"time_low_s", time.low.value()},
                    {"time_high_s", time.high.value()},
                    {"algbw", rate},
                    {"busbw", rate * comm::bus_factor(question.collective, question.group.ranks)},
                    {"algorithm", time.algorithm},
                    {"protocol", time.protocol},
                    {"channels", time.channels},
                    {"bottleneck", time.bottleneck},
                    {"provenance", to_text(time.provenance)}});
  }
  const nlohmann::ordered_json whole = {{"schema", "scalesim.communication/1"},
                                        {"collective", comm::to_text(question.collective)},
                                        {"system", question.system.cluster.name},
                                        {"gpus", question.group.ranks},
                                        {"nodes", question.group.nodes},
                                        {"model", question.system.collectives->name()},
                                        {"rows", std::move(rows)}};
  return whole.dump(2) + "\n";
}

void print(const Question& question, bool explain, std::ostream& out) {
  const comm::CollectiveModel& model = *question.system.collectives;
  out << fmt::format("# {} over {} GPUs in {} node{} of {} ({}), times by model '{}'\n",
                     comm::to_text(question.collective), question.group.ranks, question.group.nodes,
                     question.group.nodes == 1 ? "" : "s", question.system.cluster.name,
                     question.system.cluster.gpu.name, model.name());
  out << fmt::format("# {:>10} {:>12} {:>9} {:>9}   {:<9} {:<8} {}\n", "size", "time", "algbw", "busbw",
                     "algorithm", "protocol", "bound by");
  out << fmt::format("# {:>10} {:>12} {:>9} {:>9}\n", "(B)", "(us)", "(GB/s)", "(GB/s)");
  for (const Bytes bytes : question.sizes) {
    const CollectiveTime time = model.time(question.collective, bytes, question.group);
    const double rate = algbw(bytes, time) / 1e9;
    out << fmt::format("{:>12.0f} {:>12.2f} {:>9.2f} {:>9.2f}   {:<9} {:<8} {}\n", bytes.value(),
                       time.time.value() * 1e6, rate,
                       rate * comm::bus_factor(question.collective, question.group.ranks), time.algorithm,
                       time.protocol, time.bottleneck);
    if (!explain) continue;
    out << fmt::format("{:>12} {}\n", "", model.explain(question.collective, bytes, question.group));
  }
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
    if (options.has("json")) {
      deliver(options, "json", document(question), context);
    } else {
      print(question, options.has("explain"), context.out);
    }
    return 0;
  }
};

}  // namespace

std::unique_ptr<Command> make_command_comm() { return std::make_unique<CommCommand>(); }

}  // namespace scalesim::cli
