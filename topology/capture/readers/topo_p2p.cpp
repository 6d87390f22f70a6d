// `nvidia-smi topo -p2p r|w|n|a|p`: which GPUs may reach each other's memory directly.
#include <algorithm>

#include "core/error.h"
#include "topology/capture/reading/reader.h"
#include "topology/capture/text/matrix.h"
#include "topology/capture/text/text.h"

namespace scalesim::topology {
namespace {

/// "rw" of a prompt line that ends in "topo -p2p rw"; empty when the line says nothing.
std::string capability_in(std::string_view line) {
  const std::size_t at = line.find("-p2p");
  if (at == std::string_view::npos) return {};
  const std::vector<std::string_view> words = words_of(line.substr(at + 4));
  if (words.empty() || words.front().find_first_not_of("rwnap") != std::string_view::npos) return {};
  return std::string(words.front());
}

class TopoPeerToPeer : public Reader {
 public:
  std::string_view name() const override { return "topo-p2p"; }
  std::string_view description() const override {
    return "nvidia-smi topo -p2p: whether GPUs may access each other's memory";
  }

  int recognises(const std::string& text) const override {
    for (const MatrixBlock& block : find_matrices(text))
      if (block.kind == MatrixKind::peer_status) return 85;
    return 0;
  }

  Reading read(const std::string& text, const std::string& file) const override {
    Reading reading;
    for (const MatrixBlock& block : find_matrices(text)) {
      if (block.kind != MatrixKind::peer_status) continue;
      const Matrix matrix = read_matrix(block, file);
      reading.warnings.insert(reading.warnings.end(), matrix.warnings.begin(), matrix.warnings.end());
      take(matrix, capability_in(block.line_before), reading);
    }
    if (reading.gpus.empty())
      throw InputError({file, 1, 0},
                       "no peer-to-peer table was found; expected the output of 'nvidia-smi topo -p2p r'");
    return reading;
  }

 private:
  static void take(const Matrix& matrix, const std::string& capability, Reading& reading) {
    std::vector<int> indices;
    for (const std::string& label : matrix.devices) {
      indices.push_back(label_number(label).value_or(static_cast<int>(indices.size())));
      const bool new_gpu = std::none_of(reading.gpus.begin(), reading.gpus.end(),
                                        [&](const GpuReading& gpu) { return gpu.index == indices.back(); });
      if (!new_gpu) continue;
      reading.gpus.emplace_back();
      reading.gpus.back().index = indices.back();
    }
    for (std::size_t i = 0; i < indices.size(); ++i)
      for (std::size_t j = 0; j < indices.size(); ++j)
        if (i != j) reading.peers.push_back({indices[i], indices[j], matrix.cells[i][j], capability});
  }
};

}  // namespace

std::unique_ptr<Reader> make_reader_topo_p2p() { return std::make_unique<TopoPeerToPeer>(); }

}  // namespace scalesim::topology
