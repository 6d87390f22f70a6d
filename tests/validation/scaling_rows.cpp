// Text rules for published scaling tables.
#include "scaling_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <fstream>
#include <map>
#include <optional>
#include <set>

#include "core/error.h"

namespace scalesim {
namespace {

using Row = std::map<std::string, std::string>;

std::vector<std::string> split_csv(const std::string& line) {
  std::vector<std::string> cells(1);
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (c == '"' && quoted && i + 1 < line.size() && line[i + 1] == '"') {
      cells.back() += '"', ++i;
    } else if (c == '"') {
      quoted = !quoted;
    } else if (c == ',' && !quoted) {
      cells.emplace_back();
    } else if (c != '\r') {
      cells.back() += c;
    }
  }
  return cells;
}

std::vector<Row> read_rows(const std::string& file) {
  std::ifstream in(file);
  if (!in) throw InputError("cannot read " + file);
  std::string line;
  std::getline(in, line);
  const std::vector<std::string> names = split_csv(line);
  std::vector<Row> rows;
  while (std::getline(in, line)) {
    const std::vector<std::string> cells = split_csv(line);
    Row row;
    for (std::size_t i = 0; i < names.size() && i < cells.size(); ++i) row[names[i]] = cells[i];
    rows.push_back(std::move(row));
  }
  return rows;
}

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

double number(const std::string& text) {
  try {
    return std::stod(text);
  } catch (const std::exception&) {
    return 0;
  }
}

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

/// The catalogue's name of a model as the tables write it; empty when it is not in the zoo.
std::string zoo_model(const Row& row) {
  static const std::map<std::string, std::string> names = {{"resnet50", "resnet50"},
                                                           {"resnet50v1.5", "resnet50"},
                                                           {"rn50v1.5", "resnet50"},
                                                           {"resnet-50", "resnet50"},
                                                           {"resnet-152", "resnet152"},
                                                           {"resnet152", "resnet152"},
                                                           {"inception3", "inception_v3"},
                                                           {"inceptionv3", "inception_v3"},
                                                           {"inception4", "inception_v4"},
                                                           {"resnext101-32x4d", "resnext101_32x4d"},
                                                           {"se-resnext101-32x4d", "seresnext101_32x4d"},
                                                           {"efficientnet-b0", "efficientnet_b0"},
                                                           {"efficientnet-b4", "efficientnet_b4"},
                                                           {"efficientnet_v1-b0", "efficientnet_b0"},
                                                           {"efficientnet_v1-b4", "efficientnet_b4"},
                                                           {"efficientnet_v2", "efficientnetv2_s"},
                                                           {"bert", "bert-large"},
                                                           {"bert_large_squad", "bert-large"},
                                                           {"bert_base_squad", "bert-base"},
                                                           {"vgg16", "vgg16"},
                                                           {"alexnet", "alexnet"}};
  const auto found = names.find(lower(row.at("model")));
  return found == names.end() ? "" : found->second;
}

std::string catalogue_gpu(const std::string& text) {
  const std::string t = lower(text);
  const bool sxm = has(t, "sxm");
  if (has(t, "a100")) {
    const std::string size = has(t, "80") ? "80gb" : "40gb";
    return (has(t, "pcie") ? "a100-pcie-" : "a100-sxm4-") + size;
  }
  if (has(t, "v100")) return has(t, "32") ? "v100-sxm2-32gb" : "v100-sxm2-16gb";
  if (has(t, "h100")) return sxm ? "h100-sxm" : "h100-pcie";
  if (has(t, "p100")) return "p100-sxm2-16gb";
  if (has(t, "k80")) return "k80";
  if (has(t, "3090")) return "rtx3090";
  if (has(t, "4090")) return "rtx4090";
  if (has(t, "2080") && has(t, "ti")) return "rtx2080ti";
  if (has(t, "1080") && has(t, "ti")) return "gtx1080ti";
  if (has(t, "a6000")) return "rtx-a6000";
  if (has(t, "a40") && !has(t, "a4000")) return "a40";
  if (has(t, "a30")) return "a30";
  if (has(t, "8000")) return "quadro-rtx8000";
  return "";
}

/// GPUs on the board: "[8x RTX 3090]", else the largest size of the curve.
int board_size(const std::string& interconnect, int most) {
  const std::size_t open = interconnect.find('[');
  if (open != std::string::npos && open + 1 < interconnect.size()) {
    std::size_t i = open + 1;
    int n = 0;
    while (i < interconnect.size() && std::isdigit(static_cast<unsigned char>(interconnect[i])))
      n = n * 10 + (interconnect[i++] - '0');
    if (n > 1 && n <= 16 && i < interconnect.size() && interconnect[i] == 'x') return std::max(n, most);
  }
  return most;
}

struct SystemChoice {
  std::string name;
  bool keep_gpu = true;
  std::string kind;
};

SystemChoice system_of(const std::string& text, const std::string& gpu) {
  if (has(text, "DGX-1") && has(gpu, "p100")) return {"dgx-1-p100", false, "nvlink node"};
  if (has(text, "DGX-1")) return {"dgx-1-v100", true, "nvlink node"};
  if (has(text, "DGX A100") || has(text, "NVIDIA A100 (8x A100")) return {"dgx-a100", true, "nvlink node"};
  if (has(text, "SXM3") || has(text, "HP16") || has(text, "DGX-2")) return {"dgx-2", false, "nvlink node"};
  if (has(text, "NVLink bridges")) return {"nvbridge", true, "pcie node"};
  if (has(text, "PCIe") || has(text, "PCIE") || has(text, "no NVLink")) return {"pcie", true, "pcie node"};
  return {"nvlink", true, "nvlink node"};
}

/// What the framework puts on the wire and when (NVIDIA DeepLearningExamples' and Lambda's launch scripts).
void apply_framework(sim::Scenario& s, const Row& row, const std::string& model) {
  const std::string& framework = row.at("framework");
  const std::string& precision = row.at("precision");
  const bool half = has(precision, "16") || has(precision, "mixed") || has(precision, "amp");
  s.compute.precision = half ? topology::Precision::fp16 : topology::Precision::fp32;
  const bool ampere = has(row.at("gpu"), "A100") || has(row.at("gpu"), "30") || has(row.at("gpu"), "A6000") ||
                      has(row.at("gpu"), "A40");
  if (!half && (has(precision, "tf32") || ampere)) s.compute.precision = topology::Precision::tf32;
  s.compute.layout = workloads::Layout::nchw;
  if (has(framework, "tf_cnn") || has(framework, "TF1.15") || has(framework, "TF 1.x")) {
    s.gradient_element = Bytes(half ? 2 : 4);  // compact_gradient_transfer
    s.broadcast_buffers = false;
    s.overlap = false;
  } else if (has(framework, "TensorFlow") || has(framework, "MxNet")) {  // Horovod
    s.first_bucket = s.bucket = Bytes(64.0 * 1024 * 1024);
    s.broadcast_buffers = false;
    if (half) s.gradient_element = Bytes(2);
  }
  if (model.rfind("bert", 0) == 0) {
    s.compute.optimizer = workloads::Optimizer::adam;
    s.compute.flash_attention = false;
    s.overlap = false;  // gradients are averaged in one go after the backward, or after the accumulation
    if (half) s.gradient_element = Bytes(2);
  }
}

std::int64_t batch_of(const Row& row, const std::string& model) {
  const double stated = number(row.at("per_gpu_batch")), accumulation = number(row.at("grad_accum"));
  if (stated >= 1 && stated < 1024) return static_cast<std::int64_t>(stated);
  if (stated >= 1024 && accumulation > 1)
    return std::max<std::int64_t>(1, static_cast<std::int64_t>(stated / accumulation));
  if (stated >= 1024 && model.rfind("resnet", 0) == 0) return static_cast<std::int64_t>(stated);
  // DeepLearningExamples' launch scripts where the table has no batch.
  const bool half = has(row.at("precision"), "16") || has(row.at("precision"), "mixed");
  if (model == "resnet50" && has(row.at("source"), "DeepLearningExamples")) return half ? 256 : 128;
  if (model.rfind("resnext101", 0) == 0 || model.rfind("seresnext", 0) == 0) return half ? 128 : 64;
  if (model == "efficientnet_b0") return half ? 256 : 128;
  if (model == "efficientnet_b4") return half ? 64 : 32;
  return 0;
}

/// Why a row is not used; empty when it is.
std::string reason_to_leave_out(const Row& row, const std::string& model, const std::string& gpu,
                                std::int64_t batch) {
  if (model.empty()) return "model not in the zoo: " + row.at("model");
  if (gpu.empty()) return "GPU not in the catalogue: " + row.at("gpu");
  if (has(row.at("framework"), "May 2017")) return "parameter server, not all-reduce (TensorFlow 2017)";
  if (has(row.at("source"), "mlcommons")) return "MLPerf: time to train mixes speed with convergence";
  if (batch == 0) return "batch not recorded: " + row.at("model") + " " + row.at("source").substr(0, 25);
  const std::string& text = row.at("interconnect_system");
  if (has(text, "_v1]") && has(text, "SXM"))
    return "Lambda SXM rows of generation v1: 3-8 GB/s between GPUs at every count, as if NVLink were off";
  if (has(text, "HP16") || text == "SXM [8x V100 32GB]")
    return "Lambda V100-SXM3 HP16 with TensorFlow: fp16 rows at 8 GPUs odd (data README)";
  return "";
}

std::string source_of(const Row& row) {
  const std::string& s = row.at("source");
  return s.substr(0, s.find_first_of("@ "));
}

workloads::ModelOptions shape_of(const Row& row, const std::string& model) {
  workloads::ModelOptions options;
  if (model.rfind("bert", 0) == 0) {
    options.sequence = has(row.at("model"), "squad") || has(row.at("notes"), "SQuAD") ? 384 : 128;
    if (has(row.at("notes"), "ength=512")) options.sequence = 512;
  }
  return options;
}

}  // namespace

ScalingTable read_scaling_table(const std::string& file, const DataCatalogue& data) {
  std::map<std::string, std::vector<Row>> by_curve;
  for (Row& row : read_rows(file)) by_curve[row.at("curve_id")].push_back(std::move(row));
  std::map<std::string, int> reasons;
  ScalingTable table;
  for (const auto& [id, rows] : by_curve) {
    const auto base =
        std::find_if(rows.begin(), rows.end(), [](const Row& r) { return number(r.at("gpus")) == 1; });
    const bool many =
        std::any_of(rows.begin(), rows.end(), [](const Row& r) { return number(r.at("gpus")) > 1; });
    if (base == rows.end() || !many) continue;
    std::string model = zoo_model(*base);
    const std::vector<std::string> zoo = workloads::model_names(data);
    if (!std::binary_search(zoo.begin(), zoo.end(), model)) model.clear();
    const std::string gpu = catalogue_gpu(base->at("gpu"));
    const std::int64_t batch = batch_of(*base, model);
    std::map<std::string, sim::MeasuredCurve> by_system;
    for (const Row& row : rows) {
      const int gpus = static_cast<int>(number(row.at("gpus")));
      if (gpus <= 1) continue;
      const std::string reason = reason_to_leave_out(row, model, gpu, batch);
      if (!reason.empty()) {
        ++reasons[reason];
        continue;
      }
      const std::string& text = row.at("interconnect_system");
      sim::MeasuredCurve& curve = by_system[text];
      const double base_rate = number(base->at("throughput"));
      if (curve.name.empty()) {
        curve.name = id;
        curve.source = source_of(row);
        curve.scenario.model = workloads::load_model(model, shape_of(*base, model), data);
        apply_framework(curve.scenario, *base, model);
        curve.scenario.compute.batch = batch;
        curve.scenario.accumulation =
            std::max<std::int64_t>(1, static_cast<std::int64_t>(number(base->at("grad_accum"))));
        curve.scenario.step_time = Seconds(static_cast<double>(batch) / base_rate);
        const SystemChoice choice = system_of(text, gpu);
        topology::ClusterOptions options;
        if (choice.keep_gpu) options.gpu = gpu;
        int most_nodes = 1, most_gpus = gpus;
        for (const Row& other : rows) {
          if (other.at("interconnect_system") != text) continue;
          most_nodes = std::max(most_nodes, static_cast<int>(number(other.at("nodes"))));
          most_gpus = std::max(most_gpus, static_cast<int>(number(other.at("gpus"))));
        }
        if (most_nodes > 1) options.nodes = most_nodes;
        if (choice.name == "pcie" || choice.name == "nvlink" || choice.name == "nvbridge")
          options.gpus_per_node = board_size(text, most_gpus);
        curve.kind = most_nodes > 1 ? "several nodes" : choice.kind;
        curve.system.name = choice.name;
        try {
          curve.system.cluster = topology::load_cluster(choice.name, options, data);
        } catch (const InputError& error) {
          ++reasons[error.message()];
          by_system.erase(text);
          continue;
        }
        curve.system.collectives = comm::make_nccl_model(curve.system.cluster);
      }
      sim::MeasuredPoint point;
      point.gpus = gpus;
      point.speedup = number(row.at("throughput")) * (has(row.at("unit"), "/GPU") ? gpus : 1) / base_rate;
      const std::int64_t own = batch_of(row, model);
      const double accumulation = std::max(1.0, number(row.at("grad_accum")));
      if (own != batch || accumulation > 1 || curve.scenario.accumulation > 1) {
        point.global_batch = static_cast<std::int64_t>(static_cast<double>(own) * accumulation) * gpus;
        point.microbatch = own;
      }
      if (gpus > curve.system.cluster.gpus()) {
        ++reasons["more GPUs than the system has"];
        continue;
      }
      curve.points.push_back(point);
      ++table.rows_used;
    }
    for (auto& [text, curve] : by_system)
      if (!curve.points.empty()) table.curves.push_back(std::move(curve));
  }
  for (const auto& [reason, count] : reasons) table.left_out.push_back(fmt::format("{:5} {}", count, reason));
  return table;
}

}  // namespace scalesim
