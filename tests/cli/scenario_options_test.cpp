// Every option of what is trained reaches its field and no other; values beyond its limits are refused with a
// sentence that names them.
#include "cli/options/scenario_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/options/model_options.h"
#include "cli/options/reality_options.h"
#include "cli/shell/parse.h"
#include "core/error.h"

namespace scalesim::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

sim::Scenario scenario(const std::vector<std::string>& words) {
  return scenario_from(parse_words(words, scenario_options()), DataCatalogue::embedded());
}

std::string refusal(const std::vector<std::string>& words) {
  try {
    scenario(words);
  } catch (const InputError& wrong) {
    return wrong.what();
  }
  return "not refused";
}

TEST(ScenarioOptions, DefaultsAreThoseThatHelpTells) {
  const sim::Scenario s = scenario({});
  EXPECT_EQ(s.model.name, "resnet18");
  EXPECT_EQ(s.compute.batch, 1);
  EXPECT_EQ(s.compute.precision, topology::Precision::fp16);
  EXPECT_EQ(s.compute.layout, workloads::Layout::nhwc);
  EXPECT_FALSE(s.compute.compiled);
  EXPECT_EQ(s.compute.mode, workloads::Mode::training);
  EXPECT_EQ(to_text(s.compute.optimizer), "momentum");
  EXPECT_EQ(to_text(s.compute.recompute), "none");
  EXPECT_EQ(s.compute.stack, "");
  EXPECT_EQ(s.strategy, "ddp");
  const sim::Parallelism& p = s.parallel;
  EXPECT_THAT((std::vector<int>{p.tensor, p.pipeline, p.context, p.expert, p.virtual_stages}),
              ElementsAre(1, 1, 1, 1, 1));
  EXPECT_EQ(p.microbatch, 0);
  EXPECT_FALSE(p.sequence_parallel);
  EXPECT_EQ(p.schedule, "1f1b");
  EXPECT_EQ(p.mapping, "tp-cp-dp-pp");
  EXPECT_EQ(p.context_method, "ring");
  EXPECT_FALSE(s.global_batch);
  EXPECT_EQ(s.accumulation, 1);
  EXPECT_EQ(s.depth, sim::Depth::collective);
  EXPECT_FALSE(s.unfold);
  EXPECT_EQ(s.bucket, Bytes(26214400));  // 25 * 1024 * 1024
  EXPECT_TRUE(s.overlap);
  EXPECT_EQ(s.gradient_element, Bytes(4));
  EXPECT_FALSE(s.step_time);
  EXPECT_FALSE(s.host_samples_per_second);
  EXPECT_FALSE(s.host_cores);
  EXPECT_FALSE(s.disk);
  EXPECT_EQ(s.sample_on_disk, Bytes(110000));
  EXPECT_EQ(s.balance, sim::Balance::equal);
}

TEST(ScenarioOptions, DivisionOfTheWorkReachesItsFields) {
  const sim::Scenario s = scenario({"--strategy",
                                    "fsdp",
                                    "--tp",
                                    "2",
                                    "--pp",
                                    "3",
                                    "--cp",
                                    "5",
                                    "--ep",
                                    "7",
                                    "--vpp",
                                    "11",
                                    "--microbatch",
                                    "13",
                                    "--sequence-parallel",
                                    "--schedule",
                                    "gpipe",
                                    "--mapping",
                                    "dp-tp-cp-pp",
                                    "--context-method",
                                    "all-to-all"});
  EXPECT_EQ(s.strategy, "fsdp");
  const sim::Parallelism& p = s.parallel;
  EXPECT_THAT((std::vector<int>{p.tensor, p.pipeline, p.context, p.expert, p.virtual_stages}),
              ElementsAre(2, 3, 5, 7, 11));
  EXPECT_EQ(p.microbatch, 13);
  EXPECT_TRUE(p.sequence_parallel);
  EXPECT_EQ(p.schedule, "gpipe");
  EXPECT_EQ(p.mapping, "dp-tp-cp-pp");
  EXPECT_EQ(p.context_method, "all-to-all");
}

TEST(ScenarioOptions, WhatIsComputedReachesItsFields) {
  const sim::Scenario s =
      scenario({"--model", "resnet50", "--batch", "96", "--precision", "bf16", "--layout", "nchw",
                "--compiled", "--optimizer", "sgd", "--recompute", "full", "--stack", "a stack"});
  EXPECT_EQ(s.model.name, "resnet50");
  EXPECT_EQ(s.compute.batch, 96);
  EXPECT_EQ(s.compute.precision, topology::Precision::bf16);
  EXPECT_EQ(s.compute.layout, workloads::Layout::nchw);
  EXPECT_TRUE(s.compute.compiled);
  EXPECT_EQ(to_text(s.compute.optimizer), "sgd");
  EXPECT_EQ(to_text(s.compute.recompute), "full");
  EXPECT_EQ(s.compute.stack, "a stack");
  EXPECT_EQ(scenario({"--mode", "inference"}).compute.mode, workloads::Mode::inference);
}

TEST(ScenarioOptions, ShapesReachTheModel) {
  EXPECT_EQ(scenario({"--image", "64"}).model.input.height, 64);
  EXPECT_EQ(scenario({"--image", "64"}).model.input.width, 64);
  EXPECT_EQ(scenario({"--model", "bert-base", "--seq", "128"}).model.tokens_per_sample, 128);
}

TEST(ScenarioOptions, TransformersAreOptimizedByAdamUnlessTold) {
  EXPECT_EQ(to_text(scenario({"--model", "bert-base"}).compute.optimizer), "adam");
  EXPECT_EQ(to_text(scenario({"--model", "bert-base", "--optimizer", "sgd"}).compute.optimizer), "sgd");
}

TEST(ScenarioOptions, HowItRunsReachesItsFields) {
  const sim::Scenario s = scenario({"--global-batch",
                                    "512",
                                    "--accumulate",
                                    "4",
                                    "--depth",
                                    "message",
                                    "--unfold",
                                    "--bucket-mb",
                                    "2",
                                    "--overlap",
                                    "off",
                                    "--gradient-precision",
                                    "fp16",
                                    "--step-time",
                                    "215ms",
                                    "--samples-per-host",
                                    "2000",
                                    "--host-cores",
                                    "24",
                                    "--disk",
                                    "2GB/s",
                                    "--sample-bytes",
                                    "50kB",
                                    "--balance",
                                    "proportional"});
  EXPECT_EQ(s.global_batch, 512);
  EXPECT_EQ(s.accumulation, 4);
  EXPECT_EQ(s.depth, sim::Depth::message);
  EXPECT_TRUE(s.unfold);
  EXPECT_EQ(s.bucket, Bytes(2097152));  // 2 * 1024 * 1024
  EXPECT_FALSE(s.overlap);
  EXPECT_EQ(s.gradient_element, Bytes(2));
  ASSERT_TRUE(s.step_time);
  EXPECT_DOUBLE_EQ(s.step_time->value(), 0.215);
  EXPECT_EQ(s.host_samples_per_second, 2000);
  EXPECT_EQ(s.host_cores, 24);
  EXPECT_EQ(s.disk, BytesPerSecond(2e9));
  EXPECT_EQ(s.sample_on_disk, Bytes(50e3));
  EXPECT_EQ(s.balance, sim::Balance::proportional);
  EXPECT_EQ(s.compute.batch, 1) << "the batch per GPU follows from the global one";
}

TEST(ScenarioOptions, RealityDefaultsLeaveTheDataAlone) {
  const sim::RealityOptions r = scenario({}).reality;
  EXPECT_FALSE(r.failures_per_gpu_hour || r.restart || r.checkpoint || r.checkpoint_every || r.storage ||
               r.slow_hosts);
  EXPECT_EQ(r.evaluate_every, 0);
  EXPECT_EQ(r.evaluation_samples, 0);
  EXPECT_EQ(r.draws, 200);
  EXPECT_EQ(r.seed, 1u);
}

TEST(ScenarioOptions, RealityReachesItsFields) {
  const sim::RealityOptions r = scenario({"--failures-per-gpu-hour",
                                          "0.25",
                                          "--restart-time",
                                          "3min",
                                          "--checkpoint-time",
                                          "7s",
                                          "--checkpoint-every",
                                          "2h",
                                          "--storage",
                                          "5GB/s",
                                          "--evaluate-every",
                                          "11",
                                          "--evaluate-samples",
                                          "13",
                                          "--slow-hosts",
                                          "0.125",
                                          "--draws",
                                          "17",
                                          "--seed",
                                          "19"})
                                    .reality;
  EXPECT_EQ(r.failures_per_gpu_hour, 0.25);
  EXPECT_EQ(r.restart, Seconds(180));
  EXPECT_EQ(r.checkpoint, Seconds(7));
  EXPECT_EQ(r.checkpoint_every, Seconds(7200));
  EXPECT_EQ(r.storage, BytesPerSecond(5e9));
  EXPECT_EQ(r.evaluate_every, 11);
  EXPECT_EQ(r.evaluation_samples, 13);
  EXPECT_EQ(r.slow_hosts, 0.125);
  EXPECT_EQ(r.draws, 17);
  EXPECT_EQ(r.seed, 19u);
}

struct Limits {
  std::string option;
  std::vector<std::string> accepted, refused;
  std::string sentence;  ///< behind "--option VALUE: "
};

TEST(ScenarioOptions, LimitsAreIncludedAndWhatLiesBeyondIsRefused) {
  const std::string whole = "out of range; give a whole number between ";
  const std::string number = "give a number between ";
  const std::vector<Limits> table = {
      {"batch", {"1", "1000000000"}, {"0", "1000000001"}, whole + "1 and 1000000000"},
      {"global-batch", {"1", "1000000000"}, {"0", "1000000001"}, whole + "1 and 1000000000"},
      {"image", {"32"}, {"7", "100001"}, whole + "8 and 100000"},
      {"tp", {"1", "4096"}, {"0", "4097"}, whole + "1 and 4096"},
      {"pp", {"1", "4096"}, {"0", "4097"}, whole + "1 and 4096"},
      {"cp", {"1", "4096"}, {"0", "4097"}, whole + "1 and 4096"},
      {"ep", {"1", "4096"}, {"0", "4097"}, whole + "1 and 4096"},
      {"vpp", {"1", "1024"}, {"0", "1025"}, whole + "1 and 1024"},
      {"microbatch", {"1", "1000000000"}, {"0", "1000000001"}, whole + "1 and 1000000000"},
      {"accumulate", {"1", "1000000"}, {"0", "1000001"}, whole + "1 and 1000000"},
      {"draws", {"1", "1000000"}, {"0", "1000001"}, whole + "1 and 1000000"},
      {"seed", {"0", "9223372036854775807"}, {"-1"}, whole + "0 and 9223372036854775807"},
      {"bucket-mb", {"0.001", "1000000"}, {"0.0009", "1000001"}, number + "0.001 and 1000000"},
      {"failures-per-gpu-hour", {"0", "1"}, {"-0.1", "1.1"}, number + "0 and 1"},
      {"slow-hosts", {"0", "1"}, {"-0.1", "1.1", "nan"}, number + "0 and 1"},
      {"samples-per-host", {"0.001", "1e12"}, {"0.0009", "1.1e12"}, number + "0.001 and 1000000000000"},
      {"host-cores", {"0.001", "1e6"}, {"0", "1000001"}, number + "0.001 and 1000000"},
      {"restart-time", {"0s", "1s"}, {"-1s"}, "must be more than zero"},
      {"checkpoint-time", {"0s", "1s"}, {"-1s"}, "must be more than zero"},
      {"checkpoint-every", {"1s"}, {"0s", "-1s"}, "must be more than zero"},
      {"storage", {"1B/s"}, {"0B/s", "-1B/s"}, "must be more than zero"},
      {"disk", {"1B/s"}, {"0B/s", "-1B/s"}, "must be more than zero"},
      {"sample-bytes", {"1B"}, {"0B", "-1B"}, "must be more than zero"},
      {"step-time", {"1ns"}, {"0s", "-1s"}, "must be more than zero"},
  };
  for (const Limits& limits : table) {
    for (const std::string& value : limits.accepted)
      EXPECT_EQ(refusal({"--" + limits.option, value}), "not refused") << limits.option << " " << value;
    for (const std::string& value : limits.refused)
      EXPECT_EQ(refusal({"--" + limits.option, value}),
                "--" + limits.option + " " + value + ": " + limits.sentence);
  }
}

TEST(ScenarioOptions, SequencesAndEvaluationsHaveLimits) {
  EXPECT_EQ(refusal({"--model", "bert-base", "--seq", "0"}),
            "--seq 0: out of range; give a whole number between 1 and 100000000");
  EXPECT_EQ(refusal({"--model", "bert-base", "--seq", "100000001"}),
            "--seq 100000001: out of range; give a whole number between 1 and 100000000");
  EXPECT_EQ(refusal({"--evaluate-every", "0", "--evaluate-samples", "1"}),
            "--evaluate-every 0: out of range; give a whole number between 1 and 1000000000");
  EXPECT_EQ(
      refusal({"--evaluate-every", "1", "--evaluate-samples", "1000000000001"}),
      "--evaluate-samples 1000000000001: out of range; give a whole number between 1 and 1000000000000");
  EXPECT_EQ(refusal({"--evaluate-every", "1000000000", "--evaluate-samples", "1000000000000"}),
            "not refused");
}

TEST(ScenarioOptions, WhatBelongsTogetherOrExcludesEachOtherIsSaid) {
  const std::string both = "--evaluate-every and --evaluate-samples belong together: give both";
  EXPECT_EQ(refusal({"--evaluate-every", "5"}), both);
  EXPECT_EQ(refusal({"--evaluate-samples", "5"}), both);
  EXPECT_EQ(
      refusal({"--batch", "8", "--global-batch", "64"}),
      "--batch and --global-batch exclude each other: give the batch per GPU, or the batch of all GPUs");
}

TEST(ScenarioOptions, ChoicesAreThoseOfTheTable) {
  for (const auto& [option, choices] :
       std::vector<std::pair<std::string, std::string>>{{"precision", "fp32, tf32, fp16, bf16, fp8"},
                                                        {"layout", "nchw, nhwc"},
                                                        {"mode", "training, inference"},
                                                        {"optimizer", "sgd, momentum, adam"},
                                                        {"recompute", "none, selective, full"},
                                                        {"context-method", "ring, all-to-all"},
                                                        {"depth", "collective, message"},
                                                        {"overlap", "on, off"},
                                                        {"gradient-precision", "fp32, fp16, bf16"},
                                                        {"balance", "equal, proportional"}})
    EXPECT_THAT(refusal({"--" + option, "qqqqqqqq"}), HasSubstr("(one of " + choices + ")")) << option;
}

std::vector<sim::System> sized(std::vector<int> counts) {
  sim::System system;
  system.gpu_counts = std::move(counts);
  return {system};
}

std::vector<int> kept(std::vector<int> counts, int tensor, int pipeline, int context, int expert) {
  std::vector<sim::System> systems = sized(std::move(counts));
  sim::Parallelism parallel;
  parallel.tensor = tensor;
  parallel.pipeline = pipeline;
  parallel.context = context;
  parallel.expert = expert;
  keep_possible_sizes(systems, parallel);
  return systems[0].gpu_counts;
}

TEST(KeepPossibleSizes, OnlyWholeGroupsStay) {
  EXPECT_THAT(kept({1, 2, 3, 4}, 1, 1, 1, 1), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(kept({1, 2, 3, 4}, 2, 1, 1, 1), ElementsAre(2, 4));
  EXPECT_THAT(kept({1, 2, 3, 4}, 1, 3, 1, 1), ElementsAre(3));
  EXPECT_THAT(kept({2, 4, 8, 12, 24}, 2, 2, 2, 1), ElementsAre(8, 24));
  // Experts are divided over data and context ranks: 8 / 2 / 1 = 4 and 12 / 2 = 6 are multiples of 2 (2 / 2 =
  // 1 is not); with 4 experts groups 8 and 16 of 8, 12, 16 stay.
  EXPECT_THAT(kept({2, 4, 6, 8, 12}, 2, 1, 1, 2), ElementsAre(4, 8, 12));
  EXPECT_THAT(kept({8, 12, 16}, 1, 2, 1, 4), ElementsAre(8, 16));
  EXPECT_THAT(kept({8, 12, 16}, 1, 1, 2, 8), ElementsAre(8, 16));
  EXPECT_THAT(kept({1, 2, 3, 4}, 1, 1, 1, 2), ElementsAre(2, 4));
}

TEST(KeepPossibleSizes, AllStayWhereNoneIsPossible) {
  EXPECT_THAT(kept({1, 2, 3}, 5, 1, 1, 1), ElementsAre(1, 2, 3));
}

TEST(WithDefaultBatch, OnlyAnUnsaidBatchIsChosen) {
  const DataCatalogue data = DataCatalogue::embedded();
  for (const std::string option : {"--batch", "--global-batch"}) {
    const Options options = parse_words({option, "3"}, scenario_options());
    const sim::Scenario asked = scenario_from(options, data);
    EXPECT_EQ(with_default_batch(asked, sized({1}), options).compute.batch, asked.compute.batch);
  }
  const Options none = parse_words({}, scenario_options());
  std::vector<std::string> words = {"--system", "pcie", "--gpus", "1"};
  const Systems systems = systems_from(parse_words(words, system_options()), data);
  // A resnet18 with 256 images fits every card of the catalogue's servers.
  EXPECT_EQ(with_default_batch(scenario_from(none, data), systems.systems, none).compute.batch, 256);
}

}  // namespace
}  // namespace scalesim::cli
