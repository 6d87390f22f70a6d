// Running, comparing and refreshing sessions.
#include "session.h"

#include <fmt/format.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>
#include <sstream>

#include "core/file.h"

namespace scalesim {
namespace {

bool matches_from(const Lines& shown, std::size_t s, const Lines& actual, std::size_t a) {
  for (; s < shown.size(); ++s, ++a) {
    if (shown[s] == "...") {
      for (std::size_t rest = a; rest <= actual.size(); ++rest)
        if (matches_from(shown, s + 1, actual, rest)) return true;
      return false;
    }
    if (a == actual.size() || shown[s] != actual[a]) return false;
  }
  return a == actual.size();
}

/// The words of a line without its numbers, which is what stays when a constant is calibrated anew.
std::string shape(const std::string& line) {
  std::string text;
  for (const char c : line) {
    const bool number = std::isdigit(static_cast<unsigned char>(c)) || c == '.' || c == ',' || c == '-';
    const bool space = c == ' ' && (text.empty() || text.back() == ' ');
    if (!number && !space) text += c;
  }
  return text;
}

int difference(const std::string& old_line, const std::string& new_line) {
  return old_line == new_line ? 0 : shape(old_line) == shape(new_line) ? 1 : 4;
}

/// Where in `actual`, from `first` on, a run of lines stands that is most like `old_lines`.
std::size_t best_place(const Lines& old_lines, const Lines& actual, std::size_t first) {
  std::size_t best = first;
  int least = -1;
  for (std::size_t at = first; at + old_lines.size() <= actual.size(); ++at) {
    int sum = 0;
    for (std::size_t i = 0; i < old_lines.size(); ++i) sum += difference(old_lines[i], actual[at + i]);
    if (least < 0 || sum < least) least = sum, best = at;
  }
  return best;
}

}  // namespace

Lines lines_of(const std::string& text) {
  Lines lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

std::string joined(const Lines& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

Lines run_command(const std::string& command, const std::filesystem::path& folder) {
  const std::string script = (folder / ".command").string();
  const std::string binary_folder = std::filesystem::path(SCALESIM_BINARY).parent_path().string();
  // mpirun_flags and the settings of a small machine stand in mpi_env.sh, so that documents need not show
  // them.
  write_file(
      script,
      fmt::format("cd '{}'\nPATH='{}':'{}':$PATH; export PATH NO_COLOR=1\n. '{}/scripts/mpi_env.sh'\n{}\n",
                  folder.string(), folder.string(), binary_folder, SCALESIM_SOURCE_DIR, command));
  std::FILE* pipe = popen(fmt::format("sh '{}' 2>&1", script).c_str(), "r");
  std::string output;
  std::array<char, 4096> block{};
  for (std::size_t n = 0; (n = std::fread(block.data(), 1, block.size(), pipe)) > 0;)
    output.append(block.data(), n);
  const int status = pclose(pipe);
  Lines lines = lines_of(output);
  while (!lines.empty() && lines.back().empty()) lines.pop_back();
  if (WEXITSTATUS(status) != 0) lines.push_back(fmt::format("[exit {}]", WEXITSTATUS(status)));
  return lines;
}

bool matches(const Lines& shown, const Lines& actual) { return matches_from(shown, 0, actual, 0); }

Lines refreshed(const Lines& shown, const Lines& actual) {
  Lines result;
  std::size_t next = 0;
  for (std::size_t s = 0; s < shown.size();) {
    if (shown[s] == "...") {
      result.push_back(shown[s++]);
      continue;
    }
    const auto from = shown.begin() + static_cast<std::ptrdiff_t>(s);
    const Lines part(from, std::find(from, shown.end(), "..."));
    const bool first = s == 0, last = s + part.size() == shown.size();
    if (first && last) return actual;
    std::size_t at = first  ? 0
                     : last ? actual.size() - std::min(part.size(), actual.size())
                            : best_place(part, actual, next);
    for (std::size_t i = 0; i < part.size() && at < actual.size(); ++i) result.push_back(actual[at++]);
    next = at;
    s += part.size();
  }
  return result.empty() ? actual : result;
}

}  // namespace scalesim
