// `scalesim predict`, and `scalesim` without a command: speed-up curves. Under mpirun it measures the links
// first.
#include <fmt/format.h>

#include <ostream>

#include "cli/options/scenario_options.h"
#include "cli/shell/command.h"
#include "cli/shell/progress.h"
#include "cli/shell/terminal.h"
#include "cli/work/measured_system.h"
#include "core/error.h"
#include "report/documents/prediction.h"
#include "report/text/plot.h"
#include "report/text/prose.h"
#include "report/trace/trace.h"
#include "sim/curve/explore.h"
#include "sim/curve/predict.h"
#include "sim/curve/sensitivity.h"
#include "sim/evaluate/step_evaluator.h"

namespace scalesim::cli {
namespace {

std::vector<Option> all_options() {
  std::vector<Option> options = scenario_options();
  const std::vector<Option> systems = system_options();
  options.insert(options.end(), systems.begin(), systems.end());
  const std::vector<Option> own = {
      {"probe-time", "T", "time budget of the probe under mpirun (default 10s)", false, {}, {}},
      {"json", "FILE", "write JSON instead of text", false, "", {}},
      {"csv", "FILE", "write the points as CSV", false, "", {}},
      {"trace", "FILE", "write the largest step of the last system as Chrome trace events", false, {}, {}},
      html_option(),
      {"explore", "", "also predict other batches and link speeds, for the sliders of --html", false, {}, {}},
      {"plot", "", "draw the curves in the terminal, and what the step is made of", false, {}, {}},
  };
  options.insert(options.end(), own.begin(), own.end());
  return options;
}

class PredictCommand : public Command {
 public:
  std::string_view name() const override { return "predict"; }
  std::string_view summary() const override {
    return "speed-up curves, what limits them and what each point costs";
  }
  std::string_view usage() const override { return "[predict] [options]"; }
  std::vector<Option> options() const override { return all_options(); }
  std::vector<std::string_view> examples() const override {
    return {"scalesim --model resnet50 --gpu rtx4090",
            "scalesim predict --model bert-large --system dgx-h100 --nodes 4",
            "mpirun -np 8 scalesim --model resnet18"};
  }

  int run(const Options& options, Context& context) const override {
    refuse_words(options);
    const sim::Scenario scenario = scenario_from(options, context.data);
    Systems systems = systems_from(options, context.data);
    const bool machine_output = options.has("json") || options.has("csv") || options.text("html") == "-";
    if (context.world.distributed()) add_measured_system(systems, options, context, machine_output);
    if (context.world.rank() != 0) return 0;
    for (const std::string& note : systems.notes) context.err << "note: " << note << "\n";
    if (!options.has("gpus")) keep_possible_sizes(systems.systems, scenario.parallel);
    const sim::Scenario asked = with_default_batch(scenario, systems.systems, options);
    if (context.verbose) tell(asked, systems.systems, context.err);
    sim::Prediction prediction = predicted(asked, systems.systems, options, context);
    const plan::BoardPrices prices = plan::board_prices(
        prediction, systems.systems, options.text("currency", plan::kHomeCurrency), context.data);
    sim::explain(prediction, asked, systems.systems, context.data);
    if (options.has("trace"))
      deliver(options, "trace", trace_of(asked, systems.systems.back(), context.data), context);
    prediction.warnings.insert(prediction.warnings.begin(), systems.warnings.begin(), systems.warnings.end());
    if (options.has("json")) deliver(options, "json", report::prediction_json(prediction, prices), context);
    if (options.has("csv")) deliver(options, "csv", report::prediction_csv(prediction), context);
    if (options.has("html")) deliver_html(options, report::prediction_json(prediction, prices), context);
    if (machine_output) return 0;
    if (options.has("plot"))
      context.out << report::prediction_plot(prediction, {.width = drawing_width(context.out),
                                                          .colour = wants_colour(context.out)})
                  << "\n";
    const int width = terminal_width(context.out);
    context.out << report::fitted(report::prediction_text(prediction, prices, width), width);
    context.out.flush();
    for (const std::string& warning : prediction.warnings) context.err << "warning: " << warning << "\n";
    return 0;
  }

 private:
  /// With a bar, for curves of thousands of GPUs, unfolded steps and grids take a while.
  static sim::Prediction predicted(const sim::Scenario& scenario, const std::vector<sim::System>& systems,
                                   const Options& options, Context& context) {
    std::size_t points = 0, done = 0;
    for (const sim::System& system : systems) points += system.gpu_counts.size();
    const bool explored = options.has("explore");
    const std::size_t all =
        points * (explored ? 1 + static_cast<std::size_t>(sim::explored_settings(scenario)) : 1);
    Progress progress(context.err, "points", options.has("quiet"));
    const auto point_done = [&] { progress.at(++done, all); };
    sim::Prediction prediction = sim::predict(scenario, systems, context.data, point_done);
    if (explored) prediction.grid = sim::explore(scenario, systems, context.data, point_done);
    return prediction;
  }

  static void tell(const sim::Scenario& scenario, const std::vector<sim::System>& systems,
                   std::ostream& err) {
    err << fmt::format("predict: {}, {} layers, batch {} per GPU, {}\n", scenario.model.name,
                       scenario.model.layers.size(), scenario.compute.batch, scenario.strategy);
    for (const sim::System& system : systems)
      err << fmt::format("predict: {}: {} GPUs to a node, {} node(s), collectives timed by '{}', {} points\n",
                         system.name, system.cluster.gpus_per_node, system.cluster.nodes,
                         system.collectives->name(), system.gpu_counts.size());
  }

  static std::string trace_of(const sim::Scenario& scenario, const sim::System& system,
                              const DataCatalogue& data) {
    sim::Scenario folded = scenario;
    folded.unfold = false;
    sim::StepEvaluator simulator(folded, system, data, sim::load_step_constants(data));
    const auto played = simulator.play_step(system.gpu_counts.back());
    const report::TraceNames names = {fmt::format("{} on {} GPUs of {}, {}", scenario.model.name,
                                                  system.gpu_counts.back(), system.name, scenario.strategy),
                                      system.collectives.get()};
    return report::chrome_trace(played.step, played.line, names);
  }

  static void refuse_words(const Options& options) {
    if (options.positional().empty()) return;
    throw InputError(fmt::format("unexpected word '{}': options start with --, such as --model {}",
                                 options.positional()[0], options.positional()[0]));
  }
};

}  // namespace

std::unique_ptr<Command> make_command_predict() { return std::make_unique<PredictCommand>(); }

}  // namespace scalesim::cli
