// The host's time per operator from data/calibration/host_launches.toml.
#include "tools/compute/host_launches.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "core/toml.h"
#include "workloads/compute/time.h"

namespace scalesim::workloads::calibrate {
namespace {

/// Layers whose forward pass is a kernel; a flatten or a dropout in inference starts none.
double operators_of(const std::string& network, const Tables& tables) {
  const auto model = tables.load_image(network, 224, false);
  if (!model) throw InputError(fmt::format("host_launches.toml: no network '{}' in the zoo", network));
  ComputeSettings settings;
  settings.mode = Mode::inference;
  settings.batch = 1;
  const StepTime step =
      ComputeModel(tables.gpus.find("a100-sxm4-80gb"), settings, ComputeConstants{}).step(*model);
  return static_cast<double>(std::count_if(step.layers.begin(), step.layers.end(),
                                           [](const LayerTime& time) { return time.forward > Seconds(0); }));
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t n = values.size();
  return n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

double time_per_operator(const TomlTable& machine, const Tables& tables) {
  std::vector<double> times;
  for (const TomlTable& row : machine.tables("row")) {
    const std::string network = row.text("network");
    const double operators =
        row.has("operators") ? row.number_in("operators", 1, 1e6) : operators_of(network, tables);
    times.push_back(row.quantity<Seconds>("time").value() / operators);
    row.refuse_unknown_keys();
  }
  if (times.empty()) throw machine.error("row", "a machine needs at least one [[machine.row]]");
  return median(std::move(times));
}

}  // namespace

double host_time_per_operator(const Tables& tables, const DataCatalogue& data) {
  double logs = 0;
  int machines = 0;
  for (const TomlTable& machine : data.read("calibration", "host_launches").tables("machine")) {
    machine.text("name");
    machine.text("source");
    const double time = time_per_operator(machine, tables);
    if (!machine.boolean("fitted", true)) continue;
    logs += std::log(time);
    ++machines;
  }
  if (machines == 0) throw InputError("host_launches.toml: no machine is fitted");
  return std::exp(logs / machines);
}

void set_host_launches(const CalibrationScope& scope, double eager, ComputeConstants& constants) {
  const bool python = scope.stack == "pytorch" && !scope.compiled;
  constants.dispatch_forward_s = python ? eager : ComputeConstants{}.dispatch_forward_s;
  constants.dispatch_backward_s = python ? eager : ComputeConstants{}.dispatch_backward_s;
}

}  // namespace scalesim::workloads::calibrate
