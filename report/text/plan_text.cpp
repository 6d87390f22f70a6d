// What a buyer reads after `scalesim plan`.
#include <fmt/format.h>

#include <algorithm>

#include "core/units_text.h"
#include "report/documents/plan.h"
#include "report/text/table.h"

namespace scalesim::report {
namespace {

using plan::Offer;
using plan::Plan;

std::string days(Seconds time) {
  constexpr double kDay = 86400;
  if (time.value() < 3600) return to_text(time);
  return time.value() < kDay ? fmt::format("{:.1f} h", time.value() / 3600)
                             : fmt::format("{:.3g} d", time.value() / kDay);
}

std::string amount(const Money& money) {
  const std::string text = to_text(money);
  return text.substr(0, text.rfind(' '));
}

std::string ranking_text(const Plan& plan, const PlanTextOptions& options) {
  const bool run = !plan.offers.empty() && plan.offers[0].time_to_target.has_value();
  std::vector<Column> columns = {{"", Align::left}, {"cluster", Align::left}, {"trained by", Align::left}};
  columns.insert(columns.end(), {{"price"},
                                 {"a year", Align::right, 2},
                                 {"power", Align::right, 4},
                                 {plan.throughput_unit, Align::right, 3},
                                 {"speed-up (low..high)"},
                                 {"cost per speed-up"}});
  if (run) {
    columns.push_back({"run takes"});
    columns.push_back({"run costs"});
  }
  Table table(columns);
  for (std::size_t i = 0; i < std::min(options.rows, plan.offers.size()); ++i) {
    const Offer& offer = plan.offers[i];
    std::vector<std::string> row = {
        fmt::format("{}{}", i + 1, offer.pareto ? " *" : ""),
        offer.title(),
        offer.strategy,
        amount(plan.rent ? *offer.cost.rent_per_hour : offer.cost.capex),
        amount(plan.rent ? *offer.cost.rent_per_hour * 8760 : offer.cost.opex),
        to_text(offer.cost.power),
        fmt::format("{:.4g}", offer.throughput),
        fmt::format("{:.2f} ({:.2f}..{:.2f})", offer.speedup, offer.speedup_low, offer.speedup_high),
        amount(offer.cost_per_speedup)};
    if (run) row.insert(row.end(), {days(*offer.time_to_target), amount(*offer.cost_of_run)});
    table.add(row);
  }
  return table.text(2, options.width);
}

std::string choice_line(const char* label, const Offer& offer, const Plan& plan) {
  return fmt::format("{:<20}{}, {}: {:.2f} x for {}, {} per speed-up\n", label, offer.title(), offer.strategy,
                     offer.speedup,
                     plan.rent ? to_text(*offer.cost.rent_per_hour) + " an hour" : to_text(offer.cost.capex),
                     to_text(offer.cost_per_speedup));
}

/// Against the first offer of every other GPU.
std::string sureness_text(const Plan& plan, const Offer& best) {
  constexpr std::size_t kMost = 4;
  std::string text;
  std::vector<std::string> told = {best.gpu};
  for (const Offer& offer : plan.offers) {
    if (told.size() > kMost || std::find(told.begin(), told.end(), offer.gpu) != told.end()) continue;
    told.push_back(offer.gpu);
    text += fmt::format("{:<20}costs less per speed-up than {} in {:.0f} % of draws\n",
                        text.empty() ? "How sure is it?" : "", offer.title(), 100 * offer.beaten_by_best);
  }
  return text;
}

std::string choices_text(const Plan& plan) {
  const Offer& best = plan.offers[*plan.best];
  std::string text = choice_line("Best:", best, plan);
  if (plan.knee && plan.knee != plan.best)
    text += choice_line("Knee of the front:", plan.offers[*plan.knee], plan);
  if (plan.next) {
    const Offer& next = plan.offers[*plan.next];
    text += choice_line("Next step up:", next, plan);
    text += fmt::format("{:<20}{:.2f} x more speed-up for {} more over {:g} years, {} for each\n", "",
                        next.speedup - best.speedup, to_text(next.spent + best.spent * -1), plan.years,
                        to_text((next.spent + best.spent * -1) * (1 / (next.speedup - best.speedup))));
  }
  if (!plan.rent) text += sureness_text(plan, best);
  if (plan.fastest != plan.best) text += choice_line("Fastest:", plan.offers[*plan.fastest], plan);
  return text;
}

std::string tipping_text(const Plan& plan, int width) {
  constexpr std::size_t kMost = 6;
  if (plan.tipping.empty()) return {};
  std::string text = "\nWhat would change the decision\n";
  Table table({{"input", Align::left}, {"now"}, {"from"}, {"change"}, {"then better", Align::left}});
  for (std::size_t i = 0; i < std::min(kMost, plan.tipping.size()); ++i) {
    const plan::TippingPoint& t = plan.tipping[i];
    const bool money = t.unit == plan.currency;
    const auto value = [&](double x) {
      return money && x >= 100 ? to_text(Money{x, t.unit}) : fmt::format("{:.3g} {}", x, t.unit);
    };
    table.add({t.input, value(t.now), value(t.then), fmt::format("{:+.1f} %", 100 * (t.factor() - 1)),
               plan.offers[t.overtaken_by].title()});
  }
  return text + table.text(2, width);
}

std::string bill_text(const plan::Bill& bill, int width) {
  Table table({{"part", Align::left},
               {"for", Align::left, 2},
               {"pieces"},
               {"each"},
               {"together"},
               {"price is", Align::left, 1},
               {"source", Align::left}});
  for (const plan::BillLine& line : bill.lines)
    table.add({line.part, line.role, std::to_string(line.count), to_text(line.unit), to_text(line.total),
               line.quoted.kind + (line.quoted.date.empty() ? "" : ", " + line.quoted.date),
               line.quoted.source});
  return table.text(2, width);
}

std::string cost_text(const Offer& offer, const Plan& plan) {
  const plan::Ownership& o = offer.cost;
  Table table({{"cost", Align::left}, {"amount"}});
  table.add({"parts", to_text(o.parts)});
  table.add({"spares", to_text(o.spares)});
  table.add({fmt::format("energy, {:.0f} kWh a year", o.kwh_per_year), to_text(o.energy)});
  if (o.colocation.amount > 0) table.add({"colocation, a year", to_text(o.colocation)});
  if (o.maintenance.amount > 0) table.add({"maintenance, a year", to_text(o.maintenance)});
  if (o.staff.amount > 0) table.add({"staff, a year", to_text(o.staff)});
  table.add({fmt::format("owning it {:g} years", plan.years), to_text(o.total)});
  table.add({"an hour of work", to_text(o.per_hour)});
  const bool tokens = plan.throughput_unit == "sequences/s";
  table.add({tokens ? "a million tokens"
                    : "a million " + plan.throughput_unit.substr(0, plan.throughput_unit.find('/')),
             to_text(offer.cost_per_million)});
  if (offer.cost_of_run) table.add({"the run", to_text(*offer.cost_of_run)});
  if (o.rent_per_hour) table.add({"renting as many GPUs, an hour", to_text(*o.rent_per_hour)});
  if (o.break_even_months)
    table.add({"buying is cheaper from month", fmt::format("{:.1f}", *o.break_even_months)});
  if (o.co2_per_year) table.add({"CO2, a year", fmt::format("{:.0f} kg", *o.co2_per_year)});
  if (offer.co2_of_run) table.add({"CO2 of the run", fmt::format("{:.0f} kg", *offer.co2_of_run)});
  return table.text();
}

}  // namespace

std::string plan_text(const Plan& plan, const PlanTextOptions& options) {
  std::string text = fmt::format("{}: {} clusters meet every limit, {} do not\n", plan.model,
                                 plan.offers.size(), plan.rejected.size());
  if (plan.reference_throughput > 0)
    text += fmt::format("Speed-up 1 is {}: {:.4g} {}\n", plan.reference, plan.reference_throughput,
                        plan.throughput_unit);
  if (plan.offers.empty()) {
    text += "\nNothing can be bought for this. The nearest misses:\n";
    for (std::size_t i = 0; i < std::min(options.rows, plan.rejected.size()); ++i)
      text += fmt::format("  {}: {}\n", plan.rejected[i].title, plan.rejected[i].reason);
    return text;
  }
  text += plan.rent ? fmt::format(
                          "Ranked by the price of renting for {:g} years per speed-up, in {}; * is on the "
                          "Pareto front; price is for an hour\n\n",
                          plan.years, plan.currency)
                    : fmt::format(
                          "Ranked by cost over {:g} years per speed-up, in {}; * is on the Pareto front\n\n",
                          plan.years, plan.currency);
  text += ranking_text(plan, options) + "\n" + choices_text(plan) + tipping_text(plan, options.width);
  const Offer& best = plan.offers[*plan.best];
  text += fmt::format("\nWhat {} costs\n{}\nIts bill of materials\n{}", best.title(), cost_text(best, plan),
                      bill_text(best.bill, options.width));
  for (const std::string& warning : plan.warnings) text += "\nwarning: " + warning + "\n";
  return text;
}

}  // namespace scalesim::report
