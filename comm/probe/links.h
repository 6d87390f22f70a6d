// Which link is slow, and which links are shared: every pair measured on its own, and groups measured
// together.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "comm/probe/probe.h"

namespace scalesim::comm {

/// What the pairs of a job were measured at. `endpoints` are the ranks that took part: one of every host, or
/// on one host all of them.
struct PairSurvey {
  Bytes bytes{};
  std::vector<RankPlace> endpoints;
  std::vector<PairSpeed> pairs;
};

/// Every pair of the endpoints once. Pairs of different hosts are measured at the same time when they have no
/// host in common, as a switch can carry them; on one host one after the other. Same answer on every rank.
PairSurvey probe_pairs(job::World& world, const ProbeOptions& options);

/// The pairs in rounds in which everybody meets somebody: n - 1 rounds for even n, n for odd (circle method).
std::vector<std::vector<std::pair<int, int>>> pair_rounds(int n);

/// One sentence per endpoint that is slow to everybody, and per pair that is slow though both its ends are
/// not. Slow is below 0.6 of the others' speed. Fewer than three endpoints cannot be compared.
std::vector<std::string> slow_links(const PairSurvey& survey);

/// The bandwidth matrix, and what slow_links() finds.
std::string pairs_table(const PairSurvey& survey);

/// Groups that may share a NIC (the k-th rank of every host) or, on one host, memory and links (neighbouring
/// pairs). Empty when there are not two such groups.
std::vector<Contention> probe_contention(job::World& world, const ProbeOptions& options);
std::string contention_table(const std::vector<Contention>& contention);

}  // namespace scalesim::comm
