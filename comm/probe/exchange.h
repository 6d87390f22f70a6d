// Numbers from every rank to every rank (the ranks run the same binary, so bytes mean the same everywhere),
// and what only rank 0 can make to all.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "job/world.h"

namespace scalesim::comm {

/// Every rank's numbers, in rank order, on every rank.
std::vector<std::vector<double>> gather_numbers(job::World& world, const std::vector<double>& mine);

/// What `make` returns on rank 0, on every rank; it runs nowhere else. An InputError on rank 0 is thrown on
/// every rank, so that nobody waits for a rank that has given up.
std::string from_rank_0(job::World& world, const std::function<std::string()>& make);

}  // namespace scalesim::comm
