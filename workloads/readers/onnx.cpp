// ONNX graphs as models.
#include "workloads/readers/model_file.h"

namespace scalesim::workloads {

#ifndef SCALESIM_HAS_ONNX
Model read_onnx(const std::string& path, const ModelOptions&) {
  throw InputError({path}, "this build of scalesim reads no ONNX: configure with libonnx-dev installed, or describe the model in TOML");
}
#endif

}  // namespace scalesim::workloads
