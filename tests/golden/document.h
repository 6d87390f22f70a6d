// What a document says can be run: its console blocks, its commands in running text, and the files it shows.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "session.h"

namespace scalesim {

/// A file of sessions. In Markdown they stand in ```console blocks:
///   <!-- file: NAME -->           the block below is a file of that name, there for the commands
///   <!-- machine: "a" "b" -->     the block below depends on the machine; its output holds these texts
/// A command may end in a backslash and go on in the next line.
struct Document {
  std::filesystem::path path;
  Lines lines;
  std::vector<Session> sessions;
  std::map<std::string, std::string> files;
  std::vector<std::string> mentioned;  ///< `scalesim ...` in running text, complete enough to run
};

Document read_document(const std::filesystem::path& path);

/// The document's text with the shown output of session i replaced by `outputs[i]`.
std::string with_outputs(const Document& document, const std::vector<Lines>& outputs);

}  // namespace scalesim
