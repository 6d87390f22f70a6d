// The simulator at the sizes peers were measured at (time and memory of peers beside each: label).
#include <benchmark/benchmark.h>

#include <string>
#include <utility>
#include <vector>

#include "core/error.h"
#include "sim/engine/message_engine.h"
#include "sim/evaluate/step_evaluator.h"
#include "topology/system/load_cluster.h"
#include "workloads/load/load_model.h"

namespace {

using namespace scalesim;

sim::MessageCosts astra_costs() {
  sim::MessageCosts costs;
  costs.latency = 500;
  costs.bandwidth = 50.0 * 1073741824 / 1e9;
  costs.endpoint = 10;
  costs.reduction = 1600;
  costs.reduction_passes = 3;
  costs.quantum = 1;
  return costs;
}

void ring_of_messages(benchmark::State& state) {
  const int ranks = static_cast<int>(state.range(0));
  std::int64_t events = 0;
  for (auto _ : state) {
    const auto result = sim::simulate_messages(sim::MessagePattern::ring_all_reduce, ranks,
                                               Bytes(64.0 * 1048576), 4, astra_costs(), sim::LinkMap(ranks));
    benchmark::DoNotOptimize(result.time);
    events += result.events;
  }
  state.counters["events/s"] = benchmark::Counter(static_cast<double>(events), benchmark::Counter::kIsRate);
  state.SetLabel(ranks == 1024 ? "ASTRA-sim unaware: 14.1 CPU s, 356 MiB; LogGOPSim: 1.5-1.9 M events/s"
                               : "ASTRA-sim unaware: no result after 115 CPU s, 5.5 GiB");
}
BENCHMARK(ring_of_messages)->Arg(1024)->Arg(4096)->Unit(benchmark::kMillisecond)->Iterations(1);

/// One step of a transformer, TP 8 x PP 16 x DP, from the model's name to the parts of the step.
void transformer_step(benchmark::State& state, const char* model) {
  const DataCatalogue data = DataCatalogue::embedded();
  const int gpus = static_cast<int>(state.range(0));
  sim::Scenario scenario;
  scenario.model = workloads::load_model(model, {}, data);
  scenario.compute.precision = topology::Precision::bf16;
  scenario.compute.optimizer = workloads::Optimizer::adam;
  scenario.strategy = "zero1";
  scenario.parallel.tensor = 8;
  scenario.parallel.pipeline = 16;
  scenario.parallel.sequence_parallel = true;
  scenario.global_batch = 16L * (gpus / 128);
  sim::System system;
  topology::ClusterOptions options;
  options.nodes = gpus / 8;
  system.cluster = topology::load_cluster("dgx-h100", options, data);
  system.collectives = comm::make_nccl_model(system.cluster, data);
  for (auto _ : state) {
    sim::StepEvaluator simulator(scenario, system, data, {});
    benchmark::DoNotOptimize(simulator.outcome(gpus).step);
  }
}
BENCHMARK_CAPTURE(transformer_step, gpt3_175b, "gpt3-175b")
    ->Arg(16384)
    ->Arg(131072)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(transformer_step, llama3_405b, "llama3-405b")->Arg(16128)->Unit(benchmark::kMillisecond);

/// What a search asks: one strategy, divisions and schedules of one kind, those that fit in memory.
struct Search {
  const char* strategy;
  const char* model = "gpt3-175b";
  std::vector<int> tensor = {1, 2, 4, 8};
  std::vector<int> pipeline = {1};
  std::vector<int> context = {1};
  std::vector<int> expert = {1};
  std::vector<int> virtual_stages = {1};
  const char* schedule = "1f1b";
};

std::vector<sim::Parallelism> divisions(const Search& search) {
  std::vector<sim::Parallelism> result;
  sim::Parallelism p;
  p.schedule = search.schedule;
  for (const int tensor : search.tensor)
    for (const int pipeline : search.pipeline)
      for (const int context : search.context)
        for (const int expert : search.expert)
          for (const int chunks : search.virtual_stages)
            for (p.microbatch = 1; p.microbatch <= 8; p.microbatch *= 2) {
              p.tensor = tensor;
              p.pipeline = pipeline;
              p.context = context;
              p.expert = expert;
              p.virtual_stages = chunks;
              p.sequence_parallel = tensor > 1;
              result.push_back(p);
            }
  return result;
}

bool can_be(sim::StepEvaluator& model, const sim::Configuration& c) {
  try {
    model.configure(c);
    if (model.memory(c.gpus) > Bytes(80e9)) return false;
    model.outcome(c.gpus);  // compute times, once
    return true;
  } catch (const InputError&) {  // a division that this batch or this model does not allow
    return false;
  }
}

std::vector<sim::Configuration> fitting(sim::StepEvaluator& model, const Search& search) {
  using workloads::Recompute;
  std::vector<sim::Configuration> result;
  sim::Configuration c;
  c.gpus = 64;
  c.strategy = search.strategy;
  for (const sim::Parallelism& division : divisions(search))
    for (const Recompute recompute : {Recompute::none, Recompute::selective, Recompute::full})
      for (const bool overlap : {true, false}) {
        c.parallel = division;
        c.recompute = recompute;
        c.overlap = overlap;
        if (can_be(model, c)) result.push_back(c);
      }
  return result;
}

/// 64 H100, a batch of 1,536.
void evaluations(benchmark::State& state, const Search& search) {
  const DataCatalogue data = DataCatalogue::embedded();
  sim::Scenario scenario;
  scenario.model = workloads::load_model(search.model, {}, data);
  scenario.compute.precision = topology::Precision::bf16;
  scenario.compute.optimizer = workloads::Optimizer::adam;
  scenario.global_batch = 1536;
  sim::System system;
  topology::ClusterOptions options;
  options.nodes = 8;
  system.cluster = topology::load_cluster("dgx-h100", options, data);
  system.collectives = comm::make_nccl_model(system.cluster, data);
  sim::StepEvaluator model(scenario, system, data, sim::load_step_constants(data));
  const std::vector<sim::Configuration> all = fitting(model, search);
  if (all.empty()) return state.SkipWithError("no configuration fits in memory");
  std::int64_t asked = 0;
  for (auto _ : state) {
    for (const sim::Configuration& c : all) benchmark::DoNotOptimize(model.evaluate(c).outcome.step);
    asked += static_cast<std::int64_t>(all.size());
  }
  using benchmark::Counter;
  state.counters["evaluations/s"] = Counter(static_cast<double>(asked), Counter::kIsRate);
  state.counters["each"] = Counter(static_cast<double>(asked), Counter::kIsRate | Counter::kInvert);
  state.counters["configurations"] = static_cast<double>(all.size());
  state.SetLabel("LLM Cluster Simulator: 6-8 k/s, Calculon: 64-162/s");
}

const std::vector<int> kPipelines = {2, 4, 8, 16};
const std::vector<int> kGroups = {2, 4, 8};

/// Whole parameters on one GPU want a smaller model.
const std::pair<const char*, Search> kSearches[] = {
    {"ddp", {"ddp", "gpt3-13b"}},
    {"zero1", {"zero1", "gpt3-13b"}},
    {"zero2", {"zero2", "gpt3-13b"}},
    {"zero3", {"zero3"}},
    {"fsdp", {"fsdp"}},
    {"hsdp", {"hsdp"}},
    {"tensor", {"ddp", "gpt3-13b", {2, 4, 8}}},
    {"pipeline_gpipe", {"ddp", "gpt3-13b", {1, 2, 4, 8}, kPipelines, {1}, {1}, {1}, "gpipe"}},
    {"pipeline_1f1b", {"ddp", "gpt3-175b", {1, 2, 4, 8}, kPipelines}},
    {"pipeline_interleaved",
     {"ddp", "gpt3-175b", {1, 2, 4, 8}, kPipelines, {1}, {1}, {2, 3, 4}, "interleaved"}},
    {"pipeline_zero_bubble", {"ddp", "gpt3-175b", {1, 2, 4, 8}, kPipelines, {1}, {1}, {1}, "zero-bubble"}},
    {"pipeline_zero1", {"zero1", "gpt3-175b", {1, 2, 4, 8}, kPipelines}},
    {"pipeline_zero2", {"zero2", "gpt3-175b", {1, 2, 4, 8}, kPipelines}},
    {"context", {"zero1", "gpt3-13b", {1, 2, 4, 8}, {1}, kGroups}},
    {"context_pipeline", {"zero1", "gpt3-175b", {1, 2, 4, 8}, kPipelines, kGroups}},
    {"context_fsdp", {"fsdp", "gpt3-175b", {1, 2, 4, 8}, {1}, kGroups}},
    {"expert", {"zero1", "mixtral-8x7b", {1, 2, 4, 8}, {1}, {1}, kGroups}},
    {"expert_pipeline", {"zero1", "mixtral-8x7b", {1, 2, 4, 8}, kPipelines, {1}, kGroups}},
};

const bool kRegistered = [] {
  for (const auto& [name, search] : kSearches)
    benchmark::RegisterBenchmark((std::string("evaluations/") + name).c_str(), evaluations, search)
        ->Unit(benchmark::kMillisecond);
  return true;
}();

void resnet_curve(benchmark::State& state) {
  const DataCatalogue data = DataCatalogue::embedded();
  sim::Scenario scenario;
  scenario.model = workloads::load_model("resnet50", {}, data);
  sim::System system;
  topology::ClusterOptions options;
  options.nodes = 128;
  system.cluster = topology::load_cluster("dgx-a100", options, data);
  system.collectives = comm::make_nccl_model(system.cluster, data);
  for (auto _ : state) {
    sim::StepEvaluator simulator(scenario, system, data, {});
    for (int gpus = 1; gpus <= 1024; gpus *= 2) benchmark::DoNotOptimize(simulator.outcome(gpus).step);
  }
  state.SetLabel("ASTRA-sim unaware: 2.0 CPU s for 64 ranks, one step");
}
BENCHMARK(resnet_curve)->Unit(benchmark::kMillisecond);

}  // namespace
