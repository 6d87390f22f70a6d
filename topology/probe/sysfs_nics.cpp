// Reads <adapter>/ports/N/{state,rate,link_layer} ("4: ACTIVE", "200 Gb/sec (4X HDR)") and
// <adapter>/device/numa_node.
#include "topology/probe/sysfs_nics.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "topology/capture/text/text.h"

namespace scalesim::topology {
namespace {

namespace fs = std::filesystem;

std::string first_line(const fs::path& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

void read_port(const fs::path& port, NicReading& nic) {
  const bool up = first_line(port / "state").find("ACTIVE") != std::string::npos;
  nic.up = nic.up.value_or(false) || up;
  if (!nic.layer) nic.layer = known(first_line(port / "link_layer"));
  const std::optional<double> rate = leading_number(first_line(port / "rate"));
  if (up && rate && *rate > 0)
    nic.rate = nic.rate.value_or(BytesPerSecond(0)) + BytesPerSecond(*rate * 1e9 / 8);
}

std::vector<fs::path> entries_of(const fs::path& folder) {
  std::error_code error;
  std::vector<fs::path> entries;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, error))
    entries.push_back(entry.path());
  std::sort(entries.begin(), entries.end());
  return entries;
}

}  // namespace

std::vector<NicReading> sysfs_nics(const std::string& folder) {
  std::vector<NicReading> nics;
  for (const fs::path& adapter : entries_of(folder)) {
    NicReading nic;
    nic.index = static_cast<int>(nics.size());
    nic.name = adapter.filename().string();
    const std::string numa = first_line(adapter / "device" / "numa_node");
    if (whole_number(numa)) nic.numa = numa;  // "-1" is no number here: not known
    std::error_code error;
    nic.bus_id = bus_id(fs::canonical(adapter / "device", error).filename().string());
    for (const fs::path& port : entries_of(adapter / "ports")) read_port(port, nic);
    nics.push_back(std::move(nic));
  }
  return nics;
}

}  // namespace scalesim::topology
