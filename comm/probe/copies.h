// What the GPUs of this host can copy: to and from pinned host memory, and to each other.
#pragma once

#include <string>
#include <vector>

#include "core/units.h"

namespace scalesim::comm {

struct CopySpeed {
  std::string from;  ///< "host", "gpu0"
  std::string to;
  bool direct = true;  ///< peer copies: without a stop in host memory
  BytesPerSecond bandwidth{};
};

struct CopySurvey {
  Bytes bytes{};
  std::vector<CopySpeed> copies;
  std::string reason;  ///< why there are none
};

/// Median of repeated copies of `bytes` on every visible GPU and between every two of them. Never throws for
/// want of a GPU: the reason says what is missing.
CopySurvey measure_copies(Bytes bytes);
/// The same function in the part that links NCCL, which exports it as `scalesim_measure_copies`.
using MeasureCopies = CopySurvey (*)(Bytes bytes);

std::string copies_table(const CopySurvey& survey);

}  // namespace scalesim::comm
