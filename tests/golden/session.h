// A command with the output that a document shows, run in a scratch folder and compared.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace scalesim {

using Lines = std::vector<std::string>;

struct Session {
  std::string command;
  Lines shown;            ///< "..." stands for any lines; the last is "[exit N]" when N is not 0
  std::size_t line = 0;   ///< of the file, where `shown` begins, from 0
  std::size_t lines = 0;  ///< how many lines of the file `shown` takes
  bool machine = false;   ///< the output depends on the machine: only `words` are looked for
  std::vector<std::string> words = {};
};

Lines lines_of(const std::string& text);
std::string joined(const Lines& lines);

/// What `command` prints on both streams, without empty lines at the end, and "[exit N]" when N is not 0. It
/// runs with `folder` as its own and the binary under test first in PATH; a program that must be there but is
/// not shows as exit 127.
Lines run_command(const std::string& command, const std::filesystem::path& folder);

/// Whether `actual` is what `shown` says.
bool matches(const Lines& shown, const Lines& actual);

/// `shown` with its lines brought up to date: every "..." stays, and between them stand as many lines as
/// before, those of `actual` most like the old ones.
Lines refreshed(const Lines& shown, const Lines& actual);

}  // namespace scalesim
