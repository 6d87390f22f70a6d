// Compute profiles: what was measured replaces what was modelled, and nothing else is accepted.
#include <gtest/gtest.h>

#include "core/error.h"
#include "workloads/compute/compute_profile.h"

namespace scalesim::workloads {
namespace {

constexpr const char* kProfile = R"({
  "schema": "scalesim.compute_profile/1", "model": "two", "gpu": "NVIDIA H200", "precision": "fp16", "layout": "nhwc",
  "batch": 32, "layers": [{"name": "a", "forward_s": 0.001, "backward_s": 0.002}], "optimizer_s": 0.0005})";

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
  step.layers = {{Seconds(0.01), Seconds(0.02), Bound::memory},
                 {Seconds(0.03), Seconds(0.04), Bound::memory}};
  step.forward = Seconds(0.04);
  step.backward = Seconds(0.06);
  step.optimizer = Seconds(0.01);
  return step;
}

TEST(compute_profile, replaces_the_layers_it_measured_and_leaves_the_rest_modelled) {
  // a: 1 and 2 ms measured instead of 10 and 20; b stays at 30 and 40; the optimizer is measured too.
  const StepTime step = use_profile(parse_compute_profile(kProfile, "p.json"), two_layers(), {}, modelled());
  EXPECT_DOUBLE_EQ(step.forward.value(), 0.031);
  EXPECT_DOUBLE_EQ(step.backward.value(), 0.042);
  EXPECT_DOUBLE_EQ(step.optimizer.value(), 0.0005);
  EXPECT_EQ(step.inputs.back().provenance, Provenance::measured);
}

TEST(compute_profile, survives_writing_and_reading) {
  const ComputeProfile profile = parse_compute_profile(kProfile, "p.json");
  const ComputeProfile again = parse_compute_profile(to_json(profile), "q.json");
  EXPECT_EQ(to_json(again), to_json(profile));
  EXPECT_EQ(again.layers.at(0).backward, Seconds(0.002));
}

TEST(compute_profile, measured_at_another_batch_is_refused_with_both_numbers) {
  ComputeSettings settings;
  settings.batch = 64;
  try {
    use_profile(parse_compute_profile(kProfile, "p.json"), two_layers(), settings, modelled());
    FAIL();
  } catch (const InputError& wrong) {
    EXPECT_NE(wrong.message().find("--batch 32"), std::string::npos) << wrong.message();
    EXPECT_NE(wrong.message().find("--batch 64"), std::string::npos) << wrong.message();
  }
}

TEST(compute_profile, broken_documents_name_the_file_and_the_key) {
  EXPECT_THROW(parse_compute_profile("{", "p.json"), InputError);
  EXPECT_THROW(parse_compute_profile("{}", "p.json"), InputError);
  try {
    parse_compute_profile(
        R"({"schema": "scalesim.compute_profile/1", "model": "m", "gpu": "g", "precision": "fp16", "layout": "nhwc", "batch": 0, "layers": []})",
        "p.json");
    FAIL();
  } catch (const InputError& wrong) {
    EXPECT_EQ(wrong.place().file, "p.json");
    EXPECT_NE(wrong.message().find("'batch'"), std::string::npos) << wrong.message();
  }
}

}  // namespace
}  // namespace scalesim::workloads
