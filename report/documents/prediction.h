// A prediction, with what its points cost, told as text, JSON and CSV.
#pragma once

#include <string>

#include "plan/cost/board_prices.h"
#include "sim/curve/prediction.h"

namespace scalesim::report {

/// Curves as tables, then the inputs with their provenance. With a `width` above 0 the tables fit that many
/// columns.
std::string prediction_text(const sim::Prediction& prediction, const plan::BoardPrices& prices,
                            int width = 0);
/// The document of schema "scalesim.prediction/1" (report/schemas/prediction.json).
std::string prediction_json(const sim::Prediction& prediction, const plan::BoardPrices& prices);
/// One line per point, a header first.
std::string prediction_csv(const sim::Prediction& prediction);

}  // namespace scalesim::report
