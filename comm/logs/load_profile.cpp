// Which kind of file is this? Our own JSON by its schema, a log by what its reader recognises.
#include "comm/logs/load_profile.h"

#include <fmt/core.h>

#include "comm/logs/log_reader.h"
#include "comm/profile/profile_json.h"
#include "core/error.h"
#include "core/file.h"

namespace scalesim::comm {

CommProfile load_profile(const std::string& path) {
  const std::string text = read_file(path);
  if (text.find("\"scalesim.profile/") != std::string::npos) return parse_profile_json(text, path);
  std::string formats;
  for (const auto& reader : make_logs()) {
    if (reader->recognises(text)) return reader->read(text, path);
    formats += fmt::format("{}{}", formats.empty() ? "" : ", ", reader->name());
  }
  throw InputError(
      Place{path, 1, 0},
      fmt::format("this is neither a scalesim profile nor a log that is understood ({})", formats));
}

}  // namespace scalesim::comm
