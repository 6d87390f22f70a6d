// The probe's samples as text, in nccl-tests' columns so that both can be read side by side.
#include <fmt/format.h>

#include <string>

#include "comm/probe/probe.h"
#include "core/units_text.h"

namespace scalesim::comm {
namespace {

/// Half the 95 % interval of the median, in percent of it.
double spread_percent(const Sample& sample) { return 50 * ((sample.high - sample.low) / sample.median); }

std::string redop(Collective collective) {
  const bool sums = collective == Collective::all_reduce || collective == Collective::reduce ||
                    collective == Collective::reduce_scatter;
  return sums ? "sum" : "none";
}

std::string row(const Sample& sample) {
  const double algbw = (sample.bytes / sample.median).value() / 1e9;
  return fmt::format(
      "{:>12.0f} {:>12.0f} {:>7} {:>7} {:>6} {:>6} {:>11.2f} {:>8.3f} {:>8.3f} {:>7} {:>7.1f} {:>11.2f} "
      "{:>5} {:>5}\n",
      sample.bytes.value(), sample.bytes.value() / sizeof(float), "float", redop(sample.collective),
      sample.ranks, sample.nodes, sample.median.value() * 1e6, algbw,
      algbw * bus_factor(sample.collective, sample.ranks), sample.wrong, spread_percent(sample),
      sample.p95.value() * 1e6, sample.repetitions, sample.outliers);
}

std::string header() {
  const char* const format =
      "#{:>11} {:>12} {:>7} {:>7} {:>6} {:>6} {:>11} {:>8} {:>8} {:>7} {:>7} {:>11} {:>5} {:>5}\n";
  return fmt::format(fmt::runtime(format), "size", "count", "type", "redop", "ranks", "nodes", "time",
                     "algbw", "busbw", "#wrong", "spread", "p95", "reps", "far") +
         fmt::format(fmt::runtime(format), "(B)", "(elements)", "", "", "", "", "(us)", "(GB/s)", "(GB/s)",
                     "", "(+-%)", "(us)", "", "");
}

}  // namespace

std::string probe_table(const CommProfile& profile) {
  std::string text = fmt::format("# {}, {} ranks, time is the median over repetitions of the slowest rank\n",
                                 profile.transport, profile.ranks);
  std::string title;
  for (const Sample& sample : profile.samples) {
    const std::string next = fmt::format("# {}, {} ranks{}\n", to_text(sample.collective), sample.ranks,
                                         sample.scope.empty() ? "" : ", " + sample.scope);
    if (next != title) text += (title = next) + header();
    text += row(sample);
  }
  return text;
}

}  // namespace scalesim::comm
