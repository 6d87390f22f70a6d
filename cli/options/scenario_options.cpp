// Reads the shared options into a scenario.
#include "cli/options/scenario_options.h"

#include <fmt/format.h>

#include "cli/options/model_options.h"
#include "cli/options/reality_options.h"
#include "core/error.h"
#include "core/units_text.h"
#include "sim/evaluate/default_batch.h"
#include "sim/step/pipeline.h"

namespace scalesim::cli {
namespace {

constexpr std::int64_t kLargest = 1'000'000'000;

sim::Parallelism parallelism_from(const Options& options) {
  sim::Parallelism parallel;  // with the defaults of the options that are not given
  parallel.tensor = static_cast<int>(options.integer("tp", 1, 1, 4096));
  parallel.pipeline = static_cast<int>(options.integer("pp", 1, 1, 4096));
  parallel.context = static_cast<int>(options.integer("cp", 1, 1, 4096));
  parallel.expert = static_cast<int>(options.integer("ep", 1, 1, 4096));
  parallel.virtual_stages = static_cast<int>(options.integer("vpp", 1, 1, 1024));
  parallel.microbatch = options.integer("microbatch", 0, 1, kLargest);
  parallel.sequence_parallel = options.has("sequence-parallel");
  parallel.schedule = options.text("schedule", parallel.schedule);
  parallel.mapping = options.text("mapping", parallel.mapping);
  parallel.context_method = options.text("context-method", parallel.context_method);
  return parallel;
}

}  // namespace

sim::Scenario with_default_batch(sim::Scenario scenario, const std::vector<sim::System>& systems,
                                 const Options& options) {
  if (options.has("batch") || options.has("global-batch")) return scenario;
  scenario.compute.batch = sim::batch_that_fits(scenario, systems);
  return scenario;
}

void keep_possible_sizes(std::vector<sim::System>& systems, const sim::Parallelism& parallel) {
  const int group = parallel.tensor * parallel.pipeline * parallel.context;
  if (group == 1 && parallel.expert == 1) return;
  for (sim::System& system : systems) {
    std::vector<int> kept;
    for (const int gpus : system.gpu_counts)
      if (gpus % group == 0 && gpus / parallel.tensor / parallel.pipeline % parallel.expert == 0)
        kept.push_back(gpus);
    // When nothing is left the error that says what would divide is the better answer.
    if (!kept.empty()) system.gpu_counts = kept;
  }
}

std::vector<Option> scenario_options() {
  std::vector<Option> options = {
      {"model", "NAME|FILE", "zoo name, .onnx or .toml file (default resnet18)", false, {}, {}},
      {"batch",
       "N",
       "samples per GPU: weak scaling (default: what fits, up to 256 images or 8 sequences)",
       false,
       {},
       {}},
      {"global-batch", "N", "samples per step over all GPUs: strong scaling", false, {}, {}},
  };
  const std::vector<Option> compute = compute_options();
  const std::vector<Option> more = {
      {"step-time", "T", "your measured step on one GPU, such as 215ms", false, {}, {}},
      {"strategy", "S", "how GPUs divide the work (default ddp)", false, {}, {}},
      {"tp", "N", "tensor parallel size", false, {}, {}},
      {"pp", "N", "pipeline parallel size", false, {}, {}},
      {"cp", "N", "context parallel size", false, {}, {}},
      {"ep", "N", "expert parallel size", false, {}, {}},
      {"vpp", "N", "virtual pipeline stages per GPU", false, {}, {}},
      {"microbatch", "N", "samples per micro-batch", false, {}, {}},
      {"sequence-parallel", "", "split activations between tensor-parallel regions", false, {}, {}},
      {"schedule",
       "NAME",
       "order of a pipeline stage's work (default 1f1b; interleaved with --vpp)",
       false,
       {},
       sim::pipeline_names()},
      {"mapping", "ORDER", "ranks of groups, neighbours first (default tp-cp-dp-pp)", false, {}, {}},
      {"context-method",
       "M",
       "how a long sequence is divided (default ring)",
       false,
       {},
       {"ring", "all-to-all"}},
      {"accumulate", "N", "micro-steps between two averages of gradients (default 1)", false, {}, {}},
      {"samples-per-host", "N", "images a host can read and decode per second", false, {}, {}},
      {"depth", "D", "collectives as one event or message by message", false, {}, {"collective", "message"}},
      {"unfold", "", "simulate every rank instead of one of each kind", false, {}, {}},
      {"bucket-mb", "N", "DDP bucket size in MiB (default 25)", false, {}, {}},
      {"overlap", "on|off", "communicate during backward (default on)", false, {}, {"on", "off"}},
      {"gradient-precision",
       "P",
       "of gradients on the wire (default fp32)",
       false,
       {},
       {"fp32", "fp16", "bf16"}},
      {"currency", "CODE", "for prices (default CNY)", false, {}, {}},
  };
  for (const auto& rest : {compute, more, reality_options()})
    options.insert(options.end(), rest.begin(), rest.end());
  return options;
}

sim::Scenario scenario_from(const Options& options, const DataCatalogue& data) {
  sim::Scenario scenario;
  scenario.model = model_from(options.text("model", "resnet18"), options, data);
  scenario.compute = compute_from(options, scenario.model, 1);
  scenario.strategy = options.text("strategy", scenario.strategy);
  scenario.parallel = parallelism_from(options);
  if (options.has("global-batch")) {
    if (options.has("batch"))
      throw InputError(
          "--batch and --global-batch exclude each other: give the batch per GPU, or the batch of all GPUs");
    scenario.global_batch = options.integer("global-batch", 0, 1, kLargest);
  }
  scenario.accumulation = options.integer("accumulate", 1, 1, 1'000'000);
  apply_input_options(scenario, options);
  scenario.reality = reality_from(options);
  scenario.depth =
      options.text("depth", "collective") == "message" ? sim::Depth::message : sim::Depth::collective;
  scenario.unfold = options.has("unfold");
  scenario.bucket = Bytes(options.number("bucket-mb", 25, 0.001, 1e6) * 1024 * 1024);
  scenario.overlap = options.text("overlap", "on") == "on";
  scenario.gradient_element =
      topology::bytes_per_element(topology::parse_precision(options.text("gradient-precision", "fp32")));
  if (options.has("step-time")) {
    scenario.step_time = parse_quantity<Seconds>(options.text("step-time"));
    if (*scenario.step_time <= Seconds(0))
      throw InputError(fmt::format("--step-time {}: must be more than zero", options.text("step-time")));
  }
  return scenario;
}

}  // namespace scalesim::cli
