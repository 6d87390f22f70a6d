// Completion and man pages: nothing of the option tables is missing, and the shells really complete.
#include "cli/manual/completion.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <cstdlib>

#include "cli/manual/manual.h"
#include "cli/shell/parse.h"
#include "core/error.h"
#include "core/file.h"

namespace scalesim::cli {
namespace {

using testing::HasSubstr;

std::string dashed(const Option& option) { return (option.name.size() == 1 ? "-" : "--") + option.name; }

/// What a shell prints.
std::string shell(const std::string& command) {
  std::string text;
  std::array<char, 4096> buffer{};
  FILE* pipe = popen(command.c_str(), "r");
  while (const std::size_t got = fread(buffer.data(), 1, buffer.size(), pipe))
    text.append(buffer.data(), got);
  EXPECT_EQ(pclose(pipe), 0) << command;
  return text;
}

class ScriptFile {
 public:
  explicit ScriptFile(const std::string& kind) : path_(testing::TempDir() + "scalesim_completion." + kind) {
    write_file(path_, completion_script(kind, make_commands()));
  }
  ~ScriptFile() { std::remove(path_.c_str()); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

std::string complete_in_bash(const std::string& words) {
  const ScriptFile script("bash");
  return shell("bash -c 'source " + script.path() + "; COMP_WORDS=(" + words +
               " \"$LAST\"); COMP_CWORD=$((${#COMP_WORDS[@]}-1)); _scalesim; echo \"${COMPREPLY[@]}\"'");
}

TEST(Completion, EveryOptionOfEveryCommandIsInEveryShell) {
  const auto commands = make_commands();
  for (const char* kind : {"bash", "zsh", "fish"}) {
    const std::string script = completion_script(kind, commands);
    for (const auto& command : commands) {
      EXPECT_THAT(script, HasSubstr(std::string(command->name()))) << kind;
      for (const Option& option : command->options()) {
        const std::string flag = std::string(kind) == "fish" ? " " + option.name + " -d" : dashed(option);
        EXPECT_THAT(script, HasSubstr(flag)) << kind;
      }
    }
  }
}

TEST(Completion, BashCompletesCommandsOptionsAndChoices) {
  setenv("LAST", "pr", 1);
  EXPECT_EQ(complete_in_bash("scalesim"), "predict probe\n");
  setenv("LAST", "--str", 1);
  EXPECT_EQ(complete_in_bash("scalesim topo"), "--strict\n");
  EXPECT_EQ(complete_in_bash("scalesim"), "--strategy\n") << "without a command it predicts";
  setenv("LAST", "b", 1);
  EXPECT_EQ(complete_in_bash("scalesim --precision"), "bf16\n");
  setenv("LAST", "mo", 1);
  EXPECT_EQ(complete_in_bash("scalesim list"), "models\n") << "the words of a command";
  setenv("LAST", "all_r", 1);
  EXPECT_EQ(complete_in_bash("scalesim comm"), "all_reduce\n");
  setenv("LAST", "va", 1);
  EXPECT_EQ(complete_in_bash("scalesim man"), "validate\n");
}

TEST(Completion, FishCompletesOptionsAndChoices) {
  if (std::system("command -v fish >/dev/null 2>&1") != 0) GTEST_SKIP() << "SKIP: no fish: apt install fish";
  const ScriptFile script("fish");
  const auto complete = [&](const std::string& line) {
    return shell("fish --no-config -c \"source " + script.path() + "; complete -C '" + line + "'\"");
  };
  EXPECT_THAT(complete("scalesim topo --stri"), testing::StartsWith("--strict\t"));
  EXPECT_THAT(complete("scalesim --precision bf"), testing::StartsWith("bf16\t"));
  EXPECT_THAT(complete("scalesim list mod"), testing::StartsWith("models"));
}

TEST(Completion, ZshReadsItsScript) {
  if (std::system("command -v zsh >/dev/null 2>&1") != 0) GTEST_SKIP() << "SKIP: no zsh: apt install zsh";
  EXPECT_EQ(shell("zsh -n " + ScriptFile("zsh").path()), "");
}

TEST(Completion, AnotherShellIsRefused) {
  EXPECT_THROW(completion_script("tcsh", make_commands()), InputError);
}

TEST(Manual, EveryOptionIsOnItsPageAndEveryCommandInTheOverview) {
  const auto commands = make_commands();
  const std::string overview = manual_overview(commands);
  for (const auto& command : commands) {
    EXPECT_THAT(overview, HasSubstr("scalesim\\-" + std::string(command->name())));
    const std::string page = manual_page(*command);
    for (const Option& option : command->options()) {
      std::string flag;
      for (const char letter : dashed(option)) flag += letter == '-' ? "\\-" : std::string(1, letter);
      EXPECT_THAT(page, HasSubstr("\\fB" + flag + "\\fR"));
    }
  }
}

TEST(Manual, TroffReadsEveryPageWithoutAWarning) {
  if (std::system("command -v groff >/dev/null 2>&1") != 0)
    GTEST_SKIP() << "SKIP: no groff: apt install groff-base";
  const auto commands = make_commands();
  for (const auto& command : commands) {
    const std::string path = testing::TempDir() + "scalesim_manual.1";
    write_file(path, manual_page(*command));
    EXPECT_EQ(shell("groff -man -ww -Tutf8 -z " + path + " 2>&1"), "") << command->name();
    std::remove(path.c_str());
  }
}

}  // namespace
}  // namespace scalesim::cli
