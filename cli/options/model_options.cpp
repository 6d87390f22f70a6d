// The table of the options of a model, and their reading.
#include "cli/options/model_options.h"
#include "workloads/load/load_model.h"

namespace scalesim::cli {

std::vector<Option> compute_options() {
  return {
      {"seq", "N", "tokens per sequence", false, {}, {}},
      {"image", "N", "image height and width", false, {}, {}},
      {"precision",
       "P",
       "of the arithmetic (default fp16)",
       false,
       {},
       {"fp32", "tf32", "fp16", "bf16", "fp8"}},
      {"layout", "L", "of images in memory (default nhwc)", false, {}, {"nchw", "nhwc"}},
      {"compiled", "", "kernels are fused (torch.compile)", false, {}, {}},
      {"mode", "M", "training or inference (default training)", false, {}, {"training", "inference"}},
      {"optimizer", "O", "(default momentum; adam for transformers)", false, {}, {"sgd", "momentum", "adam"}},
      {"recompute", "R", "activation recomputation (default none)", false, {}, {"none", "selective", "full"}},
      {"stack", "NAME", "software stack whose calibration is used", false, {}, {}},
  };
}

workloads::Model model_from(const std::string& name, const Options& options, const DataCatalogue& data) {
  workloads::ModelOptions shape;
  if (options.has("seq")) shape.sequence = options.integer("seq", 0, 1, 100'000'000);
  if (options.has("image")) shape.image = options.integer("image", 0, 8, 100'000);
  shape.inference = options.text("mode", "training") == "inference";
  return workloads::load_model(name, shape, data);
}

workloads::ComputeSettings compute_from(const Options& options, const workloads::Model& model,
                                        std::int64_t batch) {
  workloads::ComputeSettings settings;
  settings.precision = topology::parse_precision(options.text("precision", "fp16"));
  settings.layout = workloads::parse_layout(options.text("layout", "nhwc"));
  settings.compiled = options.has("compiled");
  settings.mode = workloads::parse_mode(options.text("mode", "training"));
  settings.optimizer =
      workloads::parse_optimizer(options.text("optimizer", model.transformer ? "adam" : "momentum"));
  settings.recompute = workloads::parse_recompute(options.text("recompute", "none"));
  settings.stack = options.text("stack");
  settings.batch = options.integer("batch", batch, 1, 1'000'000'000);
  return settings;
}

}  // namespace scalesim::cli
