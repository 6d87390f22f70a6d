// `rocm-smi --showtopo` and its parts: weight, hops, link type and NUMA node, in titled blocks.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "core/error.h"
#include "topology/capture/reading/reader.h"
#include "topology/capture/text/matrix.h"
#include "topology/capture/text/text.h"

namespace scalesim::topology {
namespace {

struct NumaLine {
  int gpu = 0;
  bool affinity = false;
  std::string value;
};

/// "GPU[0]  : (Topology) Numa Node: 0" and "GPU 0  : (Topology) Numa Affinity: 0".
std::optional<NumaLine> numa_line(std::string_view line) {
  line = trim(line);
  if (line.substr(0, 3) != "GPU" || line.find("(Topology)") == std::string_view::npos) return std::nullopt;
  const std::size_t start = line.find_first_of("0123456789");
  const std::size_t end = line.find_first_not_of("0123456789", start);
  if (start == std::string_view::npos || end == std::string_view::npos) return std::nullopt;
  const std::optional<int> gpu = whole_number(line.substr(start, end - start));
  const std::size_t colon = line.rfind(':');
  const bool affinity = line.find("Numa Affinity") != std::string_view::npos;
  if (!gpu || (!affinity && line.find("Numa Node") == std::string_view::npos)) return std::nullopt;
  return NumaLine{*gpu, affinity, std::string(trim(line.substr(colon + 1)))};
}

GpuReading& gpu_of(Reading& reading, int index) {
  for (GpuReading& gpu : reading.gpus)
    if (gpu.index == index) return gpu;
  reading.gpus.emplace_back();
  reading.gpus.back().index = index;
  return reading.gpus.back();
}

enum class Block { weight, hops, type, unknown };

Block block_titled(std::string_view title) {
  const std::string low = lower_case(title);
  if (low.find("weight") != std::string::npos) return Block::weight;
  if (low.find("hops") != std::string::npos) return Block::hops;
  if (low.find("link type") != std::string::npos) return Block::type;
  return Block::unknown;
}

class RocmTopology : public Reader {
 public:
  std::string_view name() const override { return "rocm-topo"; }
  std::string_view description() const override {
    return "rocm-smi --showtopo, --showtopotype, --showtoponuma: AMD GPUs and their links";
  }

  int recognises(const std::string& text) const override {
    for (std::string_view line : lines_of(text))
      if (numa_line(line)) return 90;
    for (const MatrixBlock& block : find_matrices(text))
      if (block.kind == MatrixKind::rocm) return 85;
    return text.find("ROCm System Management Interface") != std::string::npos ? 60 : 0;
  }

  Reading read(const std::string& text, const std::string& file) const override {
    Reading reading;
    std::map<std::pair<int, int>, PairRelation> pairs;
    for (const MatrixBlock& block : find_matrices(text))
      if (block.kind == MatrixKind::rocm) take_block(block, file, reading, pairs);
    take_numa(text, file, reading);
    if (reading.gpus.empty())
      throw InputError({file, 1, 0},
                       "the ROCm output holds no GPU; expected 'rocm-smi --showtopo' with its tables");
    for (const auto& [pair, relation] : pairs)
      if (!relation.path.text.empty()) reading.matrix.push_back(relation);
    if (reading.matrix.empty() && !pairs.empty())
      reading.warnings.emplace_back(
          "weights and hops without the link type table; how the GPUs are joined is unknown");
    return reading;
  }

 private:
  static void take_block(const MatrixBlock& block, const std::string& file, Reading& reading,
                         std::map<std::pair<int, int>, PairRelation>& pairs) {
    const Matrix matrix = read_matrix(block, file);
    reading.warnings.insert(reading.warnings.end(), matrix.warnings.begin(), matrix.warnings.end());
    const Block title = block_titled(block.line_before);
    for (const std::string& label : matrix.devices) gpu_of(reading, label_number(label).value_or(0));
    for (std::size_t i = 0; i < matrix.devices.size(); ++i)
      for (std::size_t j = i + 1; j < matrix.devices.size(); ++j) {
        const int a = label_number(matrix.devices[i]).value_or(0),
                  b = label_number(matrix.devices[j]).value_or(0);
        PairRelation& pair = pairs[{std::min(a, b), std::max(a, b)}];
        pair.a = {ComponentKind::gpu, std::min(a, b)};
        pair.b = {ComponentKind::gpu, std::max(a, b)};
        const std::string& cell = matrix.cells[i][j];
        const std::optional<int> number = whole_number(cell);
        if (!number) pair.path.text = cell;
        if (number && title == Block::weight) pair.weight = number;
        if (number && title == Block::hops) pair.hops = number;
      }
  }

  static void take_numa(const std::string& text, const std::string& file, Reading& reading) {
    int number = 0;
    for (std::string_view line : lines_of(text)) {
      ++number;
      const std::optional<NumaLine> said = numa_line(line);
      if (!said) continue;
      if (said->gpu > 1023)
        throw InputError({file, number, 0},
                         fmt::format("GPU {} is out of range; at most 1024 GPUs are expected", said->gpu));
      const bool known_node = whole_number(said->value).has_value();  // "-1": the system does not say
      GpuReading& gpu = gpu_of(reading, said->gpu);
      if (!known_node) continue;
      if (said->affinity && gpu.numa && *gpu.numa != said->value)
        reading.warnings.push_back(
            fmt::format("line {}: GPU {} is on NUMA node {} but its affinity is node {}", number, said->gpu,
                        *gpu.numa, said->value));
      if (!gpu.numa) gpu.numa = said->value;
    }
  }
};

}  // namespace

std::unique_ptr<Reader> make_reader_rocm_topo() { return std::make_unique<RocmTopology>(); }

}  // namespace scalesim::topology
