// The finished part of a question on disk, so that an interrupted search goes on where it was.
#pragma once

#include <string>

#include "plan/distribute/tasks.h"

namespace scalesim::plan {

/// What a search was asked. Two searches with equal questions have equal tasks and equal results.
struct Question {
  std::string program;                       ///< fingerprint of the binary
  std::map<std::string, std::string> words;  ///< options and their values
  std::map<std::string, std::string> files;  ///< files they name, and the fingerprint of each
  std::size_t tasks = 0;
};

/// FNV-1a, 64 bit, as 16 hexadecimal digits.
std::string fingerprint(std::string_view bytes);
/// Of all of the question: names checkpoint files.
std::string fingerprint(const Question& question);

std::string write_checkpoint(const Question& question, const Results& results);

/// The results in the checkpoint `text`, read from `file`. Throws InputError when it is no checkpoint, or one
/// of another question or another build of scalesim: the sentence says what differs.
Results read_checkpoint(const std::string& text, const std::string& file, const Question& question);

}  // namespace scalesim::plan
