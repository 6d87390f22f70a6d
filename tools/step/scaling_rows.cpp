// Groups rows to curves, finds the measurement each is relative to, and builds the systems they ran on.
#include "scaling_rows.h"
#include "topology/parts/gpu_catalogue.h"
#include "topology/system/load_cluster.h"
#include "workloads/load/load_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "core/error.h"
#include "scaling_rules.h"

namespace scalesim {
namespace {

int gpus_of(const Row& row) { return static_cast<int>(number(row.at("gpus"))); }

/// What rows must share to be one job on more GPUs.
std::string job_of(const Row& row) {
  const std::string& source = row.at("source");
  const std::string& notes = row.at("notes");
  const char* sequence = has(notes, "ength=512") ? "512" : has(notes, "ength=128") ? "128" : "";
  return source.substr(0, source.find('#')) + "|" + row.at("gpu") + "|" + row.at("model") + "|" +
         row.at("precision") + "|" + sequence;
}

bool close_batches(double a, double b) { return a > 0 && std::fabs(a / b - 1) < 0.05; }

class Table {
 public:
  Table(const std::string& file, const DataCatalogue& data)
      : data_(data), gpus_(data), zoo_(workloads::model_names(data)) {
    for (Row& row : read_rows(file)) by_curve_[row.at("curve_id")].push_back(std::move(row));
    for (const auto& [id, rows] : by_curve_)
      for (const Row& row : rows)
        if (gpus_of(row) == 1) alone_[job_of(row)].push_back(&row);
  }

  ScalingTable read() {
    for (const auto& [id, rows] : by_curve_) read_curve(id, rows);
    for (const auto& [reason, count] : reasons_)
      table_.left_out.push_back(fmt::format("{:5} {}", count, reason));
    return std::move(table_);
  }

 private:
  /// One GPU of the curve; one GPU of another table of the same page with the same job; else the smallest
  /// size.
  const Row* base_of(const std::vector<Row>& rows) const {
    const auto smallest = std::min_element(
        rows.begin(), rows.end(), [](const Row& a, const Row& b) { return gpus_of(a) < gpus_of(b); });
    if (gpus_of(*smallest) == 1) return &*smallest;
    const auto others = alone_.find(job_of(*smallest));
    if (others != alone_.end())
      for (const Row* other : others->second)
        if (close_batches(number(other->at("per_gpu_batch")), number(smallest->at("per_gpu_batch"))))
          return other;
    return &*smallest;
  }

  void read_curve(const std::string& id, const std::vector<Row>& rows) {
    const Row& base = *base_of(rows);
    std::string model = zoo_model(base);
    if (!std::binary_search(zoo_.begin(), zoo_.end(), model)) model.clear();
    const std::string gpu = catalogue_gpu(base.at("gpu"), gpus_);
    const std::int64_t batch = batch_of(base, model);
    std::map<std::pair<std::string, bool>, validation::MeasuredCurve> curves;
    for (const Row& row : rows) {
      if (gpus_of(row) <= gpus_of(base)) continue;
      const std::string reason = reason_to_leave_out(row, model, gpu, batch);
      if (!reason.empty()) {
        ++reasons_[reason];
        continue;
      }
      const std::string& text = row.at("interconnect_system");
      const bool many = number(row.at("nodes")) > 1;
      validation::MeasuredCurve& curve = curves[{text, many}];
      if (curve.name.empty() && !begin(curve, id, rows, base, row, model, gpu, batch)) {
        curves.erase({text, many});
        continue;
      }
      add_point(curve, base, row, model);
    }
    for (auto& [key, curve] : curves) {
      if (curve.points.empty()) continue;
      table_.curves.push_back(std::move(curve));
      table_.bases.push_back(published(base));
    }
  }

  bool begin(validation::MeasuredCurve& curve, const std::string& id, const std::vector<Row>& rows,
             const Row& base, const Row& row, const std::string& model, const std::string& gpu,
             std::int64_t batch) {
    curve.source = source_of(row);
    curve.scenario.model = workloads::load_model(model, shape_of(base, model), data_);
    apply_framework(curve.scenario, base, model);
    curve.scenario.compute.batch = batch;
    curve.scenario.accumulation = accumulation_of(base, batch);
    curve.base_gpus = gpus_of(base);
    curve.scenario.step_time = Seconds(static_cast<double>(batch) * curve.base_gpus / rate(curve, base));
    const std::string& text = row.at("interconnect_system");
    const SystemChoice choice = system_of(text, gpu);
    curve.kind = number(row.at("nodes")) > 1 ? "several nodes" : choice.kind;
    try {
      curve.system = system(choice, text, gpu, rows);
    } catch (const InputError& error) {
      ++reasons_[error.message()];
      return false;
    }
    curve.name = id;
    curve.citation = base.at("source");
    curve.trust = row.at("trust").substr(0, row.at("trust").find(' '));
    curve.framework = base.at("framework");
    curve.measured_on = base.at("gpu") + "; " + text;
    curve.unit = unit_of(base);
    return true;
  }

  sim::System system(const SystemChoice& choice, const std::string& text, const std::string& gpu,
                     const std::vector<Row>& rows) const {
    topology::ClusterOptions options;
    if (choice.keep_gpu) options.gpu = gpu;
    int nodes = 1, gpus = 1;
    for (const Row& row : rows) {
      if (row.at("interconnect_system") != text) continue;
      nodes = std::max(nodes, static_cast<int>(number(row.at("nodes"))));
      gpus = std::max(gpus, gpus_of(row));
    }
    if (nodes > 1) options.nodes = nodes;
    if (choice.name == "pcie" || choice.name == "nvlink" || choice.name == "nvbridge")
      options.gpus_per_node = board_size(text, gpus);
    sim::System system;
    system.name = choice.name;
    system.cluster = topology::load_cluster(choice.name, options, data_);
    system.collectives = comm::make_nccl_model(system.cluster, data_);
    return system;
  }

  static std::string unit_of(const Row& row) {
    const std::string& unit = row.at("unit");
    return has(unit, "tok/s") ? "tokens/s"
           : has(unit, "seq") ? "sequences/s"
           : has(unit, "img") ? "images/s"
                              : unit;
  }

  /// Figure and place of a row as they were published.
  static validation::MeasuredPoint published(const Row& row) {
    validation::MeasuredPoint point;
    point.gpus = gpus_of(row);
    point.value = number(row.at("throughput")) * (has(row.at("unit"), "/GPU") ? point.gpus : 1);
    point.source = row.at("source");
    return point;
  }

  static double rate(const validation::MeasuredCurve& curve, const Row& row) {
    return samples_per_second(row, curve.scenario.model.tokens_per_sample);
  }

  void add_point(validation::MeasuredCurve& curve, const Row& base, const Row& row,
                 const std::string& model) {
    if (gpus_of(row) > curve.system.cluster.gpus()) {
      ++reasons_["more GPUs than the system has"];
      return;
    }
    validation::MeasuredPoint point = published(row);
    point.throughput = rate(curve, row);
    point.speedup = rate(curve, row) / rate(curve, base) * curve.base_gpus;
    const std::int64_t own = batch_of(row, model), accumulation = accumulation_of(row, own);
    if (own != curve.scenario.compute.batch || accumulation > 1 || curve.scenario.accumulation > 1) {
      point.global_batch = own * accumulation * point.gpus;
      point.microbatch = own;
    }
    curve.points.push_back(point);
    ++table_.rows_used;
  }

  const DataCatalogue& data_;
  topology::GpuCatalogue gpus_;
  std::vector<std::string> zoo_;
  std::map<std::string, std::vector<Row>> by_curve_;
  std::map<std::string, std::vector<const Row*>> alone_;  ///< one-GPU rows by job
  std::map<std::string, int> reasons_;
  ScalingTable table_;
};

}  // namespace

ScalingTable read_scaling_table(const std::string& file, const DataCatalogue& data) {
  return Table(file, data).read();
}

}  // namespace scalesim
