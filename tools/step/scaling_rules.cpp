// The rules themselves: texts that people wrote in tables, and what they stand for.
#include "scaling_rules.h"
#include "topology/parts/gpu_catalogue.h"

#include <algorithm>
#include <cctype>
#include <cmath>

namespace scalesim {
namespace {

/// "LambdaCloud_4xQuadro_RTX_6000" and the like: what stands behind the last "Nx", with blanks.
std::string product_of(std::string text) {
  for (std::size_t i = 1; i < text.size(); ++i)
    if (text[i] == 'x' && std::isdigit(static_cast<unsigned char>(text[i - 1]))) text.erase(0, i + 1), i = 0;
  std::replace(text.begin(), text.end(), '_', ' ');
  return text;
}

/// The calibrated software stack that comes nearest to a table's.
std::string stack_of(const Row& row) {
  const std::string& framework = row.at("framework");
  if (has(framework, "tf_cnn") || has(framework, "TF1.15") || has(framework, "TF 1.x")) return "tf-cnn";
  if (has(row.at("source"), "DeepLearningExamples")) return "dle";
  return has(row.at("source"), "lambdal/deeplearning-benchmark") ? "lambda" : "";
}

/// Cores that decode and augment ImageNet (the EfficientNet recipes augment on the host; those of ResNet
/// decode on the GPU) in the machines of DeepLearningExamples' tables: two EPYC 7742 or two Xeon E5-2698 v4
/// (data sheets of DGX A100 and DGX-1).
double host_cores(const Row& row) { return has(row.at("gpu"), "A100") ? 128 : 40; }

}  // namespace

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
                                                           {"mpt-125m", "gpt3-125m"},
                                                           {"mpt-350m", "gpt3-350m"},
                                                           {"mpt-760m", "gpt3-760m"},
                                                           {"mpt-1b", "gpt3-1.3b"},
                                                           {"mpt-3b", "gpt3-2.7b"},
                                                           {"mpt-7b", "gpt3-6.7b"},
                                                           {"mpt-13b", "gpt3-13b"},
                                                           {"alexnet", "alexnet"}};
  const auto found = names.find(lower(row.at("model")));
  return found == names.end() ? "" : found->second;
}

std::string catalogue_gpu(const std::string& text, const topology::GpuCatalogue& catalogue) {
  const std::string t = lower(text);
  if (has(t, "a100")) {
    const std::string size = has(t, "80") ? "80gb" : "40gb";
    return (has(t, "pcie") ? "a100-pcie-" : "a100-sxm4-") + size;
  }
  if (has(t, "v100")) return has(t, "32") ? "v100-sxm2-32gb" : "v100-sxm2-16gb";
  if (has(t, "h100")) return has(t, "pcie") ? "h100-pcie" : "h100-sxm";
  if (has(t, "p100")) return "p100-sxm2-16gb";
  if (has(t, "k80")) return "k80";
  const auto known = catalogue.by_product(product_of(text));
  return known ? known->name : "";
}

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

SystemChoice system_of(const std::string& text, const std::string& gpu) {
  if (has(text, "DGX-1") && has(gpu, "p100")) return {"dgx-1-p100", false, "nvlink node"};
  if (has(text, "DGX-1")) return {"dgx-1-v100", true, "nvlink node"};
  if (has(text, "DGX A100") || has(text, "NVIDIA A100 (8x A100")) return {"dgx-a100", true, "nvlink node"};
  if (has(text, "1600 Gbps RoCE")) return {"dgx-a100", true, "nvlink node"};
  if (has(text, "8x SXM NVSwitch")) return {"dgx-h100", true, "nvlink node"};
  if (has(text, "SXM3") || has(text, "HP16") || has(text, "DGX-2")) return {"dgx-2", false, "nvlink node"};
  if (has(text, "NVLink bridges")) return {"nvbridge", true, "pcie node"};
  if (has(text, "PCIe") || has(text, "PCIE") || has(text, "no NVLink")) return {"pcie", true, "pcie node"};
  return {"nvlink", true, "nvlink node"};
}

void apply_framework(sim::Scenario& s, const Row& row, const std::string& model) {
  const std::string& framework = row.at("framework");
  const std::string& precision = row.at("precision");
  const bool half = has(precision, "16") || has(precision, "mixed") || has(precision, "amp");
  s.compute.precision = half ? topology::Precision::fp16 : topology::Precision::fp32;
  const bool ampere = has(row.at("gpu"), "A100") || has(row.at("gpu"), "30") || has(row.at("gpu"), "A6000") ||
                      has(row.at("gpu"), "A40");
  if (!half && (has(precision, "tf32") || ampere)) s.compute.precision = topology::Precision::tf32;
  s.compute.stack = stack_of(row);
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
  if (model.rfind("efficientnet", 0) == 0 && has(row.at("source"), "DeepLearningExamples"))
    s.host_cores = host_cores(row);
  if (has(framework, "FSDP")) {  // llm-foundry's yamls: mixed_precision PURE, flash attention
    s.strategy = "fsdp";
    s.compute.precision = topology::Precision::bf16;
    s.compute.optimizer = workloads::Optimizer::adam;
    s.gradient_element = Bytes(2);
    if (has(row.at("notes"), "act_ckpt=True")) s.compute.recompute = workloads::Recompute::full;
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

std::int64_t accumulation_of(const Row& row, std::int64_t batch) {
  const std::string& notes = row.at("notes");
  constexpr std::string_view kWhole = "accumulated_batch_per_gpu=";
  const std::size_t at = notes.find(kWhole);
  if (at != std::string::npos && batch > 0)
    return std::max<std::int64_t>(
        1, std::llround(number(notes.substr(at + kWhole.size())) / static_cast<double>(batch)));
  return std::max<std::int64_t>(1, static_cast<std::int64_t>(number(row.at("grad_accum"))));
}

double samples_per_second(const Row& row, std::int64_t sequence) {
  double rate = number(row.at("throughput"));
  if (has(row.at("unit"), "/GPU")) rate *= number(row.at("gpus"));
  if (has(row.at("unit"), "tok/s") && sequence > 0) rate /= static_cast<double>(sequence);
  return rate;
}

std::string reason_to_leave_out(const Row& row, const std::string& model, const std::string& gpu,
                                std::int64_t batch) {
  if (model.empty()) return "model not in the zoo: " + row.at("model");
  if (gpu.empty()) return "GPU not in the catalogue: " + row.at("gpu");
  if (has(row.at("framework"), "May 2017")) return "parameter server, not all-reduce (TensorFlow 2017)";
  if (has(row.at("precision"), "fp8")) return "fp8 with a stack of 2023 that no calibration describes";
  if (has(row.at("source"), "mlcommons") || has(row.at("source"), "mlperf"))
    return "MLPerf: time to train mixes speed with convergence";
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
    const bool squad = has(row.at("model"), "squad") || has(row.at("notes"), "SQuAD") ||
                       has(row.at("source"), "SQuAD") || has(row.at("source"), "Fine-tuning");
    options.sequence = squad ? 384 : 128;
    if (has(row.at("notes"), "ength=512")) options.sequence = 512;
  }
  const std::size_t stated = row.at("notes").find("seq=");
  if (stated != std::string::npos)
    options.sequence = static_cast<std::int64_t>(number(row.at("notes").substr(stated + 4)));
  return options;
}

}  // namespace scalesim
