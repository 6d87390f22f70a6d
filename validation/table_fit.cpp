// The effective model fitted to a measured curve, in seconds and bytes per second.
#include "validation/table_fit.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "core/units_text.h"
#include "sim/evaluate/step_evaluator.h"

namespace scalesim::validation {

using namespace sim;
namespace {

/// What turns shares of a step into seconds and bytes per second.
struct Scale {
  Seconds step{};     ///< of one GPU
  Bytes gradients{};  ///< that one all-reduce of the step moves
};

Scale scale_of(const MeasuredCurve& curve, StepEvaluator& simulator) {
  Scale scale;
  scale.gradients =
      curve.scenario.gradient_element * static_cast<double>(curve.scenario.model.parameter_count());
  scale.step = simulator.outcome(1).step;
  return scale;
}

std::vector<SpeedupRow> rows_of(const MeasuredCurve& curve) {
  std::vector<SpeedupRow> rows;
  for (const MeasuredPoint& point : curve.points)
    rows.push_back({static_cast<double>(point.gpus), point.speedup});
  std::sort(rows.begin(), rows.end(),
            [](const SpeedupRow& a, const SpeedupRow& b) { return a.gpus < b.gpus; });
  rows.erase(std::unique(rows.begin(), rows.end(),
                         [](const SpeedupRow& a, const SpeedupRow& b) { return a.gpus == b.gpus; }),
             rows.end());
  // A table of speed-ups starts at one GPU whether the row is there or not.
  if (curve.base_gpus == 1 && rows.front().gpus > 1) rows.insert(rows.begin(), {1, 1});
  return rows;
}

FittedParameter latency_of(const ParameterInterval& p, const Scale& scale) {
  const auto text = [&](double share) { return to_text(scale.step * share); };
  FittedParameter result{"latency",
                         p.value * scale.step.value(),
                         p.low * scale.step.value(),
                         p.high * scale.step.value(),
                         text(p.value) + " per ring step",
                         "",
                         p.identifiable,
                         ""};
  result.range =
      p.low > 0 ? fmt::format("{} to {}", text(p.low), text(p.high)) : fmt::format("up to {}", text(p.high));
  return result;
}

FittedParameter bandwidth_of(const ParameterInterval& p, const Scale& scale) {
  const auto rate = [&](double volume) {
    return volume > 0 ? (scale.gradients / (scale.step * volume)).value() : INFINITY;
  };
  const auto text = [&](double volume) {
    return volume > 0 ? to_text(BytesPerSecond(rate(volume))) : std::string("unlimited");
  };
  FittedParameter result{"bus bandwidth",
                         rate(p.value),
                         rate(p.high),
                         rate(p.low),
                         text(p.value) + " at 2 GPUs",
                         "",
                         p.identifiable,
                         ""};
  result.range =
      p.low > 0 ? fmt::format("{} to {}", text(p.high), text(p.low)) : fmt::format("from {}", text(p.high));
  return result;
}

FittedParameter plain(const std::string& name, const ParameterInterval& p, bool percent) {
  const double k = percent ? 100 : 1;
  const auto text = [&](double v) {
    return percent ? fmt::format("{:.0f} %", k * v) : fmt::format("{:.2f}", v);
  };
  return {name,
          p.value,
          p.low,
          p.high,
          text(p.value) + (percent ? " of a step" : ""),
          fmt::format("{} to {}", text(p.low), text(p.high)),
          p.identifiable,
          ""};
}

void explain(TableFit& fit) {
  for (FittedParameter& p : fit.parameters) {
    if (p.identifiable) continue;
    p.remark = p.name == "overlap" ? "traded against bandwidth: rows at more batches would part them"
               : p.name == "contention exponent" ? "needs three sizes or more whose communication shows"
               : p.name == "latency" ? "traded against contention: rows at more sizes would part them"
                                     : "too little communication shows in these rows";
  }
}

std::vector<FittedParameter> parameters_of(const EffectiveFit& fit, const Scale& scale) {
  return {latency_of(fit.parameters[0], scale), bandwidth_of(fit.parameters[1], scale),
          plain("contention exponent", fit.parameters[2], false), plain("overlap", fit.parameters[3], true)};
}

double simulated(const MeasuredCurve& curve, StepEvaluator& simulator, int gpus) {
  try {
    if (gpus > curve.system.cluster.gpus()) return 0;
    const auto rate = [&](int n) {
      const Outcome outcome = simulator.outcome(n);
      return outcome.samples / outcome.step.value();
    };
    return rate(gpus) / rate(1);
  } catch (const InputError&) {
    return 0;  // this size cannot be divided as the scenario asks
  }
}

/// Sizes after the last: as the table goes on, one more or twice as many.
std::vector<int> sizes_after(const std::vector<SpeedupRow>& rows) {
  const int last = static_cast<int>(rows.back().gpus), before = static_cast<int>(rows[rows.size() - 2].gpus);
  const bool doubles = last >= 2 * before && last > 2;
  const int step = std::max(1, last - before);
  return doubles ? std::vector<int>{2 * last, 4 * last} : std::vector<int>{last + step, last + 2 * step};
}

std::string reading_of(const EffectiveFit& fit, const Scale& scale, double last) {
  const EffectiveModel& m = fit.best;
  const double shown = m.step(last) - 1;
  if (shown < 0.005)
    return "Next to no communication shows in this table: it says little about the network, and larger sizes "
           "are a guess.";
  std::string text = fmt::format("On {:.0f} GPUs a step waits {} for communication, {:.0f} % of it; ", last,
                                 to_text(scale.step * shown), 100 * shown / m.step(last));
  const ParameterInterval &latency = fit.parameters[0], &contention = fit.parameters[2];
  if (!latency.identifiable && !contention.identifiable)
    return text +
           "whether for latency or for a link that all share these rows cannot tell: measure more sizes.";
  if (!contention.identifiable)
    return text + "how the bandwidth changes with the number of GPUs these rows do not tell.";
  if (2 * (last - 1) * m.latency > 0.5 * m.communication(last))
    return text + "most of that is latency, so fewer and larger messages would help more than faster links.";
  const double volume = m.volume * std::pow(last / 2, m.contention);
  if (volume > 0)
    text += fmt::format("the links give {} of bus bandwidth there",
                        to_text(scale.gradients / (scale.step * volume)));
  if (m.contention > 0.7) return text + ", and it falls with every GPU as if all shared one bridge.";
  return text + (m.contention > 0.25 ? ", less than between two: some link is shared."
                                     : ", much as between two: no link is shared.");
}

}  // namespace

TableFit fit_table(const MeasuredCurve& curve, const TableFitOptions& options, const DataCatalogue& data) {
  const std::vector<SpeedupRow> rows = rows_of(curve);
  if (rows.size() < 3)
    throw InputError(
        fmt::format("{}: {} sizes are too few to fit: give three or more", curve.citation, rows.size()));
  const int count = static_cast<int>(rows.size());
  const int leave = options.leave_last > 0 ? options.leave_last : std::max(1, (count - 1) / 4);
  if (count - leave < 2)
    throw InputError(fmt::format("--leave-last {}: of {} sizes that leaves {}, two are needed to fit", leave,
                                 count, count - leave));
  StepEvaluator simulator(curve.scenario, curve.system, data, load_step_constants(data));
  const Scale scale = scale_of(curve, simulator);
  const EffectiveFit whole = fit_effective_model(rows);
  const EffectiveFit part = fit_effective_model({rows.begin(), rows.end() - leave});
  TableFit fit;
  fit.curve = fmt::format("{}, {} at batch {} on {}", curve.citation, curve.scenario.model.name,
                          curve.scenario.compute.batch, curve.system.cluster.gpu.name);
  fit.parameters = parameters_of(whole, scale);
  fit.residual = whole.residual;
  fit.noise = whole.noise;
  fit.rows_used = count;
  explain(fit);
  for (int i = count - leave; i < count; ++i) {
    const SpeedupRow& row = rows[static_cast<std::size_t>(i)];
    const EffectiveFit::Range range = part.speedup(row.gpus);
    fit.held_out.push_back({static_cast<int>(row.gpus), row.speedup, range.value, range.low, range.high,
                            range.value / row.speedup - 1,
                            simulated(curve, simulator, static_cast<int>(row.gpus))});
  }
  for (const int gpus : sizes_after(rows)) {
    const EffectiveFit::Range range = whole.speedup(gpus);
    fit.next.push_back({gpus, 0, range.value, range.low, range.high, 0, simulated(curve, simulator, gpus)});
  }
  if (!curve.scenario.step_time)
    fit.notes.push_back(
        fmt::format("The step on one GPU is predicted, {}: seconds and bandwidths scale with it; "
                    "--step-time gives the measured one.",
                    to_text(scale.step)));
  if (curve.system.cluster.nodes > 1 && rows.front().gpus < curve.system.cluster.gpus_per_node)
    fit.notes.push_back(
        "The rows go from one node to several: the fit sees one network where there are two.");
  fit.reading = reading_of(whole, scale, rows.back().gpus);
  return fit;
}

}  // namespace scalesim::validation
