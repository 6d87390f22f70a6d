// `nvidia-smi -L`: names and UUIDs, and the MIG instances below each GPU.
#include <fmt/format.h>

#include <algorithm>

#include "core/error.h"
#include "topology/capture/reading/reader.h"
#include "topology/capture/reading/smi_text.h"
#include "topology/capture/text/text.h"

namespace scalesim::topology {
namespace {

/// "MIG 3g.40gb     Device  0: (UUID: MIG-...)" -> "3g.40gb".
std::optional<std::string> mig_line(std::string_view line) {
  const std::vector<std::string_view> words = words_of(trim(line));
  if (words.size() < 4 || words[0] != "MIG" || words[2] != "Device") return std::nullopt;
  return std::string(words[1]);
}

class SmiList : public Reader {
 public:
  std::string_view name() const override { return "smi-list"; }
  std::string_view description() const override { return "nvidia-smi -L: names, UUIDs and MIG instances"; }

  int recognises(const std::string& text) const override {
    bool found = false;
    for (std::string_view line : lines_of(text)) {
      if (starts_with_word(line, "Link ") || line.find("NVML: Unable") != std::string_view::npos)
        return 0;  // nvlink
      const auto gpu = smi_gpu_line(line);
      found = found || (gpu && gpu->uuid);
    }
    return found ? 70 : 0;
  }

  /// Outputs of several pods on one host repeat "GPU 0" with one UUID: physical GPUs are distinct UUIDs.
  Reading read(const std::string& text, const std::string& file) const override {
    Reading reading;
    std::size_t current = 0;
    for (std::string_view line : lines_of(text)) {
      if (auto gpu = smi_gpu_line(line)) {
        const auto same =
            std::find_if(reading.gpus.begin(), reading.gpus.end(),
                         [&](const GpuReading& other) { return gpu->uuid && other.uuid == gpu->uuid; });
        current = static_cast<std::size_t>(same - reading.gpus.begin());
        if (reading.gpus.size() > 1023) throw InputError({file, 0, 0}, "more than 1024 GPUs are named");
        if (same == reading.gpus.end()) add(std::move(*gpu), reading);
      } else if (const auto profile = mig_line(line); profile && current < reading.gpus.size()) {
        reading.gpus[current].mig = true;
        reading.gpus[current].mig_devices.push_back(*profile);
      }
    }
    if (reading.gpus.empty())
      throw InputError({file, 1, 0}, "no 'GPU 0: name (UUID: ...)' line was found; expected 'nvidia-smi -L'");
    return reading;
  }

 private:
  static void add(GpuReading gpu, Reading& reading) {
    const auto taken = [&](int index) {
      return std::any_of(reading.gpus.begin(), reading.gpus.end(),
                         [&](const GpuReading& other) { return other.index == index; });
    };
    if (taken(gpu.index)) {
      int next = 0;
      for (const GpuReading& other : reading.gpus) next = std::max(next, other.index + 1);
      reading.warnings.push_back(
          fmt::format("GPU {} appears with two UUIDs; the second is counted as GPU {}", gpu.index, next));
      gpu.index = next;
    }
    reading.gpus.push_back(std::move(gpu));
  }
};

}  // namespace

std::unique_ptr<Reader> make_reader_smi_list() { return std::make_unique<SmiList>(); }

}  // namespace scalesim::topology
