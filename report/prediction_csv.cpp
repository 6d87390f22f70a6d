// Points as comma-separated values for a spreadsheet.
#include <fmt/format.h>

#include "report/prediction.h"

namespace scalesim::report {
namespace {

std::string quoted(const std::string& text) {
  std::string result = "\"";
  for (const char c : text) result += c == '"' ? std::string("\"\"") : std::string(1, c);
  return result + "\"";
}

}  // namespace

std::string prediction_csv(const sim::Prediction& prediction) {
  std::string text =
      "system,gpus,nodes,step_s,compute_s,communication_s,exposed_communication_s,straggler_s,optimizer_s,"
      "throughput,"
      "speedup,speedup_low,speedup_high,efficiency,marginal_efficiency,memory_bytes,fits,bottleneck\n";
  for (const sim::Curve& curve : prediction.curves)
    for (const sim::Point& p : curve.points)
      text += fmt::format(
          "{},{},{},{:.9g},{:.9g},{:.9g},{:.9g},{:.9g},{:.9g},{:.9g},{:.6g},{:.6g},{:.6g},{:.6g},{:.6g},{:."
          "0f},{},{}\n",
          quoted(curve.system), p.gpus, p.nodes, p.step.value(), p.compute.value(), p.communication.value(),
          p.exposed_communication.value(), p.straggler.value(), p.optimizer.value(), p.throughput, p.speedup,
          p.speedup_low, p.speedup_high, p.efficiency, p.marginal_efficiency, p.memory.value(), p.fits,
          quoted(p.bottleneck));
  return text;
}

}  // namespace scalesim::report
