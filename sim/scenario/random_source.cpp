// SplitMix64 and Wichura's rational approximations of the normal quantile.
#include "sim/scenario/random_source.h"

#include <array>
#include <cmath>
#include <numeric>
#include <utility>

namespace scalesim::sim {
namespace {

/// Horner's rule, highest power first.
template <std::size_t N>
double polynomial(const std::array<double, N>& c, double x) {
  double sum = 0;
  for (const double a : c) sum = sum * x + a;
  return sum;
}

// Coefficients of AS 241 (PPND16): the middle, the tail and the far tail; numerator and denominator.
constexpr std::array<double, 8> kMiddleTop = {
    2509.0809287301226727, 33430.575583588128105, 67265.770927008700853, 45921.953931549871457,
    13731.693765509461125, 1971.5909503065514427, 133.14166789178437745, 3.387132872796366608};
constexpr std::array<double, 8> kMiddleBottom = {
    5226.495278852854561,  28729.085735721942674, 39307.89580009271061,  21213.794301586595867,
    5394.1960214247511077, 687.1870074920579083,  42.313330701600911252, 1};
constexpr std::array<double, 8> kTailTop = {
    7.7454501427834140764e-4, 2.27238449892691845833e-2, .24178072517745061177, 1.27045825245236838258,
    3.64784832476320460504,   5.7694972214606914055,     4.6303378461565452959, 1.42343711074968357734};
constexpr std::array<double, 8> kTailBottom = {
    1.05075007164441684324e-9, 5.475938084995344946e-4, 1.51986665636164571966e-2, .14810397642748007459,
    .68976733498510000455,     1.6763848301838038494,   2.05319162663775882187,    1};
constexpr std::array<double, 8> kFarTop = {
    2.01033439929228813265e-7, 2.71155556874348757815e-5, 1.2426609473880784386e-3, 2.65321895265761230930e-2,
    .29656057182850489123,     1.7848265399172913358,     5.4637849111641143699,    6.6579046435011037772};
constexpr std::array<double, 8> kFarBottom = {
    2.04426310338993978564e-15, 1.4215117583164458887e-7, 1.8463183175100546818e-5, 7.868691311456132591e-4,
    1.48753612908506148525e-2,  .13692988092273580531,    .59983220655588793769,    1};

}  // namespace

std::uint64_t RandomSource::bits() {
  state_ += 0x9e3779b97f4a7c15ULL;
  std::uint64_t z = state_;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

double RandomSource::uniform() { return (static_cast<double>(bits() >> 11) + 0.5) * 0x1p-53; }

std::vector<double> stratified(RandomSource& random, int count) {
  std::vector<int> order(static_cast<std::size_t>(count));
  std::iota(order.begin(), order.end(), 0);
  for (std::size_t i = order.size(); i > 1; --i)
    std::swap(order[i - 1], order[static_cast<std::size_t>(random.uniform() * static_cast<double>(i))]);
  std::vector<double> numbers;
  for (const int interval : order) numbers.push_back((interval + random.uniform()) / count);
  return numbers;
}

double normal_quantile_above(double upper) {
  const double q = 0.5 - upper;
  if (std::fabs(q) <= 0.425) {
    const double r = 0.180625 - q * q;
    return q * polynomial(kMiddleTop, r) / polynomial(kMiddleBottom, r);
  }
  const double sign = q < 0 ? -1 : 1;
  const double r = std::sqrt(-std::log(q < 0 ? 1 - upper : upper));
  if (r <= 5) return sign * polynomial(kTailTop, r - 1.6) / polynomial(kTailBottom, r - 1.6);
  return sign * polynomial(kFarTop, r - 5) / polynomial(kFarBottom, r - 5);
}

double maximum_of_normals_at(double log_u, double n) { return normal_quantile_above(-std::expm1(log_u / n)); }

}  // namespace scalesim::sim
