// Names and bus-bandwidth factors of the collectives.
#include "comm/collective/collective.h"

#include <string>
#include <vector>

#include "core/error.h"

namespace scalesim::comm {

namespace {

constexpr Collective every_collective[] = {
    Collective::all_reduce, Collective::all_gather, Collective::reduce_scatter, Collective::broadcast,
    Collective::reduce,     Collective::all_to_all, Collective::send_receive};

/// Other people's spellings: "all_gather_perf", "AllReduce", "alltoall", "sendrecv".
std::string plain(std::string_view text) {
  std::string letters;
  for (const char c : text) {
    if (c >= 'A' && c <= 'Z') letters += static_cast<char>(c - 'A' + 'a');
    if (c >= 'a' && c <= 'z') letters += c;
  }
  return letters == "sendrecv" ? "sendreceive" : letters;
}

}  // namespace

std::string_view to_text(Collective collective) {
  switch (collective) {
    case Collective::all_reduce:
      return "all_reduce";
    case Collective::all_gather:
      return "all_gather";
    case Collective::reduce_scatter:
      return "reduce_scatter";
    case Collective::broadcast:
      return "broadcast";
    case Collective::reduce:
      return "reduce";
    case Collective::all_to_all:
      return "all_to_all";
    case Collective::send_receive:
      return "send_receive";
  }
  return "";
}

Collective parse_collective(std::string_view text) {
  std::vector<std::string> known;
  for (const Collective collective : every_collective) {
    if (plain(text) == plain(to_text(collective))) return collective;
    known.emplace_back(to_text(collective));
  }
  throw unknown_name("collective", text, known);
}

double bus_factor(Collective collective, int ranks) {
  SCALESIM_CHECK(ranks >= 1);
  const double others = static_cast<double>(ranks - 1) / ranks;
  switch (collective) {
    case Collective::all_reduce:
      return 2 * others;
    case Collective::all_gather:
    case Collective::reduce_scatter:
    case Collective::all_to_all:
      return others;
    default:
      return 1;
  }
}

}  // namespace scalesim::comm
