// The documents of `scalesim model`: DESIGN.md section 3.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "report/documents/model_report.h"
#include "workloads/memory/memory.h"
#include "workloads/model/counts.h"

namespace scalesim::report {
namespace {

using nlohmann::ordered_json;
using workloads::Layer;
using workloads::Shape;

double element_bytes(const ModelReport& report) {
  return topology::bytes_per_element(report.settings.precision).value();
}

ordered_json shape_json(const Shape& shape) {
  return ordered_json::array({shape.channels, shape.height, shape.width});
}

void add_totals(ordered_json& json, const ModelReport& report) {
  json["name"] = report.model.name;
  json["parameters"] = report.model.parameter_count();
  json["macs"] = report.model.macs();
  json["mac_bytes"] = workloads::mac_bytes(report.model, element_bytes(report));
  json["activations"] = workloads::activation_count(report.model);
}

void add_times(ordered_json& json, const ModelReport& report) {
  if (!report.time) return;
  json["latency_s"] = report.time->total().value();
  json["throughput"] = report.samples_per_second();
  json["throughput_unit"] = report.model.sample_unit + "/s";
  json["gpu_utilization"] = report.gpu_utilization();
}

ordered_json layer_json(const ModelReport& report, std::size_t index, double kept) {
  const Layer& layer = report.model.layers[index];
  const workloads::Work work = work_of(layer, workloads::Pass::forward);
  const double element = element_bytes(report);
  ordered_json json = {{"name", layer.name},
                       {"op", to_text(layer.op)},
                       {"kind", layer.kind},
                       {"output", shape_json(layer.output)},
                       {"parameters", layer.parameter_count()},
                       {"macs", layer.macs()},
                       {"mac_bytes", static_cast<double>(work.elements()) * element},
                       {"read_bytes", static_cast<double>(work.reads) * element},
                       {"write_bytes", static_cast<double>(work.writes) * element},
                       {"kept_bytes", kept},
                       {"intensity", work.intensity(element)}};
  if (report.time) {
    const workloads::LayerTime& time = report.time->layers[index];
    json["forward_s"] = time.forward.value();
    json["backward_s"] = time.backward.value();
    json["bound"] = to_text(time.bound);
  }
  return json;
}

ordered_json advice_json(const ModelReport& report) {
  ordered_json list = ordered_json::array();
  for (const workloads::Advice& advice : report.advice) {
    ordered_json layers = ordered_json::array();
    for (int index : advice.layers)
      layers.push_back(report.model.layers[static_cast<std::size_t>(index)].name);
    ordered_json json = {{"code", advice.code}, {"text", advice.text}, {"layers", layers}};
    if (advice.at_stake) json["at_stake_s"] = advice.at_stake->value();
    list.push_back(std::move(json));
  }
  return list;
}

ordered_json memory_json(const workloads::MemoryUse& use) {
  return {{"total", use.total().value()},           {"weights", use.weights.value()},
          {"gradients", use.gradients.value()},     {"optimizer", use.optimizer.value()},
          {"activations", use.activations.value()}, {"buffers", use.buffers.value()}};
}

void add_settings(ordered_json& json, const ModelReport& report) {
  if (report.gpu) {
    json["gpu"] = report.gpu->name;
    json["roofline"] = {{"flops_per_s", report.gpu->peak_at(report.settings.precision).value()},
                        {"bytes_per_s", report.gpu->memory_bandwidth.value()}};
  }
  json["mode"] = to_text(report.settings.mode);
  json["batch"] = report.settings.batch;
  json["precision"] = to_text(report.settings.precision);
}

}  // namespace

std::string model_json(const ModelReport& report) {
  ordered_json json = {{"schema", "scalesim.model/1"}};
  add_totals(json, report);
  json["input"] = shape_json(report.model.input);
  if (report.model.tokens_per_sample > 0) json["tokens_per_sample"] = report.model.tokens_per_sample;
  json["source"] = report.model.source;
  add_settings(json, report);
  add_times(json, report);
  json["memory_bytes"] = memory_json(report.memory);
  const auto kept =
      workloads::kept_for_backward(report.model, {element_bytes(report), report.settings.flash_attention});
  ordered_json layers = ordered_json::array();
  for (std::size_t i = 0; i < report.model.layers.size(); ++i)
    layers.push_back(layer_json(report, i, kept[i]));
  json["layers"] = std::move(layers);
  json["advice"] = advice_json(report);
  return json.dump(2) + "\n";
}

std::string comparison_json(std::vector<ModelReport> reports) {
  std::stable_sort(reports.begin(), reports.end(), [](const ModelReport& a, const ModelReport& b) {
    return a.time && b.time ? a.time->total() < b.time->total() : a.model.macs() < b.model.macs();
  });
  ordered_json json = {{"schema", "scalesim.comparison/1"}};
  if (!reports.empty()) add_settings(json, reports.front());
  ordered_json models = ordered_json::array();
  for (const ModelReport& report : reports) {
    ordered_json model;
    add_totals(model, report);
    add_times(model, report);
    models.push_back(std::move(model));
  }
  json["models"] = std::move(models);
  return json.dump(2) + "\n";
}

}  // namespace scalesim::report
