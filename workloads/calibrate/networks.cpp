// Rows of timm's benchmark tables turned into steps of zoo networks.
#include "workloads/calibrate/networks.h"

#include <cmath>

#include "core/statistics.h"
#include "workloads/calibrate/csv.h"
#include "workloads/time.h"

namespace scalesim::workloads::calibrate {
namespace {

using RowKey = std::tuple<std::string, std::string, std::int64_t>;  ///< family, network, image

struct Row {
  std::int64_t batch = 0;
  double seconds_per_sample = 0;
};

bool wanted(const Table& table, std::size_t i, const NetworkFilter& filter) {
  return table.text(i, "gpu") == filter.gpu && table.text(i, "channels") == to_text(filter.layout) &&
         (table.text(i, "compiled") == "1") == filter.compiled && table.text(i, "suspect") != "1" &&
         table.number(i, "torch") >= filter.first_torch && table.number(i, "torch") <= filter.last_torch;
}

std::map<RowKey, std::vector<Row>> collect(const Table& table, const NetworkFilter& filter) {
  const char* const column = filter.mode == Mode::training ? "train_samples_s" : "infer_samples_s";
  std::map<RowKey, std::vector<Row>> rows;
  for (std::size_t i = 0; i < table.size(); ++i) {
    if (!wanted(table, i, filter) || !(table.number(i, column) > 0)) continue;
    rows[{table.text(i, "family"), table.text(i, "model"), static_cast<std::int64_t>(table.number(i, "img"))}]
        .push_back({static_cast<std::int64_t>(table.number(i, "batch")), 1 / table.number(i, column)});
  }
  return rows;
}

}  // namespace

std::vector<Observation> read_networks(const std::string& path, const NetworkFilter& filter,
                                       const topology::GpuSpec& gpu, const LoadModel& load) {
  std::vector<Observation> observations;
  for (const auto& [key, rows] : collect(Table::read(path), filter)) {
    const auto& [family, name, image] = key;
    const auto model = load(name, image);
    if (!model) continue;
    ComputeSettings settings;
    settings.precision = topology::Precision::fp16;
    settings.layout = filter.layout;
    settings.compiled = filter.compiled;
    settings.mode = filter.mode;
    settings.flash_attention = filter.first_torch >= 200;
    std::vector<double> seconds;
    for (const Row& row : rows) {
      seconds.push_back(row.seconds_per_sample);
      settings.batch = std::max(settings.batch, row.batch);
    }
    const auto plan = std::make_shared<const LayerPlan>(plan_layers(*model, settings));
    observations.push_back({family, name, median(seconds) * static_cast<double>(settings.batch),
                            [=](const ComputeConstants& constants) {
                              return ComputeModel(gpu, settings, constants).step(*plan).total().value();
                            }});
  }
  return observations;
}

}  // namespace scalesim::workloads::calibrate
