// Points as comma-separated values for a spreadsheet.
#include <fmt/format.h>

#include "report/csv/csv.h"
#include "report/documents/prediction.h"

namespace scalesim::report {

std::string prediction_csv(const sim::Prediction& prediction) {
  std::string text =
      "system,gpus,nodes,step_s,compute_s,communication_s,exposed_communication_s,straggler_s,optimizer_s,"
      "throughput,"
      "speedup,speedup_low,speedup_high,efficiency,marginal_efficiency,memory_bytes,fits,bottleneck,bubble_s,"
      "input_s,mfu,gpu_utilization,goodput,sustained_throughput\n";
  for (const sim::Curve& curve : prediction.curves)
    for (const sim::Point& p : curve.points)
      text += fmt::format(
          "{},{},{},{:.9g},{:.9g},{:.9g},{:.9g},{:.9g},{:.9g},{:.9g},{:.6g},{:.6g},{:.6g},{:.6g},{:.6g},{:."
          "0f},{},{},{:.9g},{:.9g},{:.6g},{:.6g},{:.6g},{:.9g}\n",
          csv_text(curve.system), p.gpus, p.nodes, p.step.value(), p.compute.value(), p.communication.value(),
          p.exposed_communication.value(), p.straggler.value(), p.optimizer.value(), p.throughput, p.speedup,
          p.speedup_low, p.speedup_high, p.efficiency, p.marginal_efficiency, p.memory.value(), p.fits,
          csv_text(p.bottleneck), p.bubble.value(), p.input.value(), p.mfu, p.gpu_utilization, p.goodput,
          p.sustained_throughput);
  return text;
}

}  // namespace scalesim::report
