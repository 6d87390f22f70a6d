// Fingerprint of /proc/self/exe, compared over the ranks.
#include "comm/probe/identity.h"

#include <fmt/format.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <vector>

#include "core/error.h"

namespace scalesim::comm {
namespace {

/// FNV-1a, 64 bit.
std::uint64_t hash(std::string_view bytes) {
  std::uint64_t value = 0xcbf29ce484222325;
  for (const char byte : bytes) value = (value ^ static_cast<unsigned char>(byte)) * 0x100000001b3;
  return value;
}

}  // namespace

std::string program_identity() {
  const char* const path = "/proc/self/exe";
  std::vector<char> head(65536);
  std::ifstream file(path, std::ios::binary);
  file.read(head.data(), static_cast<std::streamsize>(head.size()));
  std::error_code failure;
  const std::uintmax_t size = std::filesystem::file_size(path, failure);
  return fmt::format("{}-{:016x}", failure ? 0 : size,
                     hash({head.data(), static_cast<std::size_t>(file.gcount())}));
}

void require_same_program(job::World& world) {
  const std::vector<std::string> all = world.gather(program_identity());
  for (std::size_t rank = 1; rank < all.size(); ++rank)
    if (all[rank] != all[0])
      throw InputError(
          fmt::format("rank {} runs another build of scalesim than rank 0 ({} and {}): install the same "
                      "binary on every host",
                      rank, all[rank], all[0]));
}

}  // namespace scalesim::comm
