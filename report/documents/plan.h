// A plan told as text and JSON; the chosen offer's bill of materials as CSV.
#pragma once

#include <string>

#include "plan/plan.h"

namespace scalesim::report {

struct PlanTextOptions {
  std::size_t rows = 12;  ///< of the ranking
  int width = 0;          ///< columns that the tables must fit; 0 is any
};
/// The ranking, the choices along the front, the bill and costs of the best, why others were put aside.
std::string plan_text(const plan::Plan& plan, const PlanTextOptions& options = {});
/// The document of schema "scalesim.plan/1" (report/schemas/plan.json).
std::string plan_json(const plan::Plan& plan);
/// One line per part of the best offer, a header first; empty when there is no offer.
std::string bill_csv(const plan::Plan& plan);

}  // namespace scalesim::report
