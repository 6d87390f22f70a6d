// Gathers captures of this machine and reads them like anybody else's.
#include "topology/probe/local_machine.h"

#include <fmt/format.h>

#include <array>
#include <cstdio>
#include <optional>

#include "core/error.h"
#include "topology/probe/hwloc_capture.h"

namespace scalesim::topology {
namespace {

/// What a command prints on its standard output; nothing when it cannot be run or fails.
std::optional<std::string> output_of(const std::string& command) {
  std::FILE* pipe = popen((command + " 2>/dev/null").c_str(), "r");
  if (!pipe) return std::nullopt;
  std::string output;
  std::array<char, 4096> block{};
  for (std::size_t n = 0; (n = std::fread(block.data(), 1, block.size(), pipe)) > 0;)
    output.append(block.data(), n);
  if (pclose(pipe) != 0 || output.empty()) return std::nullopt;
  return output;
}

constexpr std::array<const char*, 4> kCommands = {"nvidia-smi topo -m", "nvidia-smi -q -x",
                                                  "nvidia-smi nvlink --status", "ibstat"};

bool readable(const FileText& capture, const GpuCatalogue& gpus) {
  try {
    read_machine({capture}, gpus);
    return true;
  } catch (const InputError&) {
    return false;
  }
}

}  // namespace

MachineReport read_local_machine(const GpuCatalogue& gpus) {
  std::vector<FileText> captures;
  std::vector<std::string> skipped;
  for (const char* command : kCommands)
    if (auto text = output_of(command)) captures.emplace_back(command, std::move(*text));
  if (auto text = capture_hwloc()) captures.emplace_back("hwloc", std::move(*text));
  std::vector<FileText> good;
  for (FileText& capture : captures) {
    if (readable(capture, gpus))
      good.push_back(std::move(capture));
    else
      skipped.push_back(fmt::format("what '{}' prints here cannot be read and is left out", capture.first));
  }
  MachineReport report;
  if (!good.empty()) report = read_machine(good, gpus);
  std::string source;
  for (const FileText& capture : good) source += (source.empty() ? "" : ", ") + capture.first;
  report.machine.source = source.empty() ? "nothing could be read" : source;
  report.machine.warnings.insert(report.machine.warnings.end(), skipped.begin(), skipped.end());
  return report;
}

}  // namespace scalesim::topology
