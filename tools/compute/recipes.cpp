// The list of fits.
#include "tools/compute/recipes.h"

#include <algorithm>

#include "tools/compute/operators.h"
#include "tools/compute/suites.h"
#include "tools/compute/transformers.h"

namespace scalesim::workloads::calibrate {
namespace {

using topology::Precision;
using Names = std::vector<std::string_view>;

Names operator+(Names a, const Names& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

const Names kNetwork = {"convolution_efficiency", "matrix_efficiency", "grouped_efficiency", "depth_half",
                        "memory_fraction",        "row_fraction",      "depthwise_fraction", "depthwise_rate",
                        "broadcast_fraction",     "thin_passes",       "row_half_bytes"};
const Names kGradients = {"depthwise_gradient", "depthwise_stride",    "data_gradient",
                          "filter_gradient",    "batch_norm_fraction", "score_passes"};

std::string gpu_word(const std::string& table) { return table == "RTX 3090" ? "rtx3090" : "rtx4090"; }

/// A fit to timm's tables. The GPUs there boost beyond their datasheet clock, so efficiencies run into their
/// bound of 1.
Recipe timm(const std::string& name, const std::string& base, const NetworkFilter& filter) {
  const bool training = filter.mode == Mode::training;
  Recipe recipe;
  recipe.name = name;
  recipe.base = base;
  recipe.scope = {gpu_word(filter.gpu),
                  filter.gpu == "RTX 3090" ? 86 : 89,
                  "pytorch",
                  "tensor",
                  std::string(to_text(filter.layout)),
                  std::string(to_text(filter.mode)),
                  filter.compiled};
  recipe.attention = "attention-flash-2";
  recipe.free = training ? kNetwork + kGradients : kNetwork;
  if (filter.layout == Layout::nchw) recipe.free.push_back("layout_passes");
  if (filter.layout == Layout::nhwc && training) recipe.free.push_back("odd_filter_rate");
  recipe.source = "timm benchmark tables, " + filter.gpu + ", AMP, " + std::string(to_text(filter.layout)) +
                  (filter.compiled ? ", compiled" : ", eager") + ", PyTorch " +
                  std::to_string(filter.first_torch / 100) + "." +
                  std::to_string(filter.first_torch % 100 / (filter.first_torch >= 200 ? 10 : 1)) + "+";
  // Batches of hundreds say nothing about the shortest kernel; left free it would hide what else is missing.
  recipe.adjust = [](ComputeConstants& c) {
    c.l2_gain = 3;
    c.kernel_floor_s = 4e-6;
  };
  recipe.rows = [filter, training](const Tables& tables) {
    const std::string file = training ? "/timm_train.csv" : "/timm_infer.csv";
    return read_networks(tables.folder + file, filter, tables.gpus.find(gpu_word(filter.gpu)),
                         tables.load_image);
  };
  return recipe;
}

/// A fit to single FP32 operators of one GPU; the harness' own floor is fitted and then dropped.
Recipe operators(const std::string& gpu, int compute_capability, bool power_limited = false) {
  Recipe recipe;
  recipe.harness_floor = true;
  recipe.name = "pytorch-fp32-" + gpu;
  recipe.scope = {gpu, compute_capability, "pytorch", "fp32", "", "", false, power_limited};
  recipe.free = {"matrix_efficiency", "convolution_efficiency", "depth_half",
                 "memory_fraction",   "row_fraction",           "l2_gain",
                 "kernel_floor_s"};
  recipe.source =
      "single-operator times of NeuSight's tables (linear, bmm, conv, element-wise, softmax, layer norm)";
  recipe.adjust = [](ComputeConstants& c) { c.kernel_floor_s = 30e-6; };
  recipe.rows = [gpu](const Tables& tables) {
    std::vector<Observation> rows;
    for (const auto& read : {read_neusight, read_neusight_convolutions}) {
      for (const OperatorSet& set : read(tables.folder, tables.gpus)) {
        // One row in four is plenty for seven constants.
        for (std::size_t i = 0; set.gpu.name == gpu && i < set.observations.size(); i += 4)
          rows.push_back(set.observations[i]);
      }
    }
    return rows;
  };
  return recipe;
}

/// A fit to single cuBLAS and cuDNN kernels over the GPUs of one architecture: what answers a GPU of it that
/// nobody measured. Groups are the GPUs where there are several, so that each is predicted from the others.
Recipe kernels(const std::string& name, const std::string& base, const Names& gpus,
               topology::Precision precision, Arithmetic arithmetic, int compute_capability) {
  Recipe recipe;
  recipe.name = name;
  recipe.base = base;
  const std::string mode = arithmetic == Arithmetic::fp32 ? "" : "training";  // as the bases are
  recipe.scope = {"", compute_capability, "pytorch", std::string(to_text(arithmetic)), "", mode, false};
  recipe.free = {"matrix_efficiency", "convolution_efficiency",
                 "data_gradient",     "filter_gradient",
                 "depth_half",        "wave_fill",
                 "small_tiles",       "memory_fraction",
                 "kernel_floor_s",    "strided_data"};
  if (arithmetic == Arithmetic::fp32) recipe.free.push_back("winograd_gain");
  recipe.source = "single kernels of DeepBench (products; convolutions forward, data and filter gradient)";
  recipe.adjust = [](ComputeConstants&) {};
  recipe.rows = [gpus, precision](const Tables& tables) {
    std::vector<Observation> rows;
    for (const OperatorSet& set : read_deepbench(tables.folder, tables.gpus)) {
      if (set.precision != precision || std::find(gpus.begin(), gpus.end(), set.gpu.name) == gpus.end())
        continue;
      for (Observation row : set.observations) {
        row.label = row.group + " " + row.label;
        if (gpus.size() > 1) row.group = set.gpu.name;
        rows.push_back(std::move(row));
      }
    }
    return rows;
  };
  return recipe;
}

/// A fit to the one-GPU rows of a suite, over all its GPUs.
Recipe suite(const std::string& stack, Arithmetic arithmetic, const std::string& base, int compute_capability,
             const Names& free) {
  Recipe recipe;
  recipe.name = stack + "-" + std::string(to_text(arithmetic));
  recipe.base = base;
  recipe.scope = {"", compute_capability, stack, std::string(to_text(arithmetic)), "", "", false};
  recipe.free = free;
  recipe.source = "one-GPU rows of the scaling table, stack " + stack;
  recipe.adjust = [stack](ComputeConstants& c) { c.fused_optimizer = stack == "tf-cnn" ? 0 : 1; };
  recipe.rows = [stack, arithmetic](const Tables& tables) {
    return read_suite(tables.folder + "/scaling.csv", stack, arithmetic, tables.gpus, tables.load_sequence);
  };
  return recipe;
}

/// A fit to single fused attention kernels of one generation.
Recipe attention(const std::string& name, const std::string& kernel, bool native) {
  Recipe recipe;
  recipe.name = name;
  recipe.scope = {"", 0, "", "tensor", "", "", false};
  recipe.free = {"attention_forward", "attention_backward", "attention_vector", "attention_vector_backward"};
  recipe.source = "attention kernels of data/calibration/attention.toml, " + kernel;
  recipe.adjust = [native](ComputeConstants& c) { c.attention_native = native ? 1 : 0; };
  recipe.rows = [kernel](const Tables& tables) { return read_attention(tables.data, kernel, tables.gpus); };
  return recipe;
}

/// A fit to steps of large language models on one server; `kernel` is the recipe whose attention they ran.
Recipe steps(const std::string& name, const std::string& base, const std::string& stack,
             int compute_capability, const StepFilter& filter, const std::string& kernel, const Names& free) {
  Recipe recipe;
  recipe.name = name;
  recipe.base = base;
  recipe.attention = kernel;
  recipe.scope = {"", compute_capability, stack, "tensor", "", "training", false};
  recipe.free = free;
  recipe.source = "llm-foundry's steps of MPT on 8 GPUs, " + filter.gpu + " " + filter.precision +
                  ", sequences of " + std::to_string(filter.shortest) + " to " +
                  std::to_string(filter.longest);
  // The stack's cross entropy is a fused kernel. What a board sustains is already below the base's share of
  // peak, so the fit begins where it is felt.
  recipe.adjust = [](ComputeConstants& c) {
    c.loss_bytes = 6;
    c.matrix_efficiency = std::min(c.matrix_efficiency, 0.75);
  };
  recipe.rows = [filter](const Tables& tables) {
    return read_steps(tables.folder + "/scaling.csv", filter, tables.gpus, tables.load_sequence);
  };
  return recipe;
}

/// What GEMMs and passes are on a GPU does not depend on the stack's attention: the same fit answers for
/// another stack with the kernels of `answers`.
Recipe answering(Recipe recipe, const std::string& answers) {
  recipe.answers = answers;
  recipe.scope.layout = "nhwc";  // as the base: networks of images keep what their layout costs
  return recipe;
}

/// PyTorch's own TF32: what PyTorch ran in the lambda suite, for want of a table with more networks.
Recipe pytorch_tf32(const Names& free) {
  Recipe recipe = suite("lambda", Arithmetic::tf32, "pytorch-tensor-nhwc-training", 80, free);
  recipe.name = "pytorch-tf32";
  recipe.scope.stack = "pytorch";
  return recipe;
}

}  // namespace

void copy_attention(const ComputeConstants& from, ComputeConstants& to) {
  for (const ConstantField& field :
       fields_named({"attention_forward", "attention_backward", "attention_vector",
                     "attention_vector_backward", "attention_native"}))
    to.*field.member = from.*field.member;
}

std::vector<Recipe> recipes() {
  constexpr Mode kTrain = Mode::training, kInfer = Mode::inference;
  constexpr Layout kNchw = Layout::nchw, kNhwc = Layout::nhwc;
  const Names few = {"convolution_efficiency", "matrix_efficiency", "memory_fraction", "score_passes",
                     "stack_factor"};
  const StepFilter ampere = {"a100_40gb", "bf16", 512, 4096, 16384};
  const StepFilter hopper = {"h100_80gb", "amp_bf16", 512, 2048, 16384};
  return {
      attention("attention-flash-2", "flash-attention-2", false),
      attention("attention-native", "native", true),
      timm("pytorch-tensor-nhwc-training", "", {"RTX 3090", kNhwc, false, kTrain, 112, 112}),
      timm("pytorch-tensor-nchw-training", "", {"RTX 3090", kNchw, false, kTrain, 112, 112}),
      timm("pytorch-tensor-nhwc-inference", "", {"RTX 3090", kNhwc, false, kInfer, 240, 299}),
      timm("pytorch-tensor-nchw-inference", "", {"RTX 3090", kNchw, false, kInfer, 240, 299}),
      timm("pytorch-tensor-nhwc-inference-rtx4090", "pytorch-tensor-nhwc-inference",
           {"RTX 4090", kNhwc, false, kInfer, 240, 299}),
      timm("pytorch-tensor-nchw-inference-rtx4090", "pytorch-tensor-nchw-inference",
           {"RTX 4090", kNchw, false, kInfer, 240, 299}),
      timm("pytorch-tensor-nchw-inference-compiled", "pytorch-tensor-nchw-inference",
           {"RTX 4090", kNchw, true, kInfer, 240, 299}),
      operators("p4", 61, true),
      operators("p100-pcie-16gb", 60),
      operators("v100-pcie-32gb", 70),
      operators("t4", 75, true),
      operators("a100-pcie-40gb", 80),
      operators("a100-pcie-80gb", 80),
      kernels("pytorch-fp32-maxwell", "", {"m40", "titan-x-maxwell"}, Precision::fp32, Arithmetic::fp32, 52),
      kernels("pytorch-fp32-pascal", "", {"gtx1080ti", "titan-x-pascal", "titan-xp"}, Precision::fp32,
              Arithmetic::fp32, 61),
      kernels("pytorch-tensor-volta", "pytorch-tensor-nhwc-training", {"v100-sxm2-32gb"}, Precision::fp16,
              Arithmetic::tensor, 70),
      kernels("pytorch-tensor-turing", "pytorch-tensor-nhwc-training", {"t4"}, Precision::fp16,
              Arithmetic::tensor, 75),
      steps("llm-foundry-tensor", "pytorch-tensor-nhwc-training", "llm-foundry", 80, ampere,
            "attention-flash-2",
            {"matrix_efficiency", "memory_fraction", "attention_forward", "attention_backward"}),
      steps("llm-foundry-tensor-hopper", "llm-foundry-tensor", "llm-foundry", 90, hopper,
            "llm-foundry-tensor", {"matrix_efficiency"}),
      answering(steps("pytorch-tensor-hopper", "pytorch-tensor-nhwc-training", "pytorch", 90, hopper,
                      "llm-foundry-tensor", {"matrix_efficiency"}),
                "attention-flash-2"),
      pytorch_tf32(few),
      suite("dle", Arithmetic::tensor, "pytorch-tensor-nhwc-training", 80, few),
      suite("dle", Arithmetic::tf32, "pytorch-tensor-nhwc-training", 80, few),
      suite("dle", Arithmetic::fp32, "pytorch-fp32-v100-pcie-32gb", 70, few),
      suite("lambda", Arithmetic::tensor, "pytorch-tensor-nhwc-training", 80, few),
      suite("lambda", Arithmetic::tf32, "pytorch-tensor-nhwc-training", 80, few),
      suite("lambda", Arithmetic::fp32, "pytorch-fp32-v100-pcie-32gb", 70, few),
      suite("tf-cnn", Arithmetic::tensor, "pytorch-tensor-nhwc-training", 80, few),
      suite("tf-cnn", Arithmetic::tf32, "pytorch-tensor-nhwc-training", 80, few),
      suite("tf-cnn", Arithmetic::fp32, "pytorch-fp32-v100-pcie-32gb", 70, few),
  };
}

}  // namespace scalesim::workloads::calibrate
