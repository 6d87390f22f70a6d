// Prices every candidate, trains on what the limits leave, ranks.
#include "plan/plan.h"
#include "sim/evaluate/memory_needed.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "core/error.h"
#include "core/units_text.h"
#include "plan/candidates.h"
#include "plan/distribute/spread.h"
#include "plan/ranking/draws.h"
#include "plan/ranking/front.h"
#include "plan/ranking/sensitivity.h"
#include "plan/search/best_strategy.h"

namespace scalesim::plan {
namespace {

constexpr double kHoursPerYear = 8760;

double in_days(Seconds time) { return time.value() / 86400; }

std::string title_of(int nodes, int per_node, const std::string& gpu, const std::string& system,
                     const std::string& nic, const std::string& fabric) {
  std::string text = nodes == 1 ? fmt::format("{} x {}, {}", per_node, gpu, system)
                                : fmt::format("{} x {} {}, {}", nodes, per_node, gpu, system);
  if (nodes > 1) text += fmt::format(", {} {}", nic, fabric);
  return text;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

/// One candidate on its way through the limits; `reason` is set where it ended.
struct Work {
  const Candidate* candidate = nullptr;
  Offer offer;
  Training training;
  std::string reason;
};

}  // namespace

class ClusterSearch::Planner {
 public:
  Planner(const PlanRequest& request, const PriceBook& book)
      : request_(request),
        book_(book),
        constants_(sim::load_step_constants(book.data())),
        candidates_(candidates(request, book)) {
    if (request.target_time && !request.samples)
      throw InputError("--target-time needs the length of the run: add --samples, --tokens or --epochs");
    for (const Candidate& candidate : candidates_) works_.push_back(priced(candidate));
    for (std::size_t i = 0; i < works_.size(); ++i)
      if (works_[i].reason.empty()) alive_.push_back(i);
  }

  std::size_t tasks() const { return alive_.size(); }

  std::string work(std::size_t task) const {
    return to_result(train_on(works_[alive_[task]].candidate->cluster));
  }

  Plan answer(const Results& results) const {
    Plan plan;
    find_reference(plan);
    std::vector<Work> works = works_;
    for (std::size_t task = 0; task < alive_.size(); ++task)
      trained(works[alive_[task]], training_from(results.at(task)));
    for (Work& work : works) finish(work, plan);
    rank(plan);
    plan.tipping = tipping_points(plan, request_.running, book_.rates(),
                                  request_.target_speedup.has_value() || request_.target_time.has_value());
    return plan;
  }

 private:
  /// Everything but the speed.
  Work priced(const Candidate& candidate) const {
    const topology::Cluster& c = candidate.cluster;
    Work work;
    work.candidate = &candidate;
    Offer& offer = work.offer;
    offer.system = c.name;
    offer.gpu = c.gpu.name;
    offer.nic = candidate.nic;
    offer.fabric = candidate.fabric;
    offer.gpus_per_node = c.gpus_per_node;
    offer.nodes = c.nodes;
    offer.gpus = c.gpus();
    try {
      offer.bill = bill_of_materials(c, book_, request_.currency);
    } catch (const InputError& wrong) {
      // A currency without a rate is the question's fault, a fabric that cannot be that large the
      // candidate's.
      if (!book_.rates().per_usd.count(request_.currency)) throw;
      work.reason = wrong.message();
      return work;
    }
    const auto power = node_power(c, book_);
    if (power) offer.cost = own(c, offer.bill, *power, book_, request_.running);
    work.reason = limit_reached(offer, power.has_value());
    if (work.reason.empty()) work.reason = too_slow_at_peak(c);
    if (work.reason.empty()) offer.spent = request_.rent ? rent(offer) : offer.cost.total;
    return work;
  }

  Money rent(const Offer& offer) const {
    return *offer.cost.rent_per_hour * (request_.running.years * kHoursPerYear * request_.running.busy);
  }

  std::string limit_reached(const Offer& offer, bool power_known) const {
    if (!power_known) return "nobody says what its server draws: add a chassis with 'power' to the offers";
    if (request_.rent && !offer.cost.rent_per_hour)
      return fmt::format("no cloud price for {}: add one of kind 'cloud per hour' to the offers", offer.gpu);
    if (!request_.rent && !offer.bill.missing.empty())
      return fmt::format("no price for {}: add it to the offers", joined(offer.bill.missing));
    if (request_.budget) {
      const Money budget = book_.rates().convert(*request_.budget, request_.currency);
      const Money price = request_.rent ? rent(offer) : offer.cost.capex;
      if (price.amount > budget.amount)
        return fmt::format("{} {}, more than the budget of {}", request_.rent ? "renting costs" : "costs",
                           to_text(price), to_text(budget));
    }
    if (request_.max_power && offer.cost.power > *request_.max_power)
      return fmt::format("draws {}, more than {}", to_text(offer.cost.power), to_text(*request_.max_power));
    return {};
  }

  /// No step is faster than its products at the GPUs' peak: what misses the target time even so is not
  /// simulated.
  std::string too_slow_at_peak(const topology::Cluster& cluster) const {
    if (!request_.target_time) return {};
    const topology::Precision precision = request_.scenario.compute.precision;
    if (!cluster.gpu.peak.count(precision)) return {};
    const double flops = sim::model_flops(request_.scenario, *request_.samples);
    const Seconds least = Flops(flops) / (cluster.gpu.peak.at(precision) * cluster.gpus());
    if (least <= *request_.target_time) return {};
    return fmt::format("needs {:.3g} days even if every GPU worked at its peak, not {:.3g}", in_days(least),
                       in_days(*request_.target_time));
  }

  Training train_on(const topology::Cluster& cluster) const {
    return best_training(request_, cluster, book_.data(), constants_);
  }

  static void trained(Work& work, Training training) {
    work.training = std::move(training);
    if (work.training.fits) return;
    const Bytes memory = work.candidate->cluster.gpu.memory;
    work.reason = work.training.memory > Bytes(0)
                      ? fmt::format("does not fit: at the least ({}) {} per GPU of {}",
                                    work.training.strategy, to_text(work.training.memory), to_text(memory))
                      : fmt::format("no way to divide the work: {}", work.training.refused);
  }

  /// One GPU of the cheapest kind that holds the model alone, else a GPU's share of the cheapest cluster that
  /// does, whatever the limits: plans of different budgets compare.
  void find_reference(Plan& plan) const {
    std::vector<const Work*> one, any;
    for (const Work& work : works_) {
      if (!work.offer.bill.missing.empty() || work.offer.bill.total.currency.empty()) continue;
      any.push_back(&work);
      if (work.offer.nodes == 1) one.push_back(&work);
    }
    const auto per_gpu = [](const Work* w) { return w->offer.bill.total.amount / w->offer.gpus; };
    std::stable_sort(one.begin(), one.end(), [&](auto* a, auto* b) { return per_gpu(a) < per_gpu(b); });
    for (const Work* work : one)
      if (reference_is_one_gpu(*work, plan)) return;
    std::stable_sort(any.begin(), any.end(), [](auto* a, auto* b) {
      return a->offer.bill.total.amount < b->offer.bill.total.amount;
    });
    for (const Work* work : any)
      if (reference_is_share(*work, plan)) return;
  }

  bool reference_is_one_gpu(const Work& work, Plan& plan) const {
    topology::Cluster cluster = work.candidate->cluster;
    cluster.gpus_per_node = 1;
    PlanRequest request = request_;
    request.scenario.parallel.tensor = request.scenario.parallel.pipeline = 1;
    request.scenario.parallel.context = request.scenario.parallel.expert = 1;
    const Training training = best_training(request, cluster, book_.data(), constants_);
    if (!training.fits) return false;
    plan.reference_throughput = training.throughput;
    plan.reference = fmt::format("one {}", cluster.gpu.name);
    return true;
  }

  bool reference_is_share(const Work& work, Plan& plan) const {
    const Training training = train_on(work.candidate->cluster);
    if (!training.fits) return false;
    plan.reference_throughput = training.throughput / work.offer.gpus;
    plan.reference = fmt::format("one GPU's share of {}", work.offer.title());
    return true;
  }

  void finish(Work& work, Plan& plan) const {
    Offer& offer = work.offer;
    if (work.reason.empty()) {
      const Training& t = work.training;
      offer.strategy = t.strategy;
      offer.microbatch = t.microbatch;
      offer.global_batch = t.global_batch;
      offer.memory = t.memory;
      offer.throughput = t.throughput;
      offer.speedup = t.throughput / plan.reference_throughput;
      offer.speedup_low = t.slow / plan.reference_throughput;
      offer.speedup_high = t.fast / plan.reference_throughput;
      offer.cost_per_speedup = offer.spent * (1 / offer.speedup);
      add_run(offer);
      work.reason = target_missed(offer);
    }
    if (work.reason.empty())
      plan.offers.push_back(std::move(offer));
    else
      plan.rejected.push_back({offer.title(), offer.system, offer.gpu, offer.gpus_per_node, offer.nodes,
                               offer.gpus, work.reason});
  }

  void add_run(Offer& offer) const {
    const double hours = request_.running.years * kHoursPerYear * request_.running.busy;
    const Money per_second = offer.spent * (1 / (hours * 3600));
    const double tokens =
        static_cast<double>(std::max<std::int64_t>(1, request_.scenario.model.tokens_per_sample));
    offer.cost_per_million = per_second * (1e6 / (offer.throughput * tokens));
    if (!request_.samples) return;
    offer.time_to_target = Seconds(*request_.samples / offer.throughput);
    offer.cost_of_run = per_second * offer.time_to_target->value();
    if (offer.cost.co2_per_year)
      offer.co2_of_run = *offer.cost.co2_per_year / (kHoursPerYear * request_.running.busy * 3600) *
                         offer.time_to_target->value();
  }

  std::string target_missed(const Offer& offer) const {
    if (request_.target_speedup && offer.speedup < *request_.target_speedup)
      return fmt::format("reaches a speed-up of {:.2f}, not {:g}", offer.speedup, *request_.target_speedup);
    if (request_.target_time && *offer.time_to_target > *request_.target_time)
      return fmt::format("takes {:.3g} days, not {:.3g}", in_days(*offer.time_to_target),
                         in_days(*request_.target_time));
    return {};
  }

  void rank(Plan& plan) const {
    plan.model = request_.scenario.model.name;
    plan.throughput_unit = request_.scenario.model.sample_unit + "/s";
    plan.currency = request_.currency;
    plan.years = request_.running.years;
    plan.rent = request_.rent;
    std::vector<Offer>& offers = plan.offers;
    std::stable_sort(offers.begin(), offers.end(), [](const Offer& a, const Offer& b) {
      return a.cost_per_speedup.amount < b.cost_per_speedup.amount;
    });
    std::vector<Tradeoff> points;
    for (const Offer& offer : offers) points.push_back({offer.spent.amount, offer.speedup});
    const std::vector<bool> front = pareto_front(points);
    for (std::size_t i = 0; i < offers.size(); ++i) offers[i].pareto = front[i];
    plan.knee = knee(points, front);
    choose(points, plan);
  }

  void choose(const std::vector<Tradeoff>& points, Plan& plan) const {
    if (points.empty()) return;
    std::vector<std::size_t> order(points.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    const bool target = request_.target_speedup || request_.target_time;
    const auto cheaper = [&](std::size_t a, std::size_t b) { return points[a].cost < points[b].cost; };
    const auto slower = [&](std::size_t a, std::size_t b) { return points[a].speed < points[b].speed; };
    plan.best = target ? *std::min_element(order.begin(), order.end(), cheaper) : 0;
    plan.fastest = *std::max_element(order.begin(), order.end(), slower);
    for (Offer& offer : plan.offers)
      offer.beaten_by_best = share_won(plan.offers[*plan.best], offer, request_.running.spares);
    for (const std::size_t i : order) {
      if (!plan.offers[i].pareto || points[i].speed <= points[*plan.best].speed) continue;
      if (!plan.next || slower(i, *plan.next)) plan.next = i;
    }
  }

  const PlanRequest& request_;
  const PriceBook& book_;
  sim::StepConstants constants_;
  const std::vector<Candidate> candidates_;
  std::vector<Work> works_;         ///< of all candidates, as far as prices and limits tell
  std::vector<std::size_t> alive_;  ///< works that must be simulated
};

ClusterSearch::ClusterSearch(const PlanRequest& request, const PriceBook& book)
    : planner_(std::make_unique<Planner>(request, book)) {}
ClusterSearch::~ClusterSearch() = default;
std::size_t ClusterSearch::count() const { return planner_->tasks(); }
std::string ClusterSearch::work(std::size_t task) const { return planner_->work(task); }
Plan ClusterSearch::answer(const Results& results) const { return planner_->answer(results); }

std::string Offer::title() const { return title_of(nodes, gpus_per_node, gpu, system, nic, fabric); }

Plan plan(const PlanRequest& request, const PriceBook& book) {
  const ClusterSearch search(request, book);
  return search.answer(spread(search, {}, *job::single_rank_world(), request.threads));
}

}  // namespace scalesim::plan
