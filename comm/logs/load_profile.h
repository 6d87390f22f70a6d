// A profile from any file that holds measurements: ours, or another tool's log.
#pragma once

#include <string>

#include "comm/profile/profile.h"

namespace scalesim::comm {

/// A profile from a file: our own JSON (comm/profile/profile_json.h) or another tool's log
/// (comm/logs/log_reader.h), told apart by content. Throws InputError with file and line.
CommProfile load_profile(const std::string& path);

}  // namespace scalesim::comm
