// Multiplies out what can be chosen.
#include "plan/search/configuration_space.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/error.h"

namespace scalesim::plan {
namespace {

using workloads::Recompute;

template <class T>
std::vector<T> divisors(T n) {
  std::vector<T> found;
  for (T d = 1; d <= n; ++d)
    if (n % d == 0) found.push_back(d);
  return found;
}

/// The divisors of `n` that may be chosen.
template <class T>
std::vector<T> allowed(const std::vector<T>& wanted, T n) {
  if (wanted.empty()) return divisors(n);
  std::vector<T> found;
  for (const T d : wanted)
    if (d > 0 && n % d == 0) found.push_back(d);
  return found;
}

/// Only the first where the choice changes nothing.
template <class T>
std::vector<T> if_it_matters(const std::vector<T>& wanted, bool matters) {
  return matters || wanted.size() < 2 ? wanted : std::vector<T>{wanted.front()};
}

}  // namespace

ConfigurationSpace::ConfigurationSpace(sim::Scenario base, Choices choices, int gpus, int gpus_per_node)
    : base_(std::move(base)), choices_(std::move(choices)), gpus_(gpus), gpus_per_node_(gpus_per_node) {
  SCALESIM_CHECK(base_.global_batch.has_value());
  for (const std::string& name : sim::searched_pipelines(true))
    interleaved_.push_back(sim::find_pipeline(name));
  const auto& shape = base_.model.transformer;
  const auto cut = [&](const std::vector<int>& wanted, int n) {
    return shape ? allowed(wanted, n) : std::vector<int>{1};
  };
  ShardingChoice b;
  for (const int tensor : cut(choices_.tensor, gpus)) {
    if (shape && shape->heads % tensor != 0) continue;
    for (const int pipeline : allowed(choices_.pipeline, gpus / tensor)) {
      if (shape && pipeline > shape->layers) continue;
      for (const int context : cut(choices_.context, gpus / tensor / pipeline)) {
        if (shape && shape->sequence % context != 0) continue;
        b.tensor = tensor, b.pipeline = pipeline, b.context = context;
        b.data = gpus / tensor / pipeline / context;
        if (*base_.global_batch % b.data == 0) add_branches(b);
      }
    }
  }
}

void ConfigurationSpace::add_branches(const ShardingChoice& layout) {
  const auto& shape = base_.model.transformer;
  const int replicas = layout.data * layout.context;
  const int experts = shape ? static_cast<int>(std::max<std::int64_t>(1, shape->experts)) : 1;
  for (const int expert : experts > 1 ? allowed(choices_.expert, replicas) : std::vector<int>{1}) {
    if (experts % expert != 0) continue;
    for (const std::string& strategy : if_it_matters(choices_.strategies, replicas > 1)) {
      if (layout.pipeline > 1 && !sim::find_strategy(strategy)->allows_pipeline()) continue;
      for (const Recompute recompute : if_it_matters(choices_.recompute, shape.has_value())) {
        ShardingChoice branch = layout;
        branch.expert = expert;
        branch.strategy = strategy;
        branch.recompute = recompute;
        branches_.push_back(branch);
      }
    }
  }
}

std::vector<MicrobatchChoice> ConfigurationSpace::shares(const ShardingChoice& branch) const {
  std::vector<MicrobatchChoice> found;
  const std::int64_t replica = *base_.global_batch / branch.data;
  for (const bool sequence_parallel : choices_.sequence_parallel) {
    if (sequence_parallel && branch.tensor == 1) continue;
    if (sequence_parallel &&
        base_.model.transformer->sequence % (std::int64_t{branch.context} * branch.tensor) != 0)
      continue;
    for (const std::int64_t size : allowed(choices_.microbatch, replica))
      found.push_back({sequence_parallel, size, static_cast<int>(replica / size)});
  }
  return found;
}

std::vector<std::string> ConfigurationSpace::mappings(const ShardingChoice& branch) const {
  if (!choices_.mappings.empty()) return choices_.mappings;
  std::vector<std::string> axes, idle;
  const auto add = [&](const char* name, int size) { (size > 1 ? axes : idle).emplace_back(name); };
  add("tp", branch.tensor);
  add("cp", branch.context);
  add("dp", branch.data);
  add("pp", branch.pipeline);
  std::vector<std::size_t> order(axes.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::vector<std::string> found;
  do {
    std::vector<std::string> words;
    for (const std::size_t i : order) words.push_back(axes[i]);
    words.insert(words.end(), idle.begin(), idle.end());
    found.push_back(fmt::format("{}", fmt::join(words, "-")));
  } while (std::next_permutation(order.begin(), order.end()));
  return found;
}

std::vector<ScheduleChoice> ConfigurationSpace::schedules(const ShardingChoice& branch,
                                                          const MicrobatchChoice& share) const {
  ScheduleChoice order;
  if (branch.pipeline == 1) return {order};
  std::vector<ScheduleChoice> found;
  const auto& shape = base_.model.transformer;
  const int blocks = shape ? static_cast<int>(shape->layers) : 1;
  const std::vector<int> chunks = blocks % branch.pipeline == 0
                                      ? allowed(choices_.virtual_stages, blocks / branch.pipeline)
                                      : std::vector<int>{1};
  for (const int v : chunks) {
    order.virtual_stages = v;
    for (const std::string& schedule : schedule_names({branch.pipeline, share.microbatches, v})) {
      order.schedule = schedule;
      found.push_back(order);
    }
  }
  return found;
}

std::vector<std::string> ConfigurationSpace::schedule_names(const sim::PipelineShape& shape) const {
  if (shape.chunks == 1) return choices_.schedules;
  std::vector<std::string> names;
  for (const auto& pipeline : interleaved_)
    if (pipeline->runs(shape)) names.emplace_back(pipeline->name());
  return names;
}

std::vector<ScheduleChoice> ConfigurationSpace::orders(const ShardingChoice& branch,
                                                       const MicrobatchChoice& share) const {
  const bool averages = branch.data * branch.context > 1;
  std::vector<ScheduleChoice> found;
  const std::vector<ScheduleChoice> plain = schedules(branch, share);
  for (const std::string& method : if_it_matters(choices_.context_methods, branch.context > 1))
    for (const std::string& mapping : mappings(branch))
      for (const bool overlap : choices_.overlap)
        for (const ScheduleChoice& schedule : plain)
          for (const double bytes : if_it_matters(choices_.gradient_bytes, averages)) {
            ScheduleChoice& order = found.emplace_back(schedule);
            order.context_method = method;
            order.mapping = mapping;
            order.overlap = overlap;
            order.gradient_bytes = bytes;
          }
  return found;
}

std::size_t ConfigurationSpace::order_count(const ShardingChoice& branch,
                                            const MicrobatchChoice& share) const {
  const bool averages = branch.data * branch.context > 1;
  return if_it_matters(choices_.context_methods, branch.context > 1).size() * mappings(branch).size() *
         choices_.overlap.size() * schedules(branch, share).size() *
         if_it_matters(choices_.gradient_bytes, averages).size();
}

std::size_t ConfigurationSpace::size() const {
  std::size_t count = 0;
  for (const ShardingChoice& branch : branches_)
    for (const MicrobatchChoice& share : shares(branch)) count += order_count(branch, share);
  return count;
}

void apply(const ShardingChoice& branch, sim::Scenario& scenario) {
  scenario.parallel.tensor = branch.tensor;
  scenario.parallel.pipeline = branch.pipeline;
  scenario.parallel.context = branch.context;
  scenario.parallel.expert = branch.expert;
  scenario.strategy = branch.strategy;
  scenario.compute.recompute = branch.recompute;
}

void apply(const MicrobatchChoice& share, sim::Scenario& scenario) {
  scenario.parallel.sequence_parallel = share.sequence_parallel;
  scenario.parallel.microbatch = share.microbatch;
}

void apply(const ScheduleChoice& order, sim::Scenario& scenario) {
  scenario.parallel.context_method = order.context_method;
  scenario.parallel.mapping = order.mapping;
  scenario.overlap = order.overlap;
  scenario.gradient_element = Bytes(order.gradient_bytes);
  scenario.parallel.virtual_stages = order.virtual_stages;
  scenario.parallel.schedule = order.schedule;
}

std::string configuration_text(const ShardingChoice& branch, const MicrobatchChoice& share,
                               const ScheduleChoice& order) {
  std::string text = branch.strategy;
  const auto add = [&](const char* name, int size) {
    if (size > 1) text += fmt::format(" {}{}", name, size);
  };
  add("tp", branch.tensor);
  add("pp", branch.pipeline);
  add("cp", branch.context);
  add("ep", branch.expert);
  add("dp", branch.data);
  add("vpp", order.virtual_stages);
  text += fmt::format(" mb{}", share.microbatch);
  if (share.sequence_parallel) text += " sp";
  if (branch.pipeline > 1 && order.virtual_stages == 1) text += " " + order.schedule;
  if (branch.recompute != Recompute::none)
    text += fmt::format(", recompute {}", workloads::to_text(branch.recompute));
  if (!order.overlap) text += ", no overlap";
  if (branch.context > 1) text += ", " + order.context_method;
  if (branch.data * branch.context > 1 && order.gradient_bytes == 2) text += ", half-precision gradients";
  return text + ", " + order.mapping;
}

}  // namespace scalesim::plan
