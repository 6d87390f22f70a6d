// Reading and writing whole files with one-sentence errors; writing never leaves half a file.
#pragma once

#include <string>
#include <string_view>

namespace scalesim::inline core {

/// The bytes of a file; "-" is standard input. Throws InputError naming the path and the system's reason.
std::string read_file(const std::string& path);

/// Writes beside the target, then renames, so an interrupted run leaves the old file. Throws InputError.
void write_file(const std::string& path, std::string_view content);

/// Throws InputError when `path` could not be written later; checked before minutes are spent computing.
void check_writable(const std::string& path);

}  // namespace scalesim::inline core
