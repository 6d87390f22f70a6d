// Options of what is computed (the network, its shapes, precision, layout, mode), shared by the commands that
// take a model.
#pragma once

#include <string>
#include <vector>

#include "cli/shell/command.h"
#include "workloads/compute/step.h"
#include "workloads/model/model.h"

namespace scalesim::cli {

/// --seq --image --precision --layout --compiled --mode --optimizer --recompute --stack.
std::vector<Option> compute_options();

/// The network of this name or file with the shapes that were asked for. Throws InputError.
workloads::Model model_from(const std::string& name, const Options& options, const DataCatalogue& data);

/// What was asked for, for this model; the batch is --batch, or `batch`.
workloads::ComputeSettings compute_from(const Options& options, const workloads::Model& model,
                                        std::int64_t batch);

}  // namespace scalesim::cli
