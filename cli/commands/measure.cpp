// `scalesim measure`: times a model's layers on the GPU here, into a compute profile.
#include <fmt/format.h>

#include <ostream>

#include "cli/command.h"
#include "core/error.h"
#include "core/file.h"
#include "core/units_text.h"
#include "workloads/probe/measure.h"

namespace scalesim::cli {
namespace {

workloads::ComputeSettings parse_settings(const Options& options) {
  workloads::ComputeSettings settings;
  settings.precision = topology::parse_precision(options.text("precision", "fp16"));
  settings.layout = workloads::parse_layout(options.text("layout", "nhwc"));
  settings.mode = workloads::parse_mode(options.text("mode", "training"));
  settings.batch = options.integer("batch", 32, 1, 1'000'000);
  return settings;
}

workloads::Model parse_model(const Options& options, const DataCatalogue& data) {
  if (options.positional().size() > 1) {
    throw InputError(fmt::format("measure takes one model, not also '{}'", options.positional()[1]));
  }
  workloads::ModelOptions model;
  if (options.has("seq")) model.sequence = options.integer("seq", 0, 1, 10'000'000);
  const std::string name =
      options.positional().empty() ? options.text("model", "resnet18") : options.positional()[0];
  return workloads::load_model(name, model, data);
}

std::string summary_of(const workloads::ComputeProfile& profile) {
  Seconds forward{}, backward{};
  for (const workloads::MeasuredLayer& layer : profile.layers) {
    forward += layer.forward;
    backward += layer.backward;
  }
  const Seconds step = forward + backward + profile.optimizer;
  return fmt::format("{} on {}: {} layers, forward {}, backward {}, optimizer {}, {:.1f} samples/s\n",
                     profile.model, profile.gpu, profile.layers.size(), to_text(forward), to_text(backward),
                     to_text(profile.optimizer), static_cast<double>(profile.batch) / step.value());
}

class MeasureCommand : public Command {
 public:
  std::string_view name() const override { return "measure"; }
  std::string_view summary() const override {
    return "time a model's layers on the GPU here, into a compute profile";
  }
  std::string_view usage() const override { return "measure [MODEL] [options]"; }
  std::vector<Option> options() const override {
    return {
        {"model", "NAME|FILE", "network (default resnet18)", false, {}, {}},
        {"batch", "N", "samples per step (default 32)", false, {}, {}},
        {"seq", "N", "tokens per sequence", false, {}, {}},
        {"precision", "NAME", "arithmetic (default fp16)", false, {}, {"fp32", "tf32", "fp16", "bf16"}},
        {"layout", "NAME", "order of channels (default nhwc)", false, {}, {"nchw", "nhwc"}},
        {"mode", "NAME", "training or inference (default training)", false, {}, {"training", "inference"}},
        {"out", "FILE", "where the profile goes (default compute-profile.json)", false, {}, {}}};
  }
  std::vector<std::string_view> examples() const override {
    return {"scalesim measure resnet50 --batch 256",
            "scalesim predict --model resnet50 --batch 256 --compute-profile compute-profile.json"};
  }

  int run(const Options& options, Context& context) const override {
    const workloads::ComputeSettings settings = parse_settings(options);
    const workloads::Model model = parse_model(options, context.data);
    const std::string path = options.text("out", "compute-profile.json");
    check_writable(path);
    const auto progress = [&](std::size_t done, std::size_t all, const std::string& layer) {
      context.err << fmt::format("{}/{} {}\n", done + 1, all, layer);
    };
    const workloads::ComputeProfile profile = workloads::measure_layers(model, settings, progress);
    write_file(path, to_json(profile));
    context.out << summary_of(profile) << "written to " << path << "\n";
    return 0;
  }
};

}  // namespace

std::unique_ptr<Command> make_command_measure() { return std::make_unique<MeasureCommand>(); }

}  // namespace scalesim::cli
