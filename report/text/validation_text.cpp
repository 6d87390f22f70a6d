// Rows, then what they come to: by table, by kind with fitted and unfitted rows apart, in total.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/units_text.h"
#include "report/documents/validation.h"
#include "report/text/table.h"

namespace scalesim::report {
namespace {

using validation::Quantity;
using validation::ValidationRow;
using validation::ValidationTable;

constexpr std::size_t kWorstShown = 5;

std::string signed_percent(double share) { return fmt::format("{:+.1f} %", 100 * share); }
std::string percent(double share) { return fmt::format("{:.1f} %", 100 * share); }

std::string figure(double value, Quantity quantity) {
  if (quantity == Quantity::speedup)
    return value < 0.1 ? fmt::format("{:.2g}", value) : fmt::format("{:.2f}", value);
  return value >= 1000 ? fmt::format("{:.0f}", value) : fmt::format("{:.3g}", value);
}

std::string fitted_text(const ValidationTable& table) {
  if (!table.not_counted.empty()) return "not counted: " + table.not_counted;
  if (table.fitted.empty()) return "no constant was fitted on these rows";
  return fmt::format("constants of {} were fitted on these rows", fmt::join(table.fitted, ", "));
}

std::vector<Column> row_columns(const ValidationTable& table) {
  std::vector<Column> columns = {{"curve", Align::left}, {"GPUs"}};
  if (table.quantity == Quantity::bus_bandwidth) columns.push_back({"size"});
  const bool speedup = table.quantity == Quantity::speedup;
  columns.push_back({"measured"});
  columns.push_back({"predicted"});
  columns.push_back({"error"});
  if (!speedup) columns.push_back({"unit", Align::left});
  return columns;
}

std::vector<std::string> row_cells(const ValidationTable& table, const ValidationRow& row) {
  std::vector<std::string> cells = {curve_label(table.curves.at(row.curve)), std::to_string(row.gpus)};
  if (table.quantity == Quantity::bus_bandwidth) cells.push_back(message_size_text(row.bytes));
  cells.push_back(figure(row.measured, table.quantity));
  cells.push_back(figure(row.predicted, table.quantity));
  cells.push_back(row.baseline ? "base" : signed_percent(row.error));
  if (table.quantity != Quantity::speedup) cells.push_back(table.curves.at(row.curve).unit);
  return cells;
}

std::string rows_text(const ValidationTable& table, const ValidationTextOptions& options) {
  std::vector<const ValidationRow*> rows;
  for (const ValidationRow& row : table.rows)
    if (options.rows == RowsShown::all || !row.baseline) rows.push_back(&row);
  if (options.rows == RowsShown::worst) {
    std::stable_sort(rows.begin(), rows.end(), [](const ValidationRow* a, const ValidationRow* b) {
      return std::fabs(a->error) > std::fabs(b->error);
    });
    rows.resize(std::min(rows.size(), kWorstShown));
  }
  Table text(row_columns(table));
  for (const ValidationRow* row : rows) text.add(row_cells(table, *row));
  return text.text(2, options.width);
}

std::string table_text(const ValidationTable& table, const ValidationTextOptions& options) {
  std::string text = fmt::format("{}: {} ({}; {})\n", table.name,
                                 table.description.empty() ? table.source : table.description, table.kind,
                                 fitted_text(table));
  text += rows_text(table, options);
  if (const ValidationRow* worst = worst_row(table))
    text += fmt::format("  {} points, mean error {}, median {}, worst {} ({}, {} GPUs)\n\n", table.points(),
                        percent(table.mape), percent(table.median), signed_percent(worst->error),
                        curve_label(table.curves.at(worst->curve)), worst->gpus);
  return text;
}

std::string tables_text(const validation::Validation& validation, int width) {
  Table table({{"table", Align::left},
               {"kind", Align::left},
               {"points"},
               {"MAPE"},
               {"median"},
               {"worst"},
               {"fitted", Align::left}});
  for (const ValidationTable& t : validation.tables) {
    const ValidationRow* worst = worst_row(t);
    table.add({t.name, t.kind, std::to_string(t.points()), percent(t.mape), percent(t.median),
               worst ? signed_percent(worst->error) : "-",
               !t.not_counted.empty() ? "not counted"
               : t.fitted.empty()     ? "no"
                                      : "yes"});
  }
  return "Tables\n" + table.text(2, width) + "\n";
}

std::string groups_text(const validation::Validation& validation) {
  Table table(
      {{"rows", Align::left}, {"kind", Align::left}, {"points"}, {"MAPE"}, {"median"}, {"bias"}, {"worst"}});
  for (const bool fitted : {false, true})
    for (const validation::ErrorSummary& s : validation::summaries(validation, fitted))
      if (s.points > 0)
        table.add({fitted ? "fitted" : "unfitted", s.name, std::to_string(s.points), percent(s.mape),
                   percent(s.median), signed_percent(s.bias), percent(s.worst)});
  return table.empty()
             ? ""
             : "Errors of rows that no constant was fitted on, and of the others\n" + table.text() + "\n";
}

std::string total_text(const ValidationReport& report) {
  const validation::Validation& v = report.validation;
  int points = 0;
  for (const ValidationTable& table : v.tables) points += table.not_counted.empty() ? table.points() : 0;
  if (points == 0) return "";
  std::string text = fmt::format(
      "In total {} points of {} table{}: mean error (MAPE) {}, median {}, worst {}.\n", points,
      v.tables.size(), v.tables.size() == 1 ? "" : "s", percent(v.mape), percent(v.median), percent(v.worst));
  if (report.bound)
    text += fmt::format("--max-mape {:g}: {}\n", 100 * *report.bound,
                        v.mape <= *report.bound ? "kept" : "exceeded");
  return text;
}

std::string shares(const std::vector<double>& marginal) {
  std::string text;
  for (const double m : marginal) text += fmt::format("{:5.0f}", 100 * m);
  return text;
}

std::string bandwidth_text(double rate) { return rate > 0 ? to_text(BytesPerSecond(rate)) : "-"; }

std::string workload_table(const validation::RuleAnswer& answer, bool full) {
  Table table({{"percent that each " + answer.rule.unit + " brings", Align::left},
               {fmt::format("1st to {}", answer.rule.marginal.size()) +
                    (answer.rule.marginal.size() > 3 ? "th" : "rd"),
                Align::left},
               {"worth"},
               {"off by"},
               {"", Align::left}});
  table.add({"the rule", shares(answer.rule.marginal), fmt::format("{:.2f}", answer.speedup.back()), "", ""});
  std::size_t shown = 0;
  for (const validation::RuleWorkload& w : answer.workloads) {
    if (!full && ++shown > 6) break;
    table.add({fmt::format("{} batch {}, {}", w.model, w.batch, w.gpu), shares(w.marginal),
               fmt::format("{:.2f}", w.speedup.back()), fmt::format("{:.1f}", 100 * w.distance),
               (w.sharded ? fmt::format("sharded ({})", w.strategy) : std::string()) +
                   (w.fits ? std::string() : fmt::format(", does not fit one {}", answer.rule.unit))});
  }
  return table.text();
}

std::string implication_table(const validation::RuleAnswer& answer) {
  const validation::RuleWorkload& closest = answer.workloads.front();
  Table table({{answer.rule.unit + "s"},
               {"step"},
               {"waiting"},
               {fmt::format("bus bandwidth of {} at batch {}", closest.model, closest.batch)}});
  for (const validation::RuleImplication& i : answer.implied)
    table.add({std::to_string(i.units), fmt::format("{:.3f}", i.step), percent(i.exposed_share),
               bandwidth_text(i.bandwidth)});
  return table.text();
}

std::string shape_table(const validation::RuleAnswer& answer) {
  Table table({{"a machine of one shape", Align::left},
               {"its steps", Align::left},
               {"off by at most"},
               {"", Align::left}});
  for (const validation::RuleShape& s : answer.shapes)
    table.add({s.name, shares(s.marginal), fmt::format("{:.1f}", 100 * s.worst),
               s.possible ? "can be" : "cannot be"});
  return table.text();
}

std::string batch_table(const validation::RuleAnswer& answer) {
  Table table({{"batch that obeys the rule", Align::left},
               {"batch"},
               {fmt::format("worth of {} {}s", answer.rule.marginal.size(), answer.rule.unit), Align::left}});
  for (const validation::RuleBatch& b : answer.batches)
    table.add({fmt::format("{}, {}", b.model, b.gpu), b.batch ? fmt::format("{:.0f}", *b.batch) : "none",
               fmt::format("{:.2f} at batch {} to {:.2f} at {}", b.smallest_speedup, b.smallest_batch,
                           b.largest_speedup, b.largest_batch)});
  return table.text();
}

}  // namespace

std::string curve_label(const validation::CurveFacts& facts) {
  std::string text = facts.model + " " + facts.gpu;
  if (!facts.precision.empty()) text += " " + facts.precision;
  if (facts.batch > 0) text += fmt::format(" batch {}", facts.batch);
  if (facts.sequence > 0) text += fmt::format(" seq {}", facts.sequence);
  if (facts.nodes > 1) text += fmt::format(", {} nodes", facts.nodes);
  return text;
}

const validation::ValidationRow* worst_row(const validation::ValidationTable& table) {
  const ValidationRow* worst = nullptr;
  for (const ValidationRow& row : table.rows)
    if (!row.baseline && (worst == nullptr || std::fabs(row.error) > std::fabs(worst->error))) worst = &row;
  return worst;
}

std::string rule_text(const validation::RuleAnswer& answer, bool full) {
  std::string text = fmt::format("{}: {}\n", answer.rule.name, answer.rule.description);
  for (const std::string& sentence : answer.sentences) text += "  " + sentence + "\n";
  text += "\n" + workload_table(answer, full) + "\n";
  if (!full)
    return text + fmt::format("  'scalesim validate {}' shows every workload and what the rule implies\n\n",
                              answer.rule.name);
  text += fmt::format("  What the rule says of a step, the step on one {} being 1:\n", answer.rule.unit);
  return text + implication_table(answer) + "\n" + batch_table(answer) + "\n" + shape_table(answer) + "\n";
}

std::string fit_text(const validation::TableFit& fit) {
  std::string text = fmt::format("Fit of {} ({} sizes, rows reproduced within {})\n", fit.curve,
                                 fit.rows_used, percent(fit.residual));
  Table parameters({{"what the table says", Align::left},
                    {"", Align::left},
                    {"95 % interval", Align::left},
                    {"", Align::left}});
  for (const validation::FittedParameter& p : fit.parameters)
    parameters.add({p.name, p.identifiable ? p.text : "not identifiable", p.range, p.remark});
  text += parameters.text() + "  " + fit.reading + "\n";
  for (const std::string& note : fit.notes) text += "  " + note + "\n";
  Table rows({{"GPUs"},
              {"measured"},
              {"predicted"},
              {"range", Align::left},
              {"error"},
              {"simulator"},
              {"", Align::left}});
  const auto add = [&](const validation::PredictedRow& row, const char* what) {
    rows.add({std::to_string(row.gpus), row.measured > 0 ? fmt::format("{:.2f}", row.measured) : "-",
              fmt::format("{:.2f}", row.predicted), fmt::format("{:.2f} to {:.2f}", row.low, row.high),
              row.measured > 0 ? signed_percent(row.error) : "",
              row.simulated > 0 ? fmt::format("{:.2f}", row.simulated) : "-", what});
  };
  for (const validation::PredictedRow& row : fit.held_out) add(row, "left out of the fit, then predicted");
  for (const validation::PredictedRow& row : fit.next) add(row, "beyond the table");
  return text + rows.text() + "\n";
}

std::string validation_text(const ValidationReport& report, const ValidationTextOptions& options) {
  std::string text;
  if (options.rows != RowsShown::none)
    for (const ValidationTable& table : report.validation.tables) text += table_text(table, options);
  for (const validation::RuleAnswer& answer : report.rules) text += rule_text(answer, options.rules_in_full);
  for (const validation::TableFit& fit : report.fits) text += fit_text(fit);
  if (!report.validation.tables.empty() &&
      (report.validation.tables.size() > 1 || options.rows == RowsShown::none))
    text += tables_text(report.validation, options.width) + groups_text(report.validation);
  text += total_text(report);
  for (const std::string& warning : report.validation.warnings) text += "warning: " + warning + "\n";
  return text;
}

}  // namespace scalesim::report
