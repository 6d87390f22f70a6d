// Finding a GPU in data/gpus/ by any of the names people and tools give it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/data_catalogue.h"
#include "topology/parts/gpu.h"

namespace scalesim::topology {

/// Reads one data/gpus/*.toml. Throws InputError with the place.
GpuSpec parse_gpu(const TomlTable& table, std::string name);

/// All GPUs known. Looks up catalogue names, aliases and what nvidia-smi prints, whatever their case,
/// punctuation and word order: "NVIDIA A100-SXM4-80GB", "A100-80GB-SXM4" and "a100-sxm4-80gb" are one GPU. A
/// memory size that a name carries beyond that ("RTX 4090 24GB") must be the GPU's own.
class GpuCatalogue {
 public:
  explicit GpuCatalogue(DataCatalogue data);
  std::vector<std::string> names() const { return data_.names("gpus"); }
  /// Throws InputError with the nearest name.
  GpuSpec find(std::string_view name) const;
  /// The GPU of an nvidia-smi product name such as "NVIDIA A100-SXM4-80GB"; nothing when it is not known.
  std::optional<GpuSpec> by_product(std::string_view product) const;

 private:
  struct Index;  ///< built at the first look-up that is not a file name, shared by copies
  const Index& index() const;
  std::optional<std::string> name_of(std::string_view spelling) const;

  DataCatalogue data_;
  std::shared_ptr<Index> index_;
};

}  // namespace scalesim::topology
