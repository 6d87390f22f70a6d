// The contract's prediction document: SI units, snake_case, null for what is not known.
#include <nlohmann/json.hpp>

#include "report/documents/prediction.h"

namespace scalesim::report {
namespace {

using Json = nlohmann::ordered_json;

using Price = std::optional<plan::BoardPrice>;

Json money(const Money& value) { return {{"amount", value.amount}, {"currency", value.currency}}; }

Json point_json(const sim::Point& point, const Price& price, const std::string& unit) {
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
      {"cost", price ? money(price->boards) : Json(nullptr)},
      {"cost_per_speedup", price ? money(price->per_speedup) : Json(nullptr)}};
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

Json curve_json(const sim::Curve& curve, const std::vector<Price>& prices, const std::string& unit) {
  Json points = Json::array();
  for (std::size_t i = 0; i < curve.points.size(); ++i)
    points.push_back(point_json(curve.points[i], prices[i], unit));
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

/// Of one GPU, from the price of a curve's first point.
Json gpu_price(const sim::GridSurface& surface, const std::vector<Price>& prices) {
  if (prices.empty() || !prices[0]) return nullptr;
  return money({prices[0]->boards.amount / surface.gpus[0], prices[0]->boards.currency});
}

Json grid_json(const sim::Grid& grid, const plan::BoardPrices& prices) {
  Json json = {
      {"batches", grid.batches}, {"bandwidth_factors", grid.bandwidth_factors}, {"systems", Json::array()}};
  for (std::size_t i = 0; i < grid.surfaces.size(); ++i) {
    const sim::GridSurface& surface = grid.surfaces[i];
    json["systems"].push_back({{"system", surface.system},
                               {"gpus", surface.gpus},
                               {"gpu_price", gpu_price(surface, prices[i])},
                               {"speedup", values_json(surface.speedup)},
                               {"throughput", values_json(surface.throughput)}});
  }
  return json;
}

}  // namespace

std::string prediction_json(const sim::Prediction& prediction, const plan::BoardPrices& prices) {
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
  for (std::size_t i = 0; i < prediction.curves.size(); ++i)
    document["curves"].push_back(curve_json(prediction.curves[i], prices[i], prediction.throughput_unit));
  for (const Input& input : prediction.inputs) document["inputs"].push_back(input_json(input));
  if (prediction.grid) document["explore"] = grid_json(*prediction.grid, prices);
  return document.dump(2) + "\n";
}

}  // namespace scalesim::report
