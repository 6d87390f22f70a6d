// `scalesim measure`: times a model's layers on the GPU here, into a compute profile.
#include <fmt/format.h>

#include <ostream>

#include "cli/options/model_options.h"
#include "cli/shell/command.h"
#include "core/error.h"
#include "core/file.h"
#include "report/documents/compute_profile.h"
#include "workloads/probe/measure.h"

namespace scalesim::cli {
namespace {

std::string model_name(const Options& options) {
  if (options.positional().size() > 1) {
    throw InputError(fmt::format("measure takes one model, not also '{}'", options.positional()[1]));
  }
  return options.positional().empty() ? options.text("model", "resnet18") : options.positional()[0];
}

/// The rows of compute_options() that say something about single kernels.
std::vector<Option> measured_options() {
  std::vector<Option> rows;
  for (const Option& row : compute_options())
    for (const std::string_view name : {"seq", "image", "precision", "layout", "mode"})
      if (row.name == name) rows.push_back(row);
  return rows;
}

class MeasureCommand : public Command {
 public:
  std::string_view name() const override { return "measure"; }
  std::string_view summary() const override {
    return "time a model's layers on the GPU here, into a compute profile";
  }
  std::string_view usage() const override { return "measure [MODEL] [options]"; }
  WordChoices words() const override { return {{}, "models"}; }
  std::vector<Option> options() const override {
    std::vector<Option> options = measured_options();
    options.insert(options.begin(), {{"model", "NAME|FILE", "network (default resnet18)", false, {}, {}},
                                     {"batch", "N", "samples per step (default 32)", false, {}, {}}});
    options.push_back(
        {"out", "FILE", "where the profile goes (default compute-profile.json)", false, {}, {}});
    return options;
  }
  std::vector<std::string_view> examples() const override {
    return {"scalesim measure resnet50 --batch 256",
            "scalesim predict --model resnet50 --batch 256 --compute-profile compute-profile.json"};
  }

  int run(const Options& options, Context& context) const override {
    const workloads::Model model = model_from(model_name(options), options, context.data);
    const workloads::ComputeSettings settings = compute_from(options, model, 32);
    const std::string path = options.text("out", "compute-profile.json");
    check_writable(path);
    const auto progress = [&](std::size_t done, std::size_t all, const std::string& layer) {
      context.err << fmt::format("{}/{} {}\n", done + 1, all, layer);
    };
    const workloads::ComputeProfile profile = workloads::measure_layers(model, settings, progress);
    write_file(path, to_json(profile));
    context.out << report::compute_profile_text(profile) << "written to " << path << "\n";
    return 0;
  }
};

}  // namespace

std::unique_ptr<Command> make_command_measure() { return std::make_unique<MeasureCommand>(); }

}  // namespace scalesim::cli
