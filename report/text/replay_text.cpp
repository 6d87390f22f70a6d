// Predicted and measured times side by side.
#include <fmt/format.h>

#include "core/units_text.h"
#include "report/documents/replay.h"

namespace scalesim::report {
namespace {

std::string step_line(const ReplayedStep& step, const ReplayedStep* one) {
  const auto speedup_text = [&](Seconds ReplayedStep::*time) {
    return one ? fmt::format("{:.2f}", speedup(step, *one, time)) : "-";
  };
  return fmt::format("{:>5} {:>5} {:>7} {:>15.2f} {:>14.2f} {:>4.1f} {:>6.1f}% {:>19} {:>9}\n", step.ranks,
                     step.nodes, step.probed ? "yes" : "no", step.predicted.value() * 1e3,
                     step.measured.value() * 1e3, 50 * ((step.high - step.low) / step.measured),
                     100 * step.error(), speedup_text(&ReplayedStep::predicted),
                     speedup_text(&ReplayedStep::measured));
}

std::string size_line(const ReplayedSize& size) {
  return fmt::format("{:>5} {:>5} {:>7} {:>9} {:>15.2f} {:>14.2f} {:>6.1f}%\n", size.ranks, size.nodes,
                     size.probed ? "yes" : "no", message_size_text(size.bytes), size.predicted.value() * 1e3,
                     size.measured.value() * 1e3, 100 * size.error());
}

}  // namespace

std::string replay_text(const Replay& replay) {
  std::string text = fmt::format(
      "{} on {}, {} samples per GPU, {}; computing stood in for by waiting\n"
      "ranks hosts  probed  predicted (ms)  measured (ms)  +-%   error   speed-up predicted  measured\n",
      replay.model, replay.gpu, replay.batch, replay.strategy);
  for (const ReplayedStep& step : replay.steps) text += step_line(step, replay.alone());
  if (replay.sizes.empty()) return text;
  text += "\nall_reduce\nranks hosts  probed      size  predicted (ms)  measured (ms)   error\n";
  for (const ReplayedSize& size : replay.sizes) text += size_line(size);
  return text;
}

}  // namespace scalesim::report
