// Rows of a CSV file into measured curves.
#include "validation/user_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "core/csv.h"
#include "core/number.h"

namespace scalesim::validation {
namespace {

constexpr Measure kMeasures[] = {Measure::throughput,       Measure::throughput_per_gpu,
                                 Measure::step_s,           Measure::speedup,
                                 Measure::marginal_percent, Measure::marginal_fraction};
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
  Measure kind = Measure::throughput;
  std::vector<std::pair<std::size_t, RunColumn>> run;
};

InputError unknown_column(const CsvTable& csv, std::size_t i, const std::vector<RunColumn>& known) {
  if (csv.header.cells[i].text.find_first_not_of("0123456789.,eE+-% ") == std::string::npos)
    return InputError(
        csv.place(csv.header, i),
        fmt::format("'{}' where a column's name should stand: begin the file with a line such as "
                    "'gpus,throughput'",
                    csv.header.cells[i].text));
  std::vector<std::string> names = {"gpus", "note"};
  for (const Measure measure : kMeasures) names.emplace_back(to_text(measure));
  for (const RunColumn& column : known) names.push_back(column_name(column.name));
  const std::string near = nearest_name(csv.header.cells[i].text, names);
  return InputError(
      csv.place(csv.header, i),
      fmt::format("unknown column '{}'{}: columns are gpus, one of throughput, throughput_per_gpu, step_s, "
                  "speedup, marginal_percent and marginal_fraction, note, and options of predict such as "
                  "model, system, gpu, batch, precision",
                  csv.header.cells[i].text, near.empty() ? "" : fmt::format(", did you mean '{}'?", near)));
}

Columns read_header(const CsvTable& csv, const std::vector<RunColumn>& known) {
  Columns columns;
  bool gpus = false, measure = false;
  for (std::size_t i = 0; i < csv.header.cells.size(); ++i) {
    const std::string name = option_name(csv.header.cells[i].text);
    const auto kind = std::find_if(std::begin(kMeasures), std::end(kMeasures),
                                   [&](Measure m) { return option_name(std::string(to_text(m))) == name; });
    const auto run = std::find_if(known.begin(), known.end(),
                                  [&](const RunColumn& column) { return column.name == name; });
    if (name == "gpus") {
      columns.gpus = i, gpus = true;
    } else if (kind != std::end(kMeasures)) {
      if (measure)
        throw InputError(csv.place(csv.header, i),
                         fmt::format("'{}' beside '{}': one measure is enough, take one column out",
                                     to_text(*kind), to_text(columns.kind)));
      columns.measure = i, columns.kind = *kind, measure = true;
    } else if (run != known.end()) {
      columns.run.emplace_back(i, *run);
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
  const auto [value, rest, error] = leading_double(text);
  const bool percent = rest == "%" && name.find("percent") != std::string::npos;
  if (error != std::errc() || (!rest.empty() && !percent) || !std::isfinite(value)) {
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

std::string key_of(const CsvRow& row, const Columns& columns) {
  std::string key;
  for (const auto& [column, run] : columns.run) key += row.cells[column].text + '\n';
  return key;
}

/// No row yet, but what the runs of all its rows are like.
UserRows rows_like(const CsvTable& csv, const Columns& columns, const CsvRow& row) {
  UserRows rows;
  rows.file = csv.file;
  rows.raw.measure = columns.kind;
  rows.measure_place = csv.place(csv.header, columns.measure);
  for (const auto& [column, run] : columns.run)
    if (const std::string& value = row.cells[column].text; !value.empty())
      rows.run.push_back({run, value, csv.place(row, column)});
  return rows;
}

bool is_rate(Measure measure) {
  return measure == Measure::throughput || measure == Measure::throughput_per_gpu;
}

bool is_marginal(Measure measure) {
  return measure == Measure::marginal_percent || measure == Measure::marginal_fraction;
}

/// Whole, ascending sizes.
void check_sizes(const UserRows& rows) {
  for (std::size_t i = 0; i < rows.raw.gpus.size(); ++i) {
    const double gpus = rows.raw.gpus[i];
    if (gpus != std::floor(gpus) || gpus > kMostGpus)
      throw InputError(rows.gpu_places[i],
                       fmt::format("{:g} in 'gpus': give a whole number up to {}", gpus, kMostGpus));
    if (is_marginal(rows.raw.measure) && i > 0 && gpus <= rows.raw.gpus[i - 1])
      throw InputError(rows.gpu_places[i],
                       "sizes must ascend where a column says what each added GPU brings");
  }
}

void check_choice(const RunCell& cell) {
  const std::vector<std::string>& choices = cell.column.choices;
  if (choices.empty() || std::find(choices.begin(), choices.end(), cell.value) != choices.end()) return;
  throw InputError(cell.place, unknown_name(column_name(cell.column.name), cell.value, choices).message() +
                                   fmt::format(": it is one of {}", fmt::join(choices, ", ")));
}

/// `raw` with row `index` and the first in each other's place.
RawCurve with_first(RawCurve raw, std::size_t index) {
  std::swap(raw.gpus[0], raw.gpus[index]);
  std::swap(raw.values[0], raw.values[index]);
  return raw;
}

std::vector<double> checked_speedups(const UserRows& rows, std::size_t base, bool strong) {
  std::vector<double> speedups = speedups_of(with_first(rows.raw, base), strong);
  std::swap(speedups[0], speedups[base]);
  for (std::size_t i = 0; i < speedups.size(); ++i)
    if (!(speedups[i] > 0))
      throw InputError(
          rows.value_places[i],
          fmt::format("up to here the shares add up to {:g}: all GPUs together cannot do nothing",
                      speedups[i]));
  return speedups;
}

void add_points(MeasuredCurve& curve, const UserRows& rows) {
  const RawCurve& raw = rows.raw;
  // What rates are divided by is the smallest size, wherever it stands.
  const auto base =
      static_cast<std::size_t>(std::min_element(raw.gpus.begin(), raw.gpus.end()) - raw.gpus.begin());
  const bool relative = relative_to_first(with_first(raw, base));
  const std::vector<double> speedups = checked_speedups(rows, base, curve.scenario.global_batch.has_value());
  curve.base_gpus = relative ? static_cast<int>(raw.gpus[base]) : 1;
  for (std::size_t i = 0; i < speedups.size(); ++i) {
    MeasuredPoint point;
    point.gpus = static_cast<int>(raw.gpus[i]);
    point.speedup = speedups[i];
    point.value = raw.values[i];
    point.baseline = relative ? i == base : point.gpus == 1;
    point.source = fmt::format("{}:{}", rows.file, rows.value_places[i].line);
    curve.points.push_back(std::move(point));
  }
}

/// The figure on one GPU, where the table has it.
std::optional<double> value_on_one(const RawCurve& raw) {
  const auto one = std::find(raw.gpus.begin(), raw.gpus.end(), 1.0);
  if (one == raw.gpus.end()) return std::nullopt;
  return raw.values[static_cast<std::size_t>(one - raw.gpus.begin())];
}

/// Takes the step on one GPU from the table where it says it. A warning where a rate needs a batch for that,
/// else empty.
std::string set_step_time(MeasuredCurve& curve, const RawCurve& raw, bool batch_given) {
  const std::optional<double> value = value_on_one(raw);
  sim::Scenario& scenario = curve.scenario;
  if (scenario.step_time || scenario.global_batch || !value) return {};
  if (raw.measure == Measure::step_s) scenario.step_time = Seconds(*value);
  if (!is_rate(raw.measure)) return {};
  if (batch_given)
    return scenario.step_time = Seconds(static_cast<double>(scenario.compute.batch) / *value), "";
  return fmt::format(
      "{}: no batch is given, so the step on one GPU is predicted for {} samples instead of taken from the "
      "table: add --batch or a column batch",
      curve.citation, scenario.compute.batch);
}

}  // namespace

double UserRows::most_gpus() const { return *std::max_element(raw.gpus.begin(), raw.gpus.end()); }

std::vector<UserRows> read_user_rows(const std::string& text, const std::string& file,
                                     const std::vector<RunColumn>& run) {
  const CsvTable csv = parse_csv(text, file == "-" ? "standard input" : file);
  const Columns columns = read_header(csv, run);
  std::map<std::string, std::size_t> known;
  std::vector<UserRows> groups;
  for (const CsvRow& row : csv.rows) {
    const auto [entry, added] = known.try_emplace(key_of(row, columns), groups.size());
    if (added) groups.push_back(rows_like(csv, columns, row));
    UserRows& group = groups[entry->second];
    group.raw.gpus.push_back(number_at(csv, row, columns.gpus));
    group.raw.values.push_back(number_at(csv, row, columns.measure));
    group.gpu_places.push_back(csv.place(row, columns.gpus));
    group.value_places.push_back(csv.place(row, columns.measure));
  }
  return groups;
}

void check_user_rows(const UserRows& rows, bool as_given) {
  if (const auto mistake = as_given ? std::nullopt : diagnose(rows.raw))
    throw InputError(rows.measure_place, mistake->text + " (--as-given takes the numbers as they stand)");
  check_sizes(rows);
  for (const RunCell& cell : rows.run) check_choice(cell);
}

UserCurve user_curve(const UserRows& rows, const sim::Scenario& scenario, const sim::System& system,
                     bool batch_given) {
  UserCurve result;
  MeasuredCurve& curve = result.curve;
  curve.table = rows.file;
  curve.source = "yours";
  curve.kind = "own table";
  curve.unit = to_text(rows.raw.measure);
  curve.system = system;
  curve.scenario = scenario;
  curve.name = curve.citation = fmt::format("{}:{}", rows.file, rows.value_places.front().line);
  add_points(curve, rows);
  result.warning = set_step_time(curve, rows.raw, batch_given);
  return result;
}

}  // namespace scalesim::validation
