// The simulator at the sizes peers were measured at (time and memory of peers beside each: label).
#include <benchmark/benchmark.h>

#include "core/error.h"
#include "sim/message_engine.h"
#include "sim/step_model.h"

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
  system.collectives = comm::make_nccl_model(system.cluster);
  for (auto _ : state) {
    sim::PointSimulator simulator(scenario, system, data, {});
    benchmark::DoNotOptimize(simulator.outcome(gpus).step);
  }
}
BENCHMARK_CAPTURE(transformer_step, gpt3_175b, "gpt3-175b")
    ->Arg(16384)
    ->Arg(131072)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(transformer_step, llama3_405b, "llama3-405b")->Arg(16128)->Unit(benchmark::kMillisecond);

/// What a search asks of GPT-3 175B on 64 GPUs: divisions by powers of two, strategies innermost; those that
/// fit in memory. `pipelined`: with more than one stage, and only then interleaved.
std::vector<sim::Configuration> fitting(sim::StepModel& model, bool pipelined, const std::string& strategy) {
  using workloads::Recompute;
  std::vector<sim::Configuration> result;
  sim::Configuration c;
  c.gpus = 64;
  c.strategy = strategy;
  sim::Parallelism& p = c.parallel;
  for (p.tensor = 1; p.tensor <= 8; p.tensor *= 2)
    for (p.pipeline = pipelined ? 2 : 1; p.pipeline <= (pipelined ? 64 / p.tensor : 1); p.pipeline *= 2)
      for (p.context = 1; p.tensor * p.pipeline * p.context <= 64; p.context *= 2)
        for (p.microbatch = 1; p.microbatch <= 8; p.microbatch *= 2)
          for (const Recompute recompute : {Recompute::none, Recompute::selective, Recompute::full})
            for (const bool overlap : {true, false}) {
              p.sequence_parallel = p.tensor > 1;
              c.recompute = recompute;
              c.overlap = overlap;
              try {
                if (model.memory(c) <= Bytes(80e9)) result.push_back(c);
              } catch (const InputError&) {  // a division that this batch does not allow
              }
            }
  return result;
}

void evaluations(benchmark::State& state, bool pipelined, const char* strategy) {
  const DataCatalogue data = DataCatalogue::embedded();
  sim::Scenario scenario;
  scenario.model = workloads::load_model("gpt3-175b", {}, data);
  scenario.compute.precision = topology::Precision::bf16;
  scenario.compute.optimizer = workloads::Optimizer::adam;
  scenario.global_batch = 1536;
  sim::System system;
  topology::ClusterOptions options;
  options.nodes = 8;
  system.cluster = topology::load_cluster("dgx-h100", options, data);
  system.collectives = comm::make_nccl_model(system.cluster);
  sim::StepModel model(scenario, system, data, sim::load_step_constants(data));
  const std::vector<sim::Configuration> all = fitting(model, pipelined, strategy);
  for (const sim::Configuration& c : all) benchmark::DoNotOptimize(model.step(c));  // compute times, once
  std::int64_t asked = 0;
  for (auto _ : state) {
    for (const sim::Configuration& c : all) benchmark::DoNotOptimize(model.evaluate(c).outcome.step);
    asked += static_cast<std::int64_t>(all.size());
  }
  state.counters["evaluations/s"] =
      benchmark::Counter(static_cast<double>(asked), benchmark::Counter::kIsRate);
  state.SetLabel("LLM Cluster Simulator: 6-8 k/s, Calculon: 64-162/s");
}
BENCHMARK_CAPTURE(evaluations, ddp_pipelines, true, "ddp")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(evaluations, zero1_pipelines, true, "zero1")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(evaluations, zero1, false, "zero1")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(evaluations, fsdp, false, "fsdp")->Unit(benchmark::kMillisecond);

void resnet_curve(benchmark::State& state) {
  const DataCatalogue data = DataCatalogue::embedded();
  sim::Scenario scenario;
  scenario.model = workloads::load_model("resnet50", {}, data);
  sim::System system;
  topology::ClusterOptions options;
  options.nodes = 128;
  system.cluster = topology::load_cluster("dgx-a100", options, data);
  system.collectives = comm::make_nccl_model(system.cluster);
  for (auto _ : state) {
    sim::PointSimulator simulator(scenario, system, data, {});
    for (int gpus = 1; gpus <= 1024; gpus *= 2) benchmark::DoNotOptimize(simulator.outcome(gpus).step);
  }
  state.SetLabel("ASTRA-sim unaware: 2.0 CPU s for 64 ranks, one step");
}
BENCHMARK(resnet_curve)->Unit(benchmark::kMillisecond);

}  // namespace
