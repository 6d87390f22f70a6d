// A prediction of made-up figures, each of them different: where every one stands in the text, the JSON and
// the CSV.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "report/documents/prediction.h"
#include "report/text/explanation_text.h"

namespace scalesim::report {
namespace {

sim::Point one_gpu() {
  sim::Point p;
  p.step = Seconds(0.5);
  p.compute = Seconds(0.375);
  p.optimizer = Seconds(0.125);
  p.throughput = 64;
  p.memory = Bytes(2e9);
  p.bottleneck = "compute";
  p.sustained_throughput = 64;
  return p;
}

sim::Point sixteen_gpus() {
  sim::Point p;
  p.gpus = 16;
  p.nodes = 2;
  p.step = Seconds(0.75);
  p.compute = Seconds(0.4375);
  p.communication = Seconds(0.25);
  p.exposed_communication = Seconds(0.1875);
  p.bubble = Seconds(0.0625);
  p.input = Seconds(0.03125);
  p.straggler = Seconds(0.015625);
  p.optimizer = Seconds(0.0078125);
  p.throughput = 700.5;
  p.speedup = 10.75;
  p.speedup_low = 9.5;
  p.speedup_high = 11.25;
  p.efficiency = 0.671875;
  p.marginal_efficiency = 0.65;
  p.memory = Bytes(3e9);
  p.fits = true;
  p.mfu = 0.28125;
  p.gpu_utilization = 0.59375;
  p.bottleneck = "network, \"slow\"";
  p.goodput = 0.9375;
  p.sustained_throughput = 656.5;
  p.mean_failure = Seconds(36000);
  p.checkpoint = Seconds(12);
  p.checkpoint_interval = Seconds(600);
  p.evaluation = Seconds(30);
  p.pace = "rtx3090";
  return p;
}

sim::Prediction prediction() {
  sim::Prediction answer;
  answer.model = "net";
  answer.parameters = 1234567;
  answer.macs = 2500000000;
  answer.flops_step = 1.5e10;
  answer.gpu = "rtx4090";
  answer.batch_per_gpu = 32;
  answer.precision = "fp16";
  answer.strategy = "ddp";
  answer.throughput_unit = "images/s";
  sim::Curve curve{"pcie x 2 nodes", "two servers", Provenance::calibrated, {one_gpu(), sixteen_gpus()}, {}};
  sim::Explanation e;
  e.gpus = 16;
  e.sensitivity = {{"network bandwidth", 0.046875}, {"GPU clock", -0.015625}};
  e.switches = {{"--compiled", 0.25}};
  e.first = "the network";
  e.layer = "conv1";
  e.layer_share = 0.375;
  curve.explanation = e;
  answer.curves = {curve};
  answer.inputs = {{"PCIe", 2.5e10, "B/s", "25 GB/s", Provenance::datasheet, "a table"}};
  answer.warnings = {"careful"};
  return answer;
}

plan::BoardPrices prices() { return {{plan::BoardPrice{{1000, "CNY"}, {1000.5, "CNY"}}, std::nullopt}}; }

TEST(PredictionDocuments, JsonHoldsEveryFigureUnderItsName) {
  const std::string expected = R"({
    "schema": "scalesim.prediction/1",
    "model": {"name": "net", "parameters": 1234567, "macs": 2500000000, "flops_step": 15000000000.0},
    "gpu": "rtx4090", "batch_per_gpu": 32, "precision": "fp16", "strategy": "ddp",
    "curves": [{"system": "pcie x 2 nodes", "description": "two servers", "provenance": "calibrated",
      "points": [
        {"gpus": 1, "nodes": 1, "step_s": 0.5, "compute_s": 0.375, "communication_s": 0.0,
         "exposed_communication_s": 0.0, "bubble_s": 0.0, "input_s": 0.0, "straggler_s": 0.0,
         "optimizer_s": 0.125, "throughput": 64.0, "throughput_unit": "images/s", "speedup": 1.0,
         "speedup_low": 1.0, "speedup_high": 1.0, "efficiency": 1.0, "marginal_efficiency": 1.0,
         "memory_bytes": 2000000000.0, "fits": true, "mfu": 0.0, "gpu_utilization": 0.0,
         "bottleneck": "compute", "goodput": 1.0, "sustained_throughput": 64.0, "mean_failure_s": null,
         "checkpoint_s": 0.0, "checkpoint_interval_s": null, "evaluation_s": 0.0, "pace": null,
         "cost": {"amount": 1000.0, "currency": "CNY"},
         "cost_per_speedup": {"amount": 1000.5, "currency": "CNY"}},
        {"gpus": 16, "nodes": 2, "step_s": 0.75, "compute_s": 0.4375, "communication_s": 0.25,
         "exposed_communication_s": 0.1875, "bubble_s": 0.0625, "input_s": 0.03125, "straggler_s": 0.015625,
         "optimizer_s": 0.0078125, "throughput": 700.5, "throughput_unit": "images/s", "speedup": 10.75,
         "speedup_low": 9.5, "speedup_high": 11.25, "efficiency": 0.671875, "marginal_efficiency": 0.65,
         "memory_bytes": 3000000000.0, "fits": true, "mfu": 0.28125, "gpu_utilization": 0.59375,
         "bottleneck": "network, \"slow\"", "goodput": 0.9375, "sustained_throughput": 656.5,
         "mean_failure_s": 36000.0, "checkpoint_s": 12.0, "checkpoint_interval_s": 600.0,
         "evaluation_s": 30.0, "pace": "rtx3090", "cost": null, "cost_per_speedup": null}],
      "explanation": {"gpus": 16,
        "sensitivity": [{"what": "network bandwidth", "gain": 0.046875},
                        {"what": "GPU clock", "gain": -0.015625}],
        "switches": [{"what": "--compiled", "gain": 0.25}],
        "first": "the network", "layer": "conv1", "layer_share": 0.375}}],
    "inputs": [{"name": "PCIe", "value": 25000000000.0, "unit": "B/s", "text": "25 GB/s",
                "provenance": "datasheet", "source": "a table"}],
    "warnings": ["careful"]})";
  EXPECT_EQ(prediction_json(prediction(), prices()), nlohmann::ordered_json::parse(expected).dump(2) + "\n");
}

TEST(PredictionDocuments, JsonSaysNullForWhatIsNotExplained) {
  sim::Prediction answer = prediction();
  answer.curves[0].explanation->first.clear();
  answer.curves[0].explanation->layer.clear();
  auto document = nlohmann::json::parse(prediction_json(answer, prices()));
  EXPECT_TRUE(document["curves"][0]["explanation"]["first"].is_null());
  EXPECT_TRUE(document["curves"][0]["explanation"]["layer"].is_null());
  answer.curves[0].explanation.reset();
  document = nlohmann::json::parse(prediction_json(answer, prices()));
  EXPECT_TRUE(document["curves"][0]["explanation"].is_null());
  EXPECT_FALSE(document.contains("explore"));
}

// The price of one GPU is that of the first point over its GPUs: 1000 / 4.
TEST(PredictionDocuments, JsonHoldsTheGridWithThePriceOfOneGpu) {
  sim::Prediction answer = prediction();
  answer.grid = sim::Grid{{8, 16}, {0.5, 1}, {{"pcie", {4, 8}, {1.5, std::nullopt}, {std::nullopt, 90.5}}}};
  const auto grid = nlohmann::ordered_json::parse(prediction_json(answer, prices()))["explore"];
  const std::string expected = R"({"batches": [8, 16], "bandwidth_factors": [0.5, 1.0],
    "systems": [{"system": "pcie", "gpus": [4, 8], "gpu_price": {"amount": 250.0, "currency": "CNY"},
                 "speedup": [1.5, null], "throughput": [null, 90.5]}]})";
  EXPECT_EQ(grid.dump(), nlohmann::ordered_json::parse(expected).dump());
  plan::BoardPrices unpriced = prices();
  unpriced[0][0].reset();
  EXPECT_TRUE(nlohmann::json::parse(prediction_json(answer, unpriced))["explore"]["systems"][0]["gpu_price"]
                  .is_null());
}

TEST(PredictionDocuments, CsvHoldsOneLineForEachPoint) {
  EXPECT_EQ(prediction_csv(prediction()),
            "system,gpus,nodes,step_s,compute_s,communication_s,exposed_communication_s,straggler_s,"
            "optimizer_s,throughput,speedup,speedup_low,speedup_high,efficiency,marginal_efficiency,"
            "memory_bytes,fits,bottleneck,bubble_s,input_s,mfu,gpu_utilization,goodput,"
            "sustained_throughput\n"
            "\"pcie x 2 nodes\",1,1,0.5,0.375,0,0,0,0.125,64,1,1,1,1,1,2000000000,true,\"compute\",0,0,0,0,"
            "1,64\n"
            "\"pcie x 2 nodes\",16,2,0.75,0.4375,0.25,0.1875,0.015625,0.0078125,700.5,10.75,9.5,11.25,"
            "0.671875,0.65,3000000000,true,\"network, \"\"slow\"\"\",0.0625,0.03125,0.28125,0.59375,0.9375,"
            "656.5\n");
}

// Efficiency .671875 is 67.2 %; 64 and 700.5 images a second without decimals (700.5 to the even 700);
// changes .046875 and -.015625 are +4.7 % and -1.6 %.
TEST(PredictionDocuments, TextHoldsTheTableItsExplanationAndTheInputs) {
  EXPECT_EQ(
      prediction_text(prediction(), prices()),
      "net: 1,234,567 parameters, 2.500 GMACs per sample; batch 32 per GPU, fp16, ddp\n\n"
      "pcie x 2 nodes: two servers [network calibrated]\n"
      "  GPUs  nodes    step  exposed comm  images/s  speed-up (low..high)  efficiency  each added GPU brings"
      "  price per speed-up  limited by\n"
      "     1      1  500 ms           0 s        64     1.00 (1.00..1.00)     100.0 %                100.0 %"
      "           1,000 CNY  compute\n"
      "    16      2  750 ms        188 ms       700   10.75 (9.50..11.25)      67.2 %                 65.0 %"
      "            no price  network, \"slow\"\n"
      "  over weeks, 16 GPUs: 93.8 % of the time trains, 656 images/s; a failure every 10.0 h, a checkpoint "
      "of 12.0 s every 600 s, an evaluation takes 30.0 s\n"
      "  the others wait for rtx3090\n"
      "  10 % more at 16 GPUs brings: network bandwidth +4.7 %, GPU clock -1.6 %\n"
      "  switches: --compiled +25.0 %\n"
      "  longest layer: conv1, 37.5 % of the compute\n"
      "  change first: the network\n"
      "\n"
      "Where the numbers come from\n"
      "  input    value  known by   source\n"
      "  PCIe   25 GB/s  datasheet  a table\n");
}

TEST(PredictionDocuments, ColumnsOfNodesAndPricesComeOnlyWhereTheySaySomething) {
  sim::Prediction answer = prediction();
  answer.curves[0].points[1].nodes = 1;
  const plan::BoardPrices none = {{std::nullopt, std::nullopt}};
  const std::string text = prediction_text(answer, none);
  EXPECT_EQ(text.find("nodes    step"), std::string::npos);
  EXPECT_EQ(text.find("price"), std::string::npos);
  EXPECT_NE(text.find("  GPUs    step  exposed comm"), std::string::npos);
}

TEST(PredictionDocuments, APointThatDoesNotFitSaysWhatItNeeds) {
  sim::Prediction answer = prediction();
  answer.curves[0].points[1].fits = false;
  EXPECT_NE(prediction_text(answer, prices()).find("no price  does not fit: needs 3.00 GB\n"),
            std::string::npos);
}

TEST(PredictionDocuments, ParametersAreGroupedByThousands) {
  sim::Prediction answer = prediction();
  for (const auto& [number, text] : std::vector<std::pair<std::int64_t, std::string>>{
           {7, "7"}, {999, "999"}, {1000, "1,000"}, {123456, "123,456"}, {1000000, "1,000,000"}}) {
    answer.parameters = number;
    EXPECT_EQ(prediction_text(answer, prices()).substr(0, 5 + text.size() + 12),
              "net: " + text + " parameters,");
  }
}

TEST(ExplanationText, NothingIsSaidOfAnEmptyCurve) {
  EXPECT_EQ(explanation_text(sim::Curve{}, "images/s"), "");
}

TEST(ExplanationText, OnlyWhatHappensIsSaid) {
  sim::Curve curve;
  curve.points = {one_gpu()};
  EXPECT_EQ(explanation_text(curve, "images/s"),
            "  over weeks, 1 GPU: 100.0 % of the time trains, 64 images/s\n");
  curve.explanation = sim::Explanation{};
  EXPECT_EQ(explanation_text(curve, "images/s"),
            "  over weeks, 1 GPU: 100.0 % of the time trains, 64 images/s\n"
            "  10 % more at 1 GPU brings: \n"
            "  nothing to change brings more than half a per cent\n");
}

TEST(ExplanationText, TheLargestPointThatFitsIsToldElseTheLargest) {
  sim::Curve curve;
  curve.points = {one_gpu(), sixteen_gpus()};
  curve.points[1].fits = false;
  EXPECT_EQ(explanation_text(curve, "images/s").substr(0, 20), "  over weeks, 1 GPU:");
  curve.points[0].fits = false;
  EXPECT_EQ(explanation_text(curve, "images/s").substr(0, 22), "  over weeks, 16 GPUs:");
}

}  // namespace
}  // namespace scalesim::report
