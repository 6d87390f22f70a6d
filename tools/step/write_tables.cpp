// Writes the curves that data/calibration/step.toml is fitted to as shipped tables: `write_tables SCALING.csv
// FOLDER`. Part of scripts/import_tables.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <map>

#include "core/error.h"
#include "core/file.h"
#include "scaling_rows.h"

namespace {

using namespace scalesim;
using validation::MeasuredCurve;
using validation::MeasuredPoint;

std::string quoted(const std::string& text) {
  std::string result = "\"";
  for (const char c : text) result += c == '"' || c == '\\' ? std::string("\\") + c : std::string(1, c);
  return result + "\"";
}

bool starts(const std::string& text, std::string_view with) { return text.rfind(with, 0) == 0; }

/// One file for each publisher, kind of machine and family of models.
std::string file_of(const MeasuredCurve& curve) {
  const std::map<std::string, std::string> stems = {
      {"NVIDIA/DeepLearningExamples", "nvidia-examples"},
      {"lambdal/deeplearning-benchmark", "lambda-pytorch"},
      {"lambdal/lambda-tensorflow-benchmark", "lambda-tensorflow"},
      {"mosaicml/llm-foundry", "llm-foundry-scaling"},
      {"github", "oci-horovod"}};
  const auto stem = stems.find(curve.source);
  if (stem == stems.end()) return "server-gear-" + curve.system.cluster.gpu.name;
  if (curve.scenario.strategy == "fsdp") return stem->second;
  const std::string family = starts(curve.scenario.model.name, "bert") ? "bert" : "cnn";
  const std::string place = curve.kind == "several nodes"     ? "nodes"
                            : curve.system.name == "nvbridge" ? "nvbridge"
                            : curve.kind == "nvlink node"     ? "nvlink"
                                                              : "pcie";
  return stem->second + "-" + family + "-" + place;
}

std::string kind_of(const MeasuredCurve& curve) {
  if (curve.scenario.strategy == "fsdp") return "LLM, sharded";
  return curve.system.name == "nvbridge" && curve.kind != "several nodes" ? "nvlink bridge" : curve.kind;
}

std::string description_of(const std::string& file, const MeasuredCurve& curve) {
  const std::map<std::string, std::string> who = {
      {"NVIDIA/DeepLearningExamples", "NVIDIA's Deep Learning Examples"},
      {"lambdal/deeplearning-benchmark", "Lambda's PyTorch benchmark"},
      {"lambdal/lambda-tensorflow-benchmark", "Lambda's TensorFlow benchmark"},
      {"mosaicml/llm-foundry", "mosaicml's llm-foundry"},
      {"github", "Oracle Cloud's tutorial with Horovod"}};
  const auto name = who.find(curve.source);
  const std::string publisher = name == who.end() ? "server-gear.com" : name->second;
  const std::string what = file.find("-bert-") != std::string::npos ? "BERT"
                           : curve.scenario.strategy == "fsdp"
                               ? "MPT models with FSDP over the number of GPUs"
                               : "image networks";
  const std::string place = curve.kind == "several nodes"     ? "several nodes"
                            : curve.system.name == "nvbridge" ? "pairs of GPUs joined by NVLink bridges"
                            : curve.kind == "nvlink node"     ? "one NVLink server"
                                                              : "one PCIe server";
  return fmt::format("{} of {}{}", what, publisher, curve.scenario.strategy == "fsdp" ? "" : ", " + place);
}

class CurveText {
 public:
  CurveText(const MeasuredCurve& curve, const MeasuredPoint& base) : curve_(curve), base_(base) {}

  std::string text() {
    add_text("name", curve_.name);
    add_text("source", curve_.citation);
    add_text("trust", curve_.trust);
    add_text("framework", curve_.framework);
    add_text("measured_on", curve_.measured_on);
    add_system();
    add_scenario();
    add_rows();
    return "\n[[curve]]\n" + text_;
  }

 private:
  void add(std::string_view key, const std::string& value) { text_ += fmt::format("{} = {}\n", key, value); }
  void add_text(std::string_view key, std::string_view value) { add(key, quoted(std::string(value))); }

  void add_system() {
    const topology::Cluster& c = curve_.system.cluster;
    add_text("system", curve_.system.name);
    add_text("gpu", c.gpu.name);
    add("gpus_per_node", std::to_string(c.gpus_per_node));
    if (c.nodes > 1) add("nodes", std::to_string(c.nodes));
  }

  void add_scenario() {
    const sim::Scenario &s = curve_.scenario, usual;
    add_text("model", s.model.name);
    if (s.model.transformer) add("sequence", std::to_string(s.model.transformer->sequence));
    add("batch", std::to_string(s.compute.batch));
    if (s.accumulation > 1) add("accumulation", std::to_string(s.accumulation));
    add_text("precision", topology::to_text(s.compute.precision));
    add_text("layout", to_text(s.compute.layout));
    if (!s.compute.stack.empty()) add_text("stack", s.compute.stack);
    if (s.compute.optimizer != usual.compute.optimizer) add_text("optimizer", to_text(s.compute.optimizer));
    if (s.compute.recompute != usual.compute.recompute) add_text("recompute", to_text(s.compute.recompute));
    if (!s.compute.flash_attention) add("flash_attention", "false");
    if (s.strategy != usual.strategy) add_text("strategy", s.strategy);
    if (s.gradient_element == Bytes(2)) add_text("gradients", "fp16");
    if (!s.broadcast_buffers) add("broadcast_buffers", "false");
    if (!s.overlap) add("overlap", "false");
    if (s.bucket != usual.bucket)
      add_text("bucket", fmt::format("{:.0f} MiB", s.bucket.value() / 1024 / 1024));
    if (s.host_cores) add("host_cores", fmt::format("{:g}", *s.host_cores));
  }

  void add_rows() {
    std::vector<MeasuredPoint> points = {base_};
    points.insert(points.end(), curve_.points.begin(), curve_.points.end());
    std::stable_sort(points.begin(), points.end(),
                     [](const MeasuredPoint& a, const MeasuredPoint& b) { return a.gpus < b.gpus; });
    const std::int64_t batch = curve_.scenario.compute.batch, accumulation = curve_.scenario.accumulation;
    std::vector<std::string> gpus, values, global, micro, sources;
    bool own_batches = false, own_sources = false;
    for (const MeasuredPoint& p : points) {
      gpus.push_back(std::to_string(p.gpus));
      values.push_back(fmt::format("{:.7g}", p.value));
      global.push_back(std::to_string(p.global_batch > 0 ? p.global_batch : batch * accumulation * p.gpus));
      micro.push_back(std::to_string(p.microbatch > 0 ? p.microbatch : batch));
      sources.push_back(quoted(p.source));
      own_batches = own_batches || p.global_batch > 0;
      own_sources = own_sources || p.source != base_.source;
    }
    const auto list = [](const std::vector<std::string>& items) {
      return fmt::format("[{}]", fmt::join(items, ", "));
    };
    add_text("unit", curve_.unit);
    add("gpus", list(gpus));
    add("throughput", list(values));
    if (own_batches) add("global_batch", list(global)), add("microbatch", list(micro));
    if (own_sources) add("sources", list(sources));
    if (base_.gpus > 1) add("step_measured", "true");
  }

  const MeasuredCurve& curve_;
  const MeasuredPoint& base_;
  std::string text_;
};

void write_all(const ScalingTable& table, const std::string& folder) {
  std::map<std::string, std::string> files;
  std::map<std::string, int> points;
  for (std::size_t i = 0; i < table.curves.size(); ++i) {
    const MeasuredCurve& curve = table.curves[i];
    const std::string name = file_of(curve);
    std::string& text = files[name];
    if (text.empty()) {
      std::string about = description_of(name, curve);
      about[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(about[0])));
      text = fmt::format(
          "# {}. Written by scripts/import_tables; figures as published.\ndescription = {}\npublisher = "
          "{}\nkind = {}\n"
          "quantity = \"speedup\"\nfitted = [\"calibration/step.toml\"]  # files in data/ whose constants "
          "were fitted on these rows\n",
          about, quoted(about), quoted(curve.source == "github" ? "Oracle Cloud tutorial" : curve.source),
          quoted(kind_of(curve)));
    }
    text += CurveText(curve, table.bases[i]).text();
    points[name] += static_cast<int>(curve.points.size());
  }
  for (const auto& [name, text] : files) {
    write_file(folder + "/" + name + ".toml", text);
    fmt::print("{:44} {:4} points\n", name, points[name]);
  }
}

}  // namespace

int main(int count, char** words) {
  try {
    if (count != 3) throw InputError("usage: write_tables SCALING.csv FOLDER");
    const DataCatalogue data = DataCatalogue::embedded();
    write_all(read_scaling_table(words[1], data), words[2]);
    return EXIT_SUCCESS;
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return EXIT_FAILURE;
  }
}
