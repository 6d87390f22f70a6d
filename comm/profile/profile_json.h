// A profile as a file: "scalesim.profile/1", the document `probe --out` and `--json` write and --profile
// reads. {schema, backend, transport, ranks, hosts, gpus, environment, links: [{scope, collective, ranks,
// nodes, from, to, alpha_s, beta_s_per_byte, bandwidth, residual}], samples: [{collective, ranks, nodes,
// bytes, median_s, low_s, high_s, p95_s, min_s, repetitions, outliers, wrong, algbw, busbw, scope,
// estimate_s}], pairs: [{a, b, host_a, host_b, bytes, latency_s, forward, backward}], concurrent: [{groups,
// count, ranks, bytes, alone_s, together_s}], warnings}; docs/profile.schema.json says the same to programs
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
