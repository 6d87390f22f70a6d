// Which input would change the decision, and from which value on.
#pragma once

#include <string>
#include <vector>

#include "plan/values/offer.h"

namespace scalesim::plan {

/// For each input the nearest value, nearest inputs first; inputs that would have to change more than
/// tenfold, or never change the decision, are left out. The decision is by cost per speed-up, with a target
/// by cost. Every cost is a straight line in each input, so the values are exact: prices of a GPU (or node),
/// of servers, of the network, electricity, an exchange rate, years, and the speed predicted for a GPU.
std::vector<TippingPoint> tipping_points(const Plan& plan, const Running& running, const ExchangeRates& rates,
                                         bool target);

}  // namespace scalesim::plan
