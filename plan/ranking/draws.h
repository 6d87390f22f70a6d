// How sure a ranking is: prices and speeds drawn within their ranges, the same draw for what two offers
// share.
#pragma once

#include "plan/values/offer.h"

namespace scalesim::plan {

/// Share of 1,000 draws in which `a` costs less per speed-up than `b`; 0 for an offer against itself. A part
/// costs the same in both; GPUs of one kind are equally fast or slow in both. Prices are drawn evenly between
/// the low and the high of their part, speeds between speedup_low and speedup_high; `spares` is bought at the
/// drawn prices.
double share_won(const Offer& a, const Offer& b, double spares);

}  // namespace scalesim::plan
