// `scalesim model`: a network's layers and counts, where its time goes on a GPU, and what makes it slow.
#include <fmt/format.h>

#include <algorithm>
#include <ostream>

#include "cli/options/model_options.h"
#include "cli/shell/command.h"
#include "cli/shell/terminal.h"
#include "core/error.h"
#include "core/file.h"
#include "core/toml.h"
#include "report/documents/model_report.h"
#include "report/text/prose.h"
#include "topology/parts/gpu_catalogue.h"

namespace scalesim::cli {
namespace {

using workloads::Model;

/// One sample for inference is a latency; training starts from batches that fit every GPU.
std::int64_t usual_batch(const Options& options, const Model& model) {
  if (options.text("mode", "training") == "inference") return 1;
  return model.tokens_per_sample > 0 ? 8 : 32;
}

std::optional<topology::GpuSpec> gpu_from(const Options& options, const DataCatalogue& data) {
  const auto name = options.optional_text("gpu");
  if (!name) return std::nullopt;
  const std::string_view extension = ".toml";
  if (name->size() > extension.size() &&
      name->compare(name->size() - extension.size(), std::string::npos, extension) == 0) {
    const TomlTable table = TomlTable::parse(read_file(*name), *name);
    return topology::parse_gpu(table, *name);
  }
  return topology::GpuCatalogue(data).find(*name);
}

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> names;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find(',', at), text.size());
    if (end > at) names.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return names;
}

/// The word, --model and everything in --compare; the first is the subject.
std::vector<std::string> names_from(const Options& options) {
  std::vector<std::string> names = options.positional();
  if (names.size() > 1) {
    throw InputError(
        fmt::format("model takes one network; to see several beside each other give --compare {},{}",
                    names[0], names[1]));
  }
  if (names.empty() && options.has("model")) names.push_back(options.text("model"));
  for (const std::string& list : options.all("compare")) {
    for (const std::string& name : split(list)) names.push_back(name);
  }
  if (names.empty())
    throw InputError("which model? Give a name, .onnx or .toml file; 'scalesim list models' shows the names");
  return names;
}

class ModelCommand : public Command {
 public:
  std::string_view name() const override { return "model"; }
  std::string_view summary() const override {
    return "layers, counts and times of a network, and what makes it slow";
  }
  std::string_view usage() const override { return "model MODEL [options]"; }
  WordChoices words() const override { return {{}, "models"}; }
  std::vector<Option> options() const override {
    std::vector<Option> options = {
        {"model", "NAME|FILE", "zoo name, .onnx or .toml file", false, {}, {}},
        {"gpu", "NAME|FILE", "times the layers on this GPU", false, {}, {}},
        {"compare", "NAMES", "several networks, fastest first: a,b,c", true, {}, {}},
        {"batch",
         "N",
         "samples at a time (default 32 images or 8 sequences; 1 for inference)",
         false,
         {},
         {}},
        {"all", "", "every layer, also of equal blocks", false, {}, {}},
        {"width", "N", "columns of the table (default 120)", false, {}, {}},
        {"json", "FILE", "write JSON instead of text", false, "", {}},
        html_option(),
    };
    const std::vector<Option> compute = compute_options();
    options.insert(options.begin() + 4, compute.begin(), compute.end());
    return options;
  }
  std::vector<std::string_view> examples() const override {
    return {"scalesim model resnet50", "scalesim model llama3-8b --gpu h100-sxm --batch 1",
            "scalesim model --compare resnet50,repvgg_a0,mobilenet_v2 --gpu t4 --mode inference --batch 1"};
  }

  int run(const Options& options, Context& context) const override {
    const std::vector<std::string> names = names_from(options);
    const auto gpu = gpu_from(options, context.data);
    std::vector<report::ModelReport> reports;
    for (const std::string& name : names) {
      Model model = model_from(name, options, context.data);
      const auto settings = compute_from(options, model, usual_batch(options, model));
      reports.push_back(report::report_model(std::move(model), settings, gpu, context.data));
    }
    const bool compare = options.has("compare");
    const int terminal = terminal_width(context.out);
    const bool document = options.has("json") || options.has("html");
    const std::string json = !document ? ""
                             : compare ? report::comparison_json(reports)
                                       : report::model_json(reports[0]);
    if (options.has("html")) deliver_html(options, json, context);
    if (options.has("json")) {
      deliver(options, "json", json, context);
    } else if (options.text("html") == "-") {
      return 0;
    } else if (compare) {
      context.out << report::fitted(report::comparison_text(std::move(reports), terminal), terminal);
    } else {
      const auto width = static_cast<std::size_t>(
          options.integer("width", terminal == 0 ? 120 : std::max(60, terminal), 60, 1000));
      context.out << report::fitted(report::model_text(reports[0], width, options.has("all")), terminal);
    }
    return 0;
  }
};

}  // namespace

std::unique_ptr<Command> make_command_model() { return std::make_unique<ModelCommand>(); }

}  // namespace scalesim::cli
