// `scalesim validate`: predictions beside published and the user's own measurements, and what a table says
// about the machine it was measured on.
#include <fmt/format.h>

#include <algorithm>
#include <ostream>

#include "cli/options/scenario_options.h"
#include "cli/options/user_curves.h"
#include "cli/shell/command.h"
#include "cli/shell/progress.h"
#include "cli/shell/terminal.h"
#include "core/error.h"
#include "report/documents/validation.h"
#include "report/text/prose.h"

namespace scalesim::cli {
namespace {

constexpr int kCheckFailed = 3;

std::vector<Option> all_options() {
  std::vector<Option> options = {
      {"table",
       "FILE",
       "your own measurements: CSV with gpus and throughput, step_s, speedup or marginal_percent",
       true,
       {},
       {}},
      {"fit", "FILE", "what such a table says of latency, bandwidth, contention and overlap", true, {}, {}},
      {"leave-last", "N", "rows that --fit leaves out and predicts (default: a quarter)", false, {}, {}},
      {"as-given", "", "take a table's numbers as they stand, however unlikely", false, {}, {}},
      {"max-mape", "P", "exit with 3 when the mean error is above P percent", false, {}, {}},
      {"rows", "WHICH", "rows shown of each table (default all)", false, {}, {"all", "worst", "none"}},
      {"json", "FILE", "write JSON instead of text", false, "", {}},
      {"csv", "FILE", "write the rows as CSV", false, "", {}},
      html_option(),
  };
  for (std::vector<Option> more : {scenario_options(), system_options()}) {
    std::erase_if(more, [](const Option& option) { return option.name == "gpus"; });
    options.insert(options.end(), more.begin(), more.end());
  }
  return options;
}

report::RowsShown rows_shown(const Options& options) {
  const std::string rows = options.text("rows", "all");
  return rows == "none"    ? report::RowsShown::none
         : rows == "worst" ? report::RowsShown::worst
                           : report::RowsShown::all;
}

/// Options that describe a run speak of the user's table only.
void refuse_lonely_options(const Options& options) {
  if (options.has("table") || options.has("fit")) return;
  for (std::vector<Option> list : {scenario_options(), system_options()})
    for (const Option& option : list)
      if (option.name != "gpus" && options.has(option.name))
        throw InputError(
            fmt::format("--{} describes a table of yours: give it with --table FILE or --fit FILE, or leave "
                        "it out, for shipped tables say themselves what was measured",
                        option.name));
  if (options.has("leave-last")) throw InputError("--leave-last goes with --fit FILE");
}

void refuse_unknown_tables(const std::vector<std::string>& names, const DataCatalogue& data) {
  for (const std::string& name : names) {
    if (data.has("tables", name)) continue;
    if (name.find('.') != std::string::npos)
      throw InputError(
          fmt::format("'{}' is no shipped table: a file of yours is given as --table {}", name, name));
    throw unknown_name("table", name, data.names("tables"), "'scalesim list tables' shows all");
  }
}

void add_shipped(report::ValidationReport& report, const Options& options, Context& context) {
  const DataCatalogue& data = context.data;
  refuse_unknown_tables(options.positional(), data);
  const validation::MeasuredTables tables = validation::load_tables(options.positional(), data);
  Progress progress(context.err, "curves", options.has("quiet"));
  validation::Validation shipped =
      validation::validate(tables.curves, data, sim::load_step_constants(data),
                           [&](std::size_t done) { progress.at(done, tables.curves.size()); });
  for (validation::ValidationTable& table : shipped.tables)
    for (const auto& [name, description] : tables.descriptions)
      if (name == table.name) table.description = description;
  report.validation = std::move(shipped);
  for (const validation::RuleOfThumb& rule : tables.rules)
    report.rules.push_back(validation::explain_rule(rule, data));
}

void add_own(report::ValidationReport& report, const Options& options, const DataCatalogue& data) {
  std::vector<validation::MeasuredCurve> curves;
  std::vector<std::string> warnings;
  for (const std::string& file : options.all("table")) {
    UserCurves table = read_user_curves(file, options, data);
    curves.insert(curves.end(), table.curves.begin(), table.curves.end());
    warnings.insert(warnings.end(), table.warnings.begin(), table.warnings.end());
  }
  report.validation = validation::validate(curves, data, sim::load_step_constants(data));
  auto& all = report.validation.warnings;
  if (report.validation.tables.empty() && !all.empty()) throw InputError(all.front());
  all.insert(all.begin(), warnings.begin(), warnings.end());
}

/// Fits every curve of a table; throws when none can be fitted.
std::vector<std::string> fit_curves(report::ValidationReport& report, const UserCurves& table,
                                    const validation::TableFitOptions& fit, const DataCatalogue& data) {
  std::vector<std::string> failed;
  for (const validation::MeasuredCurve& curve : table.curves) {
    try {
      report.fits.push_back(validation::fit_table(curve, fit, data));
    } catch (const InputError& wrong) {
      failed.push_back(wrong.message());
    }
  }
  if (failed.size() == table.curves.size()) throw InputError(failed.front());
  return failed;
}

void add_fits(report::ValidationReport& report, const Options& options, const DataCatalogue& data) {
  validation::TableFitOptions fit;
  fit.leave_last = static_cast<int>(options.integer("leave-last", 0, 1, 1000));
  for (const std::string& file : options.all("fit")) {
    const UserCurves table = read_user_curves(file, options, data);
    auto& all = report.validation.warnings;
    all.insert(all.end(), table.warnings.begin(), table.warnings.end());
    for (std::string& failure : fit_curves(report, table, fit, data)) all.push_back(std::move(failure));
  }
}

class ValidateCommand : public Command {
 public:
  std::string_view name() const override { return "validate"; }
  std::string_view summary() const override {
    return "predictions beside published and your own measurements";
  }
  std::string_view usage() const override { return "validate [TABLE...] [options]"; }
  WordChoices words() const override { return {{}, "tables"}; }
  std::vector<Option> options() const override { return all_options(); }
  std::vector<std::string_view> examples() const override {
    return {"scalesim validate --rows none", "scalesim validate decreasing-pcie",
            "scalesim validate --table mine.csv --model resnet50 --system pcie --gpu rtx4090 --batch 64",
            "scalesim validate --fit mine.csv --model resnet50 --batch 64"};
  }

  int run(const Options& options, Context& context) const override {
    refuse_lonely_options(options);
    if (context.world.rank() != 0) return 0;
    report::ValidationReport report;
    if (options.has("max-mape")) report.bound = options.number("max-mape", 0, 0, 1e6) / 100;
    const bool own = options.has("table") || options.has("fit");
    if (own && !options.positional().empty())
      throw InputError(fmt::format(
          "'{}' beside --table or --fit: shipped tables and your own are two questions, ask twice",
          options.positional()[0]));
    if (!own) add_shipped(report, options, context);
    if (options.has("table")) add_own(report, options, context.data);
    add_fits(report, options, context.data);
    print(report, options, context);
    return report.bound && !(report.validation.mape <= *report.bound) ? kCheckFailed : 0;
  }

 private:
  static void print(const report::ValidationReport& report, const Options& options, Context& context) {
    if (options.has("json")) deliver(options, "json", report::validation_json(report), context);
    if (options.has("csv")) deliver(options, "csv", report::validation_csv(report), context);
    if (options.has("html")) deliver_html(options, report::validation_json(report), context);
    if (options.has("json") || options.has("csv") || options.text("html") == "-") return;
    report::ValidationTextOptions text;
    text.rows = rows_shown(options);
    text.rules_in_full = !options.positional().empty();
    text.width = terminal_width(context.out);
    context.out << report::fitted(report::validation_text(report, text), text.width);
  }
};

}  // namespace

std::unique_ptr<Command> make_command_validate() { return std::make_unique<ValidateCommand>(); }

}  // namespace scalesim::cli
