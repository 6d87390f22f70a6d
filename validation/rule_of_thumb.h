// A rule of thumb ("each added GPU brings ten percent less") held against named workloads, and read
// backwards: what machine and what job would obey it, and whether one can.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "validation/effective_model.h"
#include "validation/measured_table.h"

namespace scalesim::validation {

/// One workload at one batch on the rule's system.
struct RuleWorkload {
  std::string model, gpu, strategy;
  std::int64_t batch = 1;                 ///< per GPU
  bool fits = true;                       ///< in the memory of one GPU, on the whole system
  bool sharded = false;                   ///< as it does not fit otherwise
  std::vector<double> speedup, marginal;  ///< of 1, 2, ... units, against one unit
  double distance = 0;                    ///< mean of |marginal - rule| over the added units
};

/// What the rule says of a step on so many units.
struct RuleImplication {
  int units = 1;
  double step = 1;           ///< over the step of one unit
  double exposed_share = 0;  ///< of the step, spent waiting
  double bandwidth =
      0;  ///< bytes/s of bus bandwidth that the closest workload would see, nothing hidden; 0 for one unit
};

/// A machine reduced to its shape, fitted to the rule.
struct RuleShape {
  std::string name;
  EffectiveModel model;
  std::vector<double> marginal;
  double worst = 0;       ///< largest |marginal - rule|
  bool possible = false;  ///< within what the rule is rounded to
};

/// The batch at which a model's largest size obeys the rule.
struct RuleBatch {
  std::string model, gpu;
  std::optional<double> batch;                       ///< none: no batch tried does
  double smallest_speedup = 0, largest_speedup = 0;  ///< of the largest size, over the batches tried
  std::int64_t smallest_batch = 1, largest_batch = 1;
};

struct RuleAnswer {
  RuleOfThumb rule;
  std::vector<double> speedup;          ///< the rule's own, of 1, 2, ... units
  std::vector<RuleWorkload> workloads;  ///< nearest first, what does not fit last
  std::vector<RuleImplication> implied;
  std::vector<RuleShape> shapes;
  std::vector<RuleBatch> batches;
  std::vector<std::string> sentences;  ///< the answer in a buyer's words
};

RuleAnswer explain_rule(const RuleOfThumb& rule, const DataCatalogue& data);

}  // namespace scalesim::validation
