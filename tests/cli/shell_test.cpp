// The parts of the shell by themselves: reading values, parsing words, help, where documents go, man pages.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <sstream>

#include "cli/manual/manual.h"
#include "cli/shell/command.h"
#include "cli/shell/parse.h"
#include "cli/shell/terminal.h"
#include "core/error.h"
#include "core/file.h"
#include "tests/support/error_of.h"

namespace scalesim::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Options one(const std::string& name, const std::string& value) { return {{{name, {value}}}, {}}; }

TEST(OptionValues, TextIsTheLastOneGivenOrTheFallback) {
  const Options options({{"x", {"a", "b"}}, {"empty", {}}}, {"word"});
  EXPECT_EQ(options.text("x", "c"), "b");
  EXPECT_EQ(options.text("y", "c"), "c");
  EXPECT_EQ(options.text("y"), "");
  EXPECT_EQ(options.text("empty", "c"), "c");
  EXPECT_THAT(options.all("x"), ElementsAre("a", "b"));
  EXPECT_TRUE(options.all("y").empty());
  EXPECT_EQ(options.optional_text("x"), "b");
  EXPECT_EQ(options.optional_text("y"), std::nullopt);
  EXPECT_TRUE(options.has("empty"));
  EXPECT_FALSE(options.has("y"));
}

TEST(OptionValues, WithReplacesOneOption) {
  const Options before({{"x", {"a", "b"}}, {"y", {"c"}}}, {"word"});
  const Options after = before.with("x", "z").with("new", "n");
  EXPECT_THAT(after.all("x"), ElementsAre("z"));
  EXPECT_EQ(after.text("y"), "c");
  EXPECT_EQ(after.text("new"), "n");
  EXPECT_THAT(after.positional(), ElementsAre("word"));
  EXPECT_THAT(before.all("x"), ElementsAre("a", "b"));
}

TEST(OptionValues, WholeNumbersIncludeTheirLimits) {
  const auto integer = [](const std::string& value) { return one("n", value).integer("n", 5, -2, 10); };
  EXPECT_EQ(integer("-2"), -2);
  EXPECT_EQ(integer("10"), 10);
  EXPECT_EQ(one("other", "1").integer("n", 5, -2, 10), 5);
  const std::string range = ": out of range; give a whole number between -2 and 10";
  for (const std::string value : {"-3", "11", "99999999999999999999", "-99999999999999999999"})
    EXPECT_EQ(error_of([&] { integer(value); }), "-n " + value + range);
  const std::string form = ": not a whole number; give one between -2 and 10";
  for (const std::string value : {"", "x", "1x", "1.5", "1 ", "99999999999999999999x"})
    EXPECT_EQ(error_of([&] { integer(value); }), "-n " + value + form);
}

TEST(OptionValues, NumbersIncludeTheirLimits) {
  const auto number = [](const std::string& value) { return one("share", value).number("share", 5, 0.5, 2); };
  EXPECT_EQ(number("0.5"), 0.5);
  EXPECT_EQ(number("2"), 2);
  EXPECT_EQ(number("1e0"), 1);
  EXPECT_EQ(one("other", "1").number("share", 5, 0.5, 2), 5);
  for (const std::string value : {"0.49", "2.01", "nan", "inf", "x", "1x", ""})
    EXPECT_EQ(error_of([&] { number(value); }), "--share " + value + ": give a number between 0.5 and 2");
}

TEST(OptionValues, ListsAreSortedAndHoldEachNumberOnce) {
  const auto list = [](const std::string& value) { return one("gpus", value).integers("gpus", {}, 1, 6); };
  EXPECT_THAT(list("6,1"), ElementsAre(1, 6));
  EXPECT_THAT(list("2-4,3,1"), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(list("3-3"), ElementsAre(3));
  EXPECT_THAT(one("other", "1").integers("gpus", {7, 2}, 1, 6), ElementsAre(7, 2));
  EXPECT_EQ(error_of([&] { list("1-7"); }), "--gpus 7: out of range; give a whole number between 1 and 6");
  EXPECT_EQ(error_of([&] { list("0-2"); }), "--gpus 0: out of range; give a whole number between 1 and 6");
  EXPECT_EQ(error_of([&] { list("4-3"); }), "--gpus 4-3: the range 4-3 runs backwards; write it as 3-4");
  EXPECT_EQ(error_of([&] { list("1,2-"); }), "--gpus 1,2-: the range 2- has no end; write it as 2-6");
  for (const std::string value : {"", ",1", "1,,2", "1,"})
    EXPECT_EQ(error_of([&] { list(value); }), "--gpus " + value + ": a number is missing beside a comma");
  EXPECT_EQ(error_of([] { one("n", "3-").integers("n", {}, 1, 9); }),
            "-n 3-: the range 3- has no end; write it as 3-8");
}

const std::vector<Option>& table() {
  static const std::vector<Option> options = {
      {"gpus", "LIST", "counts", false, {}, {}},   {"json", "FILE", "document", false, "", {}},
      {"file", "FILE", "files", true, "none", {}}, {"system", "NAME", "system", true, {}, {"a", "b"}},
      {"compiled", "", "a switch", false, {}, {}}, {"b", "MIN", "one letter", false, {}, {}}};
  return options;
}

Options parse(const std::vector<std::string>& words) { return parse_words(words, table()); }
std::string parse_error(const std::vector<std::string>& words) {
  return error_of([&] { parse(words); });
}

TEST(ParseWords, NegativeNumbersAreValuesOfTheOptionBefore) {
  EXPECT_EQ(parse({"--gpus", "-3"}).text("gpus"), "-3");
  EXPECT_EQ(parse({"-b", "-3"}).text("b"), "-3");
  EXPECT_THAT(parse_error({"--compiled", "-3"}), HasSubstr("unknown option '-3'"));
  EXPECT_THAT(parse_error({"--json", "-3"}), HasSubstr("unknown option '-3'"));
  EXPECT_THAT(parse_error({"-3"}), HasSubstr("unknown option '-3'"));
}

TEST(ParseWords, BareOptionalsTakeTheirImplicitValue) {
  EXPECT_THAT(parse({"--file", "--file=x", "word"}).all("file"), ElementsAre("none", "x"));
  EXPECT_THAT(parse({"--file", "--file"}).all("file"), ElementsAre("none", "none"));
  EXPECT_THAT(parse({"--", "--json"}).positional(), ElementsAre("--json"));
  EXPECT_EQ(parse_error({"--json", "--json"}), "option '--json' is given twice: once is enough");
  EXPECT_EQ(parse_error({"--json", "--json=x"}), "option '--json' is given twice: once is enough");
}

TEST(ParseWords, OnlyRepeatableOptionsMayBeRepeated) {
  EXPECT_THAT(parse({"--system", "a", "--system", "b"}).all("system"), ElementsAre("a", "b"));
  EXPECT_EQ(parse_error({"-b", "1", "-b", "2"}), "option '-b' is given twice: once is enough");
  EXPECT_EQ(parse_error({"--compiled", "--compiled"}), "option '--compiled' is given twice: once is enough");
}

TEST(ParseWords, NamesAreNotGuessedFromTheirBeginning) {
  EXPECT_THAT(parse_error({"--compile"}), HasSubstr("did you mean '--compiled'?"));
}

TEST(ParseWords, ChoicesAndMissingValuesAreNamed) {
  EXPECT_THAT(parse_error({"--system", "c"}), HasSubstr("(one of a, b)"));
  EXPECT_EQ(parse_error({"-b"}), "option '-b' needs a value: -b MIN");
  EXPECT_EQ(parse_error({"--compiled=1"}), "option '--compiled' takes no value");
}

TEST(CommonOptions, AreThose) {
  std::vector<std::string> names;
  for (const Option& option : common_options()) names.push_back(option.name);
  EXPECT_THAT(names, ElementsAre("data", "quiet", "verbose", "help"));
  EXPECT_TRUE(common_options()[0].repeatable);
  EXPECT_EQ(common_options()[0].value, "DIR");
  for (std::size_t i = 1; i < 4; ++i) EXPECT_EQ(common_options()[i].value, "");
}

class Example : public Command {
 public:
  explicit Example(bool with_examples = true) : with_examples_(with_examples) {}
  std::string_view name() const override { return "try-it"; }
  std::string_view summary() const override { return "tries it"; }
  std::string_view usage() const override { return "try-it [options]"; }
  std::vector<Option> options() const override {
    return {{"system", "NAME", "one two three four five", true, {}, {"a", "b"}},
            {"json", "FILE", ".dot", false, "", {}},
            {"b", "MIN", "back\\slash", false, {}, {}}};
  }
  std::vector<std::string_view> examples() const override {
    if (with_examples_) return {"scalesim try-it -b 1"};
    return {};
  }
  int run(const Options&, Context&) const override { return 0; }

 private:
  bool with_examples_;
};

const std::string kCommonHelp =
    "  --data DIR                   add or replace catalogue files (a folder laid out like data/)\n"
    "  --quiet                      no progress and no warnings\n"
    "  --verbose                    say more about what is done\n"
    "  --help                       show this help\n";

TEST(HelpText, IsMadeFromTheTables) {
  EXPECT_EQ(help_text(Example()),
            "Usage: scalesim try-it [options]\n\ntries it\n\nOptions:\n"
            "  --system NAME                one two three four five (a, b)\n"
            "  --json[=FILE]                .dot\n"
            "  -b MIN                       back\\slash\n" +
                kCommonHelp + "\nExamples:\n  scalesim try-it -b 1\n");
  EXPECT_THAT(help_text(Example(false)), testing::EndsWith("show this help\n"));
}

// Help begins in column 31, which leaves 20 of 51 columns, and never less than 20.
TEST(HelpText, WrapsBesideTheNames) {
  const std::string wrapped =
      "  --system NAME                one two three four\n"
      "                               five (a, b)\n";
  EXPECT_THAT(help_text(Example(), 51), HasSubstr(wrapped));
  EXPECT_THAT(help_text(Example(), 10), HasSubstr(wrapped));
  EXPECT_THAT(help_text(Example(), 54), HasSubstr("  --system NAME                one two three four five\n"
                                                  "                               (a, b)\n"));
}

const std::string kCommonEntries =
    ".TP\n\\fB\\-\\-data\\fR \\fIDIR\\fR\nadd or replace catalogue files (a folder laid out like data/); may "
    "be repeated\n"
    ".TP\n\\fB\\-\\-quiet\\fR\nno progress and no warnings\n"
    ".TP\n\\fB\\-\\-verbose\\fR\nsay more about what is done\n"
    ".TP\n\\fB\\-\\-help\\fR\nshow this help\n";
const std::string kExitStatus =
    ".SH EXIT STATUS\n.TP\n0\ndone\n.TP\n2\nbad input or usage, explained in one sentence\n.TP\n3\na check "
    "that was asked for failed\n.TP\n70\na bug in scalesim\n";

std::string without_first_line(const std::string& text) { return text.substr(text.find('\n') + 1); }

TEST(Manual, APageIsMadeFromTheTables) {
  const std::string page = manual_page(Example());
  EXPECT_THAT(page, testing::StartsWith(".TH SCALESIM\\-TRY\\-IT 1 \"\" \"scalesim "));
  EXPECT_THAT(page, HasSubstr("\" \"User Commands\"\n.SH NAME\n"));
  EXPECT_EQ(without_first_line(page),
            ".SH NAME\nscalesim\\-try\\-it \\- tries it\n.SH SYNOPSIS\n\\fBscalesim\\fR try\\-it [options]\n"
            ".SH OPTIONS\n"
            ".TP\n\\fB\\-\\-system\\fR \\fINAME\\fR\none two three four five (a, b); may be repeated\n"
            ".TP\n\\fB\\-\\-json\\fR[=\\fIFILE\\fR]\n\\&.dot\n"
            ".TP\n\\fB\\-b\\fR \\fIMIN\\fR\nback\\eslash\n" +
                kCommonEntries + ".SH EXAMPLES\n.PP\n.nf\nscalesim try\\-it \\-b 1\n.fi\n" + kExitStatus +
                ".SH SEE ALSO\n.BR scalesim (1)\n");
  EXPECT_THAT(manual_page(Example(false)), testing::Not(HasSubstr("EXAMPLES")));
}

TEST(Manual, TheOverviewNamesEveryCommand) {
  std::vector<std::unique_ptr<Command>> commands;
  commands.push_back(std::make_unique<Example>());
  commands.push_back(std::make_unique<Example>());
  const std::string page = manual_overview(commands);
  EXPECT_THAT(page, testing::StartsWith(".TH SCALESIM 1 \"\" \"scalesim "));
  EXPECT_THAT(page,
              HasSubstr(".SH COMMANDS\n.TP\n\\fBtry\\-it\\fR\ntries it\n.TP\n\\fBtry\\-it\\fR\ntries it\n" +
                        kExitStatus));
  EXPECT_THAT(page,
              testing::EndsWith(".SH SEE ALSO\n.BR scalesim\\-try\\-it (1),\n.BR scalesim\\-try\\-it (1)\n"));
}

struct World {
  std::ostringstream out, err;
  std::unique_ptr<job::World> world = job::single_rank_world();
  Context context{out, err, DataCatalogue::embedded(), *world};
};

/// A folder of this test, gone with it.
struct Folder {
  std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("scalesim_shell_test_" + std::to_string(getpid()));
  Folder() {
    std::filesystem::remove_all(path);
    std::filesystem::create_directories(path);
  }
  ~Folder() { std::filesystem::remove_all(path); }
};

TEST(Output, DocumentsGoToTheAnswerOrToTheFile) {
  World world;
  deliver(one("json", ""), "json", "first", world.context);
  deliver(one("json", "-"), "json", "second", world.context);
  EXPECT_EQ(world.out.str(), "firstsecond");
  const Folder folder;
  const std::string file = (folder.path / "x.json").string();
  deliver(one("json", file), "json", "third", world.context);
  EXPECT_EQ(read_file(file), "third");
  EXPECT_EQ(world.out.str(), "firstsecond");
}

TEST(Output, APageIsWrittenOnlyWhereItIsAskedFor) {
  World world;
  deliver_html(Options({}, {}), "{}", world.context);
  EXPECT_EQ(world.out.str(), "");
  EXPECT_EQ(html_option().name, "html");
  EXPECT_EQ(html_option().value, "FILE");
  EXPECT_FALSE(html_option().implicit);
}

TEST(Output, FilesThatCannotBeWrittenAreRefusedBeforeTheWork) {
  for (const std::string name : {"json", "csv", "trace", "out", "svg", "dot"}) {
    EXPECT_THAT(error_of([&] { check_outputs(one(name, "/no/such/folder/x")); }),
                HasSubstr("/no/such/folder/x"))
        << name;
    EXPECT_EQ(error_of([&] { check_outputs(one(name, "-")); }), "no error");
    EXPECT_EQ(error_of([&] { check_outputs(one(name, "")); }), "no error");
  }
  EXPECT_EQ(error_of([] { check_outputs(one("profile", "/no/such/folder/x")); }), "no error");
}

TEST(Terminal, AnythingButAStandardStreamIsNone) {
  std::ostringstream out;
  EXPECT_EQ(terminal_width(out), 0);
  EXPECT_FALSE(is_terminal(out));
  EXPECT_FALSE(wants_colour(out));
  EXPECT_EQ(drawing_width(out), 80);
}

}  // namespace
}  // namespace scalesim::cli
