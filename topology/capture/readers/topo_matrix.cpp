// `nvidia-smi topo -m` and `-mp`, and what other vendors made of them: the class of every pair of devices.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "core/error.h"
#include "topology/capture/reading/reader.h"
#include "topology/capture/text/matrix.h"
#include "topology/capture/text/text.h"

namespace scalesim::topology {
namespace {

constexpr std::string_view kWindowsError = "ERROR: Option -m is missing its value";

PairClass pair_class(const std::string& cell) {
  const std::size_t digits = cell.find_first_of("0123456789");
  if (digits == std::string::npos) return {cell, std::nullopt};
  return {cell.substr(0, digits), whole_number(std::string_view(cell).substr(digits))};
}

/// "NIC0: mlx5_0" lines, with or without their heading.
std::map<std::string, std::string> nic_legend(const std::string& text) {
  std::map<std::string, std::string> names;
  for (std::string_view line : lines_of(text)) {
    line = trim(line);
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || !label_number(line.substr(0, colon)) || is_gpu_label(line))
      continue;
    const std::string_view name = trim(line.substr(colon + 1));
    if (!name.empty() && name.find(' ') == std::string_view::npos) names.emplace(line.substr(0, colon), name);
  }
  return names;
}

class TopoMatrix : public Reader {
 public:
  std::string_view name() const override { return "topo-matrix"; }
  std::string_view description() const override {
    return "nvidia-smi topo -m or -mp: the class of every pair of GPUs and NICs";
  }

  int recognises(const std::string& text) const override {
    if (text.find(kWindowsError) != std::string::npos) return 60;
    int best = 0;
    for (const MatrixBlock& block : find_matrices(text))
      if (block.kind == MatrixKind::classes) best = std::max(best, block.rows.empty() ? 40 : 90);
    return best;
  }

  Reading read(const std::string& text, const std::string& file) const override {
    std::vector<MatrixBlock> blocks = find_matrices(text);
    const auto first = std::find_if(blocks.begin(), blocks.end(), [](const MatrixBlock& block) {
      return block.kind == MatrixKind::classes;
    });
    if (first == blocks.end())
      throw InputError({file, 1, 0},
                       "nvidia-smi prints no matrix on this system ('topo -m' is not available on Windows); "
                       "run it on Linux");
    const Matrix matrix = read_matrix(*first, file);
    Reading reading;
    reading.pcie_relations_only = first->line_before.find("topo -mp") != std::string_view::npos;
    reading.warnings = matrix.warnings;
    if (reading.pcie_relations_only)
      reading.warnings.emplace_back(
          "topo -mp shows PCIe relations only; whether there are NVLinks is not in the file");
    const std::vector<DeviceId> ids = take_devices(matrix, text, reading);
    for (std::size_t i = 0; i < ids.size(); ++i)
      for (std::size_t j = i + 1; j < ids.size(); ++j)
        reading.matrix.push_back(
            {ids[i], ids[j], pair_class(matrix.cells[i][j]), std::nullopt, std::nullopt, std::nullopt});
    const auto others = std::count_if(
        first + 1, blocks.end(), [](const MatrixBlock& block) { return block.kind == MatrixKind::classes; });
    if (others > 0)
      reading.warnings.push_back(fmt::format("{} further matrices of the same kind were left out", others));
    return reading;
  }

 private:
  /// Devices with their affinities; returns who they are in the order of the columns.
  static std::vector<DeviceId> take_devices(const Matrix& matrix, const std::string& text, Reading& reading) {
    const std::map<std::string, std::string> legend = nic_legend(text);
    const bool headed = text.find("NIC Legend") != std::string::npos;
    std::vector<DeviceId> ids;
    for (std::size_t i = 0; i < matrix.devices.size(); ++i) {
      const std::string& label = matrix.devices[i];
      if (is_gpu_label(label)) {
        GpuReading gpu;
        gpu.index = label_number(label).value_or(static_cast<int>(reading.gpus.size()));
        gpu.cpus = matrix.values[i].cpus;
        gpu.numa = matrix.values[i].numa;
        gpu.memory_numa = matrix.values[i].memory_numa;
        ids.push_back({ComponentKind::gpu, gpu.index});
        reading.gpus.push_back(std::move(gpu));
        continue;
      }
      NicReading nic;
      const std::optional<int> number = label_number(label);
      nic.index = number.value_or(static_cast<int>(reading.nics.size()));
      const auto named = legend.find(label);
      if (!number) nic.name = label;
      if (number && named != legend.end()) nic.name = named->second;
      ids.push_back({ComponentKind::nic, nic.index});
      reading.nics.push_back(std::move(nic));
    }
    if (!legend.empty() && !headed)
      reading.warnings.emplace_back("the NIC legend has no heading; its lines were used");
    return ids;
  }
};

}  // namespace

std::unique_ptr<Reader> make_reader_topo_matrix() { return std::make_unique<TopoMatrix>(); }

}  // namespace scalesim::topology
