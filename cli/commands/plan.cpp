// `scalesim plan`: which cluster to buy, by cost per speed-up.
#include "plan/plan.h"

#include <fmt/format.h>

#include <ostream>

#include "cli/options/scenario_options.h"
#include "cli/shell/command.h"
#include "cli/shell/terminal.h"
#include "cli/work/long_search.h"
#include "cli/work/plan_configurations.h"
#include "comm/probe/exchange.h"
#include "core/error.h"
#include "core/file.h"
#include "core/number.h"
#include "core/units_text.h"
#include "report/documents/plan.h"
#include "report/text/prose.h"
#include "sim/step/strategy.h"

namespace scalesim::cli {
namespace {

constexpr int kUsualGpus = 64;         ///< without a limit or a target
constexpr int kMostGpus = 1024;        ///< with one
constexpr double kImageNet = 1281167;  ///< training images of ImageNet-1k, one epoch

std::vector<Option> own_options() {
  return {
      {"budget", "MONEY", "for the purchase, such as \"2M CNY\"", false, {}, {}},
      {"target-speedup", "X", "at least this speed-up", false, {}, {}},
      {"target-time", "T", "the run must end within, such as 30d", false, {}, {}},
      {"samples", "N", "length of the run in samples, such as 115M", false, {}, {}},
      {"tokens", "N", "length of the run in tokens, such as 2T", false, {}, {}},
      {"epochs",
       "N",
       "length of the run in epochs of ImageNet-1k (--epoch-samples for another set)",
       false,
       {},
       {}},
      {"epoch-samples", "N", "samples of one epoch", false, {}, {}},
      {"max-gpus", "N", "largest cluster looked at (default 64; 1024 with a limit or target)", false, {}, {}},
      {"max-power", "P", "of all machines together, such as \"40 kW\"", false, {}, {}},
      {"system", "NAME", "only this system; may be repeated", true, {}, {}},
      {"gpu", "NAME", "only this GPU; may be repeated", true, {}, {}},
      {"offers", "FILE", "your own prices, parts and offers (TOML)", false, {}, {}},
      {"why-not", "NxGPU", "what became of such clusters, such as \"8x rtx4090\"", false, {}, {}},
      {"rent", "", "rank by cloud prices instead of purchase prices", false, {}, {}},
      {"years", "Y", "that the cluster is used (default 3)", false, {}, {}},
      {"busy", "SHARE", "of all hours in which it works (default 1)", false, {}, {}},
      {"electricity", "MONEY/kWh", "such as \"0.10 USD/kWh\" (default 0.7 CNY)", false, {}, {}},
      {"pue", "X", "power of the site over power of the machines (default 1.25)", false, {}, {}},
      {"colocation", "MONEY", "per kW and month, such as \"184 USD\"", false, {}, {}},
      {"maintenance", "SHARE", "of the purchase, every year (default 0)", false, {}, {}},
      {"spares", "SHARE", "of the purchase (default 0.03)", false, {}, {}},
      {"staff", "MONEY", "per year", false, {}, {}},
      {"grid", "G", "kg CO2 per kWh, such as 0.55", false, {}, {}},
      {"rows", "N", "of the ranking (default 12)", false, {}, {}},
      {"json", "FILE", "write JSON instead of text", false, "", {}},
      {"csv", "FILE", "write the bill of materials of the best offer as CSV", false, "", {}},
      html_option(),
  };
}

/// Numbers as people write run lengths: "2T", "1.5B", "300k", "1e9".
double parse_count(std::string_view option, const std::string& text) {
  const auto [number, tail, error] = leading_double(text);
  const double scale = tail.empty()                 ? 1
                       : tail == "k" || tail == "K" ? 1e3
                       : tail == "M"                ? 1e6
                       : tail == "B" || tail == "G" ? 1e9
                       : tail == "T"                ? 1e12
                                                    : 0;
  if (error != std::errc() || scale == 0 || !(number > 0) || !(number < 1e30))
    throw InputError(
        fmt::format("--{} '{}' is not a count above zero: write such as 300k, 1.5B or 2T", option, text));
  return number * scale;
}

/// "0.10 USD/kWh" and "0.10 USD": what stands behind the slash is the option's own unit.
std::optional<Money> money_option(const Options& options, std::string_view name) {
  const auto text = options.optional_text(name);
  if (!text) return std::nullopt;
  try {
    return parse_money(text->substr(0, text->find('/')));
  } catch (const InputError& wrong) {
    throw InputError(fmt::format("--{}: {}", name, wrong.message()));
  }
}

std::optional<double> samples_from(const Options& options, const workloads::Model& model) {
  int given = 0;
  for (const char* name : {"samples", "tokens", "epochs"}) given += options.has(name);
  if (given > 1)
    throw InputError("--samples, --tokens and --epochs all give the length of the run: keep one");
  if (options.has("samples")) return parse_count("samples", options.text("samples"));
  if (options.has("tokens")) {
    if (model.tokens_per_sample == 0)
      throw InputError(
          fmt::format("--tokens: {} is trained on {}, use --samples", model.name, model.sample_unit));
    return parse_count("tokens", options.text("tokens")) / static_cast<double>(model.tokens_per_sample);
  }
  if (!options.has("epochs")) return std::nullopt;
  if (model.tokens_per_sample > 0 && !options.has("epoch-samples"))
    throw InputError(fmt::format("--epochs: how long is one for {}? add --epoch-samples N", model.name));
  const double epoch =
      options.has("epoch-samples") ? parse_count("epoch-samples", options.text("epoch-samples")) : kImageNet;
  return parse_count("epochs", options.text("epochs")) * epoch;
}

plan::Running running_from(const Options& options, const DataCatalogue& data) {
  plan::Running running = plan::load_running(data);
  running.years = options.number("years", running.years, 0.01, 100);
  running.busy = options.number("busy", running.busy, 0.001, 1);
  running.electricity = money_option(options, "electricity").value_or(running.electricity);
  running.pue = options.number("pue", running.pue, 1, 10);
  running.spares = options.number("spares", running.spares, 0, 1);
  running.maintenance = options.number("maintenance", running.maintenance, 0, 1);
  running.colocation = money_option(options, "colocation");
  running.staff = money_option(options, "staff");
  if (options.has("grid")) running.grid = options.number("grid", 0, 0, 10);
  return running;
}

void set_limits(plan::PlanRequest& request, const Options& options) {
  request.budget = money_option(options, "budget");
  if (options.has("target-speedup")) request.target_speedup = options.number("target-speedup", 1, 0.001, 1e9);
  if (options.has("target-time")) request.target_time = parse_quantity<Seconds>(options.text("target-time"));
  if (options.has("max-power")) request.max_power = parse_quantity<Watts>(options.text("max-power"));
  const bool limited = request.budget || request.target_speedup || request.target_time || request.max_power;
  request.max_gpus =
      static_cast<int>(options.integer("max-gpus", limited ? kMostGpus : kUsualGpus, 1, 100'000));
}

plan::PlanRequest request_from(const Options& options, const DataCatalogue& data) {
  plan::PlanRequest request;
  request.scenario = scenario_from(options, data);
  request.fixed_batch = options.has("batch");
  request.fixed_strategy = options.has("strategy");
  request.fixed_tensor = options.has("tp");
  request.fixed_pipeline = options.has("pp");
  request.fixed_recompute = options.has("recompute");
  if (request.fixed_strategy) sim::find_strategy(request.scenario.strategy);
  request.systems = options.all("system");
  request.gpus = options.all("gpu");
  set_limits(request, options);
  request.samples = samples_from(options, request.scenario.model);
  request.currency = options.text("currency", request.currency);
  request.running = running_from(options, data);
  request.rent = options.has("rent");
  return request;
}

class PlanCommand : public Command {
 public:
  std::string_view name() const override { return "plan"; }
  std::string_view summary() const override { return "which cluster to buy: cost per speed-up"; }
  std::string_view usage() const override { return "plan --model MODEL [--budget MONEY] [options]"; }
  std::vector<Option> options() const override {
    std::vector<Option> options = own_options();
    const std::vector<Option> shared = scenario_options();
    options.insert(options.begin(), shared.begin(), shared.end());
    for (Option& option : configurations_options()) options.push_back(std::move(option));
    for (Option& option : search_options()) options.push_back(std::move(option));
    return options;
  }
  std::vector<std::string_view> examples() const override {
    return {"scalesim plan --model resnet50 --budget \"2M CNY\"",
            "scalesim plan --model llama3-70b --tokens 2T --target-time 30d --max-gpus 4096",
            "scalesim plan --model bert-large --target-speedup 6 --why-not \"8x rtx4090\"",
            "scalesim plan --model gpt3-175b --system dgx-a100 --gpus 64 --search pruned"};
  }

  int run(const Options& options, Context& context) const override {
    if (!options.positional().empty())
      throw InputError(fmt::format("unexpected word '{}': options start with --, such as --model {}",
                                   options.positional()[0], options.positional()[0]));
    if (options.has("search")) return plan_configurations(*this, options, context), 0;
    for (const char* name : {"gpus", "gpus-per-node", "nic", "fabric"})
      if (options.has(name))
        throw InputError(
            fmt::format("--{} describes one cluster: add --search pruned, or use --max-gpus to buy", name));
    const plan::PlanRequest request = request_from(options, context.data);
    plan::PriceBook book(context.data);
    if (const std::string file = options.text("offers"); !file.empty())
      book.add_offers(comm::from_rank_0(context.world, [&] { return read_file(file); }), file);
    const plan::ClusterSearch clusters(request, book);
    const auto results = search(clusters, *this, options, "clusters", context);
    if (!results) return 0;  // this rank only helped
    const plan::Plan plan = clusters.answer(*results);
    const bool machine_output = options.has("json") || options.has("csv") || options.text("html") == "-";
    if (options.has("json")) deliver(options, "json", report::plan_json(plan), context);
    if (options.has("csv")) deliver(options, "csv", report::bill_csv(plan), context);
    if (options.has("html")) deliver_html(options, report::plan_json(plan), context);
    if (machine_output) return 0;
    const int width = terminal_width(context.out);
    if (options.has("why-not"))
      for (const std::string& answer : plan::why_not(plan, options.text("why-not"), context.data))
        context.out << answer << "\n";
    else
      context.out << report::fitted(
          report::plan_text(plan,
                            {static_cast<std::size_t>(options.integer("rows", 12, 1, 1'000'000)), width}),
          width);
    return 0;
  }
};

}  // namespace

std::unique_ptr<Command> make_command_plan() { return std::make_unique<PlanCommand>(); }

}  // namespace scalesim::cli
