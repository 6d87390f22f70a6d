// Runs every command of README, CONTRIBUTING, docs/ and the .golden files here, and compares what is printed
// with what is written, to the letter. SCALESIM_UPDATE_GOLDEN=1 rewrites what is written instead
// (scripts/refresh_docs).
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <set>

#include "core/file.h"
#include "document.h"

namespace scalesim {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> documents() {
  const fs::path root = SCALESIM_SOURCE_DIR;
  std::vector<fs::path> paths = {root / "README.md", root / "CONTRIBUTING.md"};
  for (const fs::path& folder : {root / "docs", root / "tests/golden"})
    for (const auto& entry : fs::recursive_directory_iterator(folder))
      if (entry.path().extension() == ".md" || entry.path().extension() == ".golden")
        paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  return paths;
}

/// A folder of its own for the commands of one document: its files, and those of tests/golden/files.
class Scratch {
 public:
  explicit Scratch(const Document& document) : folder_(fs::temp_directory_path() / "scalesim-docs-XXXXXX") {
    std::string name = folder_.string();
    folder_ = mkdtemp(name.data());
    fs::copy(fs::path(SCALESIM_SOURCE_DIR) / "tests/golden/files", folder_);
    for (const auto& [file, text] : document.files) {
      fs::create_directories((folder_ / file).parent_path());
      write_file((folder_ / file).string(), text);
    }
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() { fs::remove_all(folder_); }
  const fs::path& folder() const { return folder_; }

 private:
  fs::path folder_;
};

bool has_mpirun() { return std::system("command -v mpirun >/dev/null 2>&1") == 0; }

/// A probe takes seconds of its own accord; here two are enough, and nothing but its length changes.
std::string in_short(const std::string& command) {
  if (command.find("mpirun") == std::string::npos || command.find("time") != std::string::npos)
    return command;
  return command +
         (command.find("scalesim probe") != std::string::npos ? " --time-budget 2s" : " --probe-time 2s");
}

class Documents : public testing::TestWithParam<fs::path> {};

void check(const Session& session, const Lines& actual, const fs::path& path) {
  const std::string where = fmt::format("{}:{}\n$ {}\nprinted:\n{}", path.filename().string(), session.line,
                                        session.command, joined(actual));
  if (!session.machine) {
    EXPECT_TRUE(matches(session.shown, actual)) << where << "written:\n" << joined(session.shown);
    return;
  }
  EXPECT_FALSE(!actual.empty() && actual.back().starts_with("[exit ")) << where;
  EXPECT_FALSE(session.words.empty()) << where << "no text is named that its output must hold";
  for (const std::string& words : session.words)
    EXPECT_THAT(joined(actual), testing::HasSubstr(words)) << where;
}

TEST_P(Documents, PrintWhatIsWritten) {
  const char* update = std::getenv("SCALESIM_UPDATE_GOLDEN");
  const Document document = read_document(GetParam());
  const Scratch scratch(document);
  std::vector<Lines> outputs;
  for (const Session& session : document.sessions) {
    outputs.push_back(session.shown);
    if (session.command.find("mpirun") != std::string::npos && !has_mpirun()) continue;
    if (update && session.machine && std::string(update) != "all") continue;
    const Lines actual = run_command(update ? session.command : in_short(session.command), scratch.folder());
    if (update)
      outputs.back() = refreshed(session.shown, actual);
    else
      check(session, actual, document.path);
  }
  if (update) return write_file(document.path.string(), with_outputs(document, outputs));
  std::set<std::string> run;
  for (const Session& session : document.sessions) run.insert(session.command);
  for (const std::string& command : document.mentioned) {
    if (!run.insert(command).second || (command.starts_with("mpirun") && !has_mpirun())) continue;
    const Lines actual = run_command(in_short(command), scratch.folder());
    EXPECT_FALSE(actual.empty() || actual.back().starts_with("[exit ")) << "$ " << command << "\n"
                                                                        << joined(actual);
  }
}

std::string name_of(const testing::TestParamInfo<fs::path>& file) {
  std::string name = fs::relative(file.param, SCALESIM_SOURCE_DIR).string();
  for (char& c : name)
    if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
  return name;
}

INSTANTIATE_TEST_SUITE_P(Files, Documents, testing::ValuesIn(documents()), name_of);

TEST(Refreshing, KeepsTheGapsAndTakesTheLinesMostLikeTheOldOnes) {
  const Lines actual = {"title 2", "a 1", "b 20", "c 3", "sum 9"};
  EXPECT_EQ(refreshed({"title 1", "...", "b 2", "...", "sum 6"}, actual),
            (Lines{"title 2", "...", "b 20", "...", "sum 9"}));
  EXPECT_EQ(refreshed({"title 1"}, actual), actual) << "without a gap everything is shown";
  EXPECT_EQ(refreshed({"...", "c 7", "..."}, actual), (Lines{"...", "c 3", "..."}));
}

TEST(Matching, ThreeDotsStandForAnyLines) {
  EXPECT_TRUE(matches({"a", "...", "c"}, {"a", "b", "c"}));
  EXPECT_TRUE(matches({"a", "..."}, {"a"}));
  EXPECT_FALSE(matches({"a", "...", "c"}, {"a", "b"}));
  EXPECT_FALSE(matches({"a"}, {"a", "b"}));
}

}  // namespace
}  // namespace scalesim
