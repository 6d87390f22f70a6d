// Asks the tools that are here: each answer goes through the reader of its format.
#include "topology/probe/local_machine.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <optional>
#include <string>

#include "core/error.h"
#include "topology/capture/reading/reader.h"
#include "topology/parts/gpu_catalogue.h"
#include "topology/probe/hwloc_capture.h"
#include "topology/probe/sysfs_nics.h"

extern char** environ;

namespace scalesim::topology {
namespace {

constexpr auto kPatience = std::chrono::seconds(20);  ///< a hung driver must not hang us
constexpr std::size_t kMostOutput = 64u << 20;

/// Everything that comes out of `descriptor` until it closes, time is up or there is too much.
std::string drain(int descriptor) {
  std::string text;
  std::array<char, 65536> buffer;
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (text.size() < kMostOutput) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now()).count();
    pollfd waiting{descriptor, POLLIN, 0};
    if (left <= 0 || poll(&waiting, 1, static_cast<int>(left)) <= 0) break;
    const ssize_t count = read(descriptor, buffer.data(), buffer.size());
    if (count <= 0) break;
    text.append(buffer.data(), static_cast<std::size_t>(count));
  }
  return text;
}

/// Standard output of a program found on PATH; empty when it is not there, fails or hangs.
std::string output_of(std::vector<std::string> words) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return {};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_t child = 0;
  const int failed = posix_spawnp(&child, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  if (failed != 0) return close(ends[0]), std::string();
  std::string text = drain(ends[0]);
  close(ends[0]);
  int status = 0;
  if (waitpid(child, &status, WNOHANG) == 0) {  // it closed its output, or hangs
    usleep(50000);
    if (waitpid(child, &status, WNOHANG) == 0) kill(child, SIGKILL), waitpid(child, &status, 0);
  }
  return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? text : std::string();
}

/// Adds what the readers find in `text`; a tool without GPUs or links prints sentences that no reader needs
/// to know.
void add(std::vector<Reading>& readings, const std::optional<std::string>& text, const std::string& source) {
  if (!text || text->empty()) return;
  try {
    for (Reading& reading : read_text(*text, source)) readings.push_back(std::move(reading));
  } catch (const InputError& wrong) {
    Reading said;
    said.file = source;
    said.warnings.push_back(
        fmt::format("what '{}' prints here cannot be read and is left out ({})", source, wrong.message()));
    readings.push_back(std::move(said));
  }
}

std::vector<Reading> read_everything() {
  std::vector<Reading> readings;
  add(readings, output_of({"nvidia-smi", "topo", "-m"}), "nvidia-smi topo -m");
  add(readings, output_of({"nvidia-smi", "-q", "-x"}), "nvidia-smi -q -x");
  if (!readings.empty()) {
    add(readings, output_of({"nvidia-smi", "nvlink", "--status"}), "nvidia-smi nvlink --status");
    add(readings, output_of({"nvidia-smi", "topo", "-p2p", "r"}), "nvidia-smi topo -p2p r");
  } else {
    add(readings, output_of({"rocm-smi", "--showtopo"}), "rocm-smi --showtopo");
  }
  add(readings, capture_hwloc(), "hwloc");
  std::vector<NicReading> nics = sysfs_nics("/sys/class/infiniband");
  if (!nics.empty()) {
    Reading reading;
    reading.file = "/sys/class/infiniband";
    reading.nics = std::move(nics);
    readings.push_back(std::move(reading));
  }
  return readings;
}

}  // namespace

MachineReport read_local_machine(const GpuCatalogue& gpus) {
  MachineReport report = report_of(read_everything(), gpus);
  if (report.machine.source.empty()) report.machine.source = "nothing could be read";
  return report;
}

}  // namespace scalesim::topology
