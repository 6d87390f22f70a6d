// Whole-file input and output.
#include "core/file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

#include "core/error.h"

namespace scalesim::inline core {
namespace {

InputError cannot(std::string_view verb, const std::string& path, int reason) {
  return InputError(fmt::format("cannot {} '{}': {}", verb, path, std::strerror(reason)));
}

/// A pipe or device such as /dev/stdout is written in place: a rename would replace it by a file.
bool is_device(const std::string& path) {
  return std::filesystem::exists(path) && !std::filesystem::is_regular_file(path);
}

std::string temporary_name(const std::string& path) { return fmt::format("{}.{}.part", path, getpid()); }

}  // namespace

std::string read_file(const std::string& path) {
  if (path == "-") return {std::istreambuf_iterator<char>(std::cin), {}};
  if (std::filesystem::is_directory(path)) throw cannot("read", path, EISDIR);
  std::ifstream stream(path, std::ios::binary);
  if (!stream) throw cannot("read", path, errno);
  return {std::istreambuf_iterator<char>(stream), {}};
}

void write_file(const std::string& path, std::string_view content) {
  const std::string part = is_device(path) ? path : temporary_name(path);
  std::FILE* file = std::fopen(part.c_str(), "wb");
  if (!file) throw cannot("write", path, errno);
  const bool written = std::fwrite(content.data(), 1, content.size(), file) == content.size();
  const bool closed = std::fclose(file) == 0;
  if (part == path && written && closed) return;
  if (!written || !closed || std::rename(part.c_str(), path.c_str()) != 0) {
    const int reason = errno;
    if (part != path) std::remove(part.c_str());
    throw cannot("write", path, reason);
  }
}

void check_writable(const std::string& path) {
  if (std::filesystem::is_directory(path)) throw cannot("write", path, EISDIR);
  if (is_device(path)) return;
  const std::string part = temporary_name(path);
  const int file = open(part.c_str(), O_CREAT | O_WRONLY | O_EXCL, 0644);
  if (file < 0) throw cannot("write", path, errno);
  close(file);
  std::remove(part.c_str());
}

}  // namespace scalesim::inline core
