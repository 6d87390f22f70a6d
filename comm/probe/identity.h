// Ranks of different builds would disagree about what to measure next and wait for each other for ever.
#pragma once

#include <string>

#include "job/world.h"

namespace scalesim::comm {

/// Fingerprint of the running binary: size and hash of its head, which holds the linker's build id.
std::string program_identity();

/// Called by every rank. Throws InputError naming the first rank whose binary is not rank 0's, on every rank.
void require_same_program(job::World& world);

}  // namespace scalesim::comm
