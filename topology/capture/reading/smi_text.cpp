// What the text forms of nvidia-smi share.
#include "topology/capture/reading/smi_text.h"

#include "topology/capture/text/text.h"

namespace scalesim::topology {

std::optional<GpuReading> smi_gpu_line(std::string_view line) {
  line = trim(line);
  if (line.substr(0, 4) != "GPU ") return std::nullopt;
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const std::optional<int> index = whole_number(trim(line.substr(4, colon - 4)));
  std::string_view name = trim(line.substr(colon + 1));
  if (!index || *index > 1023 || name.empty() || name.front() == '(') return std::nullopt;
  GpuReading gpu;
  gpu.index = *index;
  const std::size_t uuid = name.rfind(" (UUID:");
  if (uuid != std::string_view::npos) {
    std::string_view id = trim(name.substr(uuid + 7));
    if (!id.empty() && id.back() == ')') id.remove_suffix(1);
    gpu.uuid = known(id);
    name = trim(name.substr(0, uuid));
  }
  gpu.name = known(name);
  return gpu;
}

}  // namespace scalesim::topology
