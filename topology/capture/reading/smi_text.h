// What the text forms of nvidia-smi share.
#pragma once

#include <optional>
#include <string_view>

#include "topology/capture/reading/reading.h"

namespace scalesim::topology {

/// "GPU 0: NVIDIA H200 (UUID: GPU-...)" as `nvidia-smi -L` and `nvlink` print it; older drivers leave the
/// UUID out.
std::optional<GpuReading> smi_gpu_line(std::string_view line);

}  // namespace scalesim::topology
