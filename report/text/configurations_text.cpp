// Tells what a search over configurations found.
#include "report/documents/configurations.h"
#include "sim/evaluate/memory_policy.h"

#include <fmt/format.h>

#include "core/units_text.h"
#include "report/text/table.h"

namespace scalesim::report {
namespace {

std::string counted(std::size_t n) {
  std::string text = std::to_string(n);
  for (int i = static_cast<int>(text.size()) - 3; i > 0; i -= 3)
    text.insert(static_cast<std::size_t>(i), ",");
  return text;
}

}  // namespace

std::string configurations_text(const ConfigurationsReport& r, int terminal_width) {
  const plan::Searched& s = r.searched;
  std::string text =
      fmt::format("{} on {} GPUs ({}), {} samples a step\n", r.model, r.gpus, r.cluster, r.global_batch);
  text += fmt::format("{} ways: {} do not fit in {} of a GPU, {} cannot be laid out, {} timed",
                      counted(s.configurations), counted(s.too_large),
                      to_text(Bytes(r.memory * sim::kMemoryPolicy.chosen)), counted(s.impossible),
                      counted(s.evaluated));
  text += s.ruled_out > 0 ? fmt::format(", {} ruled out by a bound\n", counted(s.ruled_out)) : "\n";
  if (r.rows.empty())
    return text +
           fmt::format("\nNo way fits: at the least it takes {} on every GPU. Add GPUs or larger ones.\n",
                       to_text(Bytes(s.least_memory)));
  Table table({{""},
               {"trained by", Align::left},
               {"step"},
               {r.throughput_unit},
               {"of peak"},
               {"compute"},
               {"waiting"},
               {"bubble"},
               {"memory"}});
  for (std::size_t i = 0; i < r.rows.size(); ++i) {
    const ConfigurationsReport::Row& row = r.rows[i];
    table.add({std::to_string(i + 1), row.configuration, to_text(row.outcome.step),
               fmt::format("{:.4g}", row.outcome.samples / row.outcome.step.value()),
               fmt::format("{:.1f} %", 100 * row.mfu), to_text(row.outcome.compute),
               to_text(row.outcome.exposed), to_text(row.outcome.bubble), to_text(Bytes(row.memory))});
  }
  return text + "\n" + table.text(0, terminal_width);
}

}  // namespace scalesim::report
