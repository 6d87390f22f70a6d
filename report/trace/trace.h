// One simulated step as Chrome trace events, which Perfetto and chrome://tracing load.
#pragma once

#include <string>

#include "comm/collective/model.h"
#include "sim/step/strategy.h"

namespace scalesim::report {

/// What stands beside the events.
struct TraceNames {
  std::string title;  ///< "resnet18 on 8 GPUs of nvlink"
  /// Names algorithm and protocol of every collective; may be null.
  const comm::CollectiveModel* collectives = nullptr;
};

/// One process per pipeline stage, one named row per stream, times in microseconds from the start of the
/// step; collectives carry their bytes, algorithm and bus bandwidth; an arrow leads from each task to those
/// of other rows that waited for it. Tasks without duration are left out, arrows lead through them.
std::string chrome_trace(const sim::Step& step, const sim::Timeline& line, const TraceNames& names = {});

}  // namespace scalesim::report
