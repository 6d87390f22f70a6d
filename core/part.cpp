// Opening of shared objects beside the running program.
#include "core/part.h"

#include <dlfcn.h>
#include <fmt/core.h>

#include <filesystem>

#include "core/error.h"

namespace scalesim::inline core {
namespace {

namespace fs = std::filesystem;

/// Where the part lies, or its plain name, which the loader then looks for in its own places.
fs::path find_part(const std::string& file) {
  std::error_code unreadable;
  const fs::path here = fs::read_symlink("/proc/self/exe", unreadable).parent_path();
  for (const fs::path& folder : {here, here / "lib/scalesim", here.parent_path() / "lib/scalesim"}) {
    std::error_code ignored;
    if (fs::exists(folder / file, ignored)) return folder / file;
  }
  return file;
}

}  // namespace

const void* part_symbol(const std::string& part, const char* symbol) {
  const std::string file = "libscalesim_" + part + ".so";
  void* const library = dlopen(find_part(file).c_str(), RTLD_NOW | RTLD_LOCAL);
  const void* const address = library ? dlsym(library, symbol) : nullptr;
  if (!address) throw InputError(fmt::format("cannot open this scalesim's part {}: {}", file, dlerror()));
  return address;
}

}  // namespace scalesim::inline core
