// Documents of measured layer times: what each wrong key says, and when a profile may be used.
#include "workloads/compute/compute_profile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "core/error.h"

namespace scalesim::workloads {
namespace {

using ::testing::HasSubstr;
using Json = nlohmann::json;

Json document() {
  return {{"schema", "scalesim.compute_profile/1"},
          {"model", "two"},
          {"gpu", "NVIDIA H200"},
          {"precision", "fp16"},
          {"layout", "nhwc"},
          {"batch", 32},
          {"layers", {{{"name", "a"}, {"forward_s", 0.001}, {"backward_s", 0.002}}}},
          {"optimizer_s", 0.5}};
}

ComputeProfile parse(const Json& json) { return parse_compute_profile(json.dump(), "p.json"); }

std::string error_of(const std::string& text) {
  try {
    parse_compute_profile(text, "p.json");
  } catch (const InputError& wrong) {
    return wrong.what();
  }
  return "no error";
}
std::string error_of(const Json& json) { return error_of(json.dump()); }

TEST(ComputeProfile, EveryFieldIsRead) {
  Json json = document();
  json["precision"] = "bf16";
  json["layout"] = "nchw";
  json["batch"] = 1;
  const ComputeProfile profile = parse(json);
  EXPECT_EQ(profile.model, "two");
  EXPECT_EQ(profile.gpu, "NVIDIA H200");
  EXPECT_EQ(profile.precision, topology::Precision::bf16);
  EXPECT_EQ(profile.layout, Layout::nchw);
  EXPECT_EQ(profile.batch, 1);
  ASSERT_EQ(profile.layers.size(), 1u);
  EXPECT_EQ(profile.layers[0].name, "a");
  EXPECT_EQ(profile.layers[0].forward, Seconds(0.001));
  EXPECT_EQ(profile.layers[0].backward, Seconds(0.002));
  EXPECT_EQ(profile.optimizer, Seconds(0.5));
}

TEST(ComputeProfile, AKeyThatIsMissingIsNamedWithTheRemedy) {
  for (const char* key : {"schema", "model", "gpu", "precision", "layout", "batch", "layers"}) {
    Json json = document();
    json.erase(key);
    EXPECT_THAT(error_of(json), HasSubstr("p.json: the compute profile has no '" + std::string(key) +
                                          "': write one with 'scalesim measure MODEL'"));
  }
  for (const char* key : {"name", "forward_s", "backward_s"}) {
    Json json = document();
    json["layers"][0].erase(key);
    EXPECT_THAT(error_of(json), HasSubstr("no '" + std::string(key) + "'"));
  }
  EXPECT_THAT(error_of(Json::array()), HasSubstr("no 'schema'"));
  EXPECT_THAT(error_of(std::string("{")), HasSubstr("is not JSON"));
  Json json = document();
  json["layers"] = {3};
  EXPECT_THAT(error_of(json), HasSubstr("no 'name'"));
}

struct Wrong {
  const char* key;
  Json value;
  const char* message;
};

TEST(ComputeProfile, AValueOfTheWrongKindSaysWhatItMustBe) {
  const Wrong cases[] = {
      {"model", 3, "'model' of the compute profile must be text"},
      {"gpu", nullptr, "'gpu' of the compute profile must be text"},
      {"schema", "scalesim.compute_profile/2",
       "'scalesim.compute_profile/2' is not a compute profile: its schema must be "
       "'scalesim.compute_profile/1'"},
      {"precision", "fp17", "'fp17'"},
      {"layout", "nchv", "'nchv'"},
      {"batch", 0, "'batch' of the compute profile must be a whole number above zero, not 0"},
      {"batch", -1, "above zero, not -1"},
      {"batch", 1.5, "above zero, not 1.5"},
      {"batch", "32", "above zero, not \"32\""},
      {"layers", "a", "'layers' of the compute profile must be a list"},
      {"layers", Json::object(), "must be a list"},
      {"optimizer_s", -1, "'optimizer_s' of the compute profile must be seconds, not -1"},
      {"optimizer_s", "1", "must be seconds, not \"1\""},
      {"optimizer_s", nullptr, "must be seconds, not null"}};
  for (const Wrong& wrong : cases) {
    Json json = document();
    json[wrong.key] = wrong.value;
    EXPECT_THAT(error_of(json), HasSubstr(wrong.message)) << wrong.key;
  }
  for (const char* key : {"forward_s", "backward_s"}) {
    Json json = document();
    json["layers"][0][key] = -1e-9;
    EXPECT_THAT(error_of(json),
                HasSubstr("'" + std::string(key) + "' of the compute profile must be seconds"));
    json["layers"][0][key] = 0;
    EXPECT_EQ(error_of(json), "no error") << key;
  }
}

TEST(ComputeProfile, AnOptimizerThatWasNotMeasuredIsLeftOut) {
  Json json = document();
  json.erase("optimizer_s");
  const ComputeProfile profile = parse(json);
  EXPECT_EQ(profile.optimizer, Seconds(0));
  EXPECT_FALSE(Json::parse(to_json(profile)).contains("optimizer_s"));
  EXPECT_EQ(Json::parse(to_json(parse(document()))), document());
}

TEST(ComputeProfile, AFileThatIsNotThereIsNamed) {
  try {
    read_compute_profile("/nowhere/profile.json");
    FAIL();
  } catch (const InputError& wrong) {
    EXPECT_THAT(wrong.what(), HasSubstr("/nowhere/profile.json"));
  }
}

Model two_layers() {
  Model model;
  model.name = "two";
  model.layers.resize(2);
  model.layers[0].name = "a";
  model.layers[1].name = "b";
  return model;
}

StepTime modelled() {
  StepTime step;
  step.layers = {{Seconds(10), Seconds(20), Bound::memory}, {Seconds(30), Seconds(40), Bound::memory}};
  step.forward = Seconds(40);
  step.backward = Seconds(60);
  step.optimizer = Seconds(5);
  step.launch = Seconds(7);
  step.relative_error = 0.3;
  return step;
}

std::string refusal(const Json& json, const ComputeSettings& settings = {}) {
  try {
    use_profile(parse(json), two_layers(), settings, modelled());
  } catch (const InputError& wrong) {
    return wrong.what();
  }
  return "no error";
}

TEST(UseProfile, RefusesWhatWasMeasuredOtherwise) {
  const Wrong cases[] = {
      {"model", "three", "with --model three, but --model two is asked for: measure again"},
      {"batch", 31, "with --batch 31, but --batch 32 is asked for: measure again"},
      {"precision", "bf16", "with --precision bf16, but --precision fp16 is asked for"},
      {"layout", "nchw", "with --layout nchw, but --layout nhwc is asked for"}};
  for (const Wrong& wrong : cases) {
    Json json = document();
    json[wrong.key] = wrong.value;
    EXPECT_THAT(refusal(json), HasSubstr(std::string("the compute profile was measured ") + wrong.message));
  }
  EXPECT_EQ(refusal(document()), "no error");
}

// a: 1 and 2 ms measured; b stays at 30 and 40 s. Inference has no gradients for a and keeps its optimizer's.
TEST(UseProfile, TakesTheForwardTimesOnlyForInference) {
  ComputeSettings settings;
  const StepTime training = use_profile(parse(document()), two_layers(), settings, modelled());
  EXPECT_DOUBLE_EQ(training.forward.value(), 30.001);
  EXPECT_DOUBLE_EQ(training.backward.value(), 40.002);
  EXPECT_EQ(training.optimizer, Seconds(0.5));
  EXPECT_EQ(training.launch, Seconds(7));
  EXPECT_EQ(training.relative_error, 0.05);
  EXPECT_EQ(training.layers[0].backward, Seconds(0.002));
  EXPECT_EQ(training.layers[1].forward, Seconds(30));
  settings.mode = Mode::inference;
  const StepTime inference = use_profile(parse(document()), two_layers(), settings, modelled());
  EXPECT_DOUBLE_EQ(inference.forward.value(), 30.001);
  EXPECT_EQ(inference.layers[0].backward, Seconds(0));
  EXPECT_EQ(inference.optimizer, Seconds(5));
}

TEST(UseProfile, SaysHowManyLayersWereMeasured) {
  Json json = document();
  json.erase("optimizer_s");
  const StepTime step = use_profile(parse(json), two_layers(), {}, modelled());
  EXPECT_EQ(step.optimizer, Seconds(5));
  ASSERT_EQ(step.inputs.size(), 1u);
  const Input& input = step.inputs[0];
  EXPECT_EQ(input.value, 1);
  EXPECT_EQ(input.text, "1 of 2 layers measured");
  EXPECT_EQ(input.source, "measured on NVIDIA H200");
}

TEST(UseProfile, NeedsATimeForEveryLayer) {
  StepTime step = modelled();
  step.layers.pop_back();
  EXPECT_THROW(use_profile(parse(document()), two_layers(), {}, step), InternalError);
}

}  // namespace
}  // namespace scalesim::workloads
