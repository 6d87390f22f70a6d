// The contract's prediction document: SI units, snake_case, null for what is not known.
#include <nlohmann/json.hpp>

#include "report/documents/prediction.h"

namespace scalesim::report {
namespace {

using Json = nlohmann::ordered_json;

Json money(const std::optional<Money>& value) {
  return value ? Json{{"amount", value->amount}, {"currency", value->currency}} : Json(nullptr);
}

Json point_json(const sim::Point& point, const std::string& unit) {
  return {
      {"gpus", point.gpus},
      {"nodes", point.nodes},
      {"step_s", point.step.value()},
      {"compute_s", point.compute.value()},
      {"communication_s", point.communication.value()},
      {"exposed_communication_s", point.exposed_communication.value()},
      {"bubble_s", point.bubble.value()},
      {"input_s", point.input.value()},
      {"straggler_s", point.straggler.value()},
      {"optimizer_s", point.optimizer.value()},
      {"throughput", point.throughput},
      {"throughput_unit", unit},
      {"speedup", point.speedup},
      {"speedup_low", point.speedup_low},
      {"speedup_high", point.speedup_high},
      {"efficiency", point.efficiency},
      {"marginal_efficiency", point.marginal_efficiency},
      {"memory_bytes", point.memory.value()},
      {"fits", point.fits},
      {"mfu", point.mfu},
      {"gpu_utilization", point.gpu_utilization},
      {"bottleneck", point.bottleneck},
      {"goodput", point.goodput},
      {"sustained_throughput", point.sustained_throughput},
      {"mean_failure_s", point.mean_failure > Seconds(0) ? Json(point.mean_failure.value()) : Json(nullptr)},
      {"checkpoint_s", point.checkpoint.value()},
      {"checkpoint_interval_s",
       point.checkpoint_interval > Seconds(0) ? Json(point.checkpoint_interval.value()) : Json(nullptr)},
      {"evaluation_s", point.evaluation.value()},
      {"pace", point.pace.empty() ? Json(nullptr) : Json(point.pace)},
      {"cost", money(point.cost)},
      {"cost_per_speedup", money(point.cost_per_speedup)}};
}

Json changes_json(const std::vector<sim::Change>& changes) {
  Json json = Json::array();
  for (const sim::Change& change : changes) json.push_back({{"what", change.what}, {"gain", change.gain}});
  return json;
}

Json explanation_json(const std::optional<sim::Explanation>& e) {
  if (!e) return nullptr;
  return {{"gpus", e->gpus},
          {"sensitivity", changes_json(e->sensitivity)},
          {"switches", changes_json(e->switches)},
          {"first", e->first.empty() ? Json(nullptr) : Json(e->first)},
          {"layer", e->layer.empty() ? Json(nullptr) : Json(e->layer)},
          {"layer_share", e->layer_share}};
}

Json curve_json(const sim::Curve& curve, const std::string& unit) {
  Json points = Json::array();
  for (const sim::Point& point : curve.points) points.push_back(point_json(point, unit));
  return {{"system", curve.system},
          {"description", curve.description},
          {"provenance", to_text(curve.provenance)},
          {"points", points},
          {"explanation", explanation_json(curve.explanation)}};
}

Json input_json(const Input& input) {
  return {{"name", input.name},
          {"value", input.value},
          {"unit", input.unit},
          {"text", input.text},
          {"provenance", to_text(input.provenance)},
          {"source", input.source}};
}

Json values_json(const std::vector<std::optional<double>>& values) {
  Json json = Json::array();
  for (const std::optional<double>& value : values) json.push_back(value ? Json(*value) : Json(nullptr));
  return json;
}

Json grid_json(const sim::Grid& grid) {
  Json json = {
      {"batches", grid.batches}, {"bandwidth_factors", grid.bandwidth_factors}, {"systems", Json::array()}};
  for (const sim::GridSurface& surface : grid.surfaces)
    json["systems"].push_back({{"system", surface.system},
                               {"gpus", surface.gpus},
                               {"gpu_price", money(surface.gpu_price)},
                               {"speedup", values_json(surface.speedup)},
                               {"throughput", values_json(surface.throughput)}});
  return json;
}

}  // namespace

std::string prediction_json(const sim::Prediction& prediction) {
  Json document = {{"schema", "scalesim.prediction/1"},
                   {"model",
                    {{"name", prediction.model},
                     {"parameters", prediction.parameters},
                     {"macs", prediction.macs},
                     {"flops_step", prediction.flops_step}}},
                   {"gpu", prediction.gpu},
                   {"batch_per_gpu", prediction.batch_per_gpu},
                   {"precision", prediction.precision},
                   {"strategy", prediction.strategy},
                   {"curves", Json::array()},
                   {"inputs", Json::array()},
                   {"warnings", prediction.warnings}};
  for (const sim::Curve& curve : prediction.curves)
    document["curves"].push_back(curve_json(curve, prediction.throughput_unit));
  for (const Input& input : prediction.inputs) document["inputs"].push_back(input_json(input));
  if (prediction.grid) document["explore"] = grid_json(*prediction.grid);
  return document.dump(2) + "\n";
}

}  // namespace scalesim::report
