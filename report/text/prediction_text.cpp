// What a person reads after `scalesim predict`.
#include <fmt/format.h>

#include <algorithm>

#include "core/units_text.h"
#include "report/documents/prediction.h"
#include "report/text/explanation_text.h"
#include "report/text/table.h"

namespace scalesim::report {
namespace {

std::string percent(double share) { return fmt::format("{:.1f} %", 100 * share); }

std::string grouped(std::int64_t number) {
  std::string digits = std::to_string(number);
  for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3)
    digits.insert(static_cast<std::size_t>(at), ",");
  return digits;
}

std::string speedup(const sim::Point& point) {
  return fmt::format("{:.2f} ({:.2f}..{:.2f})", point.speedup, point.speedup_low, point.speedup_high);
}

std::string curve_text(const sim::Curve& curve, const std::vector<std::optional<plan::BoardPrice>>& prices,
                       const std::string& unit, int width) {
  const bool nodes =
      std::any_of(curve.points.begin(), curve.points.end(), [](const sim::Point& p) { return p.nodes > 1; });
  const bool priced = std::any_of(prices.begin(), prices.end(), [](const auto& p) { return p.has_value(); });
  std::vector<Column> columns = {{"GPUs"}};
  if (nodes) columns.push_back({"nodes"});
  columns.insert(columns.end(), {{"step", Align::right, 2},
                                 {"exposed comm", Align::right, 4},
                                 {unit, Align::right, 3},
                                 {"speed-up (low..high)"},
                                 {"efficiency", Align::right, 1},
                                 {"each added GPU brings"}});
  if (priced) columns.push_back({"price per speed-up"});
  columns.push_back({"limited by", Align::left});
  Table table(columns);
  for (std::size_t i = 0; i < curve.points.size(); ++i) {
    const sim::Point& point = curve.points[i];
    std::vector<std::string> row = {std::to_string(point.gpus)};
    if (nodes) row.push_back(std::to_string(point.nodes));
    row.insert(row.end(), {to_text(point.step), to_text(point.exposed_communication),
                           fmt::format("{:.0f}", point.throughput), speedup(point), percent(point.efficiency),
                           percent(point.marginal_efficiency)});
    if (priced) row.push_back(prices[i] ? to_text(prices[i]->per_speedup) : "no price");
    row.push_back(point.fits ? point.bottleneck : "does not fit: needs " + to_text(point.memory));
    table.add(row);
  }
  return fmt::format("{}: {} [network {}]\n{}", curve.system, curve.description, to_text(curve.provenance),
                     table.text(2, width)) +
         explanation_text(curve, unit);
}

std::string inputs_text(const std::vector<Input>& inputs, int width) {
  Table table({{"input", Align::left}, {"value"}, {"known by", Align::left}, {"source", Align::left}});
  for (const Input& input : inputs)
    table.add({input.name, input.text, std::string(to_text(input.provenance)), input.source});
  return "Where the numbers come from\n" + table.text(2, width);
}

}  // namespace

std::string prediction_text(const sim::Prediction& prediction, const plan::BoardPrices& prices, int width) {
  std::string text = fmt::format("{}: {} parameters, {:.3f} GMACs per sample; batch {} per GPU, {}, {}\n\n",
                                 prediction.model, grouped(prediction.parameters),
                                 static_cast<double>(prediction.macs) / 1e9, prediction.batch_per_gpu,
                                 prediction.precision, prediction.strategy);
  for (std::size_t i = 0; i < prediction.curves.size(); ++i)
    text += curve_text(prediction.curves[i], prices[i], prediction.throughput_unit, width) + "\n";
  return text + inputs_text(prediction.inputs, width);
}

}  // namespace scalesim::report
