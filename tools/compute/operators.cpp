// Rows of the operator tables turned into layers and products.
#include "tools/compute/operators.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <optional>

#include "tools/compute/csv.h"
#include "topology/parts/gpu_catalogue.h"
#include "workloads/compute/time.h"

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
  const std::string label = fmt::format("{} x {} x {} x {}", shape.batch, shape.m, shape.n, shape.k);
  set.observations.push_back({group, label, measured, [=](const ComputeConstants& constants) {
                                return (ComputeModel(gpu, settings, constants).gemm(shape).time).value();
                              }});
}

std::string label_of(const Layer& l, std::int64_t batch) {
  if (l.op != Op::conv) return fmt::format("{} x {}", l.output.width, l.output.channels);
  return fmt::format("{}x{}x{}x{} -> {} {}x{}/{}", batch, l.input.channels, l.input.height, l.input.width,
                     l.output.channels, l.kernel_h, l.kernel_w, l.stride);
}

enum class Part { forward, filter, data };

void add_layer(OperatorSet& set, const std::string& group, double measured, const Layer& layer,
               std::int64_t batch, Part part) {
  const GpuSpec& gpu = set.gpu;
  const ComputeSettings settings = settings_of(set.precision, batch);
  set.observations.push_back(
      {group, label_of(layer, batch), measured, [=](const ComputeConstants& constants) {
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

namespace {

std::optional<Precision> deepbench_precision(const std::string& text) {
  if (text == "fp32") return Precision::fp32;
  if (text == "fp16_mixed") return Precision::fp16;
  return std::nullopt;  // half precision on vector cores, which nobody trains with
}

void add_deepbench_products(Sets& sets, const std::string& folder) {
  const Table table = Table::read(folder + "/deepbench_gemm.csv");
  for (std::size_t i = 0; i < table.size(); ++i) {
    const auto precision = deepbench_precision(table.text(i, "precision"));
    if (!precision || !(table.number(i, "time_ms") > 0)) continue;
    OperatorSet* const set = sets.find(table.text(i, "gpu"), *precision);
    if (set == nullptr) continue;
    // The benchmark pads half-precision matrices to what tensor cores want (PAD_KERNELS of gemm_bench.cu).
    const double step = *precision == Precision::fp16 ? 8 : 1;
    const auto size = [&](const char* column) { return std::ceil(table.number(i, column) / step) * step; };
    add_product(*set, "gemm", table.number(i, "time_ms") * 1e-3, {1, size("M"), size("N"), size("K")});
  }
}

/// Height and width of the filter. Every GPU ran the same list of kernels; three of the spreadsheets leave
/// the filters out, so they are taken from a row with the same tensors.
class FilterSizes {
 public:
  explicit FilterSizes(const Table& table) {
    for (std::size_t i = 0; i < table.size(); ++i) {
      if (!std::isnan(table.number(i, "S")))
        sizes_[key(table, i)] = {table.number(i, "R"), table.number(i, "S")};
    }
  }
  std::optional<std::array<double, 2>> of(const Table& table, std::size_t row) const {
    const auto found = sizes_.find(key(table, row));
    if (found == sizes_.end()) return std::nullopt;
    return found->second;
  }

 private:
  static std::string key(const Table& table, std::size_t row) {
    std::string text;
    for (const char* const column : {"W", "H", "C", "K", "pad_w", "pad_h", "stride_w", "stride_h"})
      text += table.text(row, column) + " ";
    return text;
  }
  std::map<std::string, std::array<double, 2>> sizes_;
};

Layer deepbench_layer(const Table& table, std::size_t row, const std::array<double, 2>& filter) {
  const auto cell = [&](const char* column) { return static_cast<std::int64_t>(table.number(row, column)); };
  Layer layer;
  layer.op = Op::conv;
  layer.kernel_h = static_cast<std::int64_t>(filter[0]);
  layer.kernel_w = static_cast<std::int64_t>(filter[1]);
  layer.stride = cell("stride_w");
  layer.input = {cell("C"), cell("H"), cell("W")};
  layer.output = {cell("K"), (cell("H") + 2 * cell("pad_h") - layer.kernel_h) / cell("stride_h") + 1,
                  (cell("W") + 2 * cell("pad_w") - layer.kernel_w) / cell("stride_w") + 1};
  return layer;
}

void add_deepbench_convolutions(Sets& sets, const std::string& folder) {
  const Table table = Table::read(folder + "/deepbench_conv.csv");
  const FilterSizes filters(table);
  const std::vector<std::pair<const char*, Part>> parts = {
      {"fwd_ms", Part::forward}, {"bwd_data_ms", Part::data}, {"bwd_filter_ms", Part::filter}};
  for (std::size_t i = 0; i < table.size(); ++i) {
    const auto precision = deepbench_precision(table.text(i, "precision"));
    const auto filter = filters.of(table, i);
    if (!precision || !filter || !(table.number(i, "N") > 0)) continue;
    OperatorSet* const set = sets.find(table.text(i, "gpu"), *precision);
    if (set == nullptr) continue;
    const Layer layer = deepbench_layer(table, i, *filter);
    for (const auto& [column, part] : parts) {
      const double time = table.number(i, column);
      if (time > 0)
        add_layer(*set, column, time * 1e-3, layer, static_cast<std::int64_t>(table.number(i, "N")), part);
    }
  }
}

}  // namespace

std::vector<OperatorSet> read_deepbench(const std::string& folder, const topology::GpuCatalogue& gpus) {
  Sets sets(gpus);
  add_deepbench_products(sets, folder);
  add_deepbench_convolutions(sets, folder);
  return sets.take();
}

}  // namespace scalesim::workloads::calibrate
