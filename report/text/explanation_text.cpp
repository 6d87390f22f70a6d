// Sentences from figures.
#include "report/text/explanation_text.h"

#include <fmt/format.h>

#include "core/units_text.h"

namespace scalesim::report {
namespace {

std::string percent(double share) { return fmt::format("{:.1f} %", 100 * share); }

std::string listed(const std::vector<sim::Change>& changes) {
  std::string text;
  for (const sim::Change& change : changes)
    text += fmt::format("{}{} {:+.1f} %", text.empty() ? "" : ", ", change.what, 100 * change.gain);
  return text;
}

std::string counted(int gpus) { return fmt::format("{} GPU{}", gpus, gpus == 1 ? "" : "s"); }

/// What failures, checkpoints and evaluations leave.
std::string long_run_text(const sim::Point& p, const std::string& unit) {
  std::string text = fmt::format("  over weeks, {}: {} of the time trains, {:.0f} {}", counted(p.gpus),
                                 percent(p.goodput), p.sustained_throughput, unit);
  if (p.mean_failure > Seconds(0)) text += fmt::format("; a failure every {}", to_text(p.mean_failure));
  if (p.checkpoint_interval > Seconds(0))
    text +=
        fmt::format(", a checkpoint of {} every {}", to_text(p.checkpoint), to_text(p.checkpoint_interval));
  if (p.evaluation > Seconds(0)) text += fmt::format(", an evaluation takes {}", to_text(p.evaluation));
  return text + "\n";
}

}  // namespace

std::string explanation_text(const sim::Curve& curve, const std::string& unit) {
  const sim::Point* largest = curve.largest();
  if (!largest) return {};
  std::string text = long_run_text(*largest, unit);
  if (!largest->pace.empty()) text += fmt::format("  the others wait for {}\n", largest->pace);
  if (!curve.explanation) return text;
  const sim::Explanation& e = *curve.explanation;
  text += fmt::format("  10 % more at {} brings: {}\n", counted(e.gpus), listed(e.sensitivity));
  if (!e.switches.empty()) text += fmt::format("  switches: {}\n", listed(e.switches));
  if (!e.layer.empty())
    text += fmt::format("  longest layer: {}, {} of the compute\n", e.layer, percent(e.layer_share));
  text += e.first.empty() ? "  nothing to change brings more than half a per cent\n"
                          : fmt::format("  change first: {}\n", e.first);
  return text;
}

}  // namespace scalesim::report
