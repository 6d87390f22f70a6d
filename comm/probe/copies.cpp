// The table of copies, and the answer of a build without CUDA.
#include "comm/probe/copies.h"

#include <fmt/format.h>

#include "core/error.h"
#include "core/part.h"
#include "core/units_text.h"

namespace scalesim::comm {

#ifdef SCALESIM_HAS_NCCL
CopySurvey measure_copies(Bytes bytes) {
  try {
    return (*static_cast<const MeasureCopies*>(part_symbol("nccl", "scalesim_measure_copies")))(bytes);
  } catch (const InputError& wrong) {
    return {bytes, {}, wrong.what()};
  }
}
#else
CopySurvey measure_copies(Bytes bytes) { return {bytes, {}, "this build has no CUDA with NCCL"}; }
#endif

std::string copies_table(const CopySurvey& survey) {
  if (survey.copies.empty()) return fmt::format("# GPU copies: not measured, {}\n", survey.reason);
  std::string text = fmt::format("# GPU copies of {}: from, to, GB/s\n", message_size_text(survey.bytes));
  for (const CopySpeed& copy : survey.copies)
    text += fmt::format("{:>8} {:>8} {:>9.2f}{}\n", copy.from, copy.to, copy.bandwidth.value() / 1e9,
                        copy.direct ? "" : "  through host memory");
  return text;
}

}  // namespace scalesim::comm
