// Random numbers of our own: the same bytes from every compiler and library, which <random>'s distributions
// do not promise.
#pragma once

#include <cstdint>
#include <vector>

namespace scalesim::sim {

/// SplitMix64 (Steele, Lea, Flood, OOPSLA 2014): 64 well-mixed bits a call from any seed.
class RandomSource {
 public:
  explicit RandomSource(std::uint64_t seed) : state_(seed) {}
  std::uint64_t bits();
  /// In (0, 1), never 0 or 1.
  double uniform();

 private:
  std::uint64_t state_;
};

/// `count` numbers in (0, 1), one in each of `count` equal intervals, in random order (a column of a Latin
/// hypercube): quantiles of a few hundred draws come out as those of thousands drawn freely.
std::vector<double> stratified(RandomSource& random, int count);

/// x with P(X > x) = `upper` for a standard normal X; exact to about 1e-15 relative (Wichura 1988, algorithm
/// AS 241). `upper` in (0, 1).
double normal_quantile_above(double upper);

/// The maximum of `n` standard normals that has the quantile exp(log_u): P(max <= x) = u.
double maximum_of_normals_at(double log_u, double n);

}  // namespace scalesim::sim
