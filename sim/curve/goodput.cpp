// Daly's complete model and its optimum by bisection.
#include "sim/curve/goodput.h"

#include <algorithm>
#include <cmath>

namespace scalesim::sim {

double goodput(const FailureModel& model, Seconds interval) {
  const double rate = model.failures_per_second, t = interval.value();
  if (t <= 0) return rate > 0 ? 0 : 1;
  if (rate <= 0) return t / (t + model.checkpoint.value());
  const double cycle =
      std::exp(model.restart.value() * rate) * std::expm1((t + model.checkpoint.value()) * rate) / rate;
  return t / cycle;
}

Seconds best_interval(const FailureModel& model) {
  if (model.failures_per_second <= 0) return Seconds(0);
  constexpr double kShortest = 1e-9;  // of the mean time between failures, for checkpoints that cost nothing
  const double checkpoint = model.checkpoint.value() * model.failures_per_second;
  double low = kShortest, high = 1;
  for (int i = 0; i < 100; ++i) {
    const double middle = 0.5 * (low + high);
    (std::log1p(-middle) + middle + checkpoint > 0 ? low : high) = middle;
  }
  return Seconds(low / model.failures_per_second);
}

}  // namespace scalesim::sim
