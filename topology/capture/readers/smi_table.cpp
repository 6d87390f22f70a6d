// The table that `nvidia-smi` prints by itself: names (cut with "..."), bus ids, memory, MIG. It knows no
// topology.
#include <fmt/format.h>

#include <algorithm>

#include "core/error.h"
#include "topology/capture/reading/reader.h"
#include "topology/capture/text/text.h"

namespace scalesim::topology {
namespace {

/// The cells of "| a | b | c |"; empty for other lines.
std::vector<std::string_view> cells_of(std::string_view line) {
  line = trim(line);
  if (line.size() < 2 || line.front() != '|' || line.back() != '|') return {};
  line = line.substr(1, line.size() - 2);
  std::vector<std::string_view> cells;
  while (true) {
    const std::size_t bar = line.find('|');
    cells.push_back(trim(line.substr(0, bar)));
    if (bar == std::string_view::npos) return cells;
    line.remove_prefix(bar + 1);
  }
}

/// "0  NVIDIA H100 80GB HBM3   On | 00000000:00:09.0 Off | 0": index, name, persistence or driver model; bus
/// id; ECC.
std::optional<GpuReading> first_row(const std::vector<std::string_view>& cells) {
  if (cells.size() != 3) return std::nullopt;
  const std::vector<std::string_view> left = words_of(cells[0]), middle = words_of(cells[1]);
  if (left.size() < 3 || middle.empty()) return std::nullopt;
  const std::optional<int> index = whole_number(left.front());
  const std::optional<std::string> id = bus_id(middle.front());
  if (!index || !id || *index > 1023) return std::nullopt;
  GpuReading gpu;
  gpu.index = *index;
  gpu.bus_id = id;
  gpu.persistence = enabled(left.back());
  const char* start = left[1].data();
  const char* end = left[left.size() - 2].data() + left[left.size() - 2].size();
  gpu.name = known(std::string_view(start, static_cast<std::size_t>(end - start)));
  if (const auto errors = whole_number(cells[2])) gpu.ecc_uncorrected = *errors, gpu.ecc = true;
  if (cells[2] == "Off") gpu.ecc = false;
  return gpu;
}

/// "N/A 52C P0 432W / 700W | 11125MiB / 81559MiB | 0% Default".
void second_row(const std::vector<std::string_view>& cells, GpuReading& gpu) {
  for (std::string_view word : words_of(cells[0]))
    if (!gpu.performance_state) gpu.performance_state = performance_state(word);
  const std::size_t watts = cells[0].find("W /");
  if (watts != std::string_view::npos) {
    gpu.power_limit = power(cells[0].substr(watts + 3));
    const std::size_t draw = cells[0].find_last_of(' ', watts);
    if (draw != std::string_view::npos) gpu.power_draw = power(cells[0].substr(draw));
  }
  const std::size_t slash = cells[1].find('/');
  if (slash != std::string_view::npos) gpu.memory = memory_size(cells[1].substr(slash + 1));
  const std::optional<double> busy = leading_number(cells[2]);
  if (busy && *busy <= 100 && cells[2].find('%') != std::string_view::npos) gpu.utilisation = busy;
}

class SmiTable : public Reader {
 public:
  std::string_view name() const override { return "smi-table"; }
  std::string_view description() const override {
    return "nvidia-smi: the default table of GPUs, memory and processes";
  }

  int recognises(const std::string& text) const override {
    return text.find("| NVIDIA-SMI") != std::string::npos && text.find("Driver Version") != std::string::npos
               ? 80
               : 0;
  }

  Reading read(const std::string& text, const std::string& file) const override {
    Reading reading;
    bool instances = false;
    int rows_below = 0;  ///< how many lines of the current GPU's block were seen
    for (std::string_view line : lines_of(text)) {
      const std::vector<std::string_view> cells = cells_of(line);
      if (cells.empty()) {
        if (!trim(line).empty() && trim(line).front() == '+') rows_below = 0;
        continue;
      }
      if (starts_with_word(cells[0], "MIG devices")) instances = true;
      if (starts_with_word(cells[0], "Processes")) instances = false;
      if (instances) {
        take_instance(cells, reading);
      } else if (auto gpu = first_row(cells)) {
        if (reading.gpus.size() >= 1024) throw InputError({file, 0, 0}, "more than 1024 GPUs are listed");
        reading.gpus.push_back(std::move(*gpu));
        rows_below = 1;
      } else if (cells.size() == 3 && rows_below > 0 && !reading.gpus.empty()) {
        if (rows_below == 1) second_row(cells, reading.gpus.back());
        if (rows_below == 2) reading.gpus.back().mig = enabled(cells[2]);
        ++rows_below;
      }
    }
    if (reading.gpus.empty())
      throw InputError({file, 1, 0},
                       "the nvidia-smi table shows no GPU; expected a row with an index and a bus id");
    return reading;
  }

 private:
  /// "|  0    2   0   0  | ...": GPU, instance, compute instance, device.
  static void take_instance(const std::vector<std::string_view>& cells, Reading& reading) {
    const std::vector<std::string_view> ids = words_of(cells[0]);
    if (ids.size() != 4) return;
    const std::optional<int> index = whole_number(ids[0]), device = whole_number(ids[3]);
    const auto gpu = std::find_if(reading.gpus.begin(), reading.gpus.end(),
                                  [&](const GpuReading& other) { return index && other.index == *index; });
    if (device && gpu != reading.gpus.end() && gpu->mig_devices.size() < 64)
      gpu->mig_devices.push_back(fmt::format("MIG {}", *device));
  }
};

}  // namespace

std::unique_ptr<Reader> make_reader_smi_table() { return std::make_unique<SmiTable>(); }

}  // namespace scalesim::topology
