// Reading, writing and using measured layer times.
#include "workloads/compute/compute_profile.h"

#include <fmt/format.h>

#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/file.h"

namespace scalesim::workloads {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kSchema = "scalesim.compute_profile/1";

InputError wrong(const std::string& file, std::string_view what) {
  return InputError(Place{file, 0, 0}, std::string(what));
}

const Json& member(const Json& object, const char* key, const std::string& file) {
  if (!object.is_object() || !object.contains(key)) {
    throw wrong(file,
                fmt::format("the compute profile has no '{}': write one with 'scalesim measure MODEL'", key));
  }
  return object.at(key);
}

std::string text(const Json& object, const char* key, const std::string& file) {
  const Json& value = member(object, key, file);
  if (!value.is_string()) throw wrong(file, fmt::format("'{}' of the compute profile must be text", key));
  return value.get<std::string>();
}

Seconds seconds(const Json& object, const char* key, const std::string& file) {
  const Json& value = member(object, key, file);
  const double number = value.is_number() ? value.get<double>() : -1;
  if (!(number >= 0) || !std::isfinite(number)) {
    throw wrong(file, fmt::format("'{}' of the compute profile must be seconds, not {}", key, value.dump()));
  }
  return Seconds(number);
}

std::int64_t positive(const Json& object, const char* key, const std::string& file) {
  const Json& value = member(object, key, file);
  if (!value.is_number_integer() || value.get<std::int64_t>() < 1) {
    throw wrong(file, fmt::format("'{}' of the compute profile must be a whole number above zero, not {}",
                                  key, value.dump()));
  }
  return value.get<std::int64_t>();
}

/// Throws unless what was measured is what is asked for.
void check_same(std::string_view option, std::string_view measured, std::string_view asked) {
  if (measured == asked) return;
  throw InputError(fmt::format(
      "the compute profile was measured with --{0} {1}, but --{0} {2} is asked for: measure again", option,
      measured, asked));
}

}  // namespace

ComputeProfile parse_compute_profile(std::string_view json, const std::string& file) {
  const Json document = Json::parse(json, nullptr, false);
  if (document.is_discarded())
    throw wrong(file, "the compute profile is not JSON: write one with 'scalesim measure MODEL'");
  if (const std::string schema = text(document, "schema", file); schema != kSchema) {
    throw wrong(file, fmt::format("'{}' is not a compute profile: its schema must be '{}'", schema, kSchema));
  }
  ComputeProfile profile;
  profile.model = text(document, "model", file);
  profile.gpu = text(document, "gpu", file);
  profile.precision = topology::parse_precision(text(document, "precision", file));
  profile.layout = parse_layout(text(document, "layout", file));
  profile.batch = positive(document, "batch", file);
  const Json& layers = member(document, "layers", file);
  if (!layers.is_array()) throw wrong(file, "'layers' of the compute profile must be a list");
  for (const Json& layer : layers) {
    profile.layers.push_back(
        {text(layer, "name", file), seconds(layer, "forward_s", file), seconds(layer, "backward_s", file)});
  }
  if (document.contains("optimizer_s")) profile.optimizer = seconds(document, "optimizer_s", file);
  return profile;
}

ComputeProfile read_compute_profile(const std::string& path) {
  return parse_compute_profile(read_file(path), path);
}

std::string to_json(const ComputeProfile& profile) {
  Json document = {{"schema", kSchema},
                   {"model", profile.model},
                   {"gpu", profile.gpu},
                   {"precision", topology::to_text(profile.precision)},
                   {"layout", to_text(profile.layout)},
                   {"batch", profile.batch},
                   {"layers", Json::array()}};
  if (profile.optimizer > Seconds(0)) document["optimizer_s"] = profile.optimizer.value();
  for (const MeasuredLayer& layer : profile.layers) {
    document["layers"].push_back(
        {{"name", layer.name}, {"forward_s", layer.forward.value()}, {"backward_s", layer.backward.value()}});
  }
  return document.dump(1) + "\n";
}

StepTime use_profile(const ComputeProfile& profile, const Model& model, const ComputeSettings& settings,
                     StepTime modelled) {
  SCALESIM_CHECK(modelled.layers.size() == model.layers.size());
  check_same("model", profile.model, model.name);
  check_same("batch", std::to_string(profile.batch), std::to_string(settings.batch));
  check_same("precision", topology::to_text(profile.precision), topology::to_text(settings.precision));
  check_same("layout", to_text(profile.layout), to_text(settings.layout));
  std::map<std::string, const MeasuredLayer*> measured;
  for (const MeasuredLayer& layer : profile.layers) measured[layer.name] = &layer;
  modelled.forward = modelled.backward = Seconds(0);
  std::size_t used = 0;
  for (std::size_t i = 0; i < model.layers.size(); ++i) {
    LayerTime& time = modelled.layers[i];
    if (const auto found = measured.find(model.layers[i].name); found != measured.end()) {
      time.forward = found->second->forward;
      time.backward = settings.mode == Mode::training ? found->second->backward : Seconds(0);
      ++used;
    }
    modelled.forward += time.forward;
    modelled.backward += time.backward;
  }
  if (settings.mode == Mode::training && profile.optimizer > Seconds(0))
    modelled.optimizer = profile.optimizer;
  modelled.relative_error = 0.05;  // kernels timed apart against the same kernels in a step
  modelled.inputs.push_back({"compute_profile", static_cast<double>(used), "layers",
                             fmt::format("{} of {} layers measured", used, model.layers.size()),
                             Provenance::measured, "measured on " + profile.gpu});
  return modelled;
}

}  // namespace scalesim::workloads
