// How long machines take to read and classify. Asked: a 576-GPU NCCL topology in under 50 ms, the classes of
// all pairs of 8 GPUs and 16 NICs in under 1 ms.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "core/data_catalogue.h"
#include "topology/capture/reading/reader.h"
#include "topology/capture/text/text.h"
#include "topology/machine/relations.h"
#include "topology/parts/gpu_catalogue.h"

namespace scalesim::topology {
namespace {

/// Hosts with four GPUs and four NICs each below two sockets, as a fused NVLink-domain dump: NVLinks lead to
/// switches that are not visible.
std::string nccl_xml(int hosts) {
  std::string text = "<system version=\"1\">\n";
  for (int host = 0; host < hosts; ++host)
    for (int cpu = 0; cpu < 2; ++cpu) {
      text += fmt::format(
          "<cpu host_hash=\"0x{:x}\" numaid=\"{}\" affinity=\"00000000,000000ff,ffffffff\" arch=\"arm64\">\n",
          host + 1, cpu);
      for (int i = 0; i < 2; ++i) {
        const int gpu = cpu * 2 + i;
        text += fmt::format(
            "<pci busid=\"{:04x}:01:00.0\" class=\"0x060400\" vendor=\"0x10de\" device=\"0x22b1\" "
            "link_speed=\"32.0 GT/s PCIe\" link_width=\"16\">"
            "<pci busid=\"{:04x}:02:00.0\" class=\"0x030200\" link_speed=\"32.0 GT/s PCIe\" "
            "link_width=\"16\">"
            "<gpu dev=\"{}\" sm=\"100\" rank=\"{}\" gdr=\"1\"><nvlink target=\"fffffff:ffff:ff\" "
            "count=\"18\" tclass=\"0x068000\"/><c2c bw=\"44712\" count=\"5\"/></gpu></pci>"
            "<pci busid=\"{:04x}:03:00.0\" class=\"0x020700\" link_speed=\"32.0 GT/s PCIe\" "
            "link_width=\"16\"><nic><net name=\"mlx5_{}\" dev=\"{}\" speed=\"400000\" port=\"1\" "
            "gdr=\"1\"/></nic></pci></pci>\n",
            gpu, gpu, gpu, host * 4 + gpu, gpu, gpu, gpu);
      }
      text += "</cpu>\n";
    }
  return text + "</system>\n";
}

void read_nccl_xml(benchmark::State& state) {
  const std::string text = nccl_xml(static_cast<int>(state.range(0)) / 4);
  const GpuCatalogue gpus(DataCatalogue::embedded());
  for (auto _ : state) benchmark::DoNotOptimize(read_machine({{"bench", text}}, gpus));
  state.SetLabel(fmt::format("{} GPUs, {} kB", state.range(0), text.size() / 1000));
}
BENCHMARK(read_nccl_xml)->Arg(8)->Arg(72)->Arg(576)->Unit(benchmark::kMillisecond);

/// A matrix of `gpus` GPUs in two sockets and `nics` NICs.
std::string matrix(int gpus, int nics) {
  const int count = gpus + nics;
  const auto socket = [&](int i) { return i < gpus ? i * 2 / gpus : (i - gpus) * 2 / nics; };
  const auto label = [&](int i) {
    return i < gpus ? fmt::format("GPU{}", i) : fmt::format("NIC{}", i - gpus);
  };
  std::string text;
  for (int i = 0; i < count; ++i) text += "\t" + label(i);
  text += "\tCPU Affinity\tNUMA Affinity\n";
  for (int i = 0; i < count; ++i) {
    text += label(i);
    for (int j = 0; j < count; ++j) text += i == j ? "\t X " : socket(i) == socket(j) ? "\tPHB" : "\tSYS";
    text += i < gpus ? fmt::format("\t{}-{}\t{}\n", socket(i) * 32, socket(i) * 32 + 31, socket(i)) : "\n";
  }
  return text;
}

void read_matrix_of(benchmark::State& state) {
  const std::string text = matrix(8, 16);
  const GpuCatalogue gpus(DataCatalogue::embedded());
  for (auto _ : state) benchmark::DoNotOptimize(read_machine({{"bench", text}}, gpus));
}
BENCHMARK(read_matrix_of)->Unit(benchmark::kMicrosecond);

void pair_relations_of_8_gpus_and_16_nics(benchmark::State& state) {
  const GpuCatalogue gpus(DataCatalogue::embedded());
  const Machine machine = read_machine({{"bench", matrix(8, 16)}}, gpus).machine;
  for (auto _ : state) benchmark::DoNotOptimize(derived_relations(machine));
}
BENCHMARK(pair_relations_of_8_gpus_and_16_nics)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace scalesim::topology
