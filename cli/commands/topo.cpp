// `scalesim topo`: what a machine is, from captured files or from itself, and what in it will hurt scaling.
#include <algorithm>
#include <filesystem>
#include <ostream>

#include "cli/command.h"
#include "cli/terminal.h"
#include "core/error.h"
#include "core/file.h"
#include "report/topology_json.h"
#include "topology/cluster.h"
#include "topology/drawing.h"
#include "topology/probe/local_machine.h"
#include "topology/reader.h"

namespace scalesim::cli {
namespace {

/// A preset's name or a cluster file, which describe machines rather than capture one.
bool is_description(const std::string& word) {
  return word.ends_with(".toml") ||
         (word != "-" && word.find('/') == std::string::npos && !std::filesystem::exists(word));
}

class TopoCommand : public Command {
 public:
  std::string_view name() const override { return "topo"; }
  std::string_view summary() const override { return "what a machine is, and what in it will hurt scaling"; }
  std::string_view usage() const override { return "topo [FILE...] [options]"; }
  std::vector<Option> options() const override {
    return {{"json", "FILE", "write JSON instead of text", false, "", {}},
            {"svg", "FILE", "draw the machine as an SVG picture", false, {}, {}},
            {"dot", "FILE", "draw the machine as a Graphviz graph", false, {}, {}},
            html_option(),
            {"strict", "", "exit with 3 when a finding is a warning or worse", false, {}, {}}};
  }
  std::vector<std::string_view> examples() const override {
    return {"scalesim topo", "nvidia-smi topo -m | scalesim topo -",
            "scalesim topo matrix.txt nvlink-status.txt ibstat.txt",
            "scalesim topo dgx-a100 --svg dgx-a100.svg"};
  }

  int run(const Options& options, Context& context) const override {
    check_outputs(options);
    const topology::MachineReport report = report_on(options.positional(), context);
    for (const std::string& warning : report.machine.warnings) context.err << "note: " << warning << "\n";
    if (options.has("svg")) deliver(options, "svg", topology::svg_drawing(report), context);
    if (options.has("dot")) deliver(options, "dot", topology::dot_drawing(report.machine), context);
    if (options.has("html")) deliver_html(options, report::topology_json(report), context);
    if (options.has("json"))
      deliver(options, "json", report::topology_json(report), context);
    else if (options.text("svg") != "-" && options.text("dot") != "-" && options.text("html") != "-")
      context.out << topology::text_drawing(report, wants_colour(context.out), terminal_width(context.out));
    const bool bad =
        !report.findings.empty() && report.findings.front().severity >= topology::Severity::warning;
    return options.has("strict") && bad ? 3 : 0;
  }

 private:
  static topology::MachineReport report_on(const std::vector<std::string>& words, Context& context) {
    const topology::GpuCatalogue gpus(context.data);
    if (words.empty()) return topology::read_local_machine(gpus);
    if (words.size() == 1 && is_description(words.front()))
      return topology::report_of(topology::load_cluster(words.front(), {}, context.data).node);
    std::vector<topology::FileText> files;
    for (const std::string& path : words)
      files.emplace_back(path == "-" ? "standard input" : path, read_file(path));
    return topology::read_machine(files, gpus);
  }
};

}  // namespace

std::unique_ptr<Command> make_command_topo() { return std::make_unique<TopoCommand>(); }

}  // namespace scalesim::cli
