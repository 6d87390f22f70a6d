// The GPU catalogue: what names mean, what a file must hold, and physical bounds on every shipped file.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "core/error.h"
#include "core/toml.h"
#include "topology/parts/gpu.h"
#include "topology/parts/gpu_catalogue.h"
#include "topology/parts/price.h"

namespace scalesim::topology {
namespace {

using testing::HasSubstr;

GpuCatalogue catalogue() { return GpuCatalogue(DataCatalogue::embedded()); }

GpuSpec parse(const std::string& text) { return parse_gpu(TomlTable::parse(text, "gpus/mine.toml"), "mine"); }

std::string error_of(const std::string& text) {
  try {
    parse(text);
  } catch (const InputError& wrong) {
    return wrong.what();
  }
  return "no error";
}

const std::string kSmallest = R"(vendor = "V"
architecture = "A"
memory = "1 GiB"
memory_bandwidth = "100 GB/s"
source = "test"
[peak]
fp32 = "10 TFLOPS"
)";

TEST(GpuCatalogue, EverySpellingOfAGpuMeansTheSameGpu) {
  const GpuCatalogue gpus = catalogue();
  const std::pair<const char*, const char*> kSpellings[] = {
      {"a100", "a100-sxm4-80gb"},
      {"A100-80GB-SXM4", "a100-sxm4-80gb"},
      {"NVIDIA A100-SXM4-80GB", "a100-sxm4-80gb"},
      {"a100-sxm", "a100-sxm4-80gb"},
      {"a100-pcie", "a100-pcie-80gb"},
      {"NVIDIA A100 80GB PCIe", "a100-pcie-80gb"},
      {"NVIDIA A100-PCIE-40GB", "a100-pcie-40gb"},
      {"A100-SXM4-40GB", "a100-sxm4-40gb"},
      {"h100", "h100-sxm"},
      {"NVIDIA H100 80GB HBM3", "h100-sxm"},
      {"h100-sxm5-80gb", "h100-sxm"},
      {"NVIDIA H100 PCIe", "h100-pcie"},
      {"NVIDIA H200", "h200-sxm"},
      {"v100", "v100-sxm2-32gb"},
      {"Tesla V100-SXM2-16GB", "v100-sxm2-16gb"},
      {"4090", "rtx4090"},
      {"RTX 4090", "rtx4090"},
      {"rtx-4090", "rtx4090"},
      {"NVIDIA GeForce RTX 4090", "rtx4090"},
      {"RTX 4090 24GB", "rtx4090"},
      {"NVIDIA RTX A6000", "rtx-a6000"},
      {"a6000", "rtx-a6000"},
      {"GeForce GTX 1080 Ti", "gtx1080ti"},
      {"2080ti", "rtx2080ti"},
      {"Tesla T4", "t4"},
      {"AMD Instinct MI300X", "mi300x"},
      {"A100 40GB SXM", "a100-sxm4-40gb"},
      {"NVIDIA A100-SXM4-80GB (400W)", "a100-sxm4-80gb"},
      {"V100 16GB", "v100-sxm2-16gb"},
      {"Tesla_V100-SXM3-32GB", "v100-sxm2-32gb"},
      {"Quadro_RTX_8000", "quadro-rtx8000"},
      {"Quadro RTX 6000", "quadro-rtx6000"},
      {"NVIDIA RTX 6000 Ada Generation", "rtx6000-ada"},
      {"rtx3090ti", "rtx3090ti"},
      {"2080super", "rtx2080super"},
      {"NVIDIA TITAN RTX", "titan-rtx"},
      {"TITAN X (Pascal)", "titan-x-pascal"},
      {"NVIDIA H100 80GB HBM3e", "h100-sxm"},
  };
  for (const auto& [spelling, name] : kSpellings) EXPECT_EQ(gpus.find(spelling).name, name) << spelling;
}

TEST(GpuCatalogue, AWrongMemorySizeIsNotTakenForTheGpu) {
  EXPECT_FALSE(catalogue().by_product("RTX 4090 48GB").has_value());
}

TEST(GpuCatalogue, AnUnknownNameSuggestsTheNearest) {
  try {
    catalogue().find("rtx4091");
    FAIL();
  } catch (const InputError& wrong) {
    EXPECT_THAT(wrong.what(), HasSubstr("did you mean 'rtx4090'"));
  }
}

TEST(GpuFile, GeForceAccumulatesInFp32AtHalfTheRate) {
  // GeForce RTX 4090: 330.3 TFLOPS with FP16 accumulate, 165.2 with FP32 accumulate.
  const GpuSpec gpu = catalogue().find("rtx4090");
  EXPECT_DOUBLE_EQ(gpu.peak_at(Precision::fp16).value(), 165.2e12);
  EXPECT_DOUBLE_EQ(gpu.peak_fp16_accumulate.at(Precision::fp16).value(), 330.3e12);
  EXPECT_FALSE(gpu.peer_access_over_pcie);
}

TEST(GpuFile, APrecisionWithoutHardwareRunsAtTheNextWiderOne) {
  const GpuCatalogue gpus = catalogue();
  EXPECT_DOUBLE_EQ(gpus.find("v100-sxm2-16gb").peak_at(Precision::bf16).value(),
                   15.7e12);  // emulated in FP32
  EXPECT_DOUBLE_EQ(gpus.find("v100-sxm2-16gb").peak_at(Precision::fp16).value(), 125e12);
  EXPECT_DOUBLE_EQ(gpus.find("a100").peak_at(Precision::fp8).value(), 312e12);
  EXPECT_THROW(gpus.find("tpu-v4").peak_at(Precision::fp32), InputError);
}

TEST(GpuFile, LinksCountOneDirection) {
  // NVIDIA prints 600 GB/s for 12 links and both directions: 12 x 25 = 300 one way.
  EXPECT_DOUBLE_EQ(catalogue().find("a100").links->total().value(), 300e9);
  EXPECT_DOUBLE_EQ(catalogue().find("h100").links->total().value(), 450e9);
  EXPECT_TRUE(catalogue().find("a100-pcie").links->bridge_only);
}

TEST(GpuFile, SustainedShareIsThatOfThePrecision) {
  const GpuSpec a100 = catalogue().find("a100");
  EXPECT_NEAR(a100.sustained_at(Precision::fp16), 271.2 / 312, 5e-4);
  EXPECT_DOUBLE_EQ(a100.sustained_at(Precision::fp32), 1);
  EXPECT_DOUBLE_EQ(catalogue().find("t4").sustained_at(Precision::fp32), 0.40);
}

TEST(GpuFile, APriceInTheAskedCurrencyWinsOverAConvertedOne) {
  const ExchangeRates rates{{{"USD", 1}, {"CNY", 7.2}, {"EUR", 0.9}}, "2026", "test"};
  const DataCatalogue data = DataCatalogue::embedded();
  const std::vector<Price> prices = gpu_prices(data, "rtx4090");
  const auto bought = [&](const char* currency) {
    return choose_price(prices, false, currency, rates)->money.amount;
  };
  EXPECT_DOUBLE_EQ(bought("CNY"), 15000);
  EXPECT_DOUBLE_EQ(bought("USD"), 1599);
  EXPECT_DOUBLE_EQ(bought("EUR"), 1599 * 0.9);
  EXPECT_DOUBLE_EQ(choose_price(prices, true, "USD", rates)->money.amount, 0.74);
  EXPECT_FALSE(choose_price(gpu_prices(data, "p4"), false, "USD", rates).has_value());
  EXPECT_TRUE(gpu_prices(data, "no such GPU").empty());
}

TEST(GpuFile, SaysWhatIsFromMemoryAndWhatADocumentBacks) {
  const Claims a100 = catalogue().find("a100").claims;  // from_memory = ["links"]
  EXPECT_EQ(a100.provenance("links"), Provenance::assumed);
  EXPECT_EQ(a100.source_of("links"), "from memory, not checked against a document");
  EXPECT_EQ(a100.provenance("peak"), Provenance::datasheet);
  EXPECT_EQ(a100.source_of("peak"), a100.source);
  const Claims ascend = catalogue().find("ascend-910c").claims;  // all but peak and links
  EXPECT_EQ(ascend.provenance("peak"), Provenance::datasheet);
  EXPECT_EQ(ascend.provenance("memory"), Provenance::assumed);
  EXPECT_THAT(error_of("from_memory = [\"lincs\"]\n" + kSmallest),
              HasSubstr("'lincs' is no key of this file"));
}

TEST(GpuFile, WrongEntriesNameTheLineAndTheRemedy) {
  EXPECT_THAT(error_of(kSmallest + "fp17 = \"1 TFLOPS\"\n"), HasSubstr("mine.toml:8"));
  EXPECT_THAT(error_of("compute_capability = \"nine\"\n" + kSmallest), HasSubstr("write \"8.9\""));
  EXPECT_THAT(error_of("power = \"0 W\"\n" + kSmallest), HasSubstr("greater than zero"));
  EXPECT_THAT(error_of("l2 = 5\n" + kSmallest), HasSubstr("mine.toml:1"));
  EXPECT_THAT(error_of("sustained_fraction = 1.5\n" + kSmallest), HasSubstr("between"));
  EXPECT_THAT(error_of("vendor = \"V\"\n"), HasSubstr("architecture"));
  EXPECT_EQ(error_of(kSmallest), "no error");
}

TEST(GpuFile, EveryShippedGpuLiesWithinWhatPhysicsAllows) {
  const GpuCatalogue gpus = catalogue();
  EXPECT_GE(gpus.names().size(), 119u);
  for (const std::string& name : gpus.names()) {
    SCOPED_TRACE(name);
    const GpuSpec gpu = gpus.find(name);
    EXPECT_FALSE(gpu.claims.source.empty());
    EXPECT_FALSE(gpu.product.empty());
    for (const auto& [precision, peak] : gpu.peak) {
      EXPECT_GT(peak.value(), 1e11);
      EXPECT_LT(peak.value(), 1e16);
    }
    for (const auto& [precision, peak] : gpu.peak_fp16_accumulate)
      EXPECT_GT(peak.value(), gpu.peak_at(precision).value());
    for (const auto& [precision, share] : gpu.sustained) EXPECT_LE(share, 1);
    EXPECT_GT(gpu.memory.value(), 1e9);
    EXPECT_LT(gpu.memory.value(), 1e12);
    EXPECT_GT(gpu.memory_bandwidth.value(), 10e9);
    EXPECT_LT(gpu.memory_bandwidth.value(), 20e12);
    EXPECT_LT(gpu.l2.value(), gpu.memory.value());
    EXPECT_LT(gpu.power.value(), 2000);
    EXPECT_LT(gpu.links.value_or(GpuLinks{}).total().value(), 2e12);
    for (const Price& price : gpu_prices(DataCatalogue::embedded(), name)) {
      EXPECT_GT(price.money.amount, 0);
      EXPECT_FALSE(price.kind.empty());
      EXPECT_FALSE(price.source.empty());
    }
  }
}

TEST(GpuFile, NvidiaPeaksAreUnitsTimesClock) {
  // FP32 units per multiprocessor are 64 (P100, Volta, Turing, A100), 128, or 192 (Kepler); two FLOP per
  // clock. Hopper's data sheets print FP32 at 1,980 MHz and tensor peaks at 1,830 (8 % apart); of the H20 no
  // clock is published.
  const GpuCatalogue gpus = catalogue();
  for (const std::string& name : gpus.names()) {
    const GpuSpec gpu = gpus.find(name);
    if (gpu.vendor != "NVIDIA" || gpu.boost_clock.value() == 0 || name == "h20") continue;
    const double units =
        gpu.peak_at(Precision::fp32).value() / (gpu.multiprocessors * gpu.boost_clock.value() * 2);
    const bool known = std::abs(units / 64 - 1) < 0.09 || std::abs(units / 128 - 1) < 0.09 ||
                       std::abs(units / 192 - 1) < 0.09;
    EXPECT_TRUE(known) << name << ": " << units;
  }
}

TEST(GpuFile, NoTwoGpusShareASpelling) {
  const GpuCatalogue gpus = catalogue();
  for (const std::string& name : gpus.names()) {
    const GpuSpec gpu = gpus.find(name);
    EXPECT_EQ(gpus.find(gpu.product).name, name);
    for (const std::string& alias : gpu.aliases) EXPECT_EQ(gpus.find(alias).name, name) << alias;
  }
}

TEST(Precision, TextsAndSizes) {
  EXPECT_EQ(parse_precision("bf16"), Precision::bf16);
  EXPECT_THROW(parse_precision("fp15"), InputError);
  EXPECT_DOUBLE_EQ(bytes_per_element(Precision::tf32).value(), 4);
  EXPECT_DOUBLE_EQ(bytes_per_element(Precision::fp8).value(), 1);
}

TEST(Pcie, UsableBandwidthIsWidthTimesRateOverEighty) {
  // comm-model 2.2: gen3 x16 = 16*60/80 = 12 GB/s, doubled per generation; gen5 x4 = 4*240/80 = 12.
  EXPECT_DOUBLE_EQ(pcie_bandwidth(3, 16).value(), 12e9);
  EXPECT_DOUBLE_EQ(pcie_bandwidth(4, 16).value(), 24e9);
  EXPECT_DOUBLE_EQ(pcie_bandwidth(5, 16).value(), 48e9);
  EXPECT_DOUBLE_EQ(pcie_bandwidth(5, 4).value(), 12e9);
}

}  // namespace
}  // namespace scalesim::topology
