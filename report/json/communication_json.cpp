// The document of `scalesim comm`: one row per size, rates in bytes per second.
#include <cmath>
#include <nlohmann/json.hpp>

#include "report/documents/communication.h"

namespace scalesim::report {
namespace {

using Json = nlohmann::ordered_json;

Json row_json(const CommunicationRow& row) {
  return {{"bytes", std::llround(row.bytes.value())},
          {"time_s", row.time.time.value()},
          {"time_low_s", row.time.low.value()},
          {"time_high_s", row.time.high.value()},
          {"algbw", row.algbw.value()},
          {"busbw", row.busbw.value()},
          {"algorithm", row.time.algorithm},
          {"protocol", row.time.protocol},
          {"channels", row.time.channels},
          {"bottleneck", row.time.bottleneck},
          {"provenance", to_text(row.time.provenance)}};
}

}  // namespace

std::string communication_json(const Communication& communication) {
  Json document = {{"schema", "scalesim.communication/1"},
                   {"collective", comm::to_text(communication.collective)},
                   {"system", communication.system},
                   {"gpus", communication.group.ranks},
                   {"nodes", communication.group.nodes},
                   {"model", communication.model},
                   {"rows", Json::array()}};
  for (const CommunicationRow& row : communication.rows) document["rows"].push_back(row_json(row));
  return document.dump(2) + "\n";
}

}  // namespace scalesim::report
