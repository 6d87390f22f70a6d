// Matrix products of DeepBench (baidu-research/DeepBench results/train/DeepBench_NV_*.xlsx) against the
// constants that find_constants gives for the GPU: rows of every kind of shape in it, not chosen by how well
// they fit.
#include <gtest/gtest.h>

#include <cmath>

#include "core/statistics.h"
#include "topology/parts/gpu_catalogue.h"
#include "workloads/compute/time.h"

namespace scalesim::workloads {
namespace {

/// Milliseconds of M x N x K, as measured.
struct Product {
  double m, n, k;
  double gtx1080ti, titan_xp, m40, v100_fp16, t4_fp16;
};
const Product kProducts[] = {{1760, 128, 1760, 0.123, 0.118, 0.336, 0.031, 0.081},
                             {1760, 7000, 1760, 3.983, 4.238, 13.549, 0.485, 1.374},
                             {2048, 32, 2048, 0.048, 0.055, 0.223, 0.024, 0.043},
                             {2560, 64, 2560, 0.127, 0.125, 0.386, 0.032, 0.060},
                             {4096, 7000, 4096, 20.538, 21.699, 53.626, 2.092, 5.531},
                             {5124, 9124, 2048, 17.309, 18.249, 42.450, 1.993, 4.941},
                             {7680, 32, 2560, 0.203, 0.234, 0.889, 0.057, 0.153},
                             {3072, 128, 1024, 0.104, 0.103, 0.200, 0.024, 0.037},
                             {7680, 24000, 2560, 84.384, 89.668, 198.330, 9.009, 23.653},
                             {6144, 48000, 2048, 112.990, 114.582, 244.850, 11.261, 32.089},
                             {512, 24000, 2816, 6.428, 6.749, 14.948, 0.679, 1.804},
                             {1024, 48000, 2560, 23.567, 25.555, 51.713, 2.384, 6.106}};

double median_error(const char* gpu, topology::Precision precision, double Product::*measured) {
  const DataCatalogue data = DataCatalogue::embedded();
  ComputeSettings settings;
  settings.precision = precision;
  const ComputeModel model(topology::GpuCatalogue(data).find(gpu), settings, data);
  std::vector<double> errors;
  for (const Product& p : kProducts) {
    const double predicted =
        model.gemm({1, std::ceil(p.m / 8) * 8, std::ceil(p.n / 8) * 8, p.k}).time.value();
    errors.push_back(std::abs(predicted / (p.*measured * 1e-3) - 1));
  }
  return median(errors);
}

TEST(kernels, median_error_of_products_stays_below_20_percent_on_every_architecture) {
  using topology::Precision;
  EXPECT_LT(median_error("gtx1080ti", Precision::fp32, &Product::gtx1080ti), 0.2);
  EXPECT_LT(median_error("titan-xp", Precision::fp32, &Product::titan_xp), 0.2);
  EXPECT_LT(median_error("m40", Precision::fp32, &Product::m40), 0.2);
  EXPECT_LT(median_error("v100-sxm2-32gb", Precision::fp16, &Product::v100_fp16), 0.2);
  EXPECT_LT(median_error("t4", Precision::fp16, &Product::t4_fp16), 0.2);
}

}  // namespace
}  // namespace scalesim::workloads
