// Matrix products with cuBLASLt's own choice of kernel.
#include "core/error.h"
#include "workloads/probe/layers.h"

namespace scalesim::workloads::gpu {
namespace {

constexpr std::size_t kWorkspace = std::size_t{64} << 20;

/// `batch` products of m x k by k x n, column-major as cuBLAS has it.
struct Product {
  std::int64_t batch, m, n, k;
};

template <class T, cublasStatus_t (*Destroy)(T)>
struct Closer {
  void operator()(T value) const { Destroy(value); }
};
using MatmulDescription =
    std::unique_ptr<cublasLtMatmulDescOpaque_t, Closer<cublasLtMatmulDesc_t, cublasLtMatmulDescDestroy>>;
using MatrixLayout = std::unique_ptr<cublasLtMatrixLayoutOpaque_t,
                                     Closer<cublasLtMatrixLayout_t, cublasLtMatrixLayoutDestroy>>;
using Preference = std::unique_ptr<cublasLtMatmulPreferenceOpaque_t,
                                   Closer<cublasLtMatmulPreference_t, cublasLtMatmulPreferenceDestroy>>;

MatrixLayout layout(cudaDataType_t type, std::int64_t rows, std::int64_t columns, std::int64_t batch) {
  cublasLtMatrixLayout_t raw = nullptr;
  check(cublasLtMatrixLayoutCreate(&raw, type, static_cast<std::uint64_t>(rows),
                                   static_cast<std::uint64_t>(columns), rows),
        "describing a matrix");
  MatrixLayout result(raw);
  const auto count = static_cast<std::int32_t>(batch);
  const std::int64_t stride = rows * columns;
  check(cublasLtMatrixLayoutSetAttribute(raw, CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT, &count, sizeof count),
        "batching a product");
  check(cublasLtMatrixLayoutSetAttribute(raw, CUBLASLT_MATRIX_LAYOUT_STRIDED_BATCH_OFFSET, &stride,
                                         sizeof stride),
        "batching a product");
  return result;
}

Seconds time_one(const Device& device, const Product& p, const Format& f) {
  cublasLtMatmulDesc_t raw = nullptr;
  check(cublasLtMatmulDescCreate(&raw, f.compute, CUDA_R_32F), "describing a product");
  const MatmulDescription description(raw);
  const MatrixLayout a = layout(f.cublas, p.m, p.k, p.batch), b = layout(f.cublas, p.k, p.n, p.batch),
                     c = layout(f.cublas, p.m, p.n, p.batch);
  cublasLtMatmulPreference_t raw_preference = nullptr;
  check(cublasLtMatmulPreferenceCreate(&raw_preference), "asking for a product's kernel");
  const Preference preference(raw_preference);
  check(cublasLtMatmulPreferenceSetAttribute(raw_preference, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES,
                                             &kWorkspace, sizeof kWorkspace),
        "asking for a product's kernel");
  cublasLtMatmulHeuristicResult_t choice{};
  int found = 0;
  check(cublasLtMatmulAlgoGetHeuristic(device.cublas(), raw, a.get(), b.get(), c.get(), c.get(),
                                       raw_preference, 1, &choice, &found),
        "choosing a product's kernel");
  const auto bytes = [&](std::int64_t rows, std::int64_t columns) {
    return static_cast<std::size_t>(p.batch * rows * columns) * f.bytes;
  };
  const RotatedBuffer left(bytes(p.m, p.k)), right(bytes(p.k, p.n)), out(bytes(p.m, p.n));
  const Buffer workspace(kWorkspace);
  const float one = 1, zero = 0;
  return device.time([&](int turn) {
    check(cublasLtMatmul(device.cublas(), raw, &one, left.get(turn), a.get(), right.get(turn), b.get(), &zero,
                         out.get(turn), c.get(), out.get(turn), c.get(), &choice.algo, workspace.get(),
                         kWorkspace, nullptr),
          "running a product");
  });
}

LayerTime time_gradients(const Device& device, const Product& p, bool first, const Format& f) {
  LayerTime time{time_one(device, p, f), Seconds(0), Bound::arithmetic};
  if (!f.training) return time;
  time.backward = time_one(device, {p.batch, p.k, p.n, p.m}, f);
  if (!first) time.backward += time_one(device, {p.batch, p.m, p.k, p.n}, f);
  return time;
}

}  // namespace

LayerTime time_product(const Device& device, const Layer& layer, const LayerContext& context,
                       const Format& format) {
  const std::int64_t samples = format.batch;
  if (layer.op != Op::matmul && layer.op != Op::attention) {
    return time_gradients(device, {layer.batch, layer.m * samples, layer.n, layer.k}, context.first, format);
  }
  const std::int64_t batch = layer.batch * samples;
  LayerTime time = time_gradients(device, {batch, layer.m, layer.n, layer.k}, false, format);
  if (layer.op == Op::matmul) return time;
  const LayerTime values = time_gradients(device, {batch, layer.m, layer.k, layer.n}, false, format);
  Layer scores;
  scores.op = Op::softmax;
  scores.output = scores.input = {layer.n, 1, layer.batch * layer.m};
  const LayerTime soft = time_softmax(device, scores, format);
  time.forward += values.forward + soft.forward;
  time.backward += values.backward + soft.backward;
  return time;
}

}  // namespace scalesim::workloads::gpu
