// Every parallel configuration of the training of one model over a fixed number of GPUs.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "sim/scenario/layout.h"
#include "sim/scenario/scenario.h"
#include "sim/step/pipeline.h"
#include "sim/step/strategy.h"

namespace scalesim::plan {

/// What may be chosen. Empty lists: every divisor, every order.
struct Choices {
  std::vector<int> tensor, pipeline, context, expert, virtual_stages;
  std::vector<std::int64_t> microbatch;
  std::vector<workloads::Recompute> recompute = {workloads::Recompute::none, workloads::Recompute::selective,
                                                 workloads::Recompute::full};
  std::vector<std::string> strategies = sim::searched_strategies(sim::ChosenBy::exhaustive_search);
  std::vector<std::string> schedules = sim::searched_pipelines(false);
  std::vector<std::string> mappings;
  std::vector<std::string> context_methods = {"ring", "all-to-all"};
  std::vector<bool> sequence_parallel = {true, false};
  std::vector<bool> overlap = {true, false};
  std::vector<double> gradient_bytes = {4, 2};  ///< fp32 and half precision on the wire
};

/// The part of a configuration that decides which ranks form a replica and what is sharded: one task of the
/// search.
struct ShardingChoice {
  int tensor = 1, pipeline = 1, context = 1, expert = 1, data = 1;
  std::string strategy;
  workloads::Recompute recompute = workloads::Recompute::none;
};

/// Below a branch: what decides memory and the work of a rank.
struct MicrobatchChoice {
  bool sequence_parallel = false;
  std::int64_t microbatch = 1;
  int microbatches = 1;
};

/// Below a share: what decides the order of its work and its messages.
struct ScheduleChoice {
  std::string context_method, mapping;
  bool overlap = true;
  double gradient_bytes = 4;
  int virtual_stages = 1;
  std::string schedule = sim::Parallelism().schedule;
};

/// The whole space as three nested lists, in a fixed order. Choices that mean the same are counted once:
/// orders of axes with one rank, schedules without a pipeline, what is sharded or averaged among one rank.
class ConfigurationSpace {
 public:
  /// `base` gives the model and everything that is not chosen; its global batch must be set.
  ConfigurationSpace(sim::Scenario base, Choices choices, int gpus, int gpus_per_node);

  const std::vector<ShardingChoice>& branches() const { return branches_; }
  std::vector<MicrobatchChoice> shares(const ShardingChoice& branch) const;
  std::vector<ScheduleChoice> orders(const ShardingChoice& branch, const MicrobatchChoice& share) const;
  /// As many as `orders` returns, without making them.
  std::size_t order_count(const ShardingChoice& branch, const MicrobatchChoice& share) const;
  std::size_t size() const;

  const sim::Scenario& base() const { return base_; }
  int gpus() const { return gpus_; }
  int gpus_per_node() const { return gpus_per_node_; }

 private:
  void add_branches(const ShardingChoice& layout);
  std::vector<std::string> mappings(const ShardingChoice& branch) const;
  std::vector<ScheduleChoice> schedules(const ShardingChoice& branch, const MicrobatchChoice& share) const;
  std::vector<std::string> schedule_names(const sim::PipelineShape& shape) const;

  sim::Scenario base_;
  Choices choices_;
  int gpus_ = 1, gpus_per_node_ = 1;
  std::vector<ShardingChoice> branches_;
  std::vector<std::unique_ptr<sim::Pipeline>> interleaved_;  ///< for stages of several chunks
};

/// The scenario of one configuration, made in place: `scenario` is a copy of base().
void apply(const ShardingChoice& branch, sim::Scenario& scenario);
void apply(const MicrobatchChoice& share, sim::Scenario& scenario);
void apply(const ScheduleChoice& order, sim::Scenario& scenario);

/// "tp8 pp8 dp1, zero1, interleave 3, micro-batch 2, recompute selective, sequence parallel, ..."
std::string configuration_text(const ShardingChoice& branch, const MicrobatchChoice& share,
                               const ScheduleChoice& order);

}  // namespace scalesim::plan
