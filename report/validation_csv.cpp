// Rows as comma-separated values for a spreadsheet.
#include <fmt/format.h>

#include <cmath>

#include "report/validation.h"

namespace scalesim::report {
namespace {

std::string quoted(const std::string& text) {
  std::string result = "\"";
  for (const char c : text) result += c == '"' ? std::string("\"\"") : std::string(1, c);
  return result + "\"";
}

}  // namespace

std::string validation_csv(const ValidationReport& report) {
  std::string text =
      "table,kind,fitted,counted,curve,model,gpu,system,nodes,batch_per_gpu,precision,framework,trust,gpus,"
      "bytes,unit,"
      "measured,predicted,error,baseline,source\n";
  for (const sim::ValidationTable& table : report.validation.tables)
    for (const sim::ValidationRow& row : table.rows) {
      const sim::CurveFacts& f = table.curves.at(row.curve);
      const bool speedup = table.quantity == sim::Quantity::speedup;
      text += fmt::format("{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{:.9g},{:.9g},{:.6g},{},{}\n",
                          quoted(table.name), quoted(table.kind), !table.fitted.empty(),
                          table.not_counted.empty(), quoted(f.name), quoted(f.model), quoted(f.gpu),
                          quoted(f.system), f.nodes, f.batch > 0 ? std::to_string(f.batch) : "", f.precision,
                          quoted(f.framework), quoted(f.trust), row.gpus,
                          row.bytes > Bytes(0) ? fmt::format("{:.0f}", row.bytes.value()) : "",
                          quoted(speedup ? "speedup" : f.unit), row.measured, row.predicted, row.error,
                          row.baseline, quoted(row.source));
    }
  for (const sim::RuleAnswer& answer : report.rules)
    for (const sim::RuleWorkload& w : answer.workloads)
      for (std::size_t i = 0; i < w.speedup.size(); ++i)
        text += fmt::format(
            "{},\"rule of "
            "thumb\",false,false,{},{},{},{},,{},,,,{},,\"speedup\",{:.9g},{:.9g},{:.6g},{},{}\n",
            quoted(answer.rule.name), quoted(fmt::format("{} batch {}", w.model, w.batch)), quoted(w.model),
            quoted(w.gpu), quoted(answer.rule.system), w.batch,
            (i + 1) * static_cast<std::size_t>(answer.rule.gpus_per_unit), answer.speedup[i], w.speedup[i],
            w.speedup[i] / answer.speedup[i] - 1, i == 0, quoted(answer.rule.source));
  return text;
}

}  // namespace scalesim::report
