// Where the straight lines of two offers' costs cross.
#include "plan/ranking/sensitivity.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <set>

namespace scalesim::plan {
namespace {

constexpr double kFarthest = 10;  ///< factors beyond are no news
constexpr double kSame = 1e-9;

double distance(double factor) { return std::abs(std::log(factor)); }

class Finder {
 public:
  Finder(const Plan& plan, const Running& running, bool target)
      : plan_(plan), running_(running), target_(target), best_(plan.offers[*plan.best]) {}

  /// `part(offer)` is what of its cost grows with the input.
  void straight(const std::string& input, const std::string& unit, double now,
                const std::function<double(const Offer&)>& part) {
    const double mine = part(best_) / weight(best_), fixed = best_.spent.amount / weight(best_) - mine;
    consider(input, unit, now, [&](const Offer& other) {
      const double theirs = part(other) / weight(other),
                   other_fixed = other.spent.amount / weight(other) - theirs;
      return (other_fixed - fixed) / (mine - theirs);
    });
  }

  /// The speed of all offers with `gpu`.
  void speed(const std::string& gpu) {
    if (target_) return;  // how fast it is decides whether it reaches the target, not what it costs
    consider("speed predicted for " + gpu, "x", 1, [&](const Offer& other) {
      if ((best_.gpu == gpu) == (other.gpu == gpu)) return 0.0;
      const double ratio = (best_.spent.amount / weight(best_)) / (other.spent.amount / weight(other));
      return best_.gpu == gpu ? ratio : 1 / ratio;
    });
  }

  double lines(const Offer& offer, const std::function<bool(const BillLine&)>& counts) const {
    double sum = 0;
    for (const BillLine& line : offer.bill.lines)
      if (counts(line)) sum += line.total.amount;
    return sum * (1 + running_.spares + plan_.years * running_.maintenance);
  }

  std::vector<TippingPoint> take() {
    std::stable_sort(found_.begin(), found_.end(), [](const auto& a, const auto& b) {
      return distance(a.factor()) < distance(b.factor());
    });
    return std::move(found_);
  }

 private:
  double weight(const Offer& offer) const { return target_ ? 1 : offer.speedup; }

  void consider(const std::string& input, const std::string& unit, double now,
                const std::function<double(const Offer&)>& crossing) {
    TippingPoint nearest;
    double closest = std::log(kFarthest);
    for (std::size_t i = 0; i < plan_.offers.size(); ++i) {
      if (i == *plan_.best) continue;
      const double factor = crossing(plan_.offers[i]);
      if (!std::isfinite(factor) || factor <= 0 || distance(factor) >= closest || distance(factor) < kSame)
        continue;
      closest = distance(factor);
      nearest = {input, unit, now, now * factor, i};
    }
    if (!nearest.input.empty()) found_.push_back(nearest);
  }

  const Plan& plan_;
  const Running& running_;
  const bool target_;
  const Offer& best_;
  std::vector<TippingPoint> found_;
};

bool is_gpu(const BillLine& line) { return line.role == "GPU" || line.role == "node"; }
bool is_network(const BillLine& line) {
  return line.role == "network card" || line.role == "switch" || line.role == "cable";
}

void buying(Finder& finder, const Plan& plan, const Running& running, const ExchangeRates& rates) {
  std::map<std::string, double> parts;
  std::set<std::string> foreign;
  for (const Offer& offer : plan.offers)
    for (const BillLine& line : offer.bill.lines) {
      if (is_gpu(line)) parts[line.part] = line.unit.amount;
      if (line.quoted.money.currency != plan.currency) foreign.insert(line.quoted.money.currency);
    }
  for (const auto& [part, price] : parts)
    finder.straight("price of " + part, plan.currency, price, [&, name = part](const Offer& offer) {
      return finder.lines(offer, [&](const BillLine& line) { return is_gpu(line) && line.part == name; });
    });
  finder.straight("prices of servers without GPUs", "x", 1, [&](const Offer& offer) {
    return finder.lines(offer, [](const BillLine& line) { return !is_gpu(line) && !is_network(line); });
  });
  finder.straight("prices of the network", "x", 1,
                  [&](const Offer& offer) { return finder.lines(offer, is_network); });
  for (const std::string& currency : foreign)
    finder.straight("exchange rate of 1 " + currency, plan.currency,
                    rates.convert({1, currency}, plan.currency).amount, [&](const Offer& offer) {
                      return finder.lines(offer, [&](const BillLine& line) {
                        return line.quoted.money.currency == currency;
                      });
                    });
  finder.straight("price of a kWh", plan.currency, rates.convert(running.electricity, plan.currency).amount,
                  [&](const Offer& offer) { return offer.cost.energy.amount * plan.years; });
  finder.straight("years of use", "years", plan.years,
                  [&](const Offer& offer) { return offer.cost.opex.amount * plan.years; });
}

}  // namespace

std::vector<TippingPoint> tipping_points(const Plan& plan, const Running& running, const ExchangeRates& rates,
                                         bool target) {
  if (!plan.best) return {};
  Finder finder(plan, running, target);
  std::set<std::string> gpus;
  for (const Offer& offer : plan.offers) gpus.insert(offer.gpu);
  if (!plan.rent) buying(finder, plan, running, rates);
  if (plan.rent)
    for (const std::string& gpu : gpus)
      finder.straight("cloud price of " + gpu, "x", 1,
                      [&](const Offer& offer) { return offer.gpu == gpu ? offer.spent.amount : 0; });
  for (const std::string& gpu : gpus) finder.speed(gpu);
  return finder.take();
}

}  // namespace scalesim::plan
