// Which rows of the scaling table belong to which stack, and what they ran.
#include "tools/compute/suites.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <set>

#include "tools/compute/csv.h"
#include "topology/parts/gpu_catalogue.h"
#include "workloads/compute/time.h"

namespace scalesim::workloads::calibrate {
namespace {

using topology::Precision;

/// A row belongs to the first rule whose texts its source and framework contain.
struct Rule {
  std::string_view source, framework, stack;
};
constexpr std::array<Rule, 5> kRules = {{
    {"NVIDIA/DeepLearningExamples", "PyTorch", "dle"},
    {"NVIDIA/DeepLearningExamples", "MxNet", "dle"},
    {"lambdal/deeplearning-benchmark", "NGC 22.09", "lambda"},
    {"lambda-tensorflow-benchmark", "XLA", "tf-cnn"},
    {"server-gear.com", "NGC 20.12", "tf-cnn"},
}};

/// The table's name of a network, the zoo's, tokens per sequence (0: images). BERT's pre-training rows of 512
/// tokens are left out: they exceed what the matrix units can do, so padding was skipped there.
struct Network {
  std::string_view table, zoo;
  std::int64_t sequence = 0;
};
constexpr std::array<Network, 13> kNetworks = {{{"RN50v1.5", "resnet50"},
                                                {"resnet50v1.5", "resnet50"},
                                                {"resnet50", "resnet50"},
                                                {"resnet152", "resnet152"},
                                                {"resnext101-32x4d", "resnext101_32x4d"},
                                                {"se-resnext101-32x4d", "seresnext101_32x4d"},
                                                {"efficientnet-b0", "efficientnet_b0"},
                                                {"efficientnet-b4", "efficientnet_b4"},
                                                {"inception3", "inception_v3"},
                                                {"inception4", "inception_v4"},
                                                {"bert_base_squad", "bert-base", 384},
                                                {"bert_large_squad", "bert-large", 384},
                                                {"BERT", "bert-large", 128}}};

/// Boards that the tables name by the machine they are in.
constexpr std::array<std::array<std::string_view, 2>, 7> kBoards = {{{"V100 16GB", "v100-sxm2-16gb"},
                                                                     {"V100 32GB", "v100-sxm2-32gb"},
                                                                     {"A100 40GB", "a100-sxm4-40gb"},
                                                                     {"A100 80GB", "a100-sxm4-80gb"},
                                                                     {"A100 40GB PCIe", "a100-pcie-40gb"},
                                                                     {"RTX 8000", "quadro-rtx8000"},
                                                                     {"GTX 1080Ti", "gtx1080ti"}}};

std::optional<topology::GpuSpec> board(const topology::GpuCatalogue& gpus, std::string name) {
  std::replace(name.begin(), name.end(), '_', ' ');
  for (const auto& [table, catalogue] : kBoards) {
    if (name == table) return gpus.find(catalogue);
  }
  return gpus.by_product(name);
}

bool belongs(const Table& table, std::size_t row, const std::string& stack) {
  for (const Rule& rule : kRules) {
    if (table.text(row, "source").find(rule.source) == std::string::npos) continue;
    if (table.text(row, "framework").find(rule.framework) != std::string::npos) return rule.stack == stack;
  }
  return false;
}

/// What arithmetic a row ran in; nothing for rows that do not say.
std::optional<Precision> precision_of(const std::string& text, const topology::GpuSpec& gpu) {
  if (text == "mixed" || text == "fp16/amp" || text == "fp16") return Precision::fp16;
  if (text.rfind("tf32", 0) == 0 || text.rfind("fp32", 0) == 0) {
    return gpu.peak.count(Precision::tf32) != 0 ? Precision::tf32 : Precision::fp32;
  }
  return std::nullopt;
}

std::optional<Network> network_of(const Table& table, std::size_t row) {
  const std::string& notes = table.text(row, "notes");
  for (const Network& network : kNetworks) {
    if (table.text(row, "model") != network.table) continue;
    const bool says = notes.find("equence length=" + std::to_string(network.sequence)) != std::string::npos;
    if (network.table != "BERT" || says) return network;
  }
  return std::nullopt;
}

/// Samples per GPU and micro-step. NVIDIA's ConvNet tables leave it out; their scripts train with 256 in
/// mixed precision and 128 otherwise. BERT's pre-training rows state what is accumulated, not what runs at
/// once.
std::int64_t batch_of(const Table& table, std::size_t row, Precision precision, const Network& network) {
  const double stated = table.number(row, "per_gpu_batch");
  const std::int64_t usual = precision == Precision::fp16 ? 256 : 128;
  if (network.sequence > 0 && (std::isnan(stated) || stated > 512)) {
    return std::max<std::int64_t>(1, (precision == Precision::fp16 ? 8192 : 4096) / network.sequence);
  }
  return std::isnan(stated) ? usual : static_cast<std::int64_t>(stated);
}

ComputeSettings settings_of(const std::string& stack, Precision precision, const Network& network) {
  ComputeSettings settings;
  settings.stack = stack;
  settings.precision = precision;
  settings.layout = stack == "tf-cnn" ? Layout::nchw : Layout::nhwc;
  settings.compiled = stack == "tf-cnn";  // XLA
  settings.optimizer = network.sequence > 0 ? Optimizer::adam : Optimizer::momentum;
  settings.flash_attention = false;
  return settings;
}

}  // namespace

std::vector<Observation> read_suite(const std::string& path, const std::string& stack, Arithmetic arithmetic,
                                    const topology::GpuCatalogue& gpus, const LoadSequence& load) {
  const Table table = Table::read(path);
  std::vector<Observation> observations;
  std::set<std::string> seen;
  for (std::size_t row = 0; row < table.size(); ++row) {
    if (table.text(row, "gpus") != "1" || !belongs(table, row, stack) ||
        !(table.number(row, "throughput") > 0))
      continue;
    const auto gpu = board(gpus, table.text(row, "gpu"));
    const auto network = network_of(table, row);
    if (!gpu || !network) continue;
    const auto precision = precision_of(table.text(row, "precision"), *gpu);
    if (!precision || arithmetic_of(*gpu, *precision) != arithmetic) continue;
    const auto model = load(std::string(network->zoo), network->sequence);
    if (!model) continue;
    ComputeSettings settings = settings_of(stack, *precision, *network);
    settings.batch = batch_of(table, row, *precision, *network);
    const std::string label =
        std::string(network->zoo) + " " + gpu->name + " batch " + std::to_string(settings.batch);
    const double measured = static_cast<double>(settings.batch) / table.number(row, "throughput");
    if (!seen.insert(label + std::to_string(measured)).second) continue;
    const auto plan = std::make_shared<const LayerPlan>(plan_layers(*model, settings));
    observations.push_back({gpu->name, label, measured, [=, gpu = *gpu](const ComputeConstants& constants) {
                              return ComputeModel(gpu, settings, constants).step(*plan).total().value();
                            }});
  }
  return observations;
}

}  // namespace scalesim::workloads::calibrate
