// A network of two layers with made-up times and memory: every figure of its text and its JSON, and of
// networks beside each other.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "report/documents/model_report.h"
#include "report/text/width.h"
#include "workloads/model/counts.h"

namespace scalesim::report {
namespace {

using testing::HasSubstr;
using workloads::Layer;
using workloads::Op;

/// 16 filters of 3 x 3 x 3 with a step of 2: 432 parameters, 16 * 4 * 4 * 27 = 6912 MACs; reads 3 * 8 * 8 +
/// 432 = 624 and writes 256 elements.
Layer convolution() {
  Layer layer;
  layer.name = "conv1";
  layer.op = Op::conv;
  layer.input = {3, 8, 8};
  layer.output = {16, 4, 4};
  layer.kernel_h = layer.kernel_w = 3;
  layer.stride = 2;
  layer.parameters = {{"weight", 432}};
  layer.sources = {-1};
  return layer;
}

/// 16 x 10 weights and 10 biases, 160 MACs; reads 16 + 170 = 186 and writes 10 elements.
Layer classifier() {
  Layer layer;
  layer.name = "fc";
  layer.op = Op::linear;
  layer.input = {16, 1, 1};
  layer.output = {10, 1, 1};
  layer.batch = layer.m = 1;
  layer.k = 16;
  layer.n = 10;
  layer.parameters = {{"weight", 160}, {"bias", 10}};
  layer.sources = {0};
  return layer;
}

ModelReport untimed() {
  ModelReport r;
  r.model.name = "net";
  r.model.input = {3, 8, 8};
  r.model.layers = {convolution(), classifier()};
  r.model.source = "a paper";
  r.settings.batch = 32;
  r.memory = {Bytes(1e9), Bytes(2e9), Bytes(4e9), Bytes(8e9), Bytes(0)};
  return r;
}

ModelReport timed() {
  ModelReport r = untimed();
  r.gpu.emplace();
  r.gpu->name = "rtx";
  r.gpu->product = "NVIDIA RTX";
  r.gpu->memory = Bytes(10e9);
  r.gpu->memory_bandwidth = BytesPerSecond(5e11);
  r.gpu->peak[topology::Precision::fp16] = FlopsPerSecond(2e14);
  workloads::StepTime t;
  t.layers = {{Seconds(0.001), Seconds(0.002), workloads::Bound::arithmetic},
              {Seconds(0.0005), Seconds(0.0015), workloads::Bound::memory}};
  t.forward = Seconds(0.0015);
  t.backward = Seconds(0.0035);
  t.optimizer = Seconds(0.001);
  t.launch = Seconds(0.008);
  t.relative_error = 0.25;
  r.time = t;
  r.advice = {{"alignment", "one two three", {1}, Seconds(0.5)}, {"groups", "four", {0, 1}, {}}};
  return r;
}

// 32 in 8 ms are 4000 a second; kernels run 1.5 + 3.5 + 1 = 6 of the 8 ms.
TEST(ModelReport, RatesFollowFromTheLongerOfKernelsAndLaunches) {
  EXPECT_DOUBLE_EQ(timed().samples_per_second(), 4000);
  EXPECT_DOUBLE_EQ(timed().gpu_utilization(), 0.75);
  ModelReport busy = timed();
  busy.time->launch = Seconds(0.001);
  EXPECT_DOUBLE_EQ(busy.gpu_utilization(), 1);
}

const std::string kTotals =
    "net: 602 parameters, 7.07 k MACs, 2.15 kB moved, 266 activations for one sample of 3 x 8 x 8\n"
    "  a paper\n\n";
const std::string kMemory =
    "Memory: 15.0 GB = weights 1.00 GB + gradients 2.00 GB + optimizer 4.00 GB + activations 8.00 GB\n";

// Two bytes an element: (624 + 256) * 2 = 1760 and (186 + 10) * 2 = 392 bytes.
TEST(ModelText, CountsWithoutTimes) {
  EXPECT_EQ(model_text(untimed(), 200, false),
            kTotals +
                "  layer  op          output      params    MACs    moved\n"
                "  conv1  conv 3x3/2  16 x 4 x 4     432  6.91 k  1.76 kB\n"
                "  fc     linear      10             170     160    392 B\n\n" +
                kMemory);
}

TEST(ModelText, TimesOfATrainingStep) {
  ModelReport r = timed();
  r.settings.compiled = true;
  EXPECT_EQ(model_text(r, 200, false),
            kTotals +
                "  layer  op          output      params    MACs    moved  forward  backward  bound by\n"
                "  conv1  conv 3x3/2  16 x 4 x 4     432  6.91 k  1.76 kB  1.00 ms   2.00 ms  arithmetic\n"
                "  fc     linear      10             170     160    392 B   500 us   1.50 ms  memory\n\n"
                "Training step on NVIDIA RTX, batch 32, fp16, nhwc, compiled: 8.00 ms (within 25 %), 4000 "
                "images/s, "
                "GPU busy 75 % of the time\n"
                "  forward 1.50 ms, backward 3.50 ms, optimizer 1.00 ms, launching 8.00 ms\n" +
                kMemory +
                "  does not fit 10.0 GB of NVIDIA RTX: the largest part is activations; a smaller --batch or "
                "--recompute full makes it fit\n"
                "What makes it slow\n  - one two three\n  - four\n");
}

TEST(ModelText, InferenceHasNoBackward) {
  ModelReport r = timed();
  r.settings.mode = workloads::Mode::inference;
  const std::string text = model_text(r, 200, false);
  EXPECT_THAT(text, HasSubstr("Inference on NVIDIA RTX, batch 32, fp16, nhwc: 8.00 ms"));
  EXPECT_THAT(text, HasSubstr("\n  kernels 1.50 ms, launching 8.00 ms\n"));
  EXPECT_THAT(text, HasSubstr("forward  bound by\n"));
}

TEST(ModelText, MemoryThatFitsIsNotComplainedOf) {
  ModelReport r = timed();
  r.gpu->memory = Bytes(15e9);
  EXPECT_THAT(model_text(r, 200, false), testing::Not(HasSubstr("does not fit")));
  r.gpu->memory = Bytes(14.9e9);
  EXPECT_THAT(model_text(r, 200, false), HasSubstr("does not fit 14.9 GB"));
  r.memory.weights = Bytes(9e9);
  EXPECT_THAT(
      model_text(r, 200, false),
      HasSubstr("the largest part is weights; shard it over more GPUs (--strategy fsdp, --tp, --pp)\n"));
}

TEST(ModelText, AdviceIsWrappedBehindItsDash) {
  ModelReport r = timed();
  EXPECT_THAT(model_text(r, 11, false), HasSubstr("  - one two\n    three\n  - four\n"));
  EXPECT_THAT(model_text(r, 10, false), HasSubstr("  - one\n    two\n    three\n  - four\n"));
}

TEST(ModelText, RatesBelowAHundredKeepThreeDigits) {
  ModelReport r = timed();
  r.settings.batch = 1;
  r.time->launch = Seconds(1 / 99.94);
  EXPECT_THAT(model_text(r, 200, false), HasSubstr(" 99.9 images/s"));
  r.time->launch = Seconds(1 / 100.4);
  EXPECT_THAT(model_text(r, 200, false), HasSubstr(" 100 images/s"));
}

std::string op_of(const Layer& layer) {
  ModelReport r = untimed();
  r.model.layers = {layer};
  const std::string text = model_text(r, 200, false);
  const std::size_t row = text.find("\n  conv1  ") + 10;
  return text.substr(row, text.find("  ", row) - row);
}

TEST(ModelText, OperatorsAreNamedWithWhatMattersOfThem) {
  Layer layer = convolution();
  layer.stride = 1;
  layer.kernel_w = 5;
  EXPECT_EQ(op_of(layer), "conv 3x5");
  layer.groups = 3;
  EXPECT_EQ(op_of(layer), "conv 3x5 depthwise");
  layer.input.channels = 6;
  EXPECT_EQ(op_of(layer), "conv 3x5 g3");
  layer.op = Op::activation;
  layer.kind = "relu";
  EXPECT_EQ(op_of(layer), std::string(to_text(Op::activation)) + " relu");
  layer.kind.clear();
  EXPECT_EQ(op_of(layer), to_text(Op::activation));
}

TEST(ModelText, ShapesLeaveOutWhatIsOne) {
  ModelReport r = untimed();
  r.model.tokens_per_sample = 7;
  r.model.input = {5, 1, 7};
  EXPECT_THAT(model_text(r, 200, false), HasSubstr("for one sequence of 5 x 7\n"));
  r.model.input = {5, 7, 1};
  EXPECT_THAT(model_text(r, 200, false), HasSubstr(" of 5 x 7 x 1\n"));
  r.model.source.clear();
  EXPECT_THAT(model_text(r, 200, false), HasSubstr(" of 5 x 7 x 1\n\n  layer"));
}

TEST(ModelText, EqualBlocksAreShownOnceUnlessAllAreAskedFor) {
  ModelReport r = untimed();
  r.model.layers.pop_back();
  for (int block = 0; block < 3; ++block) {
    Layer layer = classifier();
    layer.name = "block" + std::to_string(block);
    layer.block = block;
    r.model.layers.push_back(layer);
  }
  const std::string folded = model_text(r, 200, false);
  EXPECT_THAT(folded, HasSubstr("block0 (x3)"));
  EXPECT_THAT(folded, testing::Not(HasSubstr("block1")));
  const std::string all = model_text(r, 200, true);
  EXPECT_THAT(all, HasSubstr("block2"));
  EXPECT_THAT(all, testing::Not(HasSubstr("(x")));
  r.model.layers[2].output.channels = 11;
  EXPECT_THAT(model_text(r, 200, false), testing::Not(HasSubstr("(x"))) << "a block in between differs";
  r.model.layers[2].output.channels = 10;
  r.model.layers[3].parameters[1].elements = 11;
  EXPECT_THAT(model_text(r, 200, false), HasSubstr("block0 (x2)"));
}

// A layer before the blocks that happens to be equal to them is a row of its own: 1 + 3 layers, not 4 of one.
TEST(ModelText, ALayerOutsideTheBlocksIsNotCountedAmongThem) {
  ModelReport r = untimed();
  for (int block = 0; block < 3; ++block) {
    Layer layer = classifier();
    layer.name = "block" + std::to_string(block);
    layer.block = block;
    r.model.layers.push_back(layer);
  }
  const std::string text = model_text(r, 200, false);
  EXPECT_THAT(text, HasSubstr("block0 (x3)"));
  EXPECT_THAT(text, testing::Not(HasSubstr("fc (x")));
}

TEST(ModelText, NamesGiveWayFromTheirBeginning) {
  ModelReport r = untimed();
  r.model.layers[1].name = std::string(60, 'a') + "end";
  EXPECT_THAT(model_text(r, 200, false), HasSubstr("  ~" + std::string(44, 'a') + "end  linear"));
  r.model.layers[1].name = std::string(45, 'a') + "end";
  EXPECT_THAT(model_text(r, 200, false), HasSubstr("  " + std::string(45, 'a') + "end  linear")) << "48 fit";
  // The widest line has 2 + 48 columns of name and 48 of the others: in 80 the name keeps 30.
  const std::string narrow = model_text(r, 80, false);
  EXPECT_THAT(narrow, HasSubstr("  ~"));
  const std::size_t row = narrow.find("  ~");
  EXPECT_EQ(display_width(narrow.substr(row, narrow.find('\n', row) - row)), 80u);
}

TEST(ModelJson, HoldsEveryFigureUnderItsName) {
  ModelReport r = timed();
  r.memory.buffers = Bytes(16e9);
  const auto document = nlohmann::ordered_json::parse(model_json(r));
  auto expected = nlohmann::ordered_json::parse(R"({"schema": "scalesim.model/1", "name": "net",
    "parameters": 602, "macs": 7072, "mac_bytes": 2152.0, "activations": 266, "input": [3, 8, 8],
    "source": "a paper", "gpu": "rtx",
    "roofline": {"flops_per_s": 200000000000000.0, "bytes_per_s": 500000000000.0},
    "mode": "training", "batch": 32, "precision": "fp16", "latency_s": 0.008, "throughput": 4000.0,
    "throughput_unit": "images/s", "gpu_utilization": 0.75,
    "memory_bytes": {"total": 31000000000.0, "weights": 1000000000.0, "gradients": 2000000000.0,
                     "optimizer": 4000000000.0, "activations": 8000000000.0, "buffers": 16000000000.0},
    "layers": [
      {"name": "conv1", "op": "conv", "kind": "", "output": [16, 4, 4], "parameters": 432, "macs": 6912,
       "mac_bytes": 1760.0, "read_bytes": 1248.0, "write_bytes": 512.0, "kept_bytes": 0, "intensity": 0,
       "forward_s": 0.001, "backward_s": 0.002, "bound": "arithmetic"},
      {"name": "fc", "op": "linear", "kind": "", "output": [10, 1, 1], "parameters": 170, "macs": 160,
       "mac_bytes": 392.0, "read_bytes": 372.0, "write_bytes": 20.0, "kept_bytes": 0, "intensity": 0,
       "forward_s": 0.0005, "backward_s": 0.0015, "bound": "memory"}],
    "advice": [{"code": "alignment", "text": "one two three", "layers": ["fc"], "at_stake_s": 0.5},
               {"code": "groups", "text": "four", "layers": ["conv1", "fc"]}]})");
  const std::vector<double> kept = workloads::kept_for_backward(r.model, {2, true});
  for (std::size_t i = 0; i < 2; ++i) expected["layers"][i]["kept_bytes"] = kept[i];
  expected["layers"][0]["intensity"] = 2 * 6912 / 1760.0;  // FLOP for each byte
  expected["layers"][1]["intensity"] = 2 * 160 / 392.0;
  EXPECT_EQ(document.dump(2), expected.dump(2));
}

TEST(ModelJson, WithoutAGpuThereAreNoTimes) {
  ModelReport r = untimed();
  r.model.tokens_per_sample = 128;
  const auto document = nlohmann::json::parse(model_json(r));
  for (const char* name : {"gpu", "roofline", "latency_s", "throughput", "gpu_utilization"})
    EXPECT_FALSE(document.contains(name)) << name;
  EXPECT_FALSE(document["layers"][0].contains("forward_s"));
  EXPECT_EQ(document["tokens_per_sample"], 128);
}

ModelReport named(const std::string& name, double launch, std::int64_t classes) {
  ModelReport r = timed();
  r.model.name = name;
  r.time->launch = Seconds(launch);
  r.model.layers[1].n = classes;
  return r;
}

// "small" has 6912 + 160 MACs, "large" 6912 + 16 * 1000 = 22912, 3.2 times as many; 20 over 10 ms.
// Training computes 3 passes of two FLOP a MAC: 6 * 7072 * 32 / 20 ms = 67.9 M and 6 * 22912 * 32 / 10 ms =
// 440 M a second.
TEST(ComparisonText, RanksByLatencyAndTellsTheInversion) {
  EXPECT_EQ(comparison_text({named("small", 0.02, 10), named("large", 0.01, 1000)}),
            "Training on NVIDIA RTX, batch 32, fp16: fastest first\n"
            "  model     MACs  params    moved  activations  latency  samples/s  GPU busy       FLOP/s\n"
            "  large  22.91 k     602  2.15 kB          266  10.0 ms       3200      60 %   440 MFLOPS\n"
            "  small   7.07 k     602  2.15 kB          266  20.0 ms       1600      30 %  67.9 MFLOPS\n"
            "Fewer FLOPs are not lower latency: small has 3.2 times fewer MACs than large, yet takes 2.00 "
            "times as long.\n");
}

TEST(ComparisonText, InferenceIsOnePass) {
  ModelReport r = named("net", 0.02, 10);
  r.settings.mode = workloads::Mode::inference;
  const std::string text = comparison_text({r});
  EXPECT_THAT(text, testing::StartsWith("Inference on NVIDIA RTX"));
  EXPECT_THAT(text, HasSubstr("22.6 MFLOPS"));  // 2 * 7072 * 32 / 20 ms
  EXPECT_THAT(text, testing::Not(HasSubstr("Fewer")));
}

TEST(ComparisonText, WithoutTimesFewestMacsComeFirst) {
  ModelReport more = untimed(), less = untimed();
  more.model.name = "more";
  more.model.layers[1].n = 1000;
  less.model.name = "less";
  EXPECT_EQ(comparison_text({more, less}),
            "  model     MACs  params    moved  activations\n"
            "  less    7.07 k     602  2.15 kB          266\n"
            "  more   22.91 k     602  2.15 kB          266\n");
}

TEST(ComparisonJson, IsInTheSameOrder) {
  const auto document =
      nlohmann::ordered_json::parse(comparison_json({named("small", 0.02, 10), named("large", 0.01, 1000)}));
  EXPECT_EQ(document["schema"], "scalesim.comparison/1");
  EXPECT_EQ(document["gpu"], "rtx");
  EXPECT_EQ(document["batch"], 32);
  EXPECT_EQ(document["models"][0].dump(),
            nlohmann::ordered_json::parse(R"({"name": "large", "parameters": 602, "macs": 22912,
              "mac_bytes": 2152.0, "activations": 266, "latency_s": 0.01, "throughput": 3200.0,
              "throughput_unit": "images/s", "gpu_utilization": 0.6})")
                .dump());
  EXPECT_EQ(document["models"][1]["name"], "small");
  ModelReport more = untimed(), less = untimed();
  more.model.layers[1].n = 1000;
  less.model.name = "less";
  EXPECT_EQ(nlohmann::json::parse(comparison_json({more, less}))["models"][0]["name"], "less");
}

}  // namespace
}  // namespace scalesim::report
