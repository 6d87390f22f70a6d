// E[max] of n normals by quadrature of  integral of (1 - F^n) over x > 0  minus  integral of F^n over x < 0.
#include "sim/step/stragglers.h"

#include <cmath>

namespace scalesim::sim {

double expected_maximum_of_normals(int n) {
  if (n <= 1) return 0;
  constexpr int kSteps = 600;
  constexpr double kLimit = 9;
  const double width = kLimit / kSteps;
  double sum = 0;
  for (int i = 0; i < kSteps; ++i) {
    const double x = (i + 0.5) * width;
    const double above = 0.5 * std::erfc(x / std::sqrt(2.0));
    sum += -std::expm1(n * std::log1p(-above)) - std::pow(above, n);
  }
  return sum * width;
}

}  // namespace scalesim::sim
