// Reads data/calibration/reality.toml.
#include "sim/scenario/reality.h"

#include "core/toml.h"

namespace scalesim::sim {

Reality load_reality(const DataCatalogue& data, const RealityOptions& options) {
  const TomlTable table = data.read("calibration", "reality");
  Reality reality;
  reality.failures_per_gpu_hour = table.number_in("failures_per_gpu_hour", 0, 1);
  reality.restart = table.quantity<Seconds>("restart");
  reality.storage_per_node = table.quantity<BytesPerSecond>("storage_per_node");
  reality.slow_hosts = table.number_in("slow_hosts", 0, 1);
  reality.slow_host_factor = table.number_in("slow_host_factor", 1, 100);
  reality.step_jitter = table.number_in("step_jitter", 0, 1);
  reality.flaps_per_nic_hour = table.number_in("flaps_per_nic_hour", 0, 1000);
  reality.flap = table.quantity<Seconds>("flap");
  reality.provenance = parse_provenance(table.text("provenance"));
  reality.source = table.text("source");
  table.refuse_unknown_keys();
  if (options.failures_per_gpu_hour) reality.failures_per_gpu_hour = *options.failures_per_gpu_hour;
  if (options.restart) reality.restart = *options.restart;
  if (options.storage) reality.storage_per_node = *options.storage;
  if (options.slow_hosts) reality.slow_hosts = *options.slow_hosts;
  return reality;
}

}  // namespace scalesim::sim
