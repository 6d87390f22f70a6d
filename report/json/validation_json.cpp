// The contract's validation document: shares, not percent; null for what does not apply.
#include <nlohmann/json.hpp>

#include <cmath>

#include "report/documents/validation.h"

namespace scalesim::report {
namespace {

using Json = nlohmann::ordered_json;

Json text_or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }
Json count_or_null(std::int64_t count) { return count > 0 ? Json(count) : Json(nullptr); }
Json finite_or_null(double value) { return std::isfinite(value) && value != 0 ? Json(value) : Json(nullptr); }

Json row_json(const validation::ValidationTable& table, const validation::ValidationRow& row) {
  const validation::CurveFacts& facts = table.curves.at(row.curve);
  const bool speedup = table.quantity == validation::Quantity::speedup;
  return {{"gpus", row.gpus},
          {"measured_speedup", speedup ? Json(row.measured_speedup) : Json(nullptr)},
          {"predicted_speedup", speedup ? Json(row.predicted_speedup) : Json(nullptr)},
          {"error", row.error},
          {"measured", row.measured},
          {"predicted", row.predicted},
          {"unit", speedup ? "speedup" : facts.unit},
          {"baseline", row.baseline},
          {"bytes", count_or_null(std::llround(row.bytes.value()))},
          {"curve", facts.name},
          {"label", curve_label(facts)},
          {"model", facts.model},
          {"gpu", facts.gpu},
          {"system", facts.system},
          {"nodes", facts.nodes},
          {"batch_per_gpu", count_or_null(facts.batch)},
          {"sequence", count_or_null(facts.sequence)},
          {"precision", text_or_null(facts.precision)},
          {"framework", text_or_null(facts.framework)},
          {"trust", text_or_null(facts.trust)},
          {"measured_on", text_or_null(facts.measured_on)},
          {"source", row.source}};
}

Json table_json(const validation::ValidationTable& table) {
  Json rows = Json::array();
  for (const validation::ValidationRow& row : table.rows) rows.push_back(row_json(table, row));
  return {{"name", table.name},
          {"description", table.description},
          {"source", table.source},
          {"kind", table.kind},
          {"quantity", to_text(table.quantity)},
          {"fitted", table.fitted},
          {"not_counted", text_or_null(table.not_counted)},
          {"points", table.points()},
          {"rows", rows},
          {"mape", table.mape},
          {"median", table.median},
          {"worst", table.worst}};
}

Json groups_json(const validation::Validation& validation) {
  Json groups = Json::array();
  for (const bool fitted : {false, true})
    for (const validation::ErrorSummary& s : validation::summaries(validation, fitted))
      groups.push_back({{"kind", s.name},
                        {"fitted", fitted},
                        {"points", s.points},
                        {"mape", s.mape},
                        {"median", s.median},
                        {"bias", s.bias},
                        {"worst", s.worst}});
  return groups;
}

Json workload_json(const validation::RuleWorkload& w) {
  return {{"model", w.model}, {"gpu", w.gpu},           {"batch_per_gpu", w.batch}, {"strategy", w.strategy},
          {"fits", w.fits},   {"marginal", w.marginal}, {"speedup", w.speedup},     {"distance", w.distance}};
}

Json rule_json(const validation::RuleAnswer& answer) {
  Json document = {{"name", answer.rule.name},         {"description", answer.rule.description},
                   {"source", answer.rule.source},     {"system", answer.rule.system},
                   {"unit", answer.rule.unit},         {"gpus_per_unit", answer.rule.gpus_per_unit},
                   {"marginal", answer.rule.marginal}, {"speedup", answer.speedup},
                   {"workloads", Json::array()},       {"implied", Json::array()},
                   {"batches", Json::array()},         {"shapes", Json::array()},
                   {"sentences", answer.sentences}};
  for (const validation::RuleWorkload& w : answer.workloads)
    document["workloads"].push_back(workload_json(w));
  for (const validation::RuleImplication& i : answer.implied)
    document["implied"].push_back({{"units", i.units},
                                   {"step", i.step},
                                   {"exposed_share", i.exposed_share},
                                   {"bus_bandwidth", finite_or_null(i.bandwidth)}});
  for (const validation::RuleBatch& b : answer.batches)
    document["batches"].push_back(
        {{"model", b.model}, {"gpu", b.gpu}, {"batch_per_gpu", b.batch ? Json(*b.batch) : Json(nullptr)}});
  for (const validation::RuleShape& s : answer.shapes)
    document["shapes"].push_back(
        {{"name", s.name}, {"marginal", s.marginal}, {"worst", s.worst}, {"possible", s.possible}});
  return document;
}

Json predicted_json(const validation::PredictedRow& row) {
  return {{"gpus", row.gpus},
          {"measured_speedup", finite_or_null(row.measured)},
          {"predicted_speedup", row.predicted},
          {"low", row.low},
          {"high", row.high},
          {"error", row.measured > 0 ? Json(row.error) : Json(nullptr)},
          {"simulated_speedup", finite_or_null(row.simulated)}};
}

Json fit_json(const validation::TableFit& fit) {
  Json document = {{"curve", fit.curve},    {"rows", fit.rows_used},       {"residual", fit.residual},
                   {"noise", fit.noise},    {"parameters", Json::array()}, {"held_out", Json::array()},
                   {"next", Json::array()}, {"reading", fit.reading},      {"notes", fit.notes}};
  for (const validation::FittedParameter& p : fit.parameters)
    document["parameters"].push_back({{"name", p.name},
                                      {"value", std::isfinite(p.value) ? Json(p.value) : Json(nullptr)},
                                      {"low", std::isfinite(p.low) ? Json(p.low) : Json(nullptr)},
                                      {"high", std::isfinite(p.high) ? Json(p.high) : Json(nullptr)},
                                      {"identifiable", p.identifiable},
                                      {"remark", text_or_null(p.remark)}});
  for (const validation::PredictedRow& row : fit.held_out)
    document["held_out"].push_back(predicted_json(row));
  for (const validation::PredictedRow& row : fit.next) document["next"].push_back(predicted_json(row));
  return document;
}

}  // namespace

std::string validation_json(const ValidationReport& report) {
  const validation::Validation& v = report.validation;
  Json document = {{"schema", "scalesim.validation/1"},
                   {"tables", Json::array()},
                   {"mape", v.mape},
                   {"median", v.median},
                   {"worst", v.worst},
                   {"max_mape", report.bound ? Json(*report.bound) : Json(nullptr)},
                   {"groups", groups_json(v)},
                   {"rules", Json::array()},
                   {"fits", Json::array()},
                   {"warnings", v.warnings}};
  for (const validation::ValidationTable& table : v.tables) document["tables"].push_back(table_json(table));
  for (const validation::RuleAnswer& answer : report.rules) document["rules"].push_back(rule_json(answer));
  for (const validation::TableFit& fit : report.fits) document["fits"].push_back(fit_json(fit));
  return document.dump(1) + "\n";
}

}  // namespace scalesim::report
