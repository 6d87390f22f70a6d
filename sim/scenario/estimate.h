// Which end of an uncertain answer is meant.
#pragma once

namespace scalesim::sim {

/// A fast network with slow compute is the best case for scaling, the opposite the worst.
enum class Estimate { optimistic, nominal, pessimistic };

}  // namespace scalesim::sim
