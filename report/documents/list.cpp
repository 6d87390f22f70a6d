// Asks the catalogues and the tables of plugins for their names.
#include "report/documents/list.h"

#include <fmt/format.h>

#include "comm/schedule/schedule.h"
#include "core/error.h"
#include "core/toml.h"
#include "core/units_text.h"
#include "sim/step/strategy.h"
#include "topology/capture/reading/reader.h"
#include "topology/parts/gpu.h"
#include "topology/parts/gpu_catalogue.h"
#include "workloads/load/load_model.h"
#include "workloads/model/model.h"

namespace scalesim::report {
namespace {

std::vector<ListEntry> data_entries(const DataCatalogue& data, const std::string& folder,
                                    const std::string& key) {
  std::vector<ListEntry> entries;
  for (const std::string& name : data.names(folder))
    entries.push_back({name, data.read(folder, name).text(key, "")});
  return entries;
}

std::vector<ListEntry> gpu_entries(const DataCatalogue& data) {
  std::vector<ListEntry> entries;
  const topology::GpuCatalogue catalogue(data);
  for (const std::string& name : catalogue.names()) {
    const topology::GpuSpec gpu = catalogue.find(name);
    entries.push_back(
        {name, fmt::format("{}, {}, {}", gpu.product, to_text(gpu.memory), to_text(gpu.memory_bandwidth))});
  }
  return entries;
}

/// 25,557,032 -> "25.56 M".
std::string scaled(double value) {
  for (auto [unit, size] :
       {std::pair("T", 1e12), std::pair("G", 1e9), std::pair("M", 1e6), std::pair("k", 1e3)})
    if (value >= size) return fmt::format("{:.4g} {}", value / size, unit);
  return fmt::format("{:.0f}", value);
}

std::vector<ListEntry> model_entries(const DataCatalogue& data) {
  std::vector<ListEntry> entries;
  for (const std::string& name : workloads::model_names(data)) {
    const workloads::Model model = workloads::load_model(name, {}, data);
    entries.push_back({name, fmt::format("{} parameters, {} multiply-accumulates",
                                         scaled(static_cast<double>(model.parameter_count())),
                                         scaled(static_cast<double>(model.macs())))});
  }
  return entries;
}

std::vector<ListEntry> algorithm_entries() {
  std::vector<ListEntry> entries;
  for (const auto& algorithm : comm::make_algorithms())
    entries.push_back({std::string(algorithm->name()), std::string(algorithm->description())});
  return entries;
}

std::vector<ListEntry> strategy_entries() {
  std::vector<ListEntry> entries;
  for (const auto& strategy : sim::make_strategies())
    entries.push_back({std::string(strategy->name()), std::string(strategy->description())});
  return entries;
}

std::vector<ListEntry> format_entries() {
  std::vector<ListEntry> entries;
  for (const auto& reader : topology::make_readers())
    entries.push_back({std::string(reader->name()), std::string(reader->description())});
  return entries;
}

}  // namespace

const std::vector<std::string>& list_kinds() {
  static const std::vector<std::string> names = {"models", "gpus",       "systems",    "nics",
                                                 "tables", "algorithms", "strategies", "formats"};
  return names;
}

std::vector<ListEntry> list_entries(const std::string& kind, const DataCatalogue& data) {
  if (kind == "models") return model_entries(data);
  if (kind == "gpus") return gpu_entries(data);
  if (kind == "algorithms") return algorithm_entries();
  if (kind == "strategies") return strategy_entries();
  if (kind == "formats") return format_entries();
  if (kind == "systems" || kind == "nics" || kind == "tables") return data_entries(data, kind, "description");
  throw unknown_name("kind", kind, list_kinds());
}

}  // namespace scalesim::report
