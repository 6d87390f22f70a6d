// The document of `scalesim plan --search`.
#include <nlohmann/json.hpp>

#include "report/documents/configurations.h"

namespace scalesim::report {

std::string configurations_json(const ConfigurationsReport& r) {
  const plan::Searched& s = r.searched;
  nlohmann::ordered_json document = {{"schema", "scalesim.ways/1"},
                                     {"model", r.model},
                                     {"cluster", r.cluster},
                                     {"gpus", r.gpus},
                                     {"global_batch", r.global_batch},
                                     {"throughput_unit", r.throughput_unit},
                                     {"search", r.search},
                                     {"ways", s.configurations},
                                     {"too_large", s.too_large},
                                     {"impossible", s.impossible},
                                     {"timed", s.evaluated},
                                     {"ruled_out", s.ruled_out},
                                     {"best", nlohmann::ordered_json::array()}};
  for (const ConfigurationsReport::Row& row : r.rows)
    document["best"].push_back({{"way", row.configuration},
                                {"step_s", row.outcome.step.value()},
                                {"throughput", row.outcome.samples / row.outcome.step.value()},
                                {"mfu", row.mfu},
                                {"compute_s", row.outcome.compute.value()},
                                {"exposed_communication_s", row.outcome.exposed.value()},
                                {"bubble_s", row.outcome.bubble.value()},
                                {"optimizer_s", row.outcome.optimizer.value()},
                                {"memory_bytes", row.memory}});
  return document.dump(2) + "\n";
}

}  // namespace scalesim::report
