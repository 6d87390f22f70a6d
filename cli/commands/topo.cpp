// `scalesim topo`: what a machine or a cluster is, from its description, captured files or itself, and what
// in it will hurt scaling.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <ostream>

#include "cli/options/scenario_options.h"
#include "cli/shell/command.h"
#include "cli/shell/terminal.h"
#include "core/error.h"
#include "core/file.h"
#include "report/drawing/cluster.h"
#include "report/drawing/machine.h"
#include "report/json/topology_json.h"
#include "report/text/prose.h"
#include "topology/capture/reading/reader.h"
#include "topology/cluster/cluster.h"
#include "topology/parts/gpu_catalogue.h"
#include "topology/probe/local_machine.h"
#include "topology/system/load_cluster.h"
#include "topology/system/system_file.h"

namespace scalesim::cli {
namespace {

using topology::FileText;

/// What is looked at: one machine, and the cluster it is the node of where there is one.
struct Subject {
  topology::MachineReport report;
  std::optional<topology::Cluster> cluster;
};

/// The words of the command line by what they turn out to be.
struct Words {
  std::vector<std::string> descriptions;  ///< names of presets
  std::vector<FileText> described;        ///< texts of system files
  std::vector<FileText> captures;
};

Words sorted(const std::vector<std::string>& words, const DataCatalogue& data) {
  Words result;
  if (std::count(words.begin(), words.end(), "-") > 1)
    throw InputError("'-' stands for standard input, which can be read only once");
  for (const std::string& word : words) {
    if (data.has("systems", word)) {
      result.descriptions.push_back(word);
      continue;
    }
    if (word != "-" && !std::filesystem::exists(word))
      throw unknown_name("file or system", word, data.names("systems"),
                         "'scalesim list systems' shows all systems; a file must be there to be read");
    FileText file(word == "-" ? "standard input" : word, read_file(word));
    (topology::is_system_text(file.second) ? result.described : result.captures).push_back(std::move(file));
  }
  const std::size_t systems = result.descriptions.size() + result.described.size();
  if (systems > 1)
    throw InputError(
        fmt::format("{} systems are named; topo shows one, with captured files of it if you like", systems));
  return result;
}

bool says_cluster(const Options& options) {
  for (const Option& option : cluster_option_table())
    if (options.has(option.name)) return true;
  return false;
}

Subject of_cluster(topology::Cluster cluster) {
  Subject subject;
  subject.report = topology::report_of(cluster.node);
  subject.cluster = std::move(cluster);
  return subject;
}

/// A description with captures of the same machine: what was captured is believed first.
Subject merged(topology::Cluster cluster, const std::vector<FileText>& captures, const DataCatalogue& data) {
  std::vector<topology::Reading> readings;
  for (const auto& [file, text] : captures)
    for (topology::Reading& reading : topology::read_text(text, file)) readings.push_back(std::move(reading));
  readings.push_back(topology::reading_of(cluster.node));
  Subject subject;
  subject.report = topology::report_of(readings, topology::GpuCatalogue(data));
  cluster.node = subject.report.machine;
  subject.cluster = std::move(cluster);
  return subject;
}

Subject subject_of(const std::vector<std::string>& words, const Options& options, const DataCatalogue& data) {
  const topology::GpuCatalogue gpus(data);
  if (words.empty()) {
    if (says_cluster(options))
      throw InputError(
          "--gpu, --nodes, --nic and --fabric need a system to change: name a preset or a file, such as "
          "'scalesim topo --system dgx-a100 --nodes 2'");
    return {topology::read_local_machine(gpus), std::nullopt};
  }
  const Words found = sorted(words, data);
  const topology::ClusterOptions wanted = cluster_options(options);
  if (found.descriptions.empty() && found.described.empty()) {
    topology::MachineReport report = topology::read_machine(found.captures, gpus);
    if (!says_cluster(options) && !report.cluster) return {std::move(report), std::nullopt};
    Subject subject = of_cluster(topology::cluster_of_files(found.captures, wanted, data));
    subject.report.gpus = std::move(report.gpus);
    subject.report.findings = std::move(report.findings);
    return subject;
  }
  topology::Cluster cluster = found.described.empty()
                                  ? topology::load_cluster(found.descriptions.front(), wanted, data)
                                  : topology::cluster_of_files(found.described, wanted, data);
  return found.captures.empty() ? of_cluster(std::move(cluster))
                                : merged(std::move(cluster), found.captures, data);
}

class TopoCommand : public Command {
 public:
  std::string_view name() const override { return "topo"; }
  std::string_view summary() const override { return "what a machine is, and what in it will hurt scaling"; }
  std::string_view usage() const override { return "topo [FILE...] [options]"; }
  WordChoices words() const override { return {{}, "systems"}; }
  std::vector<Option> options() const override {
    std::vector<Option> all = {
        {"json", "FILE", "write JSON instead of text", false, "", {}},
        {"svg", "FILE", "draw the machine, or the cluster, as an SVG picture", false, {}, {}},
        {"dot", "FILE", "draw it as a Graphviz graph", false, {}, {}},
        html_option(),
        {"strict", "", "exit with 3 when a finding is a warning or worse", false, {}, {}},
        {"system", "NAME|FILE", "the same as a FILE: preset, cluster .toml or captured file", true, {}, {}}};
    const std::vector<Option> cluster = cluster_option_table();
    all.insert(all.end(), cluster.begin(), cluster.end());
    return all;
  }
  std::vector<std::string_view> examples() const override {
    return {"scalesim topo", "nvidia-smi topo -m | scalesim topo -",
            "scalesim topo matrix.txt nvlink-status.txt ibstat.txt",
            "scalesim topo --system dgx-a100 --nodes 2 --svg pair.svg"};
  }

  int run(const Options& options, Context& context) const override {
    check_outputs(options);
    std::vector<std::string> words = options.positional();
    for (const std::string& name : options.all("system")) words.push_back(name);
    const Subject subject = subject_of(words, options, context.data);
    const topology::MachineReport& report = subject.report;
    for (const std::string& warning : report.machine.warnings) context.err << "note: " << warning << "\n";
    const int width = terminal_width(context.out);
    const bool several = subject.cluster && subject.cluster->nodes > 1;
    if (options.has("svg"))
      deliver(options, "svg", several ? report::cluster_svg(*subject.cluster) : report::svg_drawing(report),
              context);
    if (options.has("dot"))
      deliver(options, "dot",
              several ? report::cluster_dot(*subject.cluster) : report::dot_drawing(report.machine), context);
    if (options.has("html")) deliver_html(options, json_of(subject), context);
    if (options.has("json"))
      deliver(options, "json", json_of(subject), context);
    else if (options.text("svg") != "-" && options.text("dot") != "-" && options.text("html") != "-")
      context.out << (several
                          ? report::fitted(report::cluster_text(*subject.cluster), width) + "\neach node: "
                          : "")
                  << report::fitted(report::text_drawing(report, wants_colour(context.out), width), width);
    const bool bad =
        !report.findings.empty() && report.findings.front().severity >= topology::Severity::warning;
    return options.has("strict") && bad ? 3 : 0;
  }

 private:
  static std::string json_of(const Subject& subject) {
    return subject.cluster ? report::topology_json(subject.report, *subject.cluster)
                           : report::topology_json(subject.report);
  }
};

}  // namespace

std::unique_ptr<Command> make_command_topo() { return std::make_unique<TopoCommand>(); }

}  // namespace scalesim::cli
