// The bill of materials as a spreadsheet takes it.
#include <fmt/format.h>

#include "report/plan.h"

namespace scalesim::report {
namespace {

std::string quoted(const std::string& text) {
  std::string result = "\"";
  for (const char c : text) result += c == '"' ? "\"\"" : std::string(1, c);
  return result + "\"";
}

}  // namespace

std::string bill_csv(const plan::Plan& plan) {
  if (!plan.best) return {};
  std::string text = "role,part,count,unit_price,total,currency,kind,source,date\n";
  for (const plan::BillLine& line : plan.offers[*plan.best].bill.lines)
    text += fmt::format("{},{},{},{:.2f},{:.2f},{},{},{},{}\n", quoted(line.role), quoted(line.part),
                        line.count, line.unit.amount, line.total.amount, line.unit.currency,
                        quoted(line.quoted.kind), quoted(line.quoted.source), quoted(line.quoted.date));
  return text;
}

}  // namespace scalesim::report
