// How long the slowest of n ranks keeps the others waiting.
#pragma once

namespace scalesim::sim {

/// Expected maximum of n standard normal variables (comm-model 8.1): 0 for n = 1, .564, 1.029 (4), 1.424 (8)
/// ... Exact to 1e-6: integrates the order statistic.
double expected_maximum_of_normals(int n);

}  // namespace scalesim::sim
