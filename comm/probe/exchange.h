// Numbers from every rank to every rank; the ranks run the same binary, so bytes mean the same everywhere.
#pragma once

#include <vector>

#include "comm/probe/world.h"

namespace scalesim::comm {

/// Every rank's numbers, in rank order, on every rank.
std::vector<std::vector<double>> gather_numbers(World& world, const std::vector<double>& mine);

}  // namespace scalesim::comm
