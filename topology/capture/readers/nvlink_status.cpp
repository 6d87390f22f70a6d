// `nvidia-smi nvlink --status`: the rate of every NVLink of every GPU, one direction.
#include <fmt/format.h>

#include "core/error.h"
#include "topology/capture/reading/reader.h"
#include "topology/capture/reading/smi_text.h"
#include "topology/capture/text/text.h"

namespace scalesim::topology {
namespace {

constexpr double kFastestLink = 1e4;  ///< GB/s; more is damage, not a link

struct LinkLine {
  int link = 0;
  std::string_view value;
};

/// "Link 3: 26.562 GB/s" and "Link 3: <inactive>"; error counters ("Link 3: Replay Errors: 0") are neither.
std::optional<LinkLine> link_line(std::string_view line) {
  line = trim(line);
  if (line.substr(0, 5) != "Link ") return std::nullopt;
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const std::optional<int> link = whole_number(line.substr(5, colon - 5));
  const std::string_view value = trim(line.substr(colon + 1));
  const bool rate = value.find("GB/s") != std::string_view::npos && leading_number(value);
  if (!link || *link > 255 || (!rate && value != "<inactive>")) return std::nullopt;
  return LinkLine{*link, value};
}

bool says_all_inactive(std::string_view line) {
  const std::string low = lower_case(line);
  return low.find("unable to retrieve nvlink information") != std::string::npos &&
         low.find("inactive") != std::string::npos;
}

class NvlinkStatus : public Reader {
 public:
  std::string_view name() const override { return "nvlink-status"; }
  std::string_view description() const override {
    return "nvidia-smi nvlink --status: the rate of every NVLink";
  }

  int recognises(const std::string& text) const override {
    for (std::string_view line : lines_of(text))
      if (link_line(line) || says_all_inactive(line)) return 90;
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
      const std::optional<LinkLine> link = link_line(line);
      if (!link && !says_all_inactive(line)) continue;
      if (gpu == nullptr) {
        reading.gpus.emplace_back();
        gpu = &reading.gpus.back();
        reading.warnings.push_back(
            fmt::format("line {}: links before any 'GPU n:' line; they are taken as those of GPU 0", number));
      }
      if (!link) {
        gpu->nvlinks_all_inactive = true;
        continue;
      }
      take(*link, {file, number, 0}, *gpu);
    }
    if (reading.gpus.empty())
      throw InputError({file, 1, 0}, "no NVLink line was found; expected 'nvidia-smi nvlink --status'");
    return reading;
  }

 private:
  static void take(const LinkLine& line, const Place& place, GpuReading& gpu) {
    for (const NvlinkState& other : gpu.nvlinks)
      if (other.link == line.link)
        throw InputError(place, fmt::format("link {} of GPU {} stands twice", line.link, gpu.index));
    const std::optional<double> rate = leading_number(line.value);
    if (rate && (*rate <= 0 || *rate > kFastestLink))
      throw InputError(place, fmt::format("link {} of GPU {} has a rate of '{}'; expected a few dozen GB/s",
                                          line.link, gpu.index, line.value.substr(0, 40)));
    gpu.nvlinks.push_back({line.link, rate ? std::optional(BytesPerSecond(*rate * 1e9)) : std::nullopt});
  }
};

}  // namespace

std::unique_ptr<Reader> make_reader_nvlink_status() { return std::make_unique<NvlinkStatus>(); }

}  // namespace scalesim::topology
