// Puts counts, times, memory and advice of one network together.
#include "report/documents/model_report.h"
#include "workloads/memory/memory.h"

#include <algorithm>

namespace scalesim::report {

double ModelReport::samples_per_second() const {
  return static_cast<double>(settings.batch) / time->total().value();
}

double ModelReport::gpu_utilization() const {
  return std::min(1.0, (time->forward + time->backward + time->optimizer) / time->total());
}

ModelReport report_model(workloads::Model model, const workloads::ComputeSettings& settings,
                         const std::optional<topology::GpuSpec>& gpu, const DataCatalogue& data) {
  ModelReport report;
  report.model = std::move(model);
  report.settings = settings;
  report.gpu = gpu;
  if (gpu) report.time = workloads::time_step(report.model, *gpu, settings, data);
  report.memory = workloads::memory_use(report.model, settings, {});
  std::optional<workloads::TimedStep> timed;
  if (report.time) timed.emplace(workloads::TimedStep{*report.time, *report.gpu});
  report.advice = workloads::advise(report.model, settings, timed);
  return report;
}

}  // namespace scalesim::report
