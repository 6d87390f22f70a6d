// Reads the two kinds of tables and lays each row out as a cluster that the model knows.
#include "tools/comm/observations.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "comm/models/nccl/search.h"
#include "core/csv.h"
#include "core/error.h"
#include "core/file.h"
#include "core/number.h"
#include "core/toml.h"
#include "fmt/format.h"
#include "topology/parts/gpu_catalogue.h"
#include "topology/system/load_cluster.h"

namespace scalesim::comm {

namespace {

using Cells = std::map<std::string, std::string>;

std::vector<Cells> read_table(const std::string& path) {
  const CsvTable table = parse_csv(read_file(path), path);
  std::vector<Cells> rows;
  for (const CsvRow& row : table.rows) {
    Cells& cells = rows.emplace_back();
    for (size_t i = 0; i < row.cells.size(); ++i) cells[table.header.cells[i].text] = row.cells[i].text;
  }
  for (const char* needed : {"system", "gpu", "nodes", "gpus", "interconnect", "nic", "collective",
                             "size_bytes", "time_us", "busbw_GBps", "note"}) {
    if (rows.front().count(needed) == 0)
      throw InputError(table.place(table.header, 0), fmt::format("no column '{}' in this line", needed));
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
  nics.count = leading_integer<int>(text).value;
  for (size_t i = cross; i < text.size(); ++i) {
    if (!std::isdigit(static_cast<unsigned char>(text[i]))) continue;
    const double number = leading_double(std::string_view(text).substr(i)).value;
    if (number >= 25 && nics.gigabits == 0) nics.gigabits = number;
    while (i < text.size() && std::isdigit(static_cast<unsigned char>(text[i]))) ++i;
  }
  return nics;
}

/// Cards that the columns put under one switch or root share its way to the host, whether they are peers or
/// not.
std::string wiring_of(const std::string& interconnect) {
  if (says(interconnect, "NVLink bridge")) return "nvbridge";
  if (says(interconnect, "NVSwitch") || says(interconnect, "NVLink")) return "nvlink";
  return says(interconnect, "switch, P2P") || says(interconnect, "same switch") ? "pcie-switch" : "pcie";
}

/// "8589934592", "large", ">256M", "1G-8G": words stand for 4 GiB, where sweeps have levelled off.
double size_of(const std::string& text) {
  const double number = leading_double(text).value;
  return number >= 8 && text.find_first_not_of("0123456789") == std::string::npos ? number : 4294967296.0;
}

/// What the note itself says against the figure.
std::string doubt_of(const std::string& note) {
  if (note.rfind("tuned", 0) == 0) return {};
  for (const char* word : {"untuned", "noisy", "early EFA stack", "network noise"}) {
    if (says(note, word)) return word;
  }
  return {};
}

/// How a row's node is laid out, from either kind of table.
struct Layout {
  std::string gpu, wiring, technology;
  int nodes = 1, gpus_per_node = 1, nics = 0;
  double gigabits = 0;
  bool rdma = true, multicast = true;
};

topology::Cluster cluster_of(const Layout& layout, const DataCatalogue& catalogue) {
  topology::ClusterOptions options;
  options.gpu = layout.gpu;
  options.nodes = layout.nodes;
  options.gpus_per_node = layout.gpus_per_node;
  if (layout.nics > 0) {
    options.nics_per_node = layout.nics;
    options.nic_rate = BytesPerSecond(layout.gigabits * 1e9 / 8);
  }
  topology::Cluster cluster = topology::load_cluster(layout.wiring, options, catalogue);
  if (!layout.technology.empty()) cluster.fabric.technology = topology::network_technology(layout.technology);
  cluster.fabric.rdma = layout.rdma;
  return cluster;
}

/// Adds one point; `key` names the combination of node and group, so that its tables are built once.
void add_point(Observation point, const Layout& layout, const std::string& key,
               std::map<std::string, size_t>& known, Observations& data) {
  static const DataCatalogue catalogue = DataCatalogue::embedded();
  point.group = {layout.nodes * layout.gpus_per_node, layout.nodes, 1};
  if (known.count(key) == 0) {
    const topology::Cluster cluster = cluster_of(layout, catalogue);
    NcclNode node = read_nccl_node(cluster, point.group);
    node.multicast = node.multicast && layout.multicast;
    known[key] = data.tunings.size();
    data.tunings.emplace_back(nccl_system(cluster, node, layout.nodes));
    point.node = node;
  } else {
    const auto same = std::find_if(data.rows.begin(), data.rows.end(),
                                   [&](const Observation& row) { return row.tuning == known[key]; });
    point.node = same->node;
  }
  point.tuning = known[key];
  point.choice = data.tunings[point.tuning].choose(point.collective, static_cast<std::uint64_t>(point.bytes));
  data.rows.push_back(std::move(point));
}

double time_from_busbw(double bytes, double busbw, Collective collective, int ranks) {
  return bytes * bus_factor(collective, ranks) / (1000 * busbw);
}

}  // namespace

void add_table(const std::string& path, Observations& data) {
  const topology::GpuCatalogue gpus(DataCatalogue::embedded());
  std::map<std::string, size_t> known;
  for (const Cells& row : read_table(path)) {
    const std::string& interconnect = row.at("interconnect");
    const std::string& nic = row.at("nic");
    const Nics nics = parse_nics(nic);
    Layout layout;
    layout.nodes = std::atoi(row.at("nodes").c_str());
    const int ranks = std::atoi(row.at("gpus").c_str());
    layout.gpu = catalogue_name(row.at("gpu"), gpus);
    Observation point;
    point.asked = true;
    point.system = row.at("system");
    point.doubt = doubt_of(row.at("note"));
    point.bytes = size_of(row.at("size_bytes"));
    if (layout.nodes < 1 || ranks < 2 || ranks < layout.nodes || layout.gpu.empty()) {
      ++data.skipped;
      continue;
    }
    point.collective = parse_collective(row.at("collective"));
    point.time = leading_double(row.at("time_us")).value;
    if (point.time <= 0) {
      point.time =
          time_from_busbw(point.bytes, leading_double(row.at("busbw_GBps")).value, point.collective, ranks);
    }
    if (!(point.time > 0) || !std::isfinite(point.time)) {
      ++data.skipped;
      continue;
    }
    // nccl-tests drives all GPUs of one node from one thread (-g N) unless started by mpirun.
    point.harness.isolated = says(row.at("note"), "all_reduce_bench");
    point.harness.one_thread = layout.nodes == 1 && !point.harness.isolated;
    layout.gpus_per_node = ranks / layout.nodes;
    layout.wiring = wiring_of(interconnect);
    layout.nics = nics.count;
    layout.gigabits = nics.gigabits;
    for (const char* technology : {"EFA", "RoCE"}) {
      if (says(interconnect, technology) || says(nic, technology)) layout.technology = technology;
    }
    layout.rdma = !says(nic, "TCP");
    layout.multicast = !says(interconnect, "NVLS off") && !says(interconnect, "default: Ring") &&
                       !says(interconnect, "NVSwitch ring");
    add_point(point, layout,
              fmt::format("{}/{}/{}/{}/{}/{}", row.at("system"), row.at("gpu"), layout.nodes, ranks, nic,
                          interconnect),
              known, data);
  }
}

void add_shipped_sweeps(Observations& data) {
  const TomlTable file = DataCatalogue::embedded().read("calibration", "sweeps");
  std::map<std::string, size_t> known;
  for (const TomlTable& sweep : file.tables("sweep")) {
    Layout layout;
    layout.gpu = sweep.text("gpu");
    layout.wiring = sweep.text("wiring");
    layout.technology = sweep.text("technology", "");
    layout.nodes = static_cast<int>(sweep.integer("nodes"));
    layout.gpus_per_node = static_cast<int>(sweep.integer("gpus_per_node"));
    if (sweep.has("nics")) {
      const topology::NicGroup nics = topology::parse_nic(sweep.text("nics"));
      layout.nics = nics.count;
      layout.gigabits = nics.rate.value() * 8 / 1e9;
    }
    layout.rdma = sweep.boolean("rdma", true);
    Observation point;
    point.system = sweep.text("system");
    point.collective = parse_collective(sweep.text("collective"));
    point.harness.one_thread = sweep.text("launch") == "thread";
    point.harness.isolated = sweep.boolean("isolated", false);
    const bool timed = sweep.has("time_us");
    const std::vector<double> sizes = sweep.numbers("bytes"),
                              values = sweep.numbers(timed ? "time_us" : "busbw");
    if (sizes.size() != values.size()) throw sweep.error("bytes", "as many sizes as figures are needed");
    const std::string key = fmt::format("{}/{}/{}", point.system, sweep.text("source"), layout.nodes);
    for (size_t i = 0; i < sizes.size(); ++i) {
      point.bytes = sizes[i];
      point.time =
          timed ? values[i]
                : time_from_busbw(sizes[i], values[i], point.collective, layout.nodes * layout.gpus_per_node);
      add_point(point, layout, key, known, data);
    }
  }
}

double predicted_time(const Observations& data, const Observation& row, const NcclCalibration& constants) {
  const bool tuned = row.collective != Collective::all_to_all && row.collective != Collective::send_receive;
  const NcclEstimate estimate =
      tuned ? corrected_time(data.tunings[row.tuning], row.node, row.collective, row.choice, row.bytes,
                             constants, row.harness)
            : point_to_point_time(row.node, row.collective, row.group, row.bytes, constants, row.harness);
  return estimate.time;
}

}  // namespace scalesim::comm
