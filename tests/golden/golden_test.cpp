// Runs the commands written in .golden files and in the console blocks of the documentation, and compares the output
// to the letter. A line "..." stands for any lines. SCALESIM_UPDATE_GOLDEN=1 rewrites the .golden files instead.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include "core/file.h"

namespace scalesim {
namespace {

namespace fs = std::filesystem;

using Lines = std::vector<std::string>;

struct Session {
  std::string command;
  Lines expected;  ///< output lines; the last is "[exit N]" when N is not 0
};

struct GoldenFile {
  std::string name;
  std::vector<Session> sessions;
};

Lines lines_of(const std::string& text) {
  Lines lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

/// A session starts at "$ scalesim ..."; in Markdown only inside ```console fences.
GoldenFile parse(const fs::path& path, bool markdown) {
  GoldenFile file{path.string(), {}};
  bool inside = !markdown;
  for (const std::string& line : lines_of(read_file(path.string()))) {
    if (markdown && line.starts_with("```")) {
      inside = line == "```console";
      continue;
    }
    if (!inside) continue;
    if (line.starts_with("$ ")) file.sessions.push_back({line.substr(2), {}});
    else if (!file.sessions.empty()) file.sessions.back().expected.push_back(line);
  }
  for (Session& session : file.sessions)
    while (!session.expected.empty() && session.expected.back().empty()) session.expected.pop_back();
  return file;
}

Lines run(const std::string& command) {
  const std::string folder = fs::path(SCALESIM_BINARY).parent_path().string();
  const std::string line = fmt::format("cd {}/tests/golden && env PATH={}:$PATH NO_COLOR=1 COLUMNS=120 sh -c '{}' 2>&1",
                                       SCALESIM_SOURCE_DIR, folder, command);
  std::FILE* pipe = popen(line.c_str(), "r");
  std::string output;
  std::array<char, 4096> block{};
  for (std::size_t n = 0; (n = std::fread(block.data(), 1, block.size(), pipe)) > 0;) output.append(block.data(), n);
  const int status = pclose(pipe);
  Lines lines = lines_of(output);
  while (!lines.empty() && lines.back().empty()) lines.pop_back();
  if (WEXITSTATUS(status) != 0) lines.push_back(fmt::format("[exit {}]", WEXITSTATUS(status)));
  return lines;
}

/// Whether `actual` from line `a` on is what `expected` from `e` on says, "..." standing for any lines.
bool matches(const Lines& expected, std::size_t e, const Lines& actual, std::size_t a) {
  for (; e < expected.size(); ++e, ++a) {
    if (expected[e] == "...") {
      for (std::size_t rest = a; rest <= actual.size(); ++rest)
        if (matches(expected, e + 1, actual, rest)) return true;
      return false;
    }
    if (a == actual.size() || expected[e] != actual[a]) return false;
  }
  return a == actual.size();
}

std::string joined(const Lines& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

void rewrite(const GoldenFile& file) {
  std::string text;
  for (const Session& session : file.sessions) text += "$ " + session.command + "\n" + joined(run(session.command)) + "\n";
  text.pop_back();
  write_file(file.name, text);
}

std::vector<fs::path> golden_files() {
  const fs::path root = SCALESIM_SOURCE_DIR;
  std::vector<fs::path> paths = {root / "README.md"};
  for (const fs::path& folder : {root / "docs", root / "tests/golden"})
    for (const auto& entry : fs::directory_iterator(folder))
      if (entry.path().extension() == ".md" || entry.path().extension() == ".golden") paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  return paths;
}

class Golden : public testing::TestWithParam<fs::path> {};

TEST_P(Golden, PrintsExactlyWhatIsWritten) {
  const bool markdown = GetParam().extension() == ".md";
  const GoldenFile file = parse(GetParam(), markdown);
  if (!markdown && std::getenv("SCALESIM_UPDATE_GOLDEN")) return rewrite(file);
  for (const Session& session : file.sessions) {
    const Lines actual = run(session.command);
    EXPECT_TRUE(matches(session.expected, 0, actual, 0))
        << file.name << "\n$ " << session.command << "\nprinted:\n" << joined(actual) << "expected:\n" << joined(session.expected);
  }
}

INSTANTIATE_TEST_SUITE_P(Files, Golden, testing::ValuesIn(golden_files()), [](const auto& file) {
  std::string name = file.param.stem().string();
  for (char& c : name)
    if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
  return name + "_" + file.param.extension().string().substr(1);
});

}  // namespace
}  // namespace scalesim
