// The document of `scalesim replay`.
#include <nlohmann/json.hpp>

#include "report/documents/replay.h"

namespace scalesim::report {
namespace {

using Json = nlohmann::ordered_json;

Json step_json(const ReplayedStep& step, const ReplayedStep* one) {
  Json json{{"ranks", step.ranks},
            {"nodes", step.nodes},
            {"probed", step.probed},
            {"predicted_s", step.predicted.value()},
            {"measured_s", step.measured.value()},
            {"measured_low_s", step.low.value()},
            {"measured_high_s", step.high.value()},
            {"error", step.error()}};
  if (one) {
    json["predicted_speedup"] = speedup(step, *one, &ReplayedStep::predicted);
    json["measured_speedup"] = speedup(step, *one, &ReplayedStep::measured);
  }
  return json;
}

Json size_json(const ReplayedSize& size) {
  return {{"collective", "all_reduce"},
          {"ranks", size.ranks},
          {"nodes", size.nodes},
          {"probed", size.probed},
          {"bytes", size.bytes.value()},
          {"predicted_s", size.predicted.value()},
          {"measured_s", size.measured.value()},
          {"error", size.error()}};
}

}  // namespace

std::string replay_json(const Replay& replay) {
  Json document{
      {"schema", "scalesim.replay/1"}, {"model", replay.model},       {"gpu", replay.gpu},
      {"batch_per_gpu", replay.batch}, {"strategy", replay.strategy}, {"transport", replay.transport},
      {"steps", Json::array()},        {"collectives", Json::array()}};
  for (const ReplayedStep& step : replay.steps) document["steps"].push_back(step_json(step, replay.alone()));
  for (const ReplayedSize& size : replay.sizes) document["collectives"].push_back(size_json(size));
  return document.dump(2) + "\n";
}

}  // namespace scalesim::report
