// Counter-based random numbers: the same part has the same number in every offer, on any thread.
#include "plan/ranking/draws.h"

#include <cstdint>
#include <string_view>

namespace scalesim::plan {
namespace {

constexpr int kDraws = 1000;

/// Even in [0, 1): a hash of the name (FNV-1a) and the draw, mixed (SplitMix64).
double uniform(std::string_view name, int draw) {
  std::uint64_t x = 0xcbf29ce484222325u;
  for (const char c : name) x = (x ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  x += 0x9e3779b97f4a7c15u * (static_cast<std::uint64_t>(draw) + 1);
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return static_cast<double>((x ^ (x >> 31)) >> 11) * 0x1p-53;
}

double between(double low, double high, double share) { return low + (high - low) * share; }

double cost_per_speedup(const Offer& offer, int draw, double spares) {
  double cost = offer.spent.amount;
  for (const BillLine& line : offer.bill.lines) {
    const double drawn = between(line.low.amount, line.high.amount, uniform(line.part, draw));
    cost += (drawn - line.unit.amount) * static_cast<double>(line.count) * (1 + spares);
  }
  return cost / between(offer.speedup_low, offer.speedup_high, uniform("speed of " + offer.gpu, draw));
}

}  // namespace

double share_won(const Offer& a, const Offer& b, double spares) {
  int won = 0;
  for (int draw = 0; draw < kDraws; ++draw)
    won += cost_per_speedup(a, draw, spares) < cost_per_speedup(b, draw, spares);
  return static_cast<double>(won) / kDraws;
}

}  // namespace scalesim::plan
