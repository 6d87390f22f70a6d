// Rows of timm's benchmark tables turned into steps of zoo networks.
#include "tools/compute/networks.h"

#include <cmath>

#include "core/statistics.h"
#include "tools/compute/csv.h"
#include "workloads/compute/time.h"

namespace scalesim::workloads::calibrate {
namespace {

/// Family, network, image, parameters in millions: RepVGG's deployed form has fewer.
using RowKey = std::tuple<std::string, std::string, std::int64_t, double>;

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
    rows[{table.text(i, "family"), table.text(i, "model"), static_cast<std::int64_t>(table.number(i, "img")),
          table.number(i, "params_m")}]
        .push_back({static_cast<std::int64_t>(table.number(i, "batch")), 1 / table.number(i, column)});
  }
  return rows;
}

double millions(const Model& model) {
  double parameters = 0;
  for (const Layer& layer : model.layers) parameters += static_cast<double>(layer.parameter_count());
  return parameters / 1e6;
}

/// The network as the row's author built it: the deployed form when the row's parameters are nearer to its.
std::shared_ptr<const Model> load_form(const LoadModel& load, const std::string& name, std::int64_t image,
                                       double parameters, Mode mode) {
  auto model = load(name, image, false);
  if (!model || mode == Mode::training || std::isnan(parameters)) return model;
  auto deployed = load(name, image, true);
  const auto away = [&](const Model& form) { return std::abs(millions(form) - parameters); };
  return away(*deployed) < away(*model) ? deployed : model;
}

}  // namespace

std::vector<Observation> read_networks(const std::string& path, const NetworkFilter& filter,
                                       const topology::GpuSpec& gpu, const LoadModel& load) {
  std::vector<Observation> observations;
  for (const auto& [key, rows] : collect(Table::read(path), filter)) {
    const auto& [family, name, image, parameters] = key;
    const auto model = load_form(load, name, image, parameters, filter.mode);
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
