// Rows of a CSV file into measured curves.
#include "cli/options/user_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>

#include "cli/options/scenario_options.h"
#include "core/csv.h"
#include "core/file.h"

namespace scalesim::cli {
namespace {

constexpr validation::Measure kMeasures[] = {
    validation::Measure::throughput,       validation::Measure::throughput_per_gpu,
    validation::Measure::step_s,           validation::Measure::speedup,
    validation::Measure::marginal_percent, validation::Measure::marginal_fraction};
constexpr int kMostGpus = 1'000'000;

/// "Global Batch" and "global_batch" are the option global-batch.
std::string option_name(std::string name) {
  for (char& c : name)
    c = c == '_' || c == ' ' ? '-' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return name;
}

std::string column_name(const std::string& option) {
  std::string name = option;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

/// What each column is.
struct Columns {
  std::size_t gpus = 0, measure = 0;
  validation::Measure kind = validation::Measure::throughput;
  std::vector<std::pair<std::size_t, Option>> options;
};

std::vector<Option> run_options() {
  std::vector<Option> all = scenario_options();
  const std::vector<Option> systems = system_options();
  all.insert(all.end(), systems.begin(), systems.end());
  std::erase_if(all, [](const Option& option) { return option.name == "gpus" || option.value.empty(); });
  return all;
}

InputError unknown_column(const CsvTable& csv, std::size_t i, const std::vector<Option>& known) {
  if (csv.header.cells[i].text.find_first_not_of("0123456789.,eE+-% ") == std::string::npos)
    return InputError(
        csv.place(csv.header, i),
        fmt::format("'{}' where a column's name should stand: begin the file with a line such as "
                    "'gpus,throughput'",
                    csv.header.cells[i].text));
  std::vector<std::string> names = {"gpus", "note"};
  for (const validation::Measure measure : kMeasures) names.emplace_back(to_text(measure));
  for (const Option& option : known) names.push_back(column_name(option.name));
  const std::string near = nearest_name(csv.header.cells[i].text, names);
  return InputError(
      csv.place(csv.header, i),
      fmt::format("unknown column '{}'{}: columns are gpus, one of throughput, throughput_per_gpu, step_s, "
                  "speedup, marginal_percent and marginal_fraction, note, and options of predict such as "
                  "model, system, gpu, batch, precision",
                  csv.header.cells[i].text, near.empty() ? "" : fmt::format(", did you mean '{}'?", near)));
}

Columns read_header(const CsvTable& csv) {
  const std::vector<Option> known = run_options();
  Columns columns;
  bool gpus = false, measure = false;
  for (std::size_t i = 0; i < csv.header.cells.size(); ++i) {
    const std::string name = option_name(csv.header.cells[i].text);
    const auto kind = std::find_if(std::begin(kMeasures), std::end(kMeasures), [&](validation::Measure m) {
      return option_name(std::string(to_text(m))) == name;
    });
    const auto option =
        std::find_if(known.begin(), known.end(), [&](const Option& o) { return o.name == name; });
    if (name == "gpus") {
      columns.gpus = i, gpus = true;
    } else if (kind != std::end(kMeasures)) {
      if (measure)
        throw InputError(csv.place(csv.header, i),
                         fmt::format("'{}' beside '{}': one measure is enough, take one column out",
                                     to_text(*kind), to_text(columns.kind)));
      columns.measure = i, columns.kind = *kind, measure = true;
    } else if (option != known.end()) {
      columns.options.emplace_back(i, *option);
    } else if (name != "note") {
      throw unknown_column(csv, i, known);
    }
  }
  if (!gpus)
    throw InputError(Place{csv.file, csv.header.line, 1},
                     "no column 'gpus': the first line names the columns");
  if (!measure)
    throw InputError(
        Place{csv.file, csv.header.line, 1},
        "no measured column: name one throughput, throughput_per_gpu, step_s, speedup, marginal_percent or "
        "marginal_fraction");
  return columns;
}

double number_at(const CsvTable& csv, const CsvRow& row, std::size_t column) {
  const std::string& text = row.cells[column].text;
  const std::string& name = csv.header.cells[column].text;
  if (text.empty())
    throw InputError(csv.place(row, column), fmt::format("'{}' is empty: every row needs it", name));
  double value = 0;
  const char* last = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), last, value);
  const bool percent =
      rest != last && std::string_view(rest) == "%" && name.find("percent") != std::string::npos;
  if (error != std::errc() || (rest != last && !percent) || !std::isfinite(value)) {
    const bool comma = text.find(',') != std::string::npos;
    throw InputError(csv.place(row, column),
                     fmt::format("'{}' in '{}' is not a number{}", text, name,
                                 comma ? ": write a point for decimals and no separators of thousands" : ""));
  }
  constexpr double kSmallest = 1e-12, kLargest = 1e15;
  if (std::fabs(value) > kLargest || (value != 0 && std::fabs(value) < kSmallest))
    throw InputError(csv.place(row, column),
                     fmt::format("{} in '{}' is beyond anything that is measured", text, name));
  const bool marginal = option_name(name).rfind("marginal", 0) == 0;
  if (value <= 0 && !marginal)
    throw InputError(csv.place(row, column),
                     fmt::format("{:g} in '{}': must be more than zero", value, name));
  return value;
}

/// Rows with equal options.
struct Group {
  std::vector<const CsvRow*> rows;
  validation::RawCurve raw;
};

std::string key_of(const CsvRow& row, const Columns& columns) {
  std::string key;
  for (const auto& [column, option] : columns.options) key += row.cells[column].text + '\n';
  return key;
}

std::vector<Group> group_rows(const CsvTable& csv, const Columns& columns) {
  std::map<std::string, std::size_t> known;
  std::vector<Group> groups;
  for (const CsvRow& row : csv.rows) {
    const auto [entry, added] = known.try_emplace(key_of(row, columns), groups.size());
    if (added) groups.emplace_back();
    Group& group = groups[entry->second];
    group.rows.push_back(&row);
    group.raw.measure = columns.kind;
    group.raw.gpus.push_back(number_at(csv, row, columns.gpus));
    group.raw.values.push_back(number_at(csv, row, columns.measure));
  }
  return groups;
}

void refuse_mistakes(const CsvTable& csv, const Columns& columns, const Group& group) {
  if (const auto mistake = validation::diagnose(group.raw))
    throw InputError(csv.place(csv.header, columns.measure),
                     mistake->text + " (--as-given takes the numbers as they stand)");
}

/// Whole, ascending sizes.
void check_sizes(const CsvTable& csv, const Columns& columns, const Group& group) {
  for (std::size_t i = 0; i < group.rows.size(); ++i) {
    const double gpus = group.raw.gpus[i];
    const Place place = csv.place(*group.rows[i], columns.gpus);
    if (gpus != std::floor(gpus) || gpus > kMostGpus)
      throw InputError(place, fmt::format("{:g} in 'gpus': give a whole number up to {}", gpus, kMostGpus));
    if (columns.kind != validation::Measure::marginal_percent &&
        columns.kind != validation::Measure::marginal_fraction)
      continue;
    if (i > 0 && gpus <= group.raw.gpus[i - 1])
      throw InputError(place, "sizes must ascend where a column says what each added GPU brings");
  }
}

Options options_of(const CsvTable& csv, const Columns& columns, const CsvRow& row, const Options& options) {
  Options own = options;
  for (const auto& [column, option] : columns.options) {
    const std::string& value = row.cells[column].text;
    if (value.empty()) continue;
    if (!option.choices.empty() &&
        std::find(option.choices.begin(), option.choices.end(), value) == option.choices.end())
      throw InputError(csv.place(row, column),
                       unknown_name(column_name(option.name), value, option.choices).message() +
                           fmt::format(": it is one of {}", fmt::join(option.choices, ", ")));
    own = own.with(option.name, value);
  }
  return own;
}

/// Systems by the options that describe them: searching for NCCL's rings takes longer than predicting a row.
class SystemCache {
 public:
  explicit SystemCache(const DataCatalogue& data) : data_(data) {}

  const sim::System& find(const Options& options, const Group& group) {
    const double most = *std::max_element(group.raw.gpus.begin(), group.raw.gpus.end());
    Options sized = options.with("gpus", fmt::format("{:.0f}", most));
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

class CurveBuilder {
 public:
  CurveBuilder(const CsvTable& csv, const Columns& columns, const Options& options, const DataCatalogue& data)
      : csv_(csv), columns_(columns), options_(options), data_(data), systems_(data) {}

  validation::MeasuredCurve build(const Group& group, std::vector<std::string>& warnings) {
    const CsvRow& first = *group.rows.front();
    try {
      return built(group, options_of(csv_, columns_, first, options_), warnings);
    } catch (const InputError& wrong) {
      if (!wrong.place().file.empty()) throw;
      throw InputError(Place{csv_.file, first.line, 0}, wrong.message());
    }
  }

 private:
  validation::MeasuredCurve built(const Group& group, const Options& own,
                                  std::vector<std::string>& warnings) {
    validation::MeasuredCurve curve;
    curve.table = csv_.file == "-" ? "standard input" : csv_.file;
    curve.source = "yours";
    curve.kind = "own table";
    curve.unit = to_text(columns_.kind);
    curve.system = systems_.find(own, group);
    curve.scenario = with_default_batch(scenario_from(own, data_), {curve.system}, own);
    curve.name = curve.citation = fmt::format("{}:{}", csv_.file, group.rows.front()->line);
    add_points(curve, group);
    set_step_time(curve, group, own, warnings);
    return curve;
  }

  void add_points(validation::MeasuredCurve& curve, const Group& group) const {
    validation::RawCurve sorted = group.raw;
    // What rates are divided by is the smallest size, wherever it stands.
    const auto base = static_cast<std::size_t>(std::min_element(sorted.gpus.begin(), sorted.gpus.end()) -
                                               sorted.gpus.begin());
    std::swap(sorted.gpus[0], sorted.gpus[base]);
    std::swap(sorted.values[0], sorted.values[base]);
    const bool relative = validation::relative_to_first(sorted);
    std::vector<double> speedups = validation::speedups_of(sorted, curve.scenario.global_batch.has_value());
    std::swap(speedups[0], speedups[base]);
    for (std::size_t i = 0; i < speedups.size(); ++i)
      if (!(speedups[i] > 0))
        throw InputError(
            csv_.place(*group.rows[i], columns_.measure),
            fmt::format("up to here the shares add up to {:g}: all GPUs together cannot do nothing",
                        speedups[i]));
    curve.base_gpus = relative ? static_cast<int>(group.raw.gpus[base]) : 1;
    for (std::size_t i = 0; i < speedups.size(); ++i) {
      validation::MeasuredPoint point;
      point.gpus = static_cast<int>(group.raw.gpus[i]);
      point.speedup = speedups[i];
      point.value = group.raw.values[i];
      point.baseline = relative ? i == base : point.gpus == 1;
      point.source = fmt::format("{}:{}", csv_.file, group.rows[i]->line);
      curve.points.push_back(std::move(point));
    }
  }

  /// The step on one GPU, where the table says it.
  void set_step_time(validation::MeasuredCurve& curve, const Group& group, const Options& own,
                     std::vector<std::string>& warnings) const {
    const auto one = std::find(group.raw.gpus.begin(), group.raw.gpus.end(), 1.0);
    if (curve.scenario.step_time || one == group.raw.gpus.end() || curve.scenario.global_batch) return;
    const double value = group.raw.values[static_cast<std::size_t>(one - group.raw.gpus.begin())];
    if (columns_.kind == validation::Measure::step_s) {
      curve.scenario.step_time = Seconds(value);
    } else if (columns_.kind == validation::Measure::throughput ||
               columns_.kind == validation::Measure::throughput_per_gpu) {
      if (own.has("batch"))
        curve.scenario.step_time = Seconds(static_cast<double>(curve.scenario.compute.batch) / value);
      else
        warnings.push_back(
            fmt::format("{}: no batch is given, so the step on one GPU is predicted for {} samples instead "
                        "of taken from the table: add --batch or a column batch",
                        curve.citation, curve.scenario.compute.batch));
    }
  }

  const CsvTable& csv_;
  const Columns& columns_;
  const Options& options_;
  const DataCatalogue& data_;
  SystemCache systems_;
};

}  // namespace

UserTable read_user_table(const std::string& file, const Options& options, const DataCatalogue& data) {
  const CsvTable csv = parse_csv(read_file(file), file == "-" ? "standard input" : file);
  const Columns columns = read_header(csv);
  UserTable table;
  CurveBuilder builder(csv, columns, options, data);
  for (const Group& group : group_rows(csv, columns)) {
    if (!options.has("as-given")) refuse_mistakes(csv, columns, group);
    check_sizes(csv, columns, group);
    table.curves.push_back(builder.build(group, table.warnings));
  }
  return table;
}

}  // namespace scalesim::cli
