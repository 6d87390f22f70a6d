// Fits the constants of comm/models/nccl/correction.h to published collective sweeps
// (data/calibration/sweeps.toml and a table) and says how well they predict a system of the table that was
// left out. usage: calibrate_comm TABLE.csv [OUT.toml] [--rows]
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <exception>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "core/error.h"
#include "core/file.h"
#include "core/statistics.h"
#include "fmt/format.h"
#include "tools/comm/observations.h"

namespace scalesim::comm {
namespace {

using Trial = NcclCalibration;

/// Mean over groups of GPUs of the mean of a loss that is square near zero and flattens twice (some published
/// logs were taken on systems that their authors call untuned or noisy), a weak pull to the starting values
/// so that a constant no row speaks of stays put.
double loss(const Observations& data, const std::vector<const Observation*>& rows, const Trial& trial,
            const Trial& prior) {
  std::map<std::string, std::pair<double, double>> systems;
  for (const Observation* o : rows) {
    const double error = std::abs(std::log(predicted_time(data, *o, trial) / o->time));
    const double huber = error < 0.1   ? error * error / 0.2
                         : error < 0.5 ? error - 0.05
                                       : 0.45 + 0.3 * (error - 0.5);
    const double weight = o->bytes >= 1048576 ? 2 : 1;
    auto& [sum, count] = systems[fmt::format("{} {}", o->system, o->group.ranks)];
    sum += weight * huber;
    count += weight;
  }
  double total = 0, weights = 0;
  for (const auto& [system, entry] : systems) {
    const double weight = std::sqrt(entry.second);
    total += weight * entry.first / entry.second;
    weights += weight;
  }
  double pull = 0;
  for (const NcclParameter& parameter : nccl_parameters()) {
    const double from = prior.*parameter.value, to = trial.*parameter.value;
    pull += from > 0 && to > 0 ? std::pow(std::log(to / from), 2) : 0;
  }
  return total / weights + 0.01 * pull;
}

/// Pattern search in the logarithm of each constant, inside its bounds: few constants, a cheap loss, no
/// derivatives.
Trial fit(const Observations& data, const std::vector<const Observation*>& rows, const Trial& start) {
  Trial best = start;
  double least = loss(data, rows, best, start);
  for (double step = 0.4; step > 0.004; step /= 1.6) {
    for (bool moved = true; moved;) {
      moved = false;
      const auto consider = [&](const NcclParameter& parameter, double factor) {
        Trial next = best;
        double& value = next.*parameter.value;
        value = std::clamp(value * factor, parameter.low, parameter.high);
        const double result = loss(data, rows, next, start);
        if (result < least - 1e-7) {
          least = result;
          best = next;
          moved = true;
        }
      };
      for (const NcclParameter& parameter : nccl_parameters()) {
        if (parameter.name.substr(0, 6) == "error_") continue;
        consider(parameter, std::exp(step));
        consider(parameter, std::exp(-step));
      }
    }
  }
  return best;
}

/// Relative errors of one system or of many, by size.
struct Errors {
  std::vector<double> large, small;       ///< absolute; at least 1 MiB, and below
  std::vector<double> few, middle, many;  ///< signed; to 8 MiB, to 128 MiB, above
  void add(double bytes, double error) {
    (bytes >= 1048576 ? large : small).push_back(std::abs(error));
    if (bytes < 1048576) return;
    (bytes <= 8.4e6 ? few : bytes <= 1.35e8 ? middle : many).push_back(error);
  }
};

double error_of(const Observations& data, const Observation& row, const Trial& trial) {
  return predicted_time(data, row, trial) / row.time - 1;
}

std::string percent(const std::vector<double>& errors) {
  return errors.empty() ? "-" : fmt::format("{:.1f} %", 100 * median(errors));
}
std::string signed_percent(const std::vector<double>& errors) {
  return errors.empty() ? "-" : fmt::format("{:+.0f}", 100 * median(errors));
}

/// What is reported: rows of the table, with and without those that their source doubts, and every system.
struct Report {
  Errors fitted, left_out, left_out_trusted, every_system;
  std::map<std::string, Errors> by_system;
  std::map<std::string, std::string> doubts;
};

std::vector<const Observation*> fit_rows(const Observations& data, const std::string& left_out) {
  std::vector<const Observation*> rows;
  for (const Observation& row : data.rows) {
    if (row.system != left_out && row.doubt.empty()) rows.push_back(&row);
  }
  return rows;
}

void add_left_out(const Observations& data, const std::string& system, const Trial& without, const Trial& all,
                  bool print_rows, Report& report) {
  for (const Observation& row : data.rows) {
    if (row.system != system) continue;
    const double error = error_of(data, row, without);
    report.every_system.add(row.bytes, error);
    report.by_system[system].add(row.bytes, error);
    if (!row.doubt.empty()) report.doubts[system] = row.doubt;
    if (print_rows) {
      std::printf("%-60.60s %12.0f B measured %10.1f us, left out %10.1f, fitted %10.1f %s/%s\n",
                  row.system.c_str(), row.bytes, row.time, predicted_time(data, row, without),
                  predicted_time(data, row, all), std::string(to_text(row.choice.algorithm)).c_str(),
                  std::string(to_text(row.choice.protocol)).c_str());
    }
    if (!row.asked) continue;
    report.left_out.add(row.bytes, error);
    if (row.doubt.empty()) report.left_out_trusted.add(row.bytes, error);
    report.fitted.add(row.bytes, error_of(data, row, all));
  }
}

std::string toml_of(const Trial& all, const Report& report, size_t rows) {
  std::string text =
      "# What NCCL's tuning model leaves out, fitted to published nccl-tests sweeps. Written by "
      "calibrate_comm; do not "
      "edit.\n";
  text += fmt::format(
      "source = \"{} rows of published sweeps over {} systems: data/calibration/sweeps.toml and nccl-tests "
      "logs of AWS, "
      "OCI, NVIDIA, SkyPilot, Sheffield, kalavai, ml-engineering and bigscience\"\n",
      rows, report.by_system.size());
  text +=
      "method = \"robust loss of the log error, equal weight per system, rows left out whose own source "
      "doubts them; ranges "
      "are the fit's bounds\"\n\n[constants]\n";
  for (const NcclParameter& p : nccl_parameters()) {
    text += fmt::format("{} = {:.4g}  # {}; {:g} to {:g}\n", p.name, all.*p.value, p.meaning, p.low, p.high);
  }
  text += "\n# Median relative error when the system was left out of the fit.\n[left_out]\n";
  text += fmt::format("at_least_1_mib = {:.3f}\nbelow_1_mib = {:.3f}\n", median(report.left_out.large),
                      report.left_out.small.empty() ? 0.0 : median(report.left_out.small));
  for (const auto& [system, errors] : report.by_system) {
    text += fmt::format("\n[[left_out.system]]\nname = \"{}\"\n", system);
    if (!errors.large.empty()) text += fmt::format("at_least_1_mib = {:.3f}\n", median(errors.large));
    if (!errors.small.empty()) text += fmt::format("below_1_mib = {:.3f}\n", median(errors.small));
    const auto doubt = report.doubts.find(system);
    if (doubt != report.doubts.end()) text += fmt::format("doubt = \"{}\"\n", doubt->second);
  }
  return text;
}

void print(const Report& report, const Trial& all) {
  for (const NcclParameter& p : nccl_parameters()) {
    std::printf("  %-26s %10.4g   (%g to %g) %s\n", std::string(p.name).c_str(), all.*p.value, p.low, p.high,
                std::string(p.meaning).c_str());
  }
  std::printf("\nmedian error of the table      >= 1 MiB   < 1 MiB\n");
  const auto line = [](const char* name, const Errors& errors) {
    std::printf("  %-28s %8s %9s\n", name, percent(errors.large).c_str(), percent(errors.small).c_str());
  };
  line("fitted to all", report.fitted);
  line("system left out", report.left_out);
  line("  without doubted rows", report.left_out_trusted);
  line("every system, shipped too", report.every_system);
  std::printf("\nsystem left out, median; then signed by size, percent\n%-58s %9s %9s %7s %7s %7s\n", "",
              ">= 1 MiB", "< 1 MiB", "1-8M", "16-128M", "more");
  for (const auto& [system, errors] : report.by_system) {
    const auto doubt = report.doubts.find(system);
    std::printf("  %-56.56s %9s %9s %7s %7s %7s %s\n", system.c_str(), percent(errors.large).c_str(),
                percent(errors.small).c_str(), signed_percent(errors.few).c_str(),
                signed_percent(errors.middle).c_str(), signed_percent(errors.many).c_str(),
                doubt == report.doubts.end() ? "" : doubt->second.c_str());
  }
}

int run(const std::string& table, const std::string& output, bool rows) {
  Observations data;
  add_table(table, data);
  if (data.rows.empty()) throw InputError(table + ": no row could be used");
  add_shipped_sweeps(data);
  std::set<std::string> systems;
  for (const Observation& row : data.rows) systems.insert(row.system);
  const Trial start;
  Trial all = fit(data, fit_rows(data, ""), start);
  Report report;
  for (const std::string& system : systems) {
    add_left_out(data, system, fit(data, fit_rows(data, system), start), all, rows, report);
  }
  all.error_large = median(report.left_out.large);
  all.error_small = report.left_out.small.empty() ? all.error_small : median(report.left_out.small);
  std::printf("%zu rows of %zu systems used, %d skipped (hardware or time not stated)\n", data.rows.size(),
              systems.size(), data.skipped);
  print(report, all);
  if (!output.empty()) write_file(output, toml_of(all, report, data.rows.size()));
  return 0;
}

}  // namespace
}  // namespace scalesim::comm

int main(int argc, char** argv) {
  std::vector<std::string> paths;
  bool rows = false;
  for (int i = 1; i < argc; ++i) {
    if (std::string(argv[i]) == "--rows") {
      rows = true;
    } else {
      paths.emplace_back(argv[i]);
    }
  }
  if (paths.empty() || paths.size() > 2) {
    std::fprintf(stderr, "usage: calibrate_comm TABLE.csv [OUT.toml] [--rows]\n");
    return 2;
  }
  try {
    return scalesim::comm::run(paths[0], paths.size() > 1 ? paths[1] : "", rows);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "calibrate_comm: %s\n", error.what());
    return 2;
  }
}
