// Matrix products: tile and wave quantisation over the multiprocessors, depth ramp, alignment, split
// reduction.
#include <algorithm>
#include <array>
#include <cmath>
#include <span>

#include "workloads/compute/time.h"

namespace scalesim::workloads {
namespace {

/// A thread block's output tile and the share of a multiprocessor's rate it can sustain: large tiles load
/// less per operation (NVIDIA "Matrix Multiplication Background" user guide, tile efficiency; compute-model
/// note, section 1).
struct Tile {
  double m, n, share;
};
constexpr std::array<Tile, 11> kTensorTiles = {{{256, 128, 1.0},
                                                {128, 256, 1.0},
                                                {128, 128, 0.97},
                                                {256, 64, 0.92},
                                                {64, 256, 0.92},
                                                {128, 64, 0.87},
                                                {64, 128, 0.87},
                                                {64, 64, 0.70},
                                                {256, 32, 0.75},
                                                {128, 32, 0.65},
                                                {128, 16, 0.45}}};
constexpr std::array<Tile, 8> kVectorTiles = {{{128, 128, 1.0},
                                               {128, 64, 0.97},
                                               {64, 128, 0.97},
                                               {64, 64, 0.9},
                                               {128, 32, 0.85},
                                               {32, 128, 0.85},
                                               {64, 32, 0.75},
                                               {32, 32, 0.6}}};
constexpr std::array<double, 6> kSplits = {1, 2, 4, 8, 16, 32};

/// Share of the tensor-core rate by how the row length is aligned: 16 bytes is full rate, less aligned rows
/// need narrower loads (NVIDIA guide; compute-model note). Rows of 197 and of 198 halves run alike (DeiT with
/// and without its second token, timm's tables), so below 8 bytes it is one share.
double alignment_share(double elements, double element_bytes) {
  const double bytes = elements * element_bytes;
  if (std::fmod(bytes, 16) == 0) return 1;
  return std::fmod(bytes, 8) == 0 ? 0.75 : 0.4;
}

/// std::ceil of a number below 2^63; the baseline x86-64 has no instruction for it and calls a function.
double rounded_up(double value) {
  const auto whole = static_cast<std::int64_t>(value);
  return static_cast<double>(whole + (static_cast<double>(whole) < value ? 1 : 0));
}

}  // namespace

double best_tile_seconds(const GemmShape& shape, const MatrixUnits& units) {
  double best = INFINITY;
  for (const Tile& tile : units.vector_cores ? std::span<const Tile>(kVectorTiles) : kTensorTiles) {
    const double blocks = rounded_up(shape.m / tile.m) * rounded_up(shape.n / tile.n) * shape.batch;
    const double share = units.small_tiles == 1 ? tile.share : std::pow(tile.share, units.small_tiles);
    const double block_rate = units.rate / units.multiprocessors * share;
    // However it is split, a tile takes no less than its arithmetic with every multiprocessor busy.
    const double busy = 2 * tile.m * tile.n * shape.k * blocks / (units.multiprocessors * block_rate);
    if (busy * (1 - 1e-12) > best) continue;
    for (const double split : kSplits) {
      if (split > 1 && (shape.k / split < 64 || blocks >= units.multiprocessors)) break;
      const double waves = rounded_up(blocks * split / units.multiprocessors);
      const double work = 2 * tile.m * tile.n * (shape.k / split + units.depth_half);
      // A split product writes and re-reads partial sums in fp32.
      const double reduce =
          split > 1 ? (split + 1) * 4 * shape.m * shape.n * shape.batch / units.bandwidth : 0;
      best = std::min(best, (waves + units.wave_fill) * work / block_rate + reduce);
    }
  }
  return best;
}

KernelTime ComputeModel::gemm(const GemmShape& shape) const { return product(shape, false); }

KernelTime ComputeModel::product(const GemmShape& shape, bool wide) const {
  const double aligned = arithmetic_ == Arithmetic::fp32 ? 1.0
                                                         : std::min(alignment_share(shape.k, element_),
                                                                    alignment_share(shape.n, element_));
  const double moved = element_ * shape.batch * (shape.m * shape.k + shape.k * shape.n + shape.m * shape.n);
  return kernel(best_tile_seconds(shape, units(constants_.matrix_efficiency, wide)) / aligned,
                moved_seconds(moved));
}

MatrixUnits ComputeModel::units(double efficiency, bool wide) const {
  return {rate(efficiency, wide),          multiprocessors_,
          constants_.depth_half,           bandwidth_ * constants_.memory_fraction,
          arithmetic_ == Arithmetic::fp32, constants_.wave_fill,
          constants_.small_tiles};
}

Seconds ComputeModel::quantisation(double elements) const {
  // Read in 16 bits, written in 8 as it is and once more transposed, for the other gradient's product.
  return memory_pass(Bytes(4 * elements));
}

LayerTime ComputeModel::matrix(const Layer& layer, const LayerContext& context) const {
  const double samples = static_cast<double>(settings_.batch);
  const auto size = [](std::int64_t value) { return static_cast<double>(value); };
  GemmShape shape{size(layer.batch), size(layer.m), size(layer.n), size(layer.k)};
  // A dense layer's samples share the weights, so they lengthen m; a product of activations repeats per
  // sample.
  (layer.op == Op::matmul ? shape.batch : shape.m) *= samples;
  const KernelTime forward = product(shape, context.wide);
  LayerTime time{forward.time, Seconds(0), forward.bound};
  const bool narrow = settings_.precision == topology::Precision::fp8 && !context.wide;
  if (narrow) time.forward += quantisation(shape.m * shape.k + shape.k * shape.n);
  if (settings_.mode == Mode::inference) return time;
  time.backward = product({shape.batch, shape.k, shape.n, shape.m}, context.wide).time;
  if (!context.first) time.backward += product({shape.batch, shape.m, shape.k, shape.n}, context.wide).time;
  if (narrow) time.backward += quantisation(shape.m * shape.n);
  return time;
}

}  // namespace scalesim::workloads
