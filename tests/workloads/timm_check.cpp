// timm counts with fvcore, which adds norms to the MACs: 2 for each element of a batch norm, 5 of a layer or
// group norm, 4 for each standardised weight (it passes for a norm; 5 with a gain), none for norms in code of
// their own (EvoNorm, FRN, RMS). Newer files leave out attention, which had become one fused
// kernel. So a network must have the parameters to the file's two decimals, and its MACs and activations,
// with or without attention, to two decimals and the 0.05 % that fvcore sees in pooling and resizing.
#include "timm_check.h"
#include "workloads/load/load_model.h"

#include <gtest/gtest.h>

#include <sstream>
#include <string>

#include "core/number.h"
#include "workloads/model/counts.h"

namespace scalesim::workloads {
namespace {

struct Counts {
  double gmacs = 0, activations_m = 0;
};

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

/// Big Transfer and the hybrids on it standardise the weights of convolutions, but not those of the
/// classifier and the patches, which have a bias.
bool standardises(std::string_view name) {
  for (std::string_view part : {"_bit", "_r26_", "_r50_", "_r_s16_", "vit_base_resnet50_384"})
    if (contains(name, part)) return true;
  return false;
}

/// A norm made of several layers of ours calls the one with the statistics "deviation".
bool is_seen_by_fvcore(const Layer& layer) {
  return !contains(layer.name, "deviation") && layer.kind != "rms" && layer.kind != "unit" &&
         layer.kind != "global response";
}

double norm_operations(const Model& model) {
  double sum = 0;
  for (const Layer& layer : model.layers) {
    const double each = layer.op == Op::batch_norm ? 2 : layer.op == Op::layer_norm ? 5 : 0;
    if (is_seen_by_fvcore(layer)) sum += each * static_cast<double>(layer.output.elements());
    if (layer.op == Op::conv && layer.parameters.size() == 1 && standardises(model.name))
      sum += 4.0 * static_cast<double>(layer.parameter_count());
    if (layer.op == Op::conv && !layer.parameters.empty() && layer.parameters.back().name == "gain")
      sum += 5.0 * static_cast<double>(layer.parameters.front().elements);
  }
  return sum;
}

Counts counts_of(const Model& model, bool with_attention) {
  double macs = static_cast<double>(model.macs()) + norm_operations(model);
  double activations = static_cast<double>(activation_count(model));
  for (const Layer& layer : model.layers) {
    if (with_attention || layer.op != Op::attention) continue;
    macs -= static_cast<double>(layer.macs());
    activations -= static_cast<double>(activation_count(layer));
  }
  return {macs / 1e9, activations / 1e6};
}

bool agrees(const std::string& printed, double value) {
  if (printed == "-") return true;
  const double wanted = to_double(printed).value();
  return std::abs(value - wanted) <= 0.006 + 0.0005 * wanted;
}

void expect_size(const std::string& name, double parameters_m, const std::string& size) {
  std::istringstream words(size);
  ModelOptions options;
  std::int64_t image = 0;
  std::string gmacs, activations;
  words >> image >> gmacs >> activations;
  options.image = image;
  const Model model = load_model(name, options, DataCatalogue::embedded());
  EXPECT_NEAR(static_cast<double>(model.parameter_count()) / 1e6, parameters_m, 0.0051)
      << name << " at " << image;
  const Counts all = counts_of(model, true), fused = counts_of(model, false);
  const bool as_printed = (agrees(gmacs, all.gmacs) && agrees(activations, all.activations_m)) ||
                          (agrees(gmacs, fused.gmacs) && agrees(activations, fused.activations_m));
  EXPECT_TRUE(as_printed) << name << " at " << image << ": " << gmacs << " G, " << activations << " M; ours "
                          << all.gmacs << " G, " << all.activations_m << " M, without attention "
                          << fused.gmacs << " G, " << fused.activations_m << " M";
}

}  // namespace

void expect_counts_of_timm(std::string_view table) {
  std::istringstream lines{std::string(table)};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string name, parameters;
    if (!(words >> name >> parameters)) continue;
    for (std::string size; std::getline(words, size, ',');)
      expect_size(name, to_double(parameters).value(), size);
  }
}

}  // namespace scalesim::workloads
