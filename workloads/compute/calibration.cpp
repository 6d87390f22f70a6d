// Finding the constants for a GPU and a setting among the calibration files.
#include "workloads/compute/calibration.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <optional>
#include <set>

#include "core/error.h"
#include "core/toml.h"

namespace scalesim::workloads {
namespace {

constexpr std::string_view kFolder = "calibration/compute";
constexpr std::string_view kDefaultStack = "pytorch";

constexpr std::string_view kNativeAttention = "attention-native";

struct Entry {
  CalibrationScope scope;
  ComputeConstants constants;
};

Entry read_entry(const DataCatalogue& data, const std::string& name) {
  const TomlTable table = data.read(kFolder, name);
  Entry entry;
  entry.scope = {table.text("gpu", ""),
                 static_cast<int>(table.integer("compute_capability")),
                 table.text("stack"),
                 table.text("arithmetic"),
                 table.text("layout", ""),
                 table.text("mode", ""),
                 table.boolean("compiled", false),
                 table.boolean("power_limited", false)};
  entry.constants = read_constants(table.table("constants"));
  const TomlTable fit = table.table("fit");
  entry.constants.relative_error = fit.number_in("relative_error", 0, 10);
  entry.constants.provenance = parse_provenance(fit.text("provenance", "calibrated"));
  for (const std::string_view key : {"median_error", "left_out_error", "rows"})
    fit.number(key, 0);  // for readers
  entry.constants.source = fit.text("source");
  entry.constants.name = name;
  table.refuse_unknown_keys();
  return entry;
}

void use_attention_of(const ComputeConstants& from, ComputeConstants& to) {
  to.attention_forward = from.attention_forward;
  to.attention_backward = from.attention_backward;
  to.attention_vector = from.attention_vector;
  to.attention_vector_backward = from.attention_vector_backward;
  to.attention_native = from.attention_native;
}

/// Smaller is nearer. What runs weighs most (arithmetic, layout, mode, fusion), then the generation: Volta
/// 70, Ampere 80, Hopper 90 are far apart.
double distance(const Entry& entry, const topology::GpuSpec& gpu, const ComputeSettings& settings) {
  const CalibrationScope& scope = entry.scope;
  const auto differs = [](const std::string& text, std::string_view asked) {
    return !text.empty() && text != asked;
  };
  // Devices that are not NVIDIA's have none: they are of today rather than of Maxwell's time. Consumer
  // Blackwell (12.x) has the multiprocessors of Ada's kind.
  int capability = gpu.compute_capability > 0 ? gpu.compute_capability : 80;
  if (capability >= 120) capability = 89;
  const int generations = std::abs(scope.compute_capability / 10 - capability / 10);
  double away = std::abs(scope.compute_capability - capability) + 5.0 * generations;
  if (scope.compute_capability > capability) away += 0.1;  // of two as far away, the older
  if (scope.gpu.empty()) away += 0.25;
  if (!scope.gpu.empty() && scope.gpu != gpu.name) away += scope.power_limited ? 40 : 0.5;
  if (scope.compiled != settings.compiled) away += 1e3;
  if (differs(scope.layout, to_text(settings.layout))) away += 1e4;
  if (differs(scope.mode, to_text(settings.mode))) away += 1e5;
  if (scope.arithmetic != to_text(arithmetic_of(gpu, settings.precision))) away += 1e6;
  return away;
}

/// 1 sigma of the step from the GPUs of a fit to one of another generation. RTX 3090's constants are 7 % off
/// on an RTX 4090 (3 points of compute capability away), 15 % on an A100 (6), 29 % on an H100's products (4)
/// and 32 % on a V100's kernels (16), where 5 to 8 % is the fit's own: docs/accuracy/compute.md and its
/// history. Another maker's devices are as far as any.
double error_of_another_generation(const CalibrationScope& scope, const topology::GpuSpec& gpu) {
  constexpr double kPerPoint = 0.02, kMost = 0.3;
  if (gpu.compute_capability == 0) return kMost;
  return std::min(kMost, kPerPoint * std::abs(scope.compute_capability - gpu.compute_capability));
}

}  // namespace

ComputeConstants read_constants(const TomlTable& table) {
  ComputeConstants constants;
  for (const ConstantField& field : constant_fields()) {
    if (table.has(field.name)) constants.*field.member = table.number_in(field.name, field.low, field.high);
  }
  return constants;
}

const std::vector<ConstantField>& constant_fields() {
  using C = ComputeConstants;
  static const std::vector<ConstantField> kFields = {
      {"matrix_efficiency", &C::matrix_efficiency, 0.05, 1},
      {"convolution_efficiency", &C::convolution_efficiency, 0.05, 1},
      {"data_gradient", &C::data_gradient, 0.2, 1},
      {"filter_gradient", &C::filter_gradient, 0.2, 1},
      {"strided_data", &C::strided_data, 1, 4},
      {"grouped_efficiency", &C::grouped_efficiency, 0.02, 1},
      {"odd_filter_rate", &C::odd_filter_rate, 0.01, 1},
      {"winograd_gain", &C::winograd_gain, 1, 2.25},
      {"depth_half", &C::depth_half, 0, 200},
      {"wave_fill", &C::wave_fill, 0, 3},
      {"small_tiles", &C::small_tiles, 1, 6},
      {"memory_fraction", &C::memory_fraction, 0.3, 1},
      {"batch_norm_fraction", &C::batch_norm_fraction, 0.3, 1},
      {"row_fraction", &C::row_fraction, 0.1, 1},
      {"row_half_bytes", &C::row_half_bytes, 0, 4000},
      {"depthwise_fraction", &C::depthwise_fraction, 0.05, 1},
      {"depthwise_gradient", &C::depthwise_gradient, 1, 8},
      {"depthwise_stride", &C::depthwise_stride, 1, 6},
      {"thin_passes", &C::thin_passes, 0, 20},
      {"broadcast_fraction", &C::broadcast_fraction, 0.05, 1},
      {"depthwise_rate", &C::depthwise_rate, 0.01, 1},
      {"score_passes", &C::score_passes, 2, 20},
      {"loss_bytes", &C::loss_bytes, 4, 60},
      {"layout_passes", &C::layout_passes, 0, 4},
      {"attention_forward", &C::attention_forward, 0.05, 1},
      {"attention_backward", &C::attention_backward, 0.05, 1},
      {"attention_vector", &C::attention_vector, 0, 100},
      {"attention_vector_backward", &C::attention_vector_backward, 0, 200},
      {"attention_native", &C::attention_native, 0, 1},
      {"l2_gain", &C::l2_gain, 1, 4},
      {"stack_factor", &C::stack_factor, 0.5, 3},
      {"fused_optimizer", &C::fused_optimizer, 0, 1},
      {"kernel_floor_s", &C::kernel_floor_s, 1e-6, 150e-6},
      {"dispatch_forward_s", &C::dispatch_forward_s, 1e-7, 100e-6},
      {"dispatch_backward_s", &C::dispatch_backward_s, 1e-7, 100e-6},
  };
  return kFields;
}

std::string_view to_text(Arithmetic arithmetic) {
  switch (arithmetic) {
    case Arithmetic::tensor:
      return "tensor";
    case Arithmetic::tf32:
      return "tf32";
    default:
      return "fp32";
  }
}

Arithmetic arithmetic_of(const topology::GpuSpec& gpu, topology::Precision precision) {
  using topology::Precision;
  const bool no_tensor_cores = gpu.compute_capability > 0 && gpu.compute_capability < 70;
  if (precision == Precision::fp32 || no_tensor_cores) return Arithmetic::fp32;
  if (gpu.peak.count(precision) == 0) {  // runs on the next wider mode, as GpuSpec::peak_at does
    if (precision == Precision::tf32) return Arithmetic::fp32;
    const bool wider = precision == Precision::fp8 &&
                       (gpu.peak.count(Precision::fp16) != 0 || gpu.peak.count(Precision::bf16) != 0);
    if (!wider) return gpu.peak.count(Precision::tf32) != 0 ? Arithmetic::tf32 : Arithmetic::fp32;
  }
  return precision == Precision::tf32 ? Arithmetic::tf32 : Arithmetic::tensor;
}

ComputeConstants find_constants(const topology::GpuSpec& gpu, const ComputeSettings& settings,
                                const DataCatalogue& data) {
  const std::string stack = settings.stack.empty() ? std::string(kDefaultStack) : settings.stack;
  std::optional<Entry> best;
  std::set<std::string> stacks;
  for (const std::string& name : data.names(kFolder)) {
    Entry entry = read_entry(data, name);
    if (!entry.scope.stack.empty()) stacks.insert(entry.scope.stack);
    if (entry.scope.stack != stack) continue;
    if (!best || distance(entry, gpu, settings) < distance(*best, gpu, settings)) best = std::move(entry);
  }
  if (!best) throw unknown_name("software stack", stack, {stacks.begin(), stacks.end()});
  best->constants.same_gpu = best->scope.gpu == gpu.name;
  best->constants.relative_error =
      std::hypot(best->constants.relative_error, error_of_another_generation(best->scope, gpu));
  // On Blackwell servers nobody runs attention kernels of Ampere's time.
  if (gpu.compute_capability >= 100 && gpu.compute_capability < 120 && data.has(kFolder, kNativeAttention))
    use_attention_of(read_entry(data, std::string(kNativeAttention)).constants, best->constants);
  return best->constants;
}

}  // namespace scalesim::workloads
