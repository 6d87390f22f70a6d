// Collective times in the layout of nccl-tests, whose readers people have.
#include <fmt/format.h>

#include "report/documents/communication.h"

namespace scalesim::report {

std::string communication_text(const Communication& c) {
  std::string text = fmt::format("# {} over {} GPUs in {} node{} of {} ({}), times by model '{}'\n",
                                 comm::to_text(c.collective), c.group.ranks, c.group.nodes,
                                 c.group.nodes == 1 ? "" : "s", c.system, c.gpu, c.model);
  text += fmt::format("# {:>10} {:>12} {:>9} {:>9}   {:<9} {:<8} {}\n", "size", "time", "algbw", "busbw",
                      "algorithm", "protocol", "bound by");
  text += fmt::format("# {:>10} {:>12} {:>9} {:>9}\n", "(B)", "(us)", "(GB/s)", "(GB/s)");
  for (const CommunicationRow& row : c.rows) {
    text += fmt::format("{:>12.0f} {:>12.2f} {:>9.2f} {:>9.2f}   {:<9} {:<8} {}\n", row.bytes.value(),
                        row.time.time.value() * 1e6, row.algbw.value() / 1e9, row.busbw.value() / 1e9,
                        row.time.algorithm, row.time.protocol, row.time.bottleneck);
    if (row.explanation) text += fmt::format("{:>12} {}\n", "", *row.explanation);
  }
  return text;
}

}  // namespace scalesim::report
