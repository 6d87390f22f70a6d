// `scalesim list KIND`: the names that the other commands understand.
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <ostream>

#include "cli/shell/command.h"
#include "cli/shell/terminal.h"
#include "comm/schedule/schedule.h"
#include "core/error.h"
#include "core/toml.h"
#include "report/text/table.h"
#include "sim/step/strategy.h"
#include "topology/capture/reading/reader.h"
#include "topology/parts/gpu.h"
#include "topology/parts/gpu_catalogue.h"
#include "workloads/load/load_model.h"
#include "workloads/model/model.h"

namespace scalesim::cli {
namespace {

struct Entry {
  std::string name;
  std::string description;
};

std::vector<Entry> data_entries(const DataCatalogue& data, const std::string& folder,
                                const std::string& key) {
  std::vector<Entry> entries;
  for (const std::string& name : data.names(folder))
    entries.push_back({name, data.read(folder, name).text(key, "")});
  return entries;
}

std::vector<Entry> gpu_entries(const DataCatalogue& data) {
  std::vector<Entry> entries;
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

std::vector<Entry> model_entries(const DataCatalogue& data) {
  std::vector<Entry> entries;
  for (const std::string& name : workloads::model_names(data)) {
    const workloads::Model model = workloads::load_model(name, {}, data);
    entries.push_back({name, fmt::format("{} parameters, {} multiply-accumulates",
                                         scaled(static_cast<double>(model.parameter_count())),
                                         scaled(static_cast<double>(model.macs())))});
  }
  return entries;
}

std::vector<Entry> algorithm_entries() {
  std::vector<Entry> entries;
  for (const auto& algorithm : comm::make_algorithms())
    entries.push_back({std::string(algorithm->name()), std::string(algorithm->description())});
  return entries;
}

std::vector<Entry> strategy_entries() {
  std::vector<Entry> entries;
  for (const auto& strategy : sim::make_strategies())
    entries.push_back({std::string(strategy->name()), std::string(strategy->description())});
  return entries;
}

std::vector<Entry> format_entries() {
  std::vector<Entry> entries;
  for (const auto& reader : topology::make_readers())
    entries.push_back({std::string(reader->name()), std::string(reader->description())});
  return entries;
}

const std::vector<std::string>& kinds() {
  static const std::vector<std::string> names = {"models", "gpus",       "systems",    "nics",
                                                 "tables", "algorithms", "strategies", "formats"};
  return names;
}

std::vector<Entry> entries_of(const std::string& kind, const DataCatalogue& data) {
  if (kind == "models") return model_entries(data);
  if (kind == "gpus") return gpu_entries(data);
  if (kind == "algorithms") return algorithm_entries();
  if (kind == "strategies") return strategy_entries();
  if (kind == "formats") return format_entries();
  if (kind == "systems" || kind == "nics" || kind == "tables") return data_entries(data, kind, "description");
  throw unknown_name("kind", kind, kinds());
}

class ListCommand : public Command {
 public:
  std::string_view name() const override { return "list"; }
  std::string_view summary() const override { return "the names that other commands understand"; }
  std::string_view usage() const override { return "list KIND [options]"; }
  WordChoices words() const override { return {kinds(), ""}; }
  std::vector<Option> options() const override {
    return {{"json", "FILE", "write JSON instead of text", false, "", {}}};
  }
  std::vector<std::string_view> examples() const override { return {"scalesim list gpus"}; }

  int run(const Options& options, Context& context) const override {
    if (options.positional().size() != 1)
      throw InputError(fmt::format("list needs one kind: {}", fmt::join(kinds(), ", ")));
    const std::vector<Entry> entries = entries_of(options.positional()[0], context.data);
    if (options.has("json"))
      return deliver(options, "json", as_json(options.positional()[0], entries), context), 0;
    report::Table table({{"name", report::Align::left}, {"what it is", report::Align::left}});
    for (const Entry& entry : entries) table.add({entry.name, entry.description});
    context.out << table.text(0, terminal_width(context.out));
    return 0;
  }

 private:
  static std::string as_json(const std::string& kind, const std::vector<Entry>& entries) {
    nlohmann::ordered_json document{{"schema", "scalesim.list/1"}, {"kind", kind}};
    for (const Entry& entry : entries)
      document["entries"].push_back({{"name", entry.name}, {"description", entry.description}});
    return document.dump(2) + "\n";
  }
};

}  // namespace

std::unique_ptr<Command> make_command_list() { return std::make_unique<ListCommand>(); }

}  // namespace scalesim::cli
