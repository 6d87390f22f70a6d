// Rows of the operator tables turned into layers and products.
#include "workloads/calibrate/operators.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "workloads/calibrate/csv.h"
#include "workloads/time.h"

namespace scalesim::workloads::calibrate {
namespace {

using topology::GpuSpec;
using topology::Precision;

/// The set of (gpu, precision), made when it is first asked for; nothing when the catalogue does not know the
/// GPU.
class Sets {
 public:
  explicit Sets(const topology::GpuCatalogue& gpus) : gpus_(gpus) {}

  OperatorSet* find(const std::string& product, Precision precision) {
    const auto gpu = gpus_.by_product(product);
    if (!gpu) return nullptr;
    const auto [entry, added] = sets_.try_emplace({gpu->name, precision});
    if (added) entry->second = {*gpu, precision, {}};
    return &entry->second;
  }
  std::vector<OperatorSet> take() {
    std::vector<OperatorSet> sets;
    for (auto& [key, set] : sets_) sets.push_back(std::move(set));
    return sets;
  }

 private:
  const topology::GpuCatalogue& gpus_;
  std::map<std::pair<std::string, Precision>, OperatorSet> sets_;
};

ComputeSettings settings_of(Precision precision, std::int64_t batch) {
  ComputeSettings settings;
  settings.precision = precision;
  settings.layout = Layout::nchw;
  settings.batch = batch;
  return settings;
}

void add_product(OperatorSet& set, const std::string& group, double measured, const GemmShape& shape) {
  const GpuSpec& gpu = set.gpu;
  const ComputeSettings settings = settings_of(set.precision, 1);
  set.observations.push_back({group, "", measured, [=](const ComputeConstants& constants) {
                                return (ComputeModel(gpu, settings, constants).gemm(shape).time).value();
                              }});
}

enum class Part { forward, filter, data };

void add_layer(OperatorSet& set, const std::string& group, double measured, const Layer& layer,
               std::int64_t batch, Part part) {
  const GpuSpec& gpu = set.gpu;
  const ComputeSettings settings = settings_of(set.precision, batch);
  set.observations.push_back({group, "", measured, [=](const ComputeConstants& constants) {
                                const ComputeModel model(gpu, settings, constants);
                                LayerContext context;
                                const LayerTime all = model.layer(layer, context);
                                if (part == Part::forward) return all.forward.value();
                                context.first = true;
                                const Seconds filter = model.layer(layer, context).backward;
                                return (part == Part::filter ? filter : all.backward - filter).value();
                              }});
}

Op op_of(const std::string& name) {
  if (name == "ln") return Op::layer_norm;
  if (name == "softmax") return Op::softmax;
  return name == "add" || name == "mul" || name == "div" ? Op::add : Op::activation;
}

Layer row_layer(const std::string& name, double rows, double columns) {
  Layer layer;
  layer.op = op_of(name);
  layer.input = layer.output = {static_cast<std::int64_t>(columns), 1, static_cast<std::int64_t>(rows)};
  layer.inputs = layer.op == Op::add ? 2 : 1;
  return layer;
}

}  // namespace

std::vector<OperatorSet> read_neusight(const std::string& folder, const topology::GpuCatalogue& gpus) {
  Sets sets(gpus);
  for (const char* const file : {"op_linear", "op_bmm"}) {
    const Table table = Table::read(folder + "/" + file + ".csv");
    for (std::size_t i = 0; i < table.size(); ++i) {
      OperatorSet* const set = sets.find(table.text(i, "Device"), Precision::fp32);
      if (set == nullptr) continue;
      add_product(*set, table.text(i, "OPName"), table.number(i, "Latency") * 1e-3,
                  {table.number(i, "B"), table.number(i, "M"), table.number(i, "N"), table.number(i, "K")});
    }
  }
  for (const char* const file : {"op_elementwise", "op_softmax", "op_layernorm"}) {
    const Table table = Table::read(folder + "/" + file + ".csv");
    for (std::size_t i = 0; i < table.size(); ++i) {
      OperatorSet* const set = sets.find(table.text(i, "Device"), Precision::fp32);
      const std::string& name = table.text(i, "OPName");
      if (set == nullptr) continue;
      const std::string group = name == "ln" || name == "softmax" ? name : "elementwise";
      add_layer(*set, group, table.number(i, "Latency") * 1e-3,
                row_layer(name, table.number(i, "B"), table.number(i, "H")), 1, Part::forward);
    }
  }
  return sets.take();
}

std::vector<OperatorSet> read_neusight_convolutions(const std::string& folder,
                                                    const topology::GpuCatalogue& gpus) {
  Sets sets(gpus);
  const Table table = Table::read(folder + "/op_conv.csv");
  for (std::size_t i = 0; i < table.size(); ++i) {
    const auto gpu = gpus.by_product(table.text(i, "Device"));
    if (!gpu) continue;
    const auto cell = [&](const char* column) { return static_cast<std::int64_t>(table.number(i, column)); };
    Layer layer;
    layer.op = Op::conv;
    layer.kernel_h = layer.kernel_w = cell("Kernel_Szie");
    layer.stride = cell("Stride");
    layer.input = {cell("Input_Channel"), cell("Input_Size"), cell("Input_Size")};
    const std::int64_t size = (cell("Input_Size") + 2 * cell("Padding") - layer.kernel_h) / layer.stride + 1;
    layer.output = {cell("Output_Channel"), size, size};
    add_layer(*sets.find(table.text(i, "Device"), Precision::fp32), "conv", table.number(i, "Latency") * 1e-3,
              layer, cell("B"), Part::forward);
  }
  return sets.take();
}

std::vector<OperatorSet> read_deepbench(const std::string& folder, const topology::GpuCatalogue& gpus) {
  const std::map<std::string, Precision> precisions = {{"fp32", Precision::fp32},
                                                       {"fp16_mixed", Precision::fp16}};
  Sets sets(gpus);
  const Table products = Table::read(folder + "/deepbench_gemm.csv");
  for (std::size_t i = 0; i < products.size(); ++i) {
    const auto precision = precisions.find(products.text(i, "precision"));
    if (precision == precisions.end() || !(products.number(i, "time_ms") > 0)) continue;
    OperatorSet* const set = sets.find(products.text(i, "gpu"), precision->second);
    if (set == nullptr) continue;
    add_product(*set, "gemm", products.number(i, "time_ms") * 1e-3,
                {1, products.number(i, "M"), products.number(i, "N"), products.number(i, "K")});
  }
  const Table table = Table::read(folder + "/deepbench_conv.csv");
  for (std::size_t i = 0; i < table.size(); ++i) {
    const auto precision = precisions.find(table.text(i, "precision"));
    if (precision == precisions.end()) continue;
    OperatorSet* const set = sets.find(table.text(i, "gpu"), precision->second);
    if (set == nullptr || std::isnan(table.number(i, "S")) || std::isnan(table.number(i, "N"))) continue;
    const auto cell = [&](const char* column) { return static_cast<std::int64_t>(table.number(i, column)); };
    Layer layer;
    layer.op = Op::conv;
    layer.kernel_w = cell("S");
    layer.kernel_h = cell("R");
    layer.stride = cell("stride_w");
    layer.input = {cell("C"), cell("H"), cell("W")};
    layer.output = {cell("K"), (cell("H") + 2 * cell("pad_h") - cell("R")) / cell("stride_h") + 1,
                    (cell("W") + 2 * cell("pad_w") - cell("S")) / cell("stride_w") + 1};
    const std::vector<std::pair<const char*, Part>> parts = {
        {"fwd_ms", Part::forward}, {"bwd_data_ms", Part::data}, {"bwd_filter_ms", Part::filter}};
    for (const auto& [column, part] : parts) {
      const double time = table.number(i, column);
      if (time > 0) add_layer(*set, column, time * 1e-3, layer, cell("N"), part);
    }
  }
  return sets.take();
}

}  // namespace scalesim::workloads::calibrate
