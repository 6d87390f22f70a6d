// Which of two calibrations answers for a GPU, and how sure it is of another generation.
#include <gtest/gtest.h>

#include <cmath>

#include "core/error.h"
#include "tests/workloads/time_gpus.h"
#include "workloads/compute/calibration.h"

namespace scalesim::workloads {
namespace {

/// A file of compute capability `capability`; `more` are further keys of its scope.
std::string file(int capability, const std::string& more = "", const std::string& arithmetic = "tensor",
                 double error = 0.03) {
  return "compute_capability = " + std::to_string(capability) + "\nstack = 'pytorch'\narithmetic = '" +
         arithmetic + "'\n" + more + "[constants]\n[fit]\nrelative_error = " + std::to_string(error) +
         "\nsource = 'here'\n";
}

ComputeConstants chosen(const std::string& first, const std::string& second, int capability,
                        const ComputeSettings& settings = {}) {
  DataCatalogue data;
  data.add("calibration/compute/first.toml", first);
  data.add("calibration/compute/second.toml", second);
  topology::GpuSpec gpu = round_gpu();
  gpu.compute_capability = capability;
  return find_constants(gpu, settings, data);
}

struct Choice {
  std::string better, worse;
  int capability;
};

TEST(CalibrationChoice, TheNearestScopeWins) {
  const Choice choices[] = {
      {file(80), file(70), 80},                     // the architecture
      {file(80), file(90), 85},                     // 5 and 5 away: the same generation
      {file(75), file(80), 70},                     // the nearer of two generations
      {file(80), file(90), 0},                      // another maker's device is of today
      {file(89), file(100), 120},                   // consumer Blackwell is Ada's kind
      {file(80, "gpu = 'round'\n"), file(80), 80},  // the very GPU
      {file(80), file(80, "gpu = 'other'\n"), 80},  // rather any than another
      {file(90), file(80, "gpu = 'other'\npower_limited = true\n"), 80},  // a starved board fits no other
      {file(80, "gpu = 'round'\npower_limited = true\n"), file(80), 80},
      {file(70), file(80, "compiled = true\n"), 80},  // what runs weighs more than the GPU
      {file(70), file(80, "layout = 'nchw'\n"), 80},
      {file(70), file(80, "mode = 'inference'\n"), 80},
      {file(70), file(80, "", "fp32"), 80},
      {file(80, "compiled = true\n"), file(80, "layout = 'nchw'\n"), 80},
      {file(80, "layout = 'nchw'\n"), file(80, "mode = 'inference'\n"), 80},
      {file(80, "mode = 'inference'\n"), file(80, "", "tf32"), 80},
      {file(80, "layout = 'nhwc'\nmode = 'training'\n"), file(70), 80}};
  for (const Choice& choice : choices) {
    EXPECT_EQ(chosen(choice.better, choice.worse, choice.capability).name, "first") << choice.better;
    EXPECT_EQ(chosen(choice.worse, choice.better, choice.capability).name, "second") << choice.better;
  }
}

struct Doubt {
  int fitted, asked;
  double step;
};

// 0.02 for each point of compute capability, at most 0.3; in quadrature with the fit's own 0.03.
TEST(CalibrationChoice, AnotherGenerationIsLessSure) {
  for (const Doubt& doubt : {Doubt{80, 80, 0}, Doubt{80, 86, 0.12}, Doubt{86, 80, 0.12}, Doubt{70, 84, 0.28},
                             Doubt{70, 86, 0.3}, Doubt{80, 0, 0.3}}) {
    const ComputeConstants constants = chosen(file(doubt.fitted), file(doubt.fitted), doubt.asked);
    EXPECT_NEAR(constants.relative_error, std::hypot(0.03, doubt.step), 1e-9) << doubt.asked;
    EXPECT_EQ(constants.source, "here");
    EXPECT_FALSE(constants.same_gpu);
  }
  EXPECT_TRUE(chosen(file(80, "gpu = 'round'\n"), file(80), 80).same_gpu);
}

TEST(CalibrationChoice, BlackwellServersUseTheNewestAttention) {
  DataCatalogue data;
  data.add("calibration/compute/base.toml", file(100));
  data.add(
      "calibration/compute/attention-native.toml",
      "compute_capability = 100\nstack = ''\narithmetic = 'tensor'\n[constants]\nattention_forward = 0.31\n"
      "attention_backward = 0.32\nattention_vector = 3.0\nattention_vector_backward = 4.0\n"
      "attention_native = 1.0\nmemory_fraction = 0.5\n[fit]\nrelative_error = 0.1\nsource = 'x'\n");
  for (const int capability : {99, 100, 119, 120}) {
    topology::GpuSpec gpu = round_gpu();
    gpu.compute_capability = capability;
    const ComputeConstants found = find_constants(gpu, {}, data);
    const bool newest = capability == 100 || capability == 119;
    const ComputeConstants defaults;
    EXPECT_EQ(found.attention_forward, newest ? 0.31 : defaults.attention_forward) << capability;
    EXPECT_EQ(found.attention_backward, newest ? 0.32 : defaults.attention_backward) << capability;
    EXPECT_EQ(found.attention_vector, newest ? 3 : defaults.attention_vector) << capability;
    EXPECT_EQ(found.attention_vector_backward, newest ? 4 : defaults.attention_vector_backward) << capability;
    EXPECT_EQ(found.attention_native, newest ? 1 : 0) << capability;
    EXPECT_EQ(found.memory_fraction, defaults.memory_fraction);
    EXPECT_EQ(found.name, "base");
  }
}

TEST(CalibrationChoice, FilesOutsideTheirLimitsAreRefused) {
  EXPECT_THROW(chosen(file(80, "", "tensor", 10.5), file(80), 80), InputError);
  EXPECT_THROW(chosen(file(80, "colour = 'red'\n"), file(80), 80), InputError);
  EXPECT_NO_THROW(chosen(file(80, "", "tensor", 10), file(80), 80));
}

}  // namespace
}  // namespace scalesim::workloads
