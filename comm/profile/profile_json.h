// A profile as a file: "scalesim.profile/1", the document that `probe --out` and `--json` write and --profile
// reads. report/schemas/profile.json says what stands in it.
#pragma once

#include <string>
#include <string_view>

#include "comm/profile/profile.h"

namespace scalesim::comm {

/// Ends with a newline. Links are the fitted regimes; bandwidth (bytes/s) is 1 / beta, null where beta is 0.
std::string profile_json(const CommProfile& profile);

/// Reads what profile_json wrote; unknown keys are ignored so that later versions may add some. `file` names
/// the text in messages. Throws InputError with the place of what is wrong, and for another schema.
CommProfile parse_profile_json(std::string_view text, const std::string& file);

}  // namespace scalesim::comm
