// The contract's plan document: SI units, money as numbers in one currency, null for what is not known.
#include <nlohmann/json.hpp>

#include "report/documents/plan.h"

namespace scalesim::report {
namespace {

using Json = nlohmann::ordered_json;

template <class T>
Json number_or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}
Json money_or_null(const std::optional<Money>& value) { return value ? Json(value->amount) : Json(nullptr); }
Json text_or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

Json ownership_json(const plan::Ownership& o) {
  return {{"parts", o.parts.amount},
          {"spares", o.spares.amount},
          {"energy_per_year", o.energy.amount},
          {"colocation_per_year", o.colocation.amount},
          {"maintenance_per_year", o.maintenance.amount},
          {"staff_per_year", o.staff.amount},
          {"total", o.total.amount},
          {"per_hour", o.per_hour.amount},
          {"kwh_per_year", o.kwh_per_year},
          {"co2_kg_per_year", number_or_null(o.co2_per_year)},
          {"rent_per_hour", money_or_null(o.rent_per_hour)},
          {"break_even_months", number_or_null(o.break_even_months)}};
}

Json bill_json(const plan::Bill& bill) {
  Json lines = Json::array();
  for (const plan::BillLine& line : bill.lines)
    lines.push_back({{"role", line.role},
                     {"part", line.part},
                     {"count", line.count},
                     {"unit_price", line.unit.amount},
                     {"total", line.total.amount},
                     {"kind", line.quoted.kind},
                     {"source", line.quoted.source},
                     {"date", text_or_null(line.quoted.date)}});
  return lines;
}

Json offer_json(const plan::Offer& offer) {
  return {{"title", offer.title()},
          {"system", offer.system},
          {"gpu", offer.gpu},
          {"nodes", offer.nodes},
          {"gpus", offer.gpus},
          {"gpus_per_node", offer.gpus_per_node},
          {"nic", text_or_null(offer.nic)},
          {"fabric", text_or_null(offer.fabric)},
          {"strategy", offer.strategy},
          {"microbatch", offer.microbatch},
          {"global_batch", offer.global_batch},
          {"memory_bytes", offer.memory.value()},
          {"capex", offer.cost.capex.amount},
          {"opex_per_year", offer.cost.opex.amount},
          {"cost", offer.spent.amount},
          {"currency", offer.spent.currency},
          {"power_w", offer.cost.power.value()},
          {"speedup", offer.speedup},
          {"speedup_low", offer.speedup_low},
          {"speedup_high", offer.speedup_high},
          {"throughput", offer.throughput},
          {"cost_per_speedup", offer.cost_per_speedup.amount},
          {"cost_per_million", offer.cost_per_million.amount},
          {"time_to_target_s", offer.time_to_target ? Json(offer.time_to_target->value()) : Json(nullptr)},
          {"cost_of_run", money_or_null(offer.cost_of_run)},
          {"co2_kg_of_run", number_or_null(offer.co2_of_run)},
          {"beaten_by_best", offer.beaten_by_best},
          {"pareto", offer.pareto},
          {"fits", true},
          {"ownership", ownership_json(offer.cost)}};
}

Json chosen(const plan::Plan& plan, const std::optional<std::size_t>& index) {
  return index ? offer_json(plan.offers[*index]) : Json(nullptr);
}

}  // namespace

std::string plan_json(const plan::Plan& plan) {
  Json document = {{"schema", "scalesim.plan/1"},
                   {"model", plan.model},
                   {"throughput_unit", plan.throughput_unit},
                   {"currency", plan.currency},
                   {"years", plan.years},
                   {"rent", plan.rent},
                   {"reference", {{"name", plan.reference}, {"throughput", plan.reference_throughput}}},
                   {"offers", Json::array()},
                   {"best", chosen(plan, plan.best)},
                   {"knee", chosen(plan, plan.knee)},
                   {"next", chosen(plan, plan.next)},
                   {"fastest", chosen(plan, plan.fastest)},
                   {"bill", plan.best ? bill_json(plan.offers[*plan.best].bill) : Json::array()},
                   {"tipping", Json::array()},
                   {"rejected", Json::array()},
                   {"warnings", plan.warnings}};
  for (const plan::Offer& offer : plan.offers) document["offers"].push_back(offer_json(offer));
  for (const plan::Rejected& rejected : plan.rejected)
    document["rejected"].push_back({{"title", rejected.title},
                                    {"system", rejected.system},
                                    {"gpu", rejected.gpu},
                                    {"nodes", rejected.nodes},
                                    {"gpus", rejected.gpus},
                                    {"reason", rejected.reason}});
  for (const plan::TippingPoint& t : plan.tipping)
    document["tipping"].push_back({{"input", t.input},
                                   {"unit", t.unit},
                                   {"now", t.now},
                                   {"then", t.then},
                                   {"overtaken_by", plan.offers[t.overtaken_by].title()}});
  return document.dump(2) + "\n";
}

}  // namespace scalesim::report
