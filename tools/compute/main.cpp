// scalesim_calibrate TABLES OUTPUT [REPORT]: fits every recipe to the measured tables in the folder TABLES,
// writes one TOML file each into the folder OUTPUT, and a report of the errors in Markdown.
// scalesim_calibrate --check TABLES OUTPUT REPORT: fits nothing; only reports the errors of what is in
// OUTPUT.
// scalesim_calibrate --rows TABLES OUTPUT NAME: the error of every row of one fit, as CSV.
#include <fmt/core.h>
#include <fmt/format.h>

#include <cstdio>
#include <map>

#include "core/error.h"
#include "core/file.h"
#include "core/toml.h"
#include "tools/compute/host_launches.h"
#include "tools/compute/operators.h"
#include "tools/compute/recipes.h"
#include "tools/compute/transformers.h"
#include "topology/parts/gpu_catalogue.h"
#include "workloads/load/load_model.h"

namespace scalesim::workloads::calibrate {
namespace {

/// A network under the name of a table, or nothing when the zoo has no such network or not at that size.
std::shared_ptr<const Model> load(const std::string& name, const ModelOptions& options,
                                  const DataCatalogue& data) {
  try {
    return std::make_shared<const Model>(load_model(name, options, data));
  } catch (const InputError&) {
    return nullptr;
  }
}

Tables open_tables(const std::string& folder, const DataCatalogue& data) {
  return {folder, topology::GpuCatalogue(data),
          [data](const std::string& name, std::int64_t image, bool deployed) {
            ModelOptions options;
            options.image = image;
            options.inference = deployed;
            return load(name, options, data);
          },
          [data](const std::string& name, std::int64_t sequence) {
            ModelOptions options;
            if (sequence > 0) options.sequence = sequence;
            return load(name, options, data);
          },
          data};
}

struct Result {
  Recipe recipe;
  ComputeConstants constants;
  std::vector<Observation> rows;
  std::vector<LeftOut> left_out;
};

using Known = std::map<std::string, ComputeConstants>;

Result run(const Recipe& recipe, const Tables& tables, double host_launch, ComputeConstants start) {
  Result result{recipe, {}, recipe.rows(tables), {}};
  if (result.rows.empty()) throw InputError("no row for '" + recipe.name + "': check the folder of tables");
  start.same_gpu = !recipe.scope.gpu.empty();
  recipe.adjust(start);
  set_host_launches(recipe.scope, host_launch, start);
  const std::vector<ConstantField> free = fields_named(recipe.free);
  result.constants = fit(result.rows, start, free);
  result.left_out = leave_one_group_out(result.rows, result.constants, free);
  return result;
}

/// The file of a calibration. The floor of an operator harness is that of its host, not of the kernels.
std::string toml(const Result& r, const ComputeConstants& written) {
  const CalibrationScope& s = r.recipe.scope;
  const Errors errors = errors_of(r.rows, r.constants);
  const double expected = r.left_out.empty() ? errors.mean : mean_over_groups(r.left_out);
  std::string text = fmt::format("# Written by scripts/calibrate.\n");
  if (!s.gpu.empty()) text += fmt::format("gpu = \"{}\"\n", s.gpu);
  text += fmt::format("compute_capability = {}\nstack = \"{}\"\narithmetic = \"{}\"\n", s.compute_capability,
                      s.stack, s.arithmetic);
  if (!s.layout.empty()) text += fmt::format("layout = \"{}\"\n", s.layout);
  if (!s.mode.empty()) text += fmt::format("mode = \"{}\"\n", s.mode);
  text += fmt::format("compiled = {}\n", s.compiled);
  if (s.power_limited) text += "power_limited = true\n";
  text += "\n[constants]\n";
  for (const ConstantField& field : constant_fields()) {
    const bool harness = field.name == "kernel_floor_s" && r.recipe.harness_floor;
    text += fmt::format("{} = {:.4g}\n", field.name,
                        harness ? ComputeConstants{}.kernel_floor_s : written.*field.member);
  }
  text += fmt::format(
      "\n[fit]\nprovenance = \"calibrated\"\nrelative_error = {:.3f}\nmedian_error = {:.3f}\nleft_out_error "
      "= {:.3f}\nrows = {}\nsource = \"{}\"\n",
      expected, errors.median, expected, errors.count, r.recipe.source);
  return text;
}

std::string table_row(const Result& r) {
  const Errors e = errors_of(r.rows, r.constants);
  return fmt::format("| {} | {} | {:.1f} % | {:.1f} % | {:.1f} % | {:.1f} % |\n", r.recipe.name, e.count,
                     100 * e.mean, 100 * e.median, 100 * e.p90, 100 * mean_over_groups(r.left_out));
}

std::string groups_table(const Result& r) {
  std::map<std::string, std::vector<Observation>> groups;
  for (const Observation& o : r.rows) groups[o.group].push_back(o);
  std::string text = fmt::format(
      "\n### {}\n\n{}.\n\n| group | rows | mean | median | left out: mean | median "
      "|\n|---|---|---|---|---|---|\n",
      r.recipe.name, r.recipe.source);
  for (const LeftOut& left : r.left_out) {
    const Errors e = errors_of(groups[left.group], r.constants);
    text += fmt::format("| {} | {} | {:.1f} % | {:.1f} % | {:.1f} % | {:.1f} % |\n", left.group, e.count,
                        100 * e.mean, 100 * e.median, 100 * left.errors.mean, 100 * left.errors.median);
  }
  return text;
}

/// The constants that an earlier run wrote.
ComputeConstants earlier(const std::string& output, const std::string& name) {
  const std::string path = output + "/" + name + ".toml";
  return read_constants(TomlTable::parse(read_file(path), path).table("constants"));
}

void calibrate(const std::string& folder, const std::string& output, const std::string& report,
               const std::string& only) {
  const DataCatalogue data = DataCatalogue::embedded();
  const Tables tables = open_tables(folder, data);
  const double host_launch = host_time_per_operator(tables, data);
  Known known;
  std::string summary = "| fit | rows | mean | median | p90 | left out |\n|---|---|---|---|---|---|\n",
              details;
  for (const Recipe& recipe : recipes()) {
    if (recipe.name.find(only) == std::string::npos) {
      known[recipe.name] = earlier(output, recipe.name);
      continue;
    }
    ComputeConstants start = recipe.base.empty() ? ComputeConstants{} : known.at(recipe.base);
    if (!recipe.attention.empty()) copy_attention(known.at(recipe.attention), start);
    const Result result = run(recipe, tables, host_launch, start);
    ComputeConstants written = result.constants;
    if (!recipe.answers.empty()) {
      copy_attention(known.at(recipe.answers), written);
      written.loss_bytes = known.at(recipe.answers).loss_bytes;
    }
    known[recipe.name] = written;
    write_file(output + "/" + recipe.name + ".toml", toml(result, written));
    fmt::print("{}", table_row(result));
    std::fflush(stdout);
    summary += table_row(result);
    details += groups_table(result);
    write_file(report, summary + details);
  }
}

/// The errors of constants that are already there, without fitting; `recipe` gives the rows.
std::string check_row(const std::string& title, const Recipe& recipe, const Tables& tables,
                      ComputeConstants constants, double left_out) {
  constants.same_gpu = !recipe.scope.gpu.empty();
  recipe.adjust(constants);  // the harness of an operator table adds a floor of its own
  const Errors e = errors_of(recipe.rows(tables), constants);
  const std::string unseen = left_out > 0 ? fmt::format("{:.1f} %", 100 * left_out) : "-";
  return fmt::format("| {} | {} | {:.1f} % | {:.1f} % | {:.1f} % | {} |\n", title, e.count, 100 * e.mean,
                     100 * e.median, 100 * e.p90, unseen);
}

double left_out_of(const std::string& output, const std::string& name) {
  const std::string path = output + "/" + name + ".toml";
  return TomlTable::parse(read_file(path), path).table("fit").number("left_out_error", 0);
}

/// DeepBench's kernels with the constants that a user of that GPU gets.
std::string deepbench_rows(const Tables& tables, const DataCatalogue& data) {
  std::string text;
  for (const OperatorSet& set : read_deepbench(tables.folder, tables.gpus)) {
    ComputeSettings settings;
    settings.precision = set.precision;
    const ComputeConstants constants = find_constants(set.gpu, settings, data);
    const Errors e = errors_of(set.observations, constants);
    text +=
        fmt::format("| {} | {} | {} | {} | {:.1f} % | {:.1f} % |\n", set.gpu.name,
                    topology::to_text(set.precision), constants.name, e.count, 100 * e.mean, 100 * e.median);
  }
  return "\n## DeepBench\n\nSingle cuBLAS and cuDNN kernels (forward, data and filter "
         "gradient, products) with the constants that `find_constants` gives for the GPU: those of a whole "
         "architecture "
         "were fitted to these rows, those of one GPU were not.\n\n"
         "| GPU | precision | constants | rows | mean | median |\n|---|---|---|---|---|---|\n" +
         text;
}

/// Steps of llm-foundry with the constants of its stack: the A100 rows are those they were fitted to.
std::string step_rows(const Tables& tables, const DataCatalogue& data) {
  std::string text =
      "\n## Steps of large language models\n\nMPT with FSDP on one server of 8 GPUs (llm-foundry, 2023), "
      "compute alone, with the constants that `find_constants` gives for the stack `llm-foundry`. Fitted "
      "were bf16 rows "
      "with at least 16,384 tokens in a micro-batch: on A100 sequences up to 4,096, on H100 (the products' "
      "share of "
      "peak only) up to 2,048.\n\n"
      "| GPU | precision | sequences | constants | rows | mean | median |\n|---|---|---|---|---|---|---|\n";
  for (const auto& [gpu, precision] : std::vector<std::pair<std::string, std::string>>{
           {"a100_40gb", "bf16"}, {"h100_80gb", "amp_bf16"}, {"h100_80gb", "amp_fp8"}}) {
    for (const auto& [low, high] : std::vector<std::pair<int, int>>{{512, 4096}, {8192, 65536}}) {
      ComputeSettings settings;
      settings.stack = "llm-foundry";
      settings.precision = topology::Precision::bf16;
      const topology::GpuSpec spec = tables.gpus.find(gpu[0] == 'a' ? "a100-sxm4-40gb" : "h100-sxm");
      const ComputeConstants constants = find_constants(spec, settings, data);
      const Errors e = errors_of(read_steps(tables.folder + "/scaling.csv", {gpu, precision, low, high, 0},
                                            tables.gpus, tables.load_sequence),
                                 constants);
      text += fmt::format("| {} | {} | {} to {} | {} | {} | {:.1f} % | {:.1f} % |\n", spec.name, precision,
                          low, high, constants.name, e.count, 100 * e.mean, 100 * e.median);
    }
  }
  return text;
}

/// Every fit against its rows, and RTX 4090 rows with constants that saw RTX 3090 rows only.
void check(const std::string& folder, const std::string& output, const std::string& report) {
  const DataCatalogue data = DataCatalogue::embedded();
  const Tables tables = open_tables(folder, data);
  std::string text =
      "# Compute time: error against measured tables\n\nWritten by `scripts/calibrate --check TABLES`; "
      "nothing is fitted "
      "here. \"left out\" is the mean over groups (families of networks, kinds of operator, GPUs) of the "
      "error on a group "
      "with constants fitted on all the others.\n\n| fit | rows | mean | median | p90 | left out "
      "|\n|---|---|---|---|---|---|\n";
  for (const Recipe& recipe : recipes()) {
    ComputeConstants constants = earlier(output, recipe.name);
    if (!recipe.answers.empty()) copy_attention(earlier(output, recipe.attention), constants);
    text += check_row(recipe.name, recipe, tables, constants, left_out_of(output, recipe.name));
    const bool second_gpu = !recipe.base.empty() && recipe.scope.gpu == "rtx4090" && !recipe.scope.compiled;
    if (second_gpu) {
      text +=
          check_row(recipe.name + " with " + recipe.base, recipe, tables, earlier(output, recipe.base), 0);
    }
  }
  text += deepbench_rows(tables, data);
  text += step_rows(tables, data);
  write_file(report, text);
  fmt::print("{}", text);
}

void print_observations(const std::vector<Observation>& rows, const ComputeConstants& constants,
                        const std::string& of) {
  for (const Observation& o : rows) {
    const double predicted = o.predict(constants);
    fmt::print("{:.3f},{:.6g},{:.6g},{}{},{}\n", predicted / o.measured - 1, o.measured, predicted, of,
               o.group, o.label);
  }
}

/// One line for every row of a fit, or of DeepBench: what a better model would have to explain.
void print_rows(const std::string& folder, const std::string& output, const std::string& name) {
  const DataCatalogue data = DataCatalogue::embedded();
  const Tables tables = open_tables(folder, data);
  fmt::print("error,measured_s,predicted_s,group,label\n");
  for (const OperatorSet& set : read_deepbench(tables.folder, tables.gpus)) {
    if (name != "deepbench") break;
    ComputeSettings settings;
    settings.precision = set.precision;
    const std::string of = set.gpu.name + " " + std::string(topology::to_text(set.precision)) + " ";
    print_observations(set.observations, find_constants(set.gpu, settings, data), of);
  }
  for (const Recipe& recipe : recipes()) {
    if (recipe.name != name) continue;
    ComputeConstants constants = earlier(output, name);
    if (!recipe.answers.empty()) copy_attention(earlier(output, recipe.attention), constants);
    constants.same_gpu = !recipe.scope.gpu.empty();
    recipe.adjust(constants);
    print_observations(recipe.rows(tables), constants, "");
  }
}

}  // namespace
}  // namespace scalesim::workloads::calibrate

int main(int argc, char** argv) {
  using namespace scalesim::workloads::calibrate;
  const std::vector<std::string> words(argv + 1, argv + argc);
  const bool only_check = !words.empty() && words[0] == "--check";
  const bool only_rows = !words.empty() && words[0] == "--rows";
  if (words.size() < (only_check || only_rows ? 4u : 3u)) {
    fmt::print(
        stderr,
        "usage: scalesim_calibrate TABLES OUTPUT REPORT [ONLY] | --check TABLES OUTPUT REPORT | --rows "
        "TABLES OUTPUT NAME\n");
    return 2;
  }
  try {
    if (only_rows) {
      print_rows(words[1], words[2], words[3]);
    } else if (only_check) {
      check(words[1], words[2], words[3]);
    } else {
      calibrate(words[0], words[1], words[2], words.size() > 3 ? words[3] : "");
    }
  } catch (const scalesim::InputError& wrong) {
    fmt::print(stderr, "scalesim_calibrate: {}\n", wrong.what());
    return 2;
  }
}
