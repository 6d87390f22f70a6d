// Places from the operating system (no hwloc: that is topology/probe's), groups from places.
#include "comm/probe/place.h"

#include <fmt/format.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <tuple>

#include "core/error.h"
#include "core/number.h"

namespace scalesim::comm {
namespace {

std::string host_name() {
  char name[256] = "";
  gethostname(name, sizeof name - 1);
  return name;
}

/// Package of one core as Linux numbers them, -1 when not known.
int socket_of_core(int core) {
  std::ifstream file(fmt::format("/sys/devices/system/cpu/cpu{}/topology/physical_package_id", core));
  int socket = -1;
  file >> socket;
  return file ? socket : -1;
}

std::string serialise(const RankPlace& place) {
  return fmt::format("{}\t{}\t{}\t{}\t{}", place.rank, place.host, place.socket, place.cores, place.gpu);
}

int to_int(std::string_view text) { return leading_integer<int>(text).value; }

RankPlace parse_place(const std::string& text) {
  std::vector<std::string> cells;
  std::size_t start = 0;
  for (int i = 0; i < 4; ++i) {
    const std::size_t tab = text.find('\t', start);
    SCALESIM_CHECK(tab != std::string::npos);
    cells.push_back(text.substr(start, tab - start));
    start = tab + 1;
  }
  return {to_int(cells[0]), cells[1], to_int(cells[2]), text.substr(start), to_int(cells[3])};
}

/// Ranks sorted so that those of one host, and within it of one socket, are neighbours; hosts as they first
/// appear.
std::vector<int> packed_order(const std::vector<RankPlace>& places) {
  std::vector<std::string> hosts;
  for (const RankPlace& place : places)
    if (std::find(hosts.begin(), hosts.end(), place.host) == hosts.end()) hosts.push_back(place.host);
  const auto key = [&](int rank) {
    const RankPlace& place = places[static_cast<std::size_t>(rank)];
    return std::tuple(std::find(hosts.begin(), hosts.end(), place.host) - hosts.begin(), place.socket, rank);
  };
  std::vector<int> order;
  for (const RankPlace& place : places) order.push_back(place.rank);
  std::sort(order.begin(), order.end(), [&](int a, int b) { return key(a) < key(b); });
  return order;
}

/// The first rank of every different value of `key`, in packed order.
template <class Key>
std::vector<int> one_rank_per(const std::vector<RankPlace>& places, Key key) {
  std::vector<int> chosen;
  std::set<std::string> seen;
  for (const int rank : packed_order(places))
    if (seen.insert(key(places[static_cast<std::size_t>(rank)])).second) chosen.push_back(rank);
  return chosen;
}

std::vector<int> first(const std::vector<int>& ranks, int count) {
  return {ranks.begin(), ranks.begin() + std::min<std::ptrdiff_t>(count, std::ssize(ranks))};
}

}  // namespace

RankPlace find_place(int rank, const std::string& gpu) {
  RankPlace place{rank, host_name(), -1, gpu, 0};
  cpu_set_t cores;
  CPU_ZERO(&cores);
  if (sched_getaffinity(0, sizeof cores, &cores) != 0) return place;
  std::set<int> sockets;
  for (int core = 0; core < CPU_SETSIZE; ++core)
    if (CPU_ISSET(core, &cores)) sockets.insert(socket_of_core(core));
  if (sockets.size() == 1) place.socket = *sockets.begin();
  place.cores = CPU_COUNT(&cores);
  return place;
}

std::vector<RankPlace> gather_places(job::World& world, const std::string& gpu) {
  std::vector<RankPlace> places;
  for (const std::string& text : world.gather(serialise(find_place(world.rank(), gpu))))
    places.push_back(parse_place(text));
  return places;
}

std::string to_text(const RankPlace& place) {
  const std::string socket = place.socket < 0 ? "any socket" : fmt::format("socket {}", place.socket);
  return fmt::format("rank {}: host {}, {}, {}", place.rank, place.host, socket,
                     place.gpu.empty() ? "no GPU" : place.gpu);
}

RankGroup describe_group(const std::vector<RankPlace>& places, const std::vector<int>& ranks) {
  std::set<std::string> hosts;
  std::set<int> sockets;
  for (const int rank : ranks) {
    hosts.insert(places.at(static_cast<std::size_t>(rank)).host);
    sockets.insert(places[static_cast<std::size_t>(rank)].socket);
  }
  std::string scope = "intra-socket";
  if (hosts.size() > 1)
    scope = "inter-node";
  else if (sockets.count(-1))
    scope = "intra-node";
  else if (sockets.size() > 1)
    scope = "inter-socket";
  return {ranks, static_cast<int>(hosts.size()), scope};
}

std::vector<int> default_rank_counts(int ranks) {
  std::vector<int> counts;
  for (int n = 1; n <= std::min(ranks, 8); ++n) counts.push_back(n);
  for (int n = 16; n < ranks; n *= 2) counts.push_back(n);
  if (ranks > 8) counts.push_back(ranks);
  return counts;
}

std::vector<RankGroup> choose_groups(const std::vector<RankPlace>& places, const std::vector<int>& counts) {
  const std::vector<int> sizes =
      counts.empty() ? default_rank_counts(static_cast<int>(places.size())) : counts;
  const std::vector<int> packed = packed_order(places);
  const std::vector<int> per_host = one_rank_per(places, [](const RankPlace& p) { return p.host; });
  const std::vector<int> per_socket =
      one_rank_per(places, [](const RankPlace& p) { return fmt::format("{} {}", p.host, p.socket); });
  std::vector<RankGroup> groups;
  std::set<std::tuple<std::size_t, int, std::string>> seen;
  const auto add = [&](const std::vector<int>& ranks) {
    RankGroup group = describe_group(places, ranks);
    if (seen.insert({ranks.size(), group.nodes, group.scope}).second) groups.push_back(std::move(group));
  };
  for (const int count : sizes)
    if (count <= std::ssize(packed)) add(first(packed, count));
  if (per_socket.size() > per_host.size()) add(first(per_socket, 2));
  for (const int count : sizes)
    if (count > 1 && count <= std::ssize(per_host)) add(first(per_host, count));
  return groups;
}

}  // namespace scalesim::comm
