// Rules about layers. A rule gathers the layers it is about and says what they share; it is silent when they
// hardly matter.
#include "workloads/compute/advice.h"

#include <fmt/core.h>

#include <algorithm>
#include <functional>

#include "core/units_text.h"
#include "workloads/model/counts.h"

namespace scalesim::workloads {
namespace {

/// Below this share of the step (of the MACs when nothing was timed) a rule keeps quiet.
constexpr double kWorthSaying = 0.02;

class Adviser {
 public:
  Adviser(const Model& model, const ComputeSettings& settings, const std::optional<TimedStep>& timed)
      : model_(model), settings_(settings), timed_(timed) {}

  std::vector<Advice> all() {
    depthwise();
    alignment();
    tiles();
    channel_balance();
    groups();
    fragmentation();
    elementwise();
    density();
    launches();
    latency_is_not_flops();
    unknown_operators();
    std::stable_sort(found_.begin(), found_.end(), [](const Advice& a, const Advice& b) {
      return a.at_stake.value_or(Seconds(0)) > b.at_stake.value_or(Seconds(0));
    });
    return std::move(found_);
  }

 private:
  using Test = std::function<bool(const Layer&)>;

  std::vector<int> layers_where(const Test& test) const {
    std::vector<int> indices;
    for (std::size_t i = 0; i < model_.layers.size(); ++i) {
      if (test(model_.layers[i])) indices.push_back(static_cast<int>(i));
    }
    return indices;
  }

  const Layer& layer(int index) const { return model_.layers[static_cast<std::size_t>(index)]; }

  Seconds time_of(int index) const {
    const LayerTime& time = timed_->time.layers[static_cast<std::size_t>(index)];
    return time.forward + time.backward;
  }
  Seconds time_of(const std::vector<int>& indices) const {
    Seconds sum{};
    for (int index : indices) sum += time_of(index);
    return sum;
  }
  Seconds kernels() const { return timed_->time.forward + timed_->time.backward + timed_->time.optimizer; }
  double time_share(const std::vector<int>& indices) const { return time_of(indices) / kernels(); }
  double mac_share(const std::vector<int>& indices) const {
    double sum = 0;
    for (int index : indices) sum += static_cast<double>(layer(index).macs());
    return sum / std::max<double>(1, static_cast<double>(model_.macs()));
  }
  double byte_share(const std::vector<int>& indices) const {
    double sum = 0;
    for (int index : indices) sum += mac_bytes(layer(index), 1);
    return sum / std::max(1.0, mac_bytes(model_, 1));
  }
  bool matters(const std::vector<int>& indices) const {
    if (indices.empty()) return false;
    return (timed_ ? time_share(indices) : std::max(mac_share(indices), byte_share(indices))) >= kWorthSaying;
  }

  void add(const char* code, std::string text, std::vector<int> indices, std::optional<Seconds> stake = {}) {
    if (timed_ && !stake) stake = time_of(indices);
    if (stake) text += fmt::format(" At stake: {} of {}.", to_text(*stake), to_text(kernels()));
    found_.push_back({code, std::move(text), std::move(indices), stake});
  }

  std::string taking(const std::vector<int>& indices) const {
    return timed_ ? fmt::format("{:.1f} % of the time", 100 * time_share(indices))
                  : fmt::format("{:.1f} % of the memory access", 100 * byte_share(indices));
  }

  static bool is_depthwise(const Layer& l) {
    return l.op == Op::conv && l.groups > 1 && l.groups == l.input.channels;
  }
  static bool is_dense(const Layer& l) { return (l.op == Op::conv && l.groups == 1) || l.op == Op::linear; }

  void depthwise() {
    const auto indices = layers_where(is_depthwise);
    if (!matters(indices)) return;
    add("depthwise",
        fmt::format("{} depthwise convolutions do {:.1f} % of the MACs but take {}: each output needs only "
                    "its own channel, so "
                    "tensor cores starve and memory decides; a dense or fused (expand by k x k) block may be "
                    "faster with "
                    "more MACs (MobileDets, RepVGG).",
                    indices.size(), 100 * mac_share(indices), taking(indices)),
        indices);
  }

  /// Only 16-bit and 8-bit products have the rule of eight.
  void alignment() {
    if (settings_.precision == topology::Precision::fp32) return;
    const auto indices = layers_where([&](const Layer& l) {
      const bool first = !l.sources.empty() && l.sources[0] < 0;  // three colours cannot be helped
      return is_dense(l) && ((l.input.channels % 8 != 0 && !first) || l.output.channels % 8 != 0);
    });
    if (!matters(indices)) return;
    add("alignment",
        fmt::format("{} layers have channels that are no multiple of 8, such as '{}' ({} to {}): tensor "
                    "cores then run at a "
                    "fraction of their rate; pad to the next multiple of 8, a vocabulary to 64.",
                    indices.size(), layer(indices[0]).name, layer(indices[0]).input.channels,
                    layer(indices[0]).output.channels),
        indices);
  }

  /// Share of whole 64-wide tiles that is real work.
  static double filled(std::int64_t channels) {
    return static_cast<double>(channels) / static_cast<double>((channels + 63) / 64 * 64);
  }

  void tiles() {
    const auto indices = layers_where([&](const Layer& l) {
      return is_dense(l) && l.output.channels % 8 == 0 && l.macs() > 0 && filled(l.output.channels) < 0.8;
    });
    if (!matters(indices)) return;
    std::optional<Seconds> waste;
    if (timed_) {
      waste = Seconds(0);
      for (int index : indices) *waste += time_of(index) * (1 - filled(layer(index).output.channels));
    }
    add("tiles",
        fmt::format("{} layers fill their last tile of 64 output channels badly, such as '{}' with {}: the "
                    "same kernels would "
                    "compute up to the next multiple of 64 in the same time.",
                    indices.size(), layer(indices[0]).name, layer(indices[0]).output.channels),
        indices, waste);
  }

  void channel_balance() {
    const auto indices = layers_where([](const Layer& l) {
      if (l.op != Op::conv || l.groups != 1 || l.kernel_h * l.kernel_w != 1 ||
          l.output.height * l.output.width == 1)
        return false;
      const double ratio = static_cast<double>(l.input.channels) / static_cast<double>(l.output.channels);
      return ratio >= 4 || ratio <= 0.25;
    });
    if (!matters(indices)) return;
    add("channel_balance",
        fmt::format("{} 1x1 convolutions have 4 or more times as many channels on one side, such as '{}' ({} "
                    "to {}): at equal "
                    "MACs equal widths move the fewest bytes (ShuffleNet v2, G1).",
                    indices.size(), layer(indices[0]).name, layer(indices[0]).input.channels,
                    layer(indices[0]).output.channels),
        indices);
  }

  void groups() {
    const auto indices =
        layers_where([](const Layer& l) { return l.op == Op::conv && l.groups > 1 && !is_depthwise(l); });
    if (!matters(indices)) return;
    add("groups",
        fmt::format("{} convolutions have groups (such as '{}' with {} of {} channels): they do {:.1f} % of "
                    "the MACs and take {}; "
                    "groups lower MACs but not the bytes moved (ShuffleNet v2, G2).",
                    indices.size(), layer(indices[0]).name, layer(indices[0]).groups,
                    layer(indices[0]).input.channels / layer(indices[0]).groups, 100 * mac_share(indices),
                    taking(indices)),
        indices);
  }

  /// Many small kernels instead of few large ones.
  void fragmentation() {
    const auto products = layers_where([](const Layer& l) { return l.macs() > 0; });
    const auto joins = layers_where([](const Layer& l) { return l.op == Op::concat; });
    if (joins.size() < 4 || products.size() < 40) return;
    add("fragmentation",
        fmt::format("{} products are joined by {} concatenations: paths that are split and joined keep "
                    "kernels small and copy "
                    "data (ShuffleNet v2, G3); one wide convolution per block, or one concatenation per "
                    "stage (VoVNet), is "
                    "faster at equal MACs.",
                    products.size(), joins.size()),
        joins);
  }

  void elementwise() {
    const auto indices = layers_where([](const Layer& l) { return l.macs() == 0 && l.op != Op::embedding; });
    const double share = timed_ ? time_share(indices) : byte_share(indices);
    if (share < 0.25) return;
    add("elementwise",
        fmt::format("layers without products (norm, activation, add, concat, pool) take {}: they run at the "
                    "speed of memory "
                    "(ShuffleNet v2, G4); {} fuses them into their neighbours.",
                    taking(indices),
                    settings_.mode == Mode::inference ? "folding norms and compiling" : "--compiled"),
        indices);
  }

  void density() {
    const auto threes =
        layers_where([](const Layer& l) { return is_dense(l) && l.kernel_h == 3 && l.kernel_w == 3; });
    const auto ones = layers_where([](const Layer& l) {
      return l.op == Op::conv && l.groups == 1 && l.kernel_h == 1 && l.kernel_w == 1;
    });
    const auto convs = layers_where([](const Layer& l) { return l.op == Op::conv; });
    if (convs.size() < 10 || mac_share(threes) > 0.5 || ones.empty() || mac_share(ones) < 0.3) return;
    add("density",
        fmt::format("only {:.0f} % of the MACs are dense 3x3 convolutions and {:.0f} % are 1x1: 3x3 reach "
                    "the most FLOP/s of all "
                    "(RepVGG, table 1), so a plain 3x3 network of more MACs can be faster.",
                    100 * mac_share(threes), 100 * mac_share(ones)),
        ones);
  }

  void launches() {
    if (!timed_ || timed_->time.launch <= kernels()) return;
    found_.push_back(
        {"launches",
         fmt::format(
             "the host needs {} to launch the kernels, which run in {}: a larger batch, CUDA graphs or "
             "--compiled would help, a faster GPU would not.",
             to_text(timed_->time.launch), to_text(kernels())),
         {},
         timed_->time.launch - kernels()});
  }

  void latency_is_not_flops() {
    if (!timed_) return;
    const double passes = settings_.mode == Mode::inference ? 1 : 3;
    const Flops work(2.0 * passes * static_cast<double>(model_.macs() * settings_.batch));
    const double share = (work / timed_->time.total()) / timed_->gpu.peak_at(settings_.precision);
    if (share > 0.25) return;
    found_.push_back(
        {"latency_is_not_flops",
         fmt::format("the step reaches {:.1f} % of the GPU's peak, so its time follows from memory access "
                     "and launches "
                     "rather than from FLOPs: compare networks by time (--compare), not by MACs.",
                     100 * share),
         {},
         std::nullopt});
  }

  void unknown_operators() {
    const auto indices = layers_where([](const Layer& l) {
      return l.op == Op::other && l.kind != "rotary" && l.macs() == 0 && l.inputs * l.input.elements() > 1;
    });
    if (indices.empty()) return;
    std::vector<std::string> kinds;
    for (int index : indices) {
      if (std::find(kinds.begin(), kinds.end(), layer(index).kind) == kinds.end())
        kinds.push_back(layer(index).kind);
    }
    std::string list;
    for (const std::string& kind : kinds) list += (list.empty() ? "" : ", ") + kind;
    add("unknown_operators",
        fmt::format("{} layers are known only by the bytes they move: {}.", indices.size(), list), indices);
  }

  const Model& model_;
  const ComputeSettings& settings_;
  const std::optional<TimedStep>& timed_;
  std::vector<Advice> found_;
};

}  // namespace

std::vector<Advice> advise(const Model& model, const ComputeSettings& settings,
                           const std::optional<TimedStep>& timed) {
  return Adviser(model, settings, timed).all();
}

}  // namespace scalesim::workloads
