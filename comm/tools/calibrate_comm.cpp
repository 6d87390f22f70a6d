// Fits the constants of comm/models/nccl_correction.h to a table of published collective sweeps and says how
// well they predict a system that was left out. usage: calibrate_comm TABLE.csv [OUT.toml] [--rows] Columns
// used: system, gpu, nodes, gpus, interconnect, nic, collective, size_bytes, time_us, busbw_GBps, trust,
// note. A row becomes a cluster by what its columns say about GPU, wiring and NICs; no row, system or source
// is treated apart.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <exception>
#include <map>
#include <random>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "comm/models/nccl_correction.h"
#include "core/error.h"
#include "core/file.h"
#include "core/statistics.h"
#include "fmt/format.h"

namespace scalesim::comm {
namespace {

using Row = std::map<std::string, std::string>;

std::vector<std::string> split_csv(const std::string& line) {
  std::vector<std::string> cells(1);
  bool quoted = false;
  for (const char c : line) {
    if (c == '"') {
      quoted = !quoted;
    } else if (c == ',' && !quoted) {
      cells.emplace_back();
    } else if (c != '\r') {
      cells.back() += c;
    }
  }
  return cells;
}

std::vector<Row> read_table(const std::string& path) {
  std::istringstream lines(read_file(path));
  std::string line;
  std::getline(lines, line);
  const std::vector<std::string> header = split_csv(line);
  std::vector<Row> rows;
  while (std::getline(lines, line)) {
    const std::vector<std::string> cells = split_csv(line);
    Row row;
    for (size_t i = 0; i < header.size() && i < cells.size(); ++i) row[header[i]] = cells[i];
    rows.push_back(std::move(row));
  }
  return rows;
}

bool says(const std::string& text, const char* word) { return text.find(word) != std::string::npos; }

/// "A100 80GB SXM" -> a100-sxm4-80gb: family, form factor, memory, then the nearest catalogue name that has
/// them all.
std::string catalogue_name(const std::string& gpu, const topology::GpuCatalogue& catalogue) {
  std::string lower;
  for (const char c : gpu) lower += static_cast<char>(std::tolower(c));
  std::vector<std::string> wanted;
  for (const char* family : {"a100", "h100", "h200", "h800", "v100", "b200", "4090", "5090", "3090"}) {
    if (says(lower, family)) wanted.emplace_back(family);
  }
  if (wanted.empty()) return {};
  if (says(lower, "pcie")) wanted.emplace_back("pcie");
  if (!says(lower, "pcie") && !says(lower, "rtx")) wanted.emplace_back("sxm");
  for (const char* memory : {"16gb", "32gb", "40gb", "80gb"}) {
    if (says(lower, memory)) wanted.emplace_back(memory);
  }
  for (; !wanted.empty(); wanted.pop_back()) {
    for (const std::string& name : catalogue.names()) {
      if (std::all_of(wanted.begin(), wanted.end(),
                      [&](const std::string& word) { return says(name, word.c_str()); }))
        return name;
    }
  }
  return {};
}

/// "8x CX-7 400Gb", "16x200Gb RoCE", "4x100G EFA per node", "1-4x OPA100": count and Gb/s; the count before
/// the first x (the lower of a range) and the first number of at least 25.
struct Nics {
  int count = 0;
  double gigabits = 0;
};
Nics parse_nics(const std::string& text) {
  Nics nics;
  const size_t cross = text.find('x');
  if (cross == std::string::npos || cross == 0 || !std::isdigit(static_cast<unsigned char>(text[cross - 1])))
    return nics;
  nics.count = std::atoi(text.c_str());
  for (size_t i = cross; i < text.size(); ++i) {
    if (!std::isdigit(static_cast<unsigned char>(text[i]))) continue;
    const double number = std::atof(text.c_str() + i);
    if (number >= 25 && nics.gigabits == 0) nics.gigabits = number;
    while (i < text.size() && std::isdigit(static_cast<unsigned char>(text[i]))) ++i;
  }
  return nics;
}

std::string wiring_of(const std::string& interconnect) {
  if (says(interconnect, "NVLink bridge")) return "nvbridge";
  if (says(interconnect, "NVSwitch") || says(interconnect, "NVLink")) return "nvlink";
  return says(interconnect, "switch, P2P") ? "pcie-switch" : "pcie";
}

/// "8589934592", "large", ">256M", "1G-8G": words stand for 4 GiB, where sweeps have levelled off.
double size_of(const std::string& text) {
  const double number = std::atof(text.c_str());
  return number >= 8 && text.find_first_not_of("0123456789") == std::string::npos ? number : 4294967296.0;
}

/// One measured point with everything that does not depend on the constants.
struct Observation {
  std::string system;
  NcclNode node;
  Group group;
  Collective collective;
  double bytes;
  double time;  ///< us
  size_t tuning;
  NcclChoice choice;
};

struct Data {
  std::vector<NcclTuning> tunings;
  std::vector<Observation> observations;
};

topology::Cluster cluster_of(const Row& row, int nodes, int per_node, const DataCatalogue& catalogue) {
  const std::string interconnect = row.at("interconnect"), nic = row.at("nic");
  topology::ClusterOptions options;
  options.gpu = catalogue_name(row.at("gpu"), topology::GpuCatalogue(catalogue));
  options.nodes = nodes;
  options.gpus_per_node = per_node;
  const Nics nics = parse_nics(nic);
  if (nics.count > 0) {
    options.nics_per_node = nics.count;
    options.nic_rate = BytesPerSecond(nics.gigabits * 1e9 / 8);
  }
  topology::Cluster cluster = topology::load_cluster(wiring_of(interconnect), options, catalogue);
  if (says(interconnect, "EFA") || says(nic, "EFA")) cluster.fabric.technology = "EFA";
  cluster.fabric.rdma = !says(nic, "TCP");
  return cluster;
}

Data observe(const std::vector<Row>& rows, int& skipped) {
  const DataCatalogue catalogue = DataCatalogue::embedded();
  const topology::GpuCatalogue gpus(catalogue);
  Data data;
  std::map<std::string, size_t> known;
  std::vector<NcclNode> nodes;
  for (const Row& row : rows) {
    const int node_count = std::atoi(row.at("nodes").c_str()), ranks = std::atoi(row.at("gpus").c_str());
    if (node_count < 1 || ranks < 2 || catalogue_name(row.at("gpu"), gpus).empty()) {
      ++skipped;
      continue;
    }
    Observation o;
    o.collective = parse_collective(row.at("collective"));
    o.group = {ranks, node_count, 1};
    o.system = row.at("system");
    o.bytes = size_of(row.at("size_bytes"));
    o.time = std::atof(row.at("time_us").c_str());
    if (o.time <= 0)
      o.time = o.bytes * bus_factor(o.collective, ranks) / (1000 * std::atof(row.at("busbw_GBps").c_str()));
    if (!(o.time > 0) || !std::isfinite(o.time)) {
      ++skipped;
      continue;
    }
    const bool no_nvls = says(row.at("interconnect"), "NVLS off") ||
                         says(row.at("interconnect"), "default: Ring") ||
                         says(row.at("interconnect"), "NVSwitch ring");
    const std::string key = fmt::format("{}/{}/{}/{}/{}/{}/{}", row.at("system"), row.at("gpu"), node_count,
                                        ranks, row.at("nic"), row.at("interconnect"), no_nvls);
    if (known.count(key) == 0) {
      const topology::Cluster cluster = cluster_of(row, node_count, ranks / node_count, catalogue);
      NcclNode node = read_nccl_node(cluster, o.group);
      if (no_nvls) node.multicast = false;
      known[key] = data.tunings.size();
      data.tunings.emplace_back(closed_form_system(node, node_count));
      nodes.push_back(node);
    }
    o.tuning = known[key];
    o.node = nodes[o.tuning];
    o.choice = data.tunings[o.tuning].choose(o.collective, static_cast<std::uint64_t>(o.bytes));
    data.observations.push_back(std::move(o));
  }
  return data;
}

using Trial = NcclCalibration;

double predict(const Data& data, const Observation& o, const Trial& trial) {
  const bool tuned = o.collective != Collective::all_to_all && o.collective != Collective::send_receive;
  const NcclEstimate estimate =
      tuned ? corrected_time(data.tunings[o.tuning], o.node, o.collective, o.choice, o.bytes, trial)
            : point_to_point_time(o.node, o.collective, o.group, o.bytes, trial);
  return estimate.time;
}

/// Mean over groups of GPUs of the mean of a loss that is square near zero and flattens twice (some published
/// logs were taken on systems that their authors call untuned or noisy), a weak pull to the starting values
/// so that a constant no row speaks of stays put.
double loss(const Data& data, const std::vector<const Observation*>& rows, const Trial& trial,
            const Trial& prior) {
  std::map<std::string, std::pair<double, double>> systems;
  for (const Observation* o : rows) {
    const double error = std::abs(std::log(predict(data, *o, trial) / o->time));
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
Trial fit(const Data& data, const std::vector<const Observation*>& rows, const Trial& start) {
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

struct Errors {
  std::vector<double> large, small;
};

double error_of(const Data& data, const Observation& o, const Trial& trial) {
  return std::abs(predict(data, o, trial) / o.time - 1);
}

std::string percent(const std::vector<double>& errors) {
  return errors.empty() ? "-" : fmt::format("{:.1f} %", 100 * median(errors));
}

std::string toml_of(const Trial& all, const std::map<std::string, Errors>& out_of_sample, const Errors& total,
                    size_t rows) {
  std::string text =
      "# What NCCL's tuning model leaves out, fitted to published nccl-tests sweeps. Written by "
      "calibrate_comm; do not edit.\n";
  text += fmt::format(
      "source = \"{} rows of published sweeps over {} systems (nccl-tests logs of AWS, OCI, NVIDIA, "
      "SkyPilot, "
      "Sheffield, kalavai, ml-engineering and bigscience)\"\n",
      rows, out_of_sample.size());
  text +=
      "method = \"Huber loss of the log error, equal weight per system; ranges are the fit's "
      "bounds\"\n\n[constants]\n";
  for (const NcclParameter& p : nccl_parameters()) {
    text += fmt::format("{} = {:.4g}  # {}; {:g} to {:g}\n", p.name, all.*p.value, p.meaning, p.low, p.high);
  }
  text += "\n# Median relative error when the system was left out of the fit.\n[left_out]\n";
  text += fmt::format("at_least_1_mib = {:.3f}\nbelow_1_mib = {:.3f}\n", median(total.large),
                      total.small.empty() ? 0.0 : median(total.small));
  for (const auto& [system, errors] : out_of_sample) {
    text += fmt::format("\n[[left_out.system]]\nname = \"{}\"\n", system);
    if (!errors.large.empty()) text += fmt::format("at_least_1_mib = {:.3f}\n", median(errors.large));
    if (!errors.small.empty()) text += fmt::format("below_1_mib = {:.3f}\n", median(errors.small));
  }
  return text;
}

int run(const std::string& table, const std::string& output, bool rows) {
  int skipped = 0;
  const Data data = observe(read_table(table), skipped);
  std::vector<const Observation*> everything;
  std::set<std::string> systems;
  for (const Observation& o : data.observations) {
    everything.push_back(&o);
    systems.insert(o.system);
  }
  if (everything.empty()) throw InputError(table + ": no row could be used");
  const Trial start;
  Trial all = fit(data, everything, start);
  std::map<std::string, Errors> by_system;
  Errors total, inside;
  for (const std::string& left_out : systems) {
    std::vector<const Observation*> others;
    for (const Observation* o : everything) {
      if (o->system != left_out) others.push_back(o);
    }
    const Trial trial = fit(data, others, start);
    for (const Observation* o : everything) {
      if (o->system != left_out) continue;
      const bool large = o->bytes >= 1048576;
      const double error = error_of(data, *o, trial);
      (large ? by_system[left_out].large : by_system[left_out].small).push_back(error);
      (large ? total.large : total.small).push_back(error);
      (large ? inside.large : inside.small).push_back(error_of(data, *o, all));
      if (rows) {
        std::printf("%-60.60s %12.0f B measured %10.1f us, left out %10.1f, fitted %10.1f %s/%s\n",
                    o->system.c_str(), o->bytes, o->time, predict(data, *o, trial), predict(data, *o, all),
                    std::string(to_text(o->choice.algorithm)).c_str(),
                    std::string(to_text(o->choice.protocol)).c_str());
      }
    }
  }
  all.error_large = median(total.large);
  all.error_small = total.small.empty() ? all.error_small : median(total.small);
  std::printf("%zu rows of %zu systems used, %d skipped (hardware or time not stated)\n", everything.size(),
              systems.size(), skipped);
  for (const NcclParameter& p : nccl_parameters()) {
    std::printf("  %-22s %10.4g   (%g to %g) %s\n", std::string(p.name).c_str(), all.*p.value, p.low, p.high,
                std::string(p.meaning).c_str());
  }
  std::printf(
      "median error        >= 1 MiB   < 1 MiB\n  fitted to all     %9s %9s\n  system left out   %9s %9s\n",
      percent(inside.large).c_str(), percent(inside.small).c_str(), percent(total.large).c_str(),
      percent(total.small).c_str());
  for (const auto& [system, errors] : by_system) {
    std::printf("  %-58.58s %9s %9s\n", system.c_str(), percent(errors.large).c_str(),
                percent(errors.small).c_str());
  }
  if (!output.empty()) write_file(output, toml_of(all, by_system, total, everything.size()));
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
