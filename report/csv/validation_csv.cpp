// Rows as comma-separated values for a spreadsheet.
#include <fmt/format.h>

#include <cmath>

#include "report/csv/csv.h"
#include "report/documents/validation.h"

namespace scalesim::report {

std::string validation_csv(const ValidationReport& report) {
  std::string text =
      "table,kind,fitted,counted,curve,model,gpu,system,nodes,batch_per_gpu,precision,framework,trust,gpus,"
      "bytes,unit,"
      "measured,predicted,error,baseline,source\n";
  for (const validation::ValidationTable& table : report.validation.tables)
    for (const validation::ValidationRow& row : table.rows) {
      const validation::CurveFacts& f = table.curves.at(row.curve);
      const bool speedup = table.quantity == validation::Quantity::speedup;
      text += fmt::format("{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{:.9g},{:.9g},{:.6g},{},{}\n",
                          csv_text(table.name), csv_text(table.kind), !table.fitted.empty(),
                          table.not_counted.empty(), csv_text(f.name), csv_text(f.model), csv_text(f.gpu),
                          csv_text(f.system), f.nodes, f.batch > 0 ? std::to_string(f.batch) : "",
                          f.precision, csv_text(f.framework), csv_text(f.trust), row.gpus,
                          row.bytes > Bytes(0) ? fmt::format("{:.0f}", row.bytes.value()) : "",
                          csv_text(speedup ? "speedup" : f.unit), row.measured, row.predicted, row.error,
                          row.baseline, csv_text(row.source));
    }
  for (const validation::RuleAnswer& answer : report.rules)
    for (const validation::RuleWorkload& w : answer.workloads)
      for (std::size_t i = 0; i < w.speedup.size(); ++i)
        text += fmt::format(
            "{},\"rule of "
            "thumb\",false,false,{},{},{},{},,{},,,,{},,\"speedup\",{:.9g},{:.9g},{:.6g},{},{}\n",
            csv_text(answer.rule.name), csv_text(fmt::format("{} batch {}", w.model, w.batch)),
            csv_text(w.model), csv_text(w.gpu), csv_text(answer.rule.system), w.batch,
            (i + 1) * static_cast<std::size_t>(answer.rule.gpus_per_unit), answer.speedup[i], w.speedup[i],
            w.speedup[i] / answer.speedup[i] - 1, i == 0, csv_text(answer.rule.source));
  return text;
}

}  // namespace scalesim::report
