// Parts of scalesim that need a vendor's large libraries (cuDNN, cuBLASLt, NCCL) are shared objects of their
// own, opened when first asked for: every other command starts as fast as without them.
#pragma once

#include <string>

namespace scalesim::inline core {

/// Address of `symbol` in libscalesim_<part>.so, which lies beside the program, in lib/scalesim there or in
/// ../lib/scalesim. A part once open stays open. Throws InputError, one sentence, when the part or a library
/// it needs cannot be opened.
const void* part_symbol(const std::string& part, const char* symbol);

}  // namespace scalesim::inline core
