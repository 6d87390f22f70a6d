// One question per knob, each answered by the same simulator.
#include "sim/curve/sensitivity.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <map>

#include "core/error.h"
#include "sim/engine/changed_links.h"
#include "sim/evaluate/step_evaluator.h"

namespace scalesim::sim {
namespace {

constexpr double kMore = 1.1;
constexpr double kWorthSaying = 0.005;

class Asker {
 public:
  Asker(const Scenario& scenario, const System& system, int gpus, const DataCatalogue& data,
        const StepConstants& constants)
      : scenario_(scenario), system_(system), gpus_(gpus), data_(data), constants_(constants) {
    now_ = rate(scenario_, system_);
  }

  Explanation ask() {
    Explanation result;
    result.gpus = gpus_;
    ask_links(result.sensitivity);
    ask_gpu(result.sensitivity);
    ask_batch(result.sensitivity);
    ask_input(result.sensitivity);
    ask_switches(result.switches);
    for (auto* changes : {&result.sensitivity, &result.switches})
      std::stable_sort(changes->begin(), changes->end(),
                       [](const Change& a, const Change& b) { return a.gain > b.gain; });
    result.first = first(result);
    name_layer(result);
    return result;
  }

 private:
  /// Samples per second.
  double rate(const Scenario& scenario, const System& system) const {
    const Outcome outcome = StepEvaluator(scenario, system, data_, constants_).outcome(gpus_);
    return outcome.samples / outcome.step.value();
  }

  void add(std::vector<Change>& changes, std::string what, const Scenario& scenario,
           const System& system) const {
    changes.push_back({std::move(what), rate(scenario, system) / now_ - 1});
  }

  void ask_links(std::vector<Change>& changes) const {
    if (gpus_ == 1) return;
    for (const std::string& link : links_met()) {
      System system = system_;
      system.collectives = with_faster_link(system_.collectives, link, kMore);
      add(changes, link.find(' ') == std::string::npos ? link + " bandwidth" : "bandwidth of " + link,
          scenario_, system);
    }
    System system = system_;
    system.collectives = with_less_latency(system_.collectives, 1 - 1 / kMore);
    add(changes, "latency of collectives", scenario_, system);
  }

  /// What bounds the collectives of all groups of the layout, at the size of a bucket.
  std::vector<std::string> links_met() const {
    const Layout layout = make_layout(scenario_, gpus_, system_.cluster.gpus_per_node);
    std::vector<std::string> links;
    if (layout.nodes() > 1) links.emplace_back("NIC");  // also where it brings nothing
    std::vector<comm::Group> groups = {gradient_group(layout), tensor_group(layout), context_group(layout)};
    if (layout.pipeline > 1) groups.push_back(neighbour_stages(layout));
    for (const comm::Group& group : groups) {
      if (group.ranks < 2) continue;
      const std::string link =
          system_.collectives->time(comm::Collective::all_reduce, scenario_.bucket, group).bottleneck;
      if (std::find(links.begin(), links.end(), link) == links.end()) links.push_back(link);
    }
    return links;
  }

  /// The same question for GPUs changed by `change`; a measured step moves as the modelled one does.
  template <typename Apply>
  void ask_gpus(std::vector<Change>& changes, const char* what, const Apply& change) const {
    System system = system_;
    change(system.cluster.gpu);
    for (OtherGpus& other : system.others) change(other.gpu);
    Scenario scenario = scenario_;
    if (scenario.step_time)
      *scenario.step_time *= modelled_step(scenario, system.cluster.gpu, data_) /
                             modelled_step(scenario, system_.cluster.gpu, data_);
    add(changes, what, scenario, system);
  }

  void ask_gpu(std::vector<Change>& changes) const {
    ask_gpus(changes, "GPU arithmetic", [](topology::GpuSpec& gpu) {
      for (auto* peaks : {&gpu.peak, &gpu.peak_fp16_accumulate})
        for (auto& [precision, peak] : *peaks) peak *= kMore;
    });
    ask_gpus(changes, "GPU memory bandwidth", [](topology::GpuSpec& gpu) { gpu.memory_bandwidth *= kMore; });
  }

  /// A tenth more samples in every step, or one more where ten are many.
  void ask_batch(std::vector<Change>& changes) const {
    Scenario scenario = scenario_;
    const std::int64_t before = scenario.compute.batch;
    const std::int64_t after =
        std::max<std::int64_t>(before + 1, std::llround(kMore * static_cast<double>(before)));
    if (scenario_.global_batch || scenario_.parallel.microbatch > 0 || scenario_.accumulation > 1) return;
    scenario.compute.batch = after;
    if (scenario.step_time)
      *scenario.step_time *= modelled_step(scenario, system_.cluster.gpu, data_) /
                             modelled_step(scenario_, system_.cluster.gpu, data_);
    add(changes, fmt::format("batch per GPU ({} instead of {})", after, before), scenario, system_);
  }

  void ask_input(std::vector<Change>& changes) const {
    Scenario scenario = scenario_;
    bool known = false;
    for (auto* knob : {&scenario.host_samples_per_second, &scenario.host_cores})
      if (*knob) **knob *= kMore, known = true;
    if (scenario.disk) *scenario.disk *= kMore, known = true;
    if (known) add(changes, "rate of the hosts' input", scenario, system_);
  }

  void ask_switches(std::vector<Change>& changes) const {
    const auto with = [&](const char* what, const auto& change) {
      Scenario scenario = scenario_;
      change(scenario);
      add(changes, what, scenario, system_);
    };
    const bool training = scenario_.compute.mode == workloads::Mode::training;
    if (gpus_ > 1) {
      with(scenario_.overlap ? "--overlap off" : "--overlap on", [](Scenario& s) { s.overlap = !s.overlap; });
      if (training && scenario_.gradient_element > Bytes(2))
        with("--gradient-precision fp16", [](Scenario& s) { s.gradient_element = Bytes(2); });
    }
    // A measured step says nothing about kernels that were not measured.
    if (!scenario_.compute.compiled && !scenario_.step_time)
      with("--compiled", [](Scenario& s) { s.compute.compiled = true; });
    const Layout layout = make_layout(scenario_, gpus_, system_.cluster.gpus_per_node);
    const Parallelism usual;
    if (tensor_group(layout).nodes > 1 && scenario_.parallel.mapping != usual.mapping)
      with("--mapping tp-cp-dp-pp (tensor groups inside nodes)",
           [&](Scenario& s) { s.parallel.mapping = usual.mapping; });
  }

  static std::string first(const Explanation& e) {
    const Change* best = nullptr;
    for (const auto* changes : {&e.switches, &e.sensitivity})
      for (const Change& change : *changes)
        if (change.gain > kWorthSaying && (!best || change.gain > best->gain)) best = &change;
    return best ? best->what : "";
  }

  /// Layers of equal place in all blocks are one: "block*.mlp".
  void name_layer(Explanation& e) const {
    StepEvaluator simulator(scenario_, system_, data_, constants_);
    const BatchPlan batch = plan_batch(scenario_, simulator.layout(gpus_));
    const Work& work = simulator.pacing_work(batch, gpus_, Estimate::nominal);
    if (work.layers.size() != scenario_.model.layers.size()) return;
    std::map<std::string, double> seconds;
    double all = 0;
    for (std::size_t i = 0; i < work.layers.size(); ++i) {
      const double own = (work.layers[i].forward + work.layers[i].backward).value();
      seconds[place(scenario_.model.layers[i].name)] += own;
      all += own;
    }
    for (const auto& [name, own] : seconds)
      if (all > 0 && own / all > e.layer_share) e.layer = name, e.layer_share = own / all;
  }

  std::string place(const std::string& name) const {
    const auto digit = [](char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; };
    if (!scenario_.model.transformer) return name;
    const auto from = std::find_if(name.begin(), name.end(), digit);
    const auto to = std::find_if_not(from, name.end(), digit);
    return from == name.end() ? name : std::string(name.begin(), from) + "*" + std::string(to, name.end());
  }

  const Scenario& scenario_;
  const System& system_;
  int gpus_;
  const DataCatalogue& data_;
  const StepConstants& constants_;
  double now_ = 0;
};

}  // namespace

Explanation explain_point(const Scenario& scenario, const System& system, int gpus, const DataCatalogue& data,
                          const StepConstants& constants) {
  return Asker(scenario, system, gpus, data, constants).ask();
}

void explain(Prediction& prediction, const Scenario& scenario, const std::vector<System>& systems,
             const DataCatalogue& data) {
  const StepConstants constants = load_step_constants(data);
  SCALESIM_CHECK(prediction.curves.size() == systems.size());
  for (std::size_t i = 0; i < systems.size(); ++i) {
    Curve& curve = prediction.curves[i];
    const Point* point = curve.largest();
    if (point) curve.explanation = explain_point(scenario, systems[i], point->gpus, data, constants);
  }
}

}  // namespace scalesim::sim
