// What the passes of every virtual stage of a pipeline cost.
#pragma once

#include <vector>

#include "sim/fast/backward_segments.h"
#include "sim/step/pipeline_description.h"

namespace scalesim::sim {

/// Seconds. A pass forward, backward or of weight gradients, and handing on what it made.
struct PassCosts {
  double work = 0, wait = 0, send = 0;
};

struct StageCosts {
  PassCosts passes[3];  ///< indexed by Pass
  double parameters = 0, expert_parameters = 0;
  const SegmentedBackward* gradients = nullptr;  ///< null when none are averaged
};

/// Keeps its buffers between steps.
class StageDescriber {
 public:
  /// One per virtual stage; lives until the next call. Throws InputError as cut_stages does.
  const std::vector<StageCosts>& describe(const RecurrenceInputs& in, const PipelineDescription& step);

 private:
  void add_run(StageCosts& stage, const UnitRun& run) const;
  double send_seconds(int virtual_stage);
  void segment_backwards();
  bool same_units(std::size_t a, std::size_t b) const;
  const UnitRun* run(std::size_t i) const { return cut_.runs.data() + cut_.begin[i]; }

  const RecurrenceInputs* in_ = nullptr;
  const PipelineDescription* step_ = nullptr;
  FoldedStages cut_;
  std::vector<StageCosts> stages_;
  BackwardSegmenter segmenter_;
  std::vector<SegmentedBackward> backwards_;  ///< the first ones are of this step
  std::vector<std::size_t> sources_;          ///< a virtual stage that has each of them
  double sent_ = -1, send_ = 0;               ///< bytes and seconds of the last send asked for
};

}  // namespace scalesim::sim
