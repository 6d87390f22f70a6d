// A GPU model as data: what the datasheet says, with a source for it. One TOML file each in data/gpus/.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/units.h"
#include "topology/parts/claims.h"
#include "topology/parts/precision.h"

namespace scalesim::topology {

/// NVLink (or another vendor's GPU-to-GPU link) of one GPU.
struct GpuLinks {
  std::string generation;     ///< "NVLink4"
  int count = 0;              ///< links per GPU
  BytesPerSecond per_link{};  ///< nominal, one direction, one link
  bool bridge_only = false;   ///< PCIe cards: a bridge joins pairs, no NVSwitch
  BytesPerSecond total() const { return per_link * count; }
};

struct GpuSpec {
  std::string name;                  ///< catalogue name: "rtx4090"
  std::string product;               ///< as nvidia-smi prints it: "NVIDIA GeForce RTX 4090"
  std::vector<std::string> aliases;  ///< further spellings
  std::string vendor;                ///< "NVIDIA", "AMD", ...
  std::string architecture;          ///< "Ada"
  int compute_capability = 0;        ///< 89 for 8.9; 0 when the vendor has none
  int multiprocessors = 0;
  /// Dense peak with the accumulate mode that training uses (FP32); GeForce halves it for fp16 and bf16.
  std::map<Precision, FlopsPerSecond> peak;
  /// Peak where products are accumulated in FP16: for inference that can bear it. Empty when it is no faster.
  std::map<Precision, FlopsPerSecond> peak_fp16_accumulate;
  std::optional<FlopsPerSecond> fp64;         ///< vector
  std::optional<FlopsPerSecond> fp64_matrix;  ///< tensor cores
  std::optional<FlopsPerSecond> int8;
  /// Share of the peak that the board holds under sustained matrix work (power, clocks), in (0, 1].
  double sustained_fraction = 1;
  /// The same by precision where somebody measured the best matrix shape there is.
  std::map<Precision, double> sustained;
  Hertz boost_clock{};
  Bytes memory{};
  std::string memory_type;
  BytesPerSecond memory_bandwidth{};
  Bytes l2{};
  std::optional<GpuLinks> links;
  int pcie_generation = 0;
  int pcie_lanes = 16;
  bool peer_access_over_pcie = true;  ///< false on GeForce: traffic goes through host memory
  Watts power{};
  Claims claims;            ///< what backs each figure, by its key in the file
  std::string form_factor;  ///< "SXM4", "PCIe GeForce", ...
  int year = 0;
  std::string notes;

  /// Peak at `precision`; where the GPU has no such mode, the next wider one it has. Throws InputError when
  /// none.
  FlopsPerSecond peak_at(Precision precision) const;
  /// sustained[precision]; FP16 takes BF16's (the same units do both); else sustained_fraction.
  double sustained_at(Precision precision) const;
};

/// Usable one-direction PCIe bandwidth as NCCL counts it: gen3 x16 12, gen4 24, gen5 48 GB/s
/// (comm-model 2.2: width * rate / 80, rate 60 doubled per generation).
BytesPerSecond pcie_bandwidth(int generation, int lanes);

}  // namespace scalesim::topology
