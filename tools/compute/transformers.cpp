// Rows of llm-foundry's benchmark tables and of attention benchmarks.
#include "tools/compute/transformers.h"

#include <fmt/core.h>

#include <algorithm>
#include <regex>

#include "core/number.h"
#include "core/toml.h"
#include "tools/compute/csv.h"
#include "topology/parts/gpu_catalogue.h"
#include "workloads/compute/time.h"

namespace scalesim::workloads::calibrate {
namespace {

constexpr double kGpusOfServer = 8;

/// `name=value` among the notes of a row; "" when it is not there.
std::string noted(const std::string& notes, const std::string& name) {
  std::smatch found;
  return std::regex_search(notes, found, std::regex(name + "=([^;]*)")) ? found[1].str() : "";
}

topology::GpuSpec board(const topology::GpuCatalogue& gpus, std::string name) {
  if (name.rfind("h100", 0) == 0) return gpus.find("h100-sxm");
  std::replace(name.begin(), name.end(), '_', '-');
  return gpus.find(name.replace(0, 5, "a100-sxm4-"));
}

ComputeSettings settings_of(const Table& table, std::size_t row) {
  ComputeSettings settings;
  settings.precision =
      table.text(row, "precision") == "amp_fp8" ? topology::Precision::fp8 : topology::Precision::bf16;
  settings.optimizer = Optimizer::adam;
  settings.batch = static_cast<std::int64_t>(table.number(row, "per_gpu_batch"));
  if (noted(table.text(row, "notes"), "act_ckpt") == "True") settings.recompute = Recompute::full;
  return settings;
}

bool wanted(const Table& table, std::size_t row, const StepFilter& filter) {
  return table.text(row, "source").find("llm-foundry") != std::string::npos &&
         table.text(row, "gpu") == filter.gpu && table.text(row, "precision") == filter.precision &&
         table.number(row, "gpus") == kGpusOfServer && table.number(row, "throughput") > 0;
}

}  // namespace

std::vector<Observation> read_steps(const std::string& path, const StepFilter& filter,
                                    const topology::GpuCatalogue& gpus, const LoadSequence& load) {
  const Table table = Table::read(path);
  const topology::GpuSpec gpu = board(gpus, filter.gpu);
  std::vector<Observation> observations;
  for (std::size_t row = 0; row < table.size(); ++row) {
    if (!wanted(table, row, filter)) continue;
    const auto sequence = leading_integer<std::int64_t>(noted(table.text(row, "notes"), "seq")).value;
    if (sequence < filter.shortest || sequence > filter.longest) continue;
    if (static_cast<double>(sequence) * table.number(row, "per_gpu_batch") < filter.tokens) continue;
    std::string name = table.text(row, "model");
    std::transform(name.begin(), name.end(), name.begin(), ::tolower);
    const auto model = load(name, sequence);
    if (!model) continue;
    const ComputeSettings settings = settings_of(table, row);
    const double shards = kGpusOfServer * std::max(1.0, table.number(row, "grad_accum"));
    const double measured =
        static_cast<double>(settings.batch * sequence) / (table.number(row, "throughput") / kGpusOfServer);
    const auto plan = std::make_shared<const LayerPlan>(plan_layers(*model, settings));
    observations.push_back({name, fmt::format("{} x {}", settings.batch, sequence), measured,
                            [=](const ComputeConstants& constants) {
                              const StepTime step = ComputeModel(gpu, settings, constants).step(*plan);
                              return (step.forward + step.backward + step.optimizer / shards).value();
                            }});
  }
  return observations;
}

namespace {

Layer attention_layer(const TomlTable& kernel, std::int64_t sequence) {
  Layer layer;
  layer.op = Op::attention;
  layer.kind = kernel.boolean("causal") ? "causal" : "full";
  layer.batch = kernel.integer("heads");
  layer.m = layer.n = sequence;
  layer.k = kernel.integer("dimension");
  return layer;
}

/// TFLOP/s as the benchmarks count them, into seconds.
double seconds_of(const Layer& layer, std::int64_t batch, double rate, bool backward) {
  const double scores = static_cast<double>(batch * layer.batch) * static_cast<double>(layer.m) *
                        static_cast<double>(layer.n) * (layer.kind == "causal" ? 0.5 : 1);
  return scores * static_cast<double>(layer.k) * (backward ? 10 : 4) / (rate * 1e12);
}

void add_kernel(std::vector<Observation>& rows, const topology::GpuSpec& gpu, const Layer& layer,
                std::int64_t batch, double rate, bool backward) {
  ComputeSettings settings;
  settings.precision = topology::Precision::bf16;
  settings.batch = batch;
  const std::string label = fmt::format("{} {} {} x {} x {}", layer.kind, backward ? "backward" : "forward",
                                        batch, layer.m, layer.k);
  rows.push_back(
      {gpu.name, label, seconds_of(layer, batch, rate, backward), [=](const ComputeConstants& constants) {
         const LayerTime time = ComputeModel(gpu, settings, constants).layer(layer);
         return (backward ? time.backward : time.forward).value();
       }});
}

}  // namespace

std::vector<Observation> read_attention(const DataCatalogue& data, const std::string& name,
                                        const topology::GpuCatalogue& gpus) {
  std::vector<Observation> rows;
  for (const TomlTable& kernel : data.read("calibration", "attention").tables("kernel")) {
    if (kernel.text("name") != name) continue;
    const topology::GpuSpec gpu = gpus.find(kernel.text("gpu"));
    const std::vector<std::int64_t> batch = kernel.integers("batch"), sequence = kernel.integers("sequence");
    const std::vector<double> forward = kernel.numbers("forward"), backward = kernel.numbers("backward");
    for (std::size_t i = 0; i < sequence.size(); ++i) {
      const Layer layer = attention_layer(kernel, sequence[i]);
      add_kernel(rows, gpu, layer, batch.at(i), forward.at(i), false);
      add_kernel(rows, gpu, layer, batch.at(i), backward.at(i), true);
    }
  }
  return rows;
}

}  // namespace scalesim::workloads::calibrate
