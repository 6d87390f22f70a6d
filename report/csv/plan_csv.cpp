// The bill of materials as a spreadsheet takes it.
#include <fmt/format.h>

#include "report/csv/csv.h"
#include "report/documents/plan.h"

namespace scalesim::report {

std::string bill_csv(const plan::Plan& plan) {
  if (!plan.best) return {};
  std::string text = "role,part,count,unit_price,total,currency,kind,source,date\n";
  for (const plan::BillLine& line : plan.offers[*plan.best].bill.lines)
    text += fmt::format("{},{},{},{:.2f},{:.2f},{},{},{},{}\n", csv_text(line.role), csv_text(line.part),
                        line.count, line.unit.amount, line.total.amount, line.unit.currency,
                        csv_text(line.quoted.kind), csv_text(line.quoted.source), csv_text(line.quoted.date));
  return text;
}

}  // namespace scalesim::report
