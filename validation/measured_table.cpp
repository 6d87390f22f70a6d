// Reads data/tables/*.toml into measured curves, each with its scenario and system.
#include "validation/measured_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "core/error.h"
#include "core/toml.h"
#include "topology/system/load_cluster.h"
#include "workloads/load/load_model.h"

namespace scalesim::validation {

using namespace sim;
namespace {

workloads::Model load_model(const TomlTable& t, const DataCatalogue& data) {
  workloads::ModelOptions options;
  if (t.has("sequence")) options.sequence = t.integer_in("sequence", 1, 10'000'000);
  return workloads::load_model(t.text("model"), options, data);
}

void read_compute(const TomlTable& t, workloads::ComputeSettings& compute) {
  compute.precision = topology::parse_precision(t.text("precision"));
  compute.layout = workloads::parse_layout(t.text("layout", "nhwc"));
  compute.compiled = t.boolean("compiled", false);
  compute.flash_attention = t.boolean("flash_attention", true);
  compute.optimizer = workloads::parse_optimizer(t.text("optimizer", "momentum"));
  compute.recompute = workloads::parse_recompute(t.text("recompute", "none"));
  compute.batch = t.integer_in("batch", 1, 1'000'000);
  compute.stack = t.text("stack", "");
}

Scenario read_scenario(const TomlTable& t, const DataCatalogue& data) {
  Scenario s;
  s.model = load_model(t, data);
  read_compute(t, s.compute);
  s.strategy = t.text("strategy", s.strategy);
  s.accumulation = t.integer("accumulation", 1);
  s.gradient_element = topology::bytes_per_element(topology::parse_precision(t.text("gradients", "fp32")));
  s.broadcast_buffers = t.boolean("broadcast_buffers", true);
  s.overlap = t.boolean("overlap", true);
  if (t.has("host_cores")) s.host_cores = t.number_in("host_cores", 1, 10'000);
  if (t.has("bucket")) s.first_bucket = s.bucket = t.quantity<Bytes>("bucket");
  s.parallel.tensor = static_cast<int>(t.integer("tensor", 1));
  s.parallel.pipeline = static_cast<int>(t.integer("pipeline", 1));
  s.parallel.virtual_stages = static_cast<int>(t.integer("virtual_stages", 1));
  s.parallel.sequence_parallel = t.boolean("sequence_parallel", false);
  return s;
}

topology::ClusterOptions read_cluster_options(const TomlTable& t) {
  topology::ClusterOptions options;
  if (t.has("gpu")) options.gpu = t.text("gpu");
  if (t.has("nodes")) options.nodes = static_cast<int>(t.integer_in("nodes", 1, 1'000'000));
  if (t.has("gpus_per_node"))
    options.gpus_per_node = static_cast<int>(t.integer_in("gpus_per_node", 1, 1024));
  if (t.has("nic")) {
    const topology::NicGroup nic = topology::parse_nic(t.text("nic"));
    options.nics_per_node = nic.count;
    options.nic_rate = nic.rate;
  }
  return options;
}

/// Systems are shared by many curves and slow to search for NCCL's rings.
class Systems {
 public:
  explicit Systems(const DataCatalogue& data) : data_(data) {}

  System read(const TomlTable& t) {
    const topology::ClusterOptions options = read_cluster_options(t);
    const std::string name = t.text("system"), technology = t.text("technology", "");
    const std::string key =
        fmt::format("{}/{}/{}/{}/{}/{}", name, options.gpu.value_or(""), options.nodes.value_or(0),
                    options.gpus_per_node.value_or(0), t.text("nic", ""), technology);
    const auto known = systems_.find(key);
    if (known != systems_.end()) return known->second;
    System system;
    system.name = name;
    system.cluster = topology::load_cluster(name, options, data_);
    if (!technology.empty()) system.cluster.fabric.technology = topology::network_technology(technology);
    system.collectives = comm::make_nccl_model(system.cluster, data_);
    return systems_[key] = system;
  }

 private:
  const DataCatalogue& data_;
  std::map<std::string, System> systems_;
};

/// Lists that stand beside each other have one length.
template <class T>
void same_length(const TomlTable& t, std::string_view key, const std::vector<T>& list, std::size_t length) {
  if (list.empty() || list.size() == length) return;
  throw t.error(key, fmt::format("{} has {} entries where there are {} sizes", key, list.size(), length));
}

double positive(const TomlTable& t, std::string_view key, double value) {
  if (value > 0) return value;
  throw t.error(key, fmt::format("{} in '{}': a measured figure is more than zero", value, key));
}

void read_rates(const TomlTable& t, MeasuredCurve& curve) {
  const std::vector<std::int64_t> gpus = t.integers("gpus");
  const std::vector<double> rates = t.numbers("throughput");
  const auto optional_integers = [&](std::string_view key) {
    return t.has(key) ? t.integers(key) : std::vector<std::int64_t>();
  };
  const auto global_batch = optional_integers("global_batch"), microbatch = optional_integers("microbatch");
  const std::vector<std::string> sources = t.optional_texts("sources");
  if (t.has("minutes_published"))
    t.numbers("minutes_published");  // for the reader: throughput is its inverse
  if (gpus.empty()) throw t.error("gpus", "no sizes");
  same_length(t, "throughput", rates, gpus.size());
  same_length(t, "global_batch", global_batch, gpus.size());
  same_length(t, "microbatch", microbatch, gpus.size());
  same_length(t, "sources", sources, gpus.size());
  for (std::size_t i = 0; i < gpus.size(); ++i) {
    MeasuredPoint point;
    point.gpus = static_cast<int>(gpus[i]);
    if (i > 0 && gpus[i] < gpus[i - 1]) throw t.error("gpus", "sizes must ascend");
    point.value = positive(t, "throughput", rates.at(i));
    if (!global_batch.empty()) point.global_batch = global_batch[i];
    if (!microbatch.empty()) point.microbatch = microbatch[i];
    if (!sources.empty()) point.source = sources[i];
    curve.points.push_back(std::move(point));
  }
}

/// Units of a rate in one sample.
double samples_per_unit(const MeasuredCurve& curve) {
  return curve.unit == "tokens/s" ? 1.0 / static_cast<double>(curve.scenario.model.tokens_per_sample) : 1;
}

/// The smallest size is what the others are divided by; of one GPU it also gives the measured step.
void make_speedups(const TomlTable& t, MeasuredCurve& curve) {
  if (curve.points.size() < 2) throw t.error("gpus", "a speed-up needs two sizes");
  MeasuredPoint& first = curve.points.front();
  first.baseline = true;
  curve.base_gpus = first.gpus;
  const double one = first.value / first.gpus;
  for (MeasuredPoint& point : curve.points) point.speedup = point.value / one;
  if (t.boolean("step_measured", first.gpus == 1))  // the first size's step stands for the compute of one GPU
    curve.scenario.step_time =
        Seconds(static_cast<double>(curve.scenario.compute.batch) / one / samples_per_unit(curve));
}

void read_collective(const TomlTable& t, MeasuredCurve& curve) {
  curve.collective = comm::parse_collective(t.text("collective"));
  const int ranks = static_cast<int>(t.integer_in("ranks", 2, 1'000'000));
  const std::vector<double> bytes = t.numbers("bytes"), times = t.numbers("time_us");
  same_length(t, "time_us", times, bytes.size());
  const double factor = comm::bus_factor(curve.collective, ranks);
  curve.unit = "GB/s bus bandwidth";
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    MeasuredPoint point;
    point.gpus = ranks;
    point.bytes = Bytes(positive(t, "bytes", bytes[i]));
    point.value = bytes[i] * factor / positive(t, "time_us", times.at(i)) / 1000;  // bytes/us to GB/s
    curve.points.push_back(std::move(point));
  }
}

/// What the whole file says.
struct FileHead {
  std::string name, publisher, kind, not_counted;
  Quantity quantity = Quantity::speedup;
  std::vector<std::string> fitted;
};

MeasuredCurve read_curve(const TomlTable& t, const FileHead& head, Systems& systems,
                         const DataCatalogue& data) {
  MeasuredCurve curve;
  curve.table = head.name;
  curve.source = head.publisher;
  curve.kind = head.kind;
  curve.quantity = head.quantity;
  curve.fitted = head.fitted;
  curve.not_counted = head.not_counted;
  curve.name = t.text("name");
  curve.citation = t.text("source");
  curve.trust = t.text("trust");
  curve.framework = t.text("framework");
  curve.measured_on = t.text("measured_on");
  if (t.has("not_published")) curve.measured_on += "; not published: " + t.text("not_published");
  curve.system = systems.read(t);
  if (head.quantity == Quantity::bus_bandwidth) {
    read_collective(t, curve);
    return curve;
  }
  curve.unit = t.text("unit");
  curve.scenario = read_scenario(t, data);
  read_rates(t, curve);
  if (head.quantity == Quantity::speedup) make_speedups(t, curve);
  return curve;
}

RuleOfThumb read_rule(const TomlTable& t, const std::string& name) {
  RuleOfThumb rule;
  rule.name = name;
  rule.description = t.text("description");
  rule.source = t.text("source");
  rule.system = t.text("system");
  rule.gpus = t.texts("gpus");
  rule.unit = t.text("unit", "GPU");
  rule.gpus_per_unit = static_cast<int>(t.has("gpus_per_unit") ? t.integer_in("gpus_per_unit", 1, 1024) : 1);
  rule.nic = t.text("nic", "");
  rule.workloads = t.texts("workloads");
  rule.rounding = t.number_in("rounding_percent", 0, 20) / 200;
  for (const double percent : t.numbers("marginal_percent")) rule.marginal.push_back(percent / 100);
  if (rule.marginal.size() < 2) throw t.error("marginal_percent", "a rule needs two units");
  if (rule.gpus.empty()) throw t.error("gpus", "name a GPU");
  return rule;
}

FileHead read_head(const TomlTable& t, const std::string& name) {
  FileHead head;
  head.name = name;
  head.publisher = t.text("publisher");
  head.kind = t.text("kind");
  head.not_counted = t.text("not_counted", "");
  head.quantity = parse_quantity_name(t.text("quantity"));
  head.fitted = t.texts("fitted");
  return head;
}

}  // namespace

MeasuredTables load_tables(const std::vector<std::string>& names, const DataCatalogue& data) {
  MeasuredTables tables;
  Systems systems(data);
  for (const std::string& name : names.empty() ? data.names("tables") : names) {
    const TomlTable file = data.read("tables", name);
    tables.descriptions.emplace_back(name, file.text("description"));
    if (file.has("marginal_percent")) {
      tables.rules.push_back(read_rule(file, name));
    } else {
      const FileHead head = read_head(file, name);
      for (const TomlTable& curve : file.tables("curve"))
        tables.curves.push_back(read_curve(curve, head, systems, data));
    }
    file.refuse_unknown_keys();
  }
  return tables;
}

}  // namespace scalesim::validation
