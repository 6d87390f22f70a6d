// The options of every curve are those of the command line under those of its rows.
#include "cli/options/user_curves.h"

#include <fmt/format.h>

#include <map>

#include "cli/options/scenario_options.h"
#include "core/error.h"
#include "core/file.h"

namespace scalesim::cli {
namespace {

using validation::UserRows;

std::vector<validation::RunColumn> run_columns() {
  std::vector<validation::RunColumn> columns;
  for (const std::vector<Option>& options : {scenario_options(), system_options()})
    for (const Option& option : options)
      if (option.name != "gpus" && !option.value.empty()) columns.push_back({option.name, option.choices});
  return columns;
}

Options options_of(const UserRows& rows, const Options& options) {
  Options own = options;
  for (const validation::RunCell& cell : rows.run) own = own.with(cell.column.name, cell.value);
  return own;
}

/// Systems by the options that describe them: searching for NCCL's rings takes longer than predicting a row.
class SystemCache {
 public:
  explicit SystemCache(const DataCatalogue& data) : data_(data) {}

  const sim::System& find(const Options& options, double most_gpus) {
    Options sized = options.with("gpus", fmt::format("{:.0f}", most_gpus));
    if (!sized.has("system")) sized = sized.with("system", "pcie");
    std::string key;
    for (const Option& option : options_) key += sized.text(option.name) + '\n';
    const auto known = systems_.find(key);
    if (known != systems_.end()) return known->second;
    return systems_.emplace(key, systems_from(sized, data_).systems.front()).first->second;
  }

 private:
  const DataCatalogue& data_;
  const std::vector<Option> options_ = system_options();
  std::map<std::string, sim::System> systems_;
};

/// An error that names no place in a file is one of the options that the rows give: it gets the first's line.
validation::UserCurve curve_of(const UserRows& rows, const Options& own, SystemCache& systems,
                               const DataCatalogue& data) {
  try {
    const sim::System& system = systems.find(own, rows.most_gpus());
    const sim::Scenario scenario = with_default_batch(scenario_from(own, data), {system}, own);
    return validation::user_curve(rows, scenario, system, own.has("batch"));
  } catch (const InputError& wrong) {
    if (!wrong.place().file.empty()) throw;
    throw InputError(Place{rows.file, rows.value_places.front().line, 0}, wrong.message());
  }
}

}  // namespace

UserCurves read_user_curves(const std::string& file, const Options& options, const DataCatalogue& data) {
  UserCurves result;
  SystemCache systems(data);
  for (const UserRows& rows : validation::read_user_rows(read_file(file), file, run_columns())) {
    validation::check_user_rows(rows, options.has("as-given"));
    validation::UserCurve read = curve_of(rows, options_of(rows, options), systems, data);
    result.curves.push_back(std::move(read.curve));
    if (!read.warning.empty()) result.warnings.push_back(std::move(read.warning));
  }
  return result;
}

}  // namespace scalesim::cli
