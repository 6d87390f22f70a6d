// Sums over the units of each virtual stage.
#include "sim/fast/stage_costs.h"

#include <algorithm>

namespace scalesim::sim {
namespace {

std::size_t at(int i) { return static_cast<std::size_t>(i); }

}  // namespace

const std::vector<StageCosts>& StageDescriber::describe(const RecurrenceInputs& in,
                                                        const PipelineDescription& step) {
  in_ = &in;
  step_ = &step;
  sent_ = -1;
  cut_ = cut_folded_stages(in.work, step.shape.virtual_stages(), in.scenario.model.transformer.has_value(),
                           in.scenario.model.name);
  stages_.assign(at(step.shape.virtual_stages()), {});
  for (std::size_t v = 0; v < stages_.size(); ++v) {
    for (const UnitRun* r = run(v); r != run(v + 1); ++r) add_run(stages_[v], *r);
    if (!step.shape.sends_to(Pass::forward, static_cast<int>(v))) continue;
    // Backward sends the gradient of the tensor that the forward sent.
    const double send = send_seconds(static_cast<int>(v));
    stages_[v].passes[0].send = send;
    stages_[v + 1].passes[1].send = send;
  }
  if (step.averages) {
    segmenter_.start(in, step);
    segment_backwards();
  }
  return stages_;
}

void StageDescriber::add_run(StageCosts& stage, const UnitRun& run) const {
  const UnitTimes& unit = in_->units[at(run.kind)];
  const FoldedWork::Kind& kind = in_->work.kinds[at(run.kind)];
  const double weight = step_->splits_backward ? unit.weight : 0;
  stage.passes[0].work += unit.forward * run.count;
  stage.passes[0].wait += unit.forward_wait * run.count;
  stage.passes[1].work += (unit.backward - weight) * run.count;
  stage.passes[1].wait += unit.backward_wait * run.count;
  stage.passes[2].work += weight * run.count;
  stage.parameters += kind.parameters * run.count;
  stage.expert_parameters += kind.expert_parameters * run.count;
}

/// Of handing the activations after a virtual stage, or their gradient, over.
double StageDescriber::send_seconds(int virtual_stage) {
  const UnitRun& last = *(run(at(virtual_stage) + 1) - 1);
  const Bytes activation = in_->work.kinds[at(last.kind)].layers.back().output;
  if (activation.value() == sent_) return send_;
  const StageSend what = step_->send(activation);
  sent_ = activation.value();
  send_ = in_->seconds(in_->ask(what.send));
  if (what.gather) send_ += in_->seconds(in_->ask(*what.gather));
  return send_;
}

void StageDescriber::segment_backwards() {
  if (backwards_.size() < stages_.size()) backwards_.resize(stages_.size());
  sources_.clear();
  for (std::size_t v = 0; v < stages_.size(); ++v) {
    std::size_t known = 0;
    while (known < sources_.size() && !same_units(v, sources_[known])) ++known;
    if (known == sources_.size()) {
      sources_.push_back(v);
      segmenter_.make(backwards_[known], run(v), run(v + 1));
    }
    stages_[v].gradients = &backwards_[known];
  }
}

bool StageDescriber::same_units(std::size_t a, std::size_t b) const {
  return std::equal(run(a), run(a + 1), run(b), run(b + 1));
}

}  // namespace scalesim::sim
