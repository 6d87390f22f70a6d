// Finding a model by name among the families of zoo/ and the files of data/models/, or in a file.
#pragma once

#include <string>
#include <vector>

#include "core/data_catalogue.h"
#include "workloads/model/model.h"

namespace scalesim::workloads {

/// A model by zoo name, .onnx file or .toml file. Throws InputError with the nearest name or the place in the
/// file.
Model load_model(const std::string& name_or_file, const ModelOptions& options, const DataCatalogue& data);
std::vector<std::string> model_names(const DataCatalogue& data);

}  // namespace scalesim::workloads
