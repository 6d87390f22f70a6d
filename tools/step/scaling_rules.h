// What the words of a published table mean: models, GPUs, systems, what a framework sends. Rules from texts,
// never by row.
#pragma once

#include <string>

#include "scaling_csv.h"
#include "sim/scenario/scenario.h"
#include "topology/parts/gpu_catalogue.h"

namespace scalesim {

/// The catalogue's name of a model as the tables write it; empty when it is not in the zoo.
std::string zoo_model(const Row& row);

/// The catalogue's name of a GPU as the tables write it; empty when it is not known.
std::string catalogue_gpu(const std::string& text, const topology::GpuCatalogue& catalogue);

/// GPUs on the board: "[8x RTX 3090]", else the largest size of the curve.
int board_size(const std::string& interconnect, int most);

struct SystemChoice {
  std::string name;
  bool keep_gpu = true;
  std::string kind;  ///< of one node: "nvlink node" or "pcie node"
};
SystemChoice system_of(const std::string& text, const std::string& gpu);

/// What the framework puts on the wire and when (launch scripts of NVIDIA DeepLearningExamples, Lambda and
/// llm-foundry). The scenario's model is set already.
void apply_framework(sim::Scenario& scenario, const Row& row, const std::string& model);

/// Samples per GPU and micro-step; 0 when not recorded.
std::int64_t batch_of(const Row& row, const std::string& model);
/// Micro-steps between two averages of gradients.
std::int64_t accumulation_of(const Row& row, std::int64_t batch);

/// Samples of one step per second over all GPUs; sequences where tokens are counted.
double samples_per_second(const Row& row, std::int64_t sequence);

/// Why a row is not used; empty when it is.
std::string reason_to_leave_out(const Row& row, const std::string& model, const std::string& gpu,
                                std::int64_t batch);

/// Who measured, such as "lambdal/deeplearning-benchmark".
std::string source_of(const Row& row);

workloads::ModelOptions shape_of(const Row& row, const std::string& model);

}  // namespace scalesim
