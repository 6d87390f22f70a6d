// Reading one data/gpus/*.toml, and what follows from a GPU's figures.
#include "topology/parts/gpu.h"

#include <fmt/format.h>

#include <cmath>

#include "core/error.h"
#include "core/number.h"
#include "core/toml.h"
#include "topology/parts/gpu_catalogue.h"
#include "topology/parts/price.h"

namespace scalesim::topology {
namespace {

/// "8.9" -> 89, "10.0" -> 100.
int parse_compute_capability(const TomlTable& table) {
  if (!table.has("compute_capability")) return 0;
  const std::string text = table.text("compute_capability");
  const std::size_t dot = std::min(text.find('.'), text.size());
  const int major = to_integer<int>(std::string_view(text).substr(0, dot)).value_or(0);
  const int minor =
      dot < text.size() ? to_integer<int>(std::string_view(text).substr(dot + 1)).value_or(-1) : -1;
  if (major < 1 || minor < 0 || minor > 9)
    throw table.error("compute_capability",
                      fmt::format("'{}' is not a compute capability: write \"8.9\"", text));
  return major * 10 + minor;
}

template <class Q>
Q positive(const TomlTable& table, std::string_view key) {
  const Q value = table.quantity<Q>(key);
  if (!(value.value() > 0)) throw table.error(key, fmt::format("key '{}' must be greater than zero", key));
  return value;
}

template <class Q>
std::optional<Q> optional_positive(const TomlTable& table, std::string_view key) {
  return table.has(key) ? std::optional<Q>(positive<Q>(table, key)) : std::nullopt;
}

/// Asks for each precision by name, so that a misspelt one is refused as an unknown key.
std::map<Precision, FlopsPerSecond> parse_peaks(const std::optional<TomlTable>& table) {
  std::map<Precision, FlopsPerSecond> peaks;
  if (!table) return peaks;
  for (int i = 0; i <= static_cast<int>(Precision::fp8); ++i) {
    const auto precision = static_cast<Precision>(i);
    if (const auto peak = optional_positive<FlopsPerSecond>(*table, to_text(precision)))
      peaks[precision] = *peak;
  }
  return peaks;
}

std::map<Precision, double> parse_sustained(const std::optional<TomlTable>& table) {
  std::map<Precision, double> shares;
  if (!table) return shares;
  for (int i = 0; i <= static_cast<int>(Precision::fp8); ++i) {
    const auto precision = static_cast<Precision>(i);
    if (table->has(to_text(precision))) shares[precision] = table->number_in(to_text(precision), 1e-3, 1);
  }
  return shares;
}

std::optional<GpuLinks> parse_links(const TomlTable& table) {
  const auto links = table.optional_table("links");
  if (!links) return std::nullopt;
  return GpuLinks{links->text("generation"), static_cast<int>(links->integer_in("count", 1, 1024)),
                  positive<BytesPerSecond>(*links, "per_link"), links->boolean("bridge_only", false)};
}

void parse_arithmetic(const TomlTable& table, GpuSpec& gpu) {
  gpu.compute_capability = parse_compute_capability(table);
  gpu.multiprocessors =
      static_cast<int>(table.has("multiprocessors") ? table.integer_in("multiprocessors", 1, 100000) : 0);
  gpu.boost_clock = optional_positive<Hertz>(table, "boost_clock").value_or(Hertz{});
  gpu.peak = parse_peaks(table.table("peak"));
  if (gpu.peak.empty())
    throw table.error("peak", "[peak] is empty: give at least one of fp32, tf32, fp16, bf16, fp8");
  gpu.peak_fp16_accumulate = parse_peaks(table.optional_table("peak_fp16_accumulate"));
  gpu.fp64 = optional_positive<FlopsPerSecond>(table, "fp64");
  gpu.fp64_matrix = optional_positive<FlopsPerSecond>(table, "fp64_matrix");
  gpu.int8 = optional_positive<FlopsPerSecond>(table, "int8");
  if (table.has("sustained_fraction"))
    gpu.sustained_fraction = table.number_in("sustained_fraction", 1e-3, 1);
  gpu.sustained = parse_sustained(table.optional_table("sustained"));
}

void parse_memory_and_buses(const TomlTable& table, GpuSpec& gpu) {
  gpu.memory = positive<Bytes>(table, "memory");
  gpu.memory_type = table.text("memory_type", "");
  gpu.memory_bandwidth = positive<BytesPerSecond>(table, "memory_bandwidth");
  gpu.l2 = optional_positive<Bytes>(table, "l2").value_or(Bytes{});
  gpu.links = parse_links(table);
  if (table.has("pcie_generation"))
    gpu.pcie_generation = static_cast<int>(table.integer_in("pcie_generation", 1, 8));
  if (table.has("pcie_lanes")) gpu.pcie_lanes = static_cast<int>(table.integer_in("pcie_lanes", 1, 32));
  gpu.peer_access_over_pcie = table.boolean("peer_access_over_pcie", true);
  gpu.power = optional_positive<Watts>(table, "power").value_or(Watts{});
}

/// The formats that can do the work of `precision` without losing range or digits, best first.
std::vector<Precision> at_least_as_wide(Precision precision) {
  using P = Precision;
  switch (precision) {
    case P::fp8:
      return {P::fp8, P::bf16, P::fp16, P::tf32, P::fp32};
    case P::fp16:
      return {P::fp16, P::tf32, P::fp32};
    case P::bf16:
      return {P::bf16, P::tf32, P::fp32};
    case P::tf32:
      return {P::tf32, P::fp32};
    case P::fp32:
      return {P::fp32};
  }
  return {};
}

}  // namespace

GpuSpec parse_gpu(const TomlTable& table, std::string name) {
  GpuSpec gpu;
  gpu.name = std::move(name);
  gpu.product = table.text("product", gpu.name);
  gpu.aliases = table.optional_texts("aliases");
  gpu.vendor = table.text("vendor");
  gpu.architecture = table.text("architecture");
  parse_arithmetic(table, gpu);
  parse_memory_and_buses(table, gpu);
  parse_prices(table);  // gpu_prices() reads them; a mistake in one is found whoever reads the file
  gpu.claims = parse_claims(table);
  gpu.form_factor = table.text("form_factor", "");
  gpu.year = static_cast<int>(table.integer("year", 0));
  gpu.notes = table.text("notes", "");
  table.refuse_unknown_keys();
  return gpu;
}

FlopsPerSecond GpuSpec::peak_at(Precision precision) const {
  for (const Precision candidate : at_least_as_wide(precision))
    if (const auto found = peak.find(candidate); found != peak.end()) return found->second;
  throw InputError(
      fmt::format("GPU '{}' has no published rate for {} or anything wider: choose another --precision", name,
                  to_text(precision)));
}

double GpuSpec::sustained_at(Precision precision) const {
  if (const auto found = sustained.find(precision); found != sustained.end()) return found->second;
  if (precision == Precision::fp16) return sustained_at(Precision::bf16);
  return sustained_fraction;
}

BytesPerSecond pcie_bandwidth(int generation, int lanes) {
  // Usable GB/s = lanes * (hundreds of Mb/s per lane) / 80: 15 for gen1, doubling with each generation.
  return BytesPerSecond(lanes * 15.0 * std::exp2(generation - 1) / 80 * 1e9);
}

}  // namespace scalesim::topology
