// Models from files: TOML written by people, ONNX written by frameworks.
#pragma once

#include <string>

#include "workloads/build/transformer.h"
#include "workloads/model/model.h"

namespace scalesim::inline core {
class TomlTable;
}

namespace scalesim::workloads {

/// The keys of DESIGN.md section 3, "Model files". Throws InputError with the place of what is wrong.
Model read_model(const TomlTable& table, const std::string& name, const ModelOptions& options);

/// The configuration of a model of kind "transformer"; sequence is the file's own or the option's.
TransformerConfig read_transformer(const TomlTable& table, const std::string& name,
                                   const ModelOptions& options);

/// A model of kind "layers".
Model read_layers(const TomlTable& table, const std::string& name, const ModelOptions& options);

/// An ONNX graph, one layer per operator that does work. Throws InputError when the file is damaged or its
/// graph has a cycle, impossible dimensions or lost weights, and when ONNX was left out of this build.
Model read_onnx(const std::string& path, const ModelOptions& options);

}  // namespace scalesim::workloads
