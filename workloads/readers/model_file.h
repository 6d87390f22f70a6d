// Models from files written by people.
#pragma once

#include <string>

#include "workloads/model.h"
#include "workloads/transformer.h"

namespace scalesim::workloads {

/// The keys of DESIGN.md section 3, "Model files". Throws InputError with the place of what is wrong.
Model read_model(const TomlTable& table, const std::string& name, const ModelOptions& options);

/// The configuration of a model of kind "transformer"; sequence is the file's own or the option's.
TransformerConfig read_transformer(const TomlTable& table, const std::string& name, const ModelOptions& options);

}  // namespace scalesim::workloads
