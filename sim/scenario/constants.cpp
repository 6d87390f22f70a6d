// Reads data/calibration/step.toml.
#include "sim/scenario/constants.h"

#include "core/toml.h"

namespace scalesim::sim {

StepConstants load_step_constants(const DataCatalogue& data) {
  const TomlTable table = data.read("calibration", "step");
  StepConstants constants;
  constants.rank_deviation = table.number_in("rank_deviation", 0, 0.2);
  constants.compute_loss = table.number_in("compute_loss", 0, 10);
  constants.communication_loss = table.number_in("communication_loss", 0, 0.9);
  constants.bucket_overhead = table.quantity<Seconds>("bucket_overhead");
  constants.host_deviation = table.quantity<Seconds>("host_deviation");
  constants.decode_rate = table.number_in("decode_rate", 0, 10000);
  constants.relative_error = table.number_in("relative_error", 0, 1);
  constants.provenance = parse_provenance(table.text("provenance"));
  constants.source = table.text("source");
  table.refuse_unknown_keys();
  return constants;
}

}  // namespace scalesim::sim
