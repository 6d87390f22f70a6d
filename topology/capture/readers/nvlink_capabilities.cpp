// `nvidia-smi nvlink --capabilities`: what each NVLink may be used for. "Link is supported" is false on
// working V100 and H800 links, so it is no sign of health and is not read.
#include <fmt/format.h>

#include <set>

#include "core/error.h"
#include "topology/capture/reading/reader.h"
#include "topology/capture/reading/smi_text.h"
#include "topology/capture/text/text.h"

namespace scalesim::topology {
namespace {

struct CapabilityLine {
  int link = 0;
  std::string_view capability;
  bool value = false;
};

/// "Link 0, P2P is supported: true".
std::optional<CapabilityLine> capability_line(std::string_view line) {
  line = trim(line);
  if (line.substr(0, 5) != "Link ") return std::nullopt;
  const std::size_t comma = line.find(','), colon = line.rfind(':');
  if (comma == std::string_view::npos || colon == std::string_view::npos || colon < comma)
    return std::nullopt;
  const std::optional<int> link = whole_number(line.substr(5, comma - 5));
  const std::optional<bool> value = enabled(line.substr(colon + 1));
  if (!link || !value || *link > 255) return std::nullopt;
  return CapabilityLine{*link, trim(line.substr(comma + 1, colon - comma - 1)), *value};
}

class NvlinkCapabilities : public Reader {
 public:
  std::string_view name() const override { return "nvlink-capabilities"; }
  std::string_view description() const override {
    return "nvidia-smi nvlink --capabilities: what the NVLinks may be used for";
  }

  int recognises(const std::string& text) const override {
    for (std::string_view line : lines_of(text))
      if (capability_line(line)) return 90;
    return 0;
  }

  Reading read(const std::string& text, const std::string& file) const override {
    Reading reading;
    GpuReading* gpu = nullptr;
    int number = 0;
    for (std::string_view line : lines_of(text)) {
      ++number;
      if (auto heading = smi_gpu_line(line)) {
        reading.gpus.push_back(std::move(*heading));
        gpu = &reading.gpus.back();
        continue;
      }
      const std::optional<CapabilityLine> said = capability_line(line);
      if (!said) continue;
      if (gpu == nullptr) {
        reading.gpus.emplace_back();
        gpu = &reading.gpus.back();
        reading.warnings.push_back(
            fmt::format("line {}: links before any 'GPU n:' line; they are taken as those of GPU 0", number));
      }
      take(*said, *gpu);
    }
    if (reading.gpus.empty())
      throw InputError({file, 1, 0},
                       "no capability line was found; expected 'nvidia-smi nvlink --capabilities'");
    return reading;
  }

 private:
  static void take(const CapabilityLine& said, GpuReading& gpu) {
    if (gpu.capable_links.empty() || gpu.capable_links.back() != said.link)
      gpu.capable_links.push_back(said.link);
    if (said.capability == "P2P is supported") gpu.nvlink_peer = gpu.nvlink_peer.value_or(true) && said.value;
    if (said.capability == "System memory atomics supported")
      gpu.nvlink_system_atomics = gpu.nvlink_system_atomics.value_or(true) && said.value;
  }
};

}  // namespace

std::unique_ptr<Reader> make_reader_nvlink_capabilities() { return std::make_unique<NvlinkCapabilities>(); }

}  // namespace scalesim::topology
