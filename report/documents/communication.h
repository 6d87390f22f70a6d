// What `scalesim comm` says: how long a collective takes, size by size, with the rates that nccl-tests
// prints.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "comm/collective/model.h"
#include "sim/scenario/scenario.h"

namespace scalesim::report {

struct CommunicationRow {
  Bytes bytes{};
  comm::CollectiveTime time;
  BytesPerSecond algbw{};                  ///< bytes over time, 0 where it takes none
  BytesPerSecond busbw{};                  ///< what every link carries for it
  std::optional<std::string> explanation;  ///< the terms of the time, where they were asked for
};

struct Communication {
  comm::Collective collective = comm::Collective::all_reduce;
  comm::Group group;
  std::string system, gpu;
  std::string model;  ///< of collective times
  std::vector<CommunicationRow> rows;
};

/// Times `collective` among `group` for every size; `explain` asks for the terms too.
Communication communication(comm::Collective collective, const sim::System& system, const comm::Group& group,
                            const std::vector<Bytes>& sizes, bool explain);

/// In the layout of nccl-tests.
std::string communication_text(const Communication& communication);
/// The document of schema "scalesim.communication/1" (report/schemas/communication.json).
std::string communication_json(const Communication& communication);

}  // namespace scalesim::report
