// The command line's own mistakes: each is one sentence with the remedy.
#include "cli/shell/parse.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"

namespace scalesim::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::vector<Option>& table() {
  static const std::vector<Option> options = {
      {"gpus", "LIST", "counts", false, {}, {}},   {"json", "FILE", "document", false, "", {}},
      {"system", "NAME", "system", true, {}, {}},  {"overlap", "on|off", "overlap", false, {}, {"on", "off"}},
      {"compiled", "", "a switch", false, {}, {}}, {"b", "MIN", "one letter", false, {}, {}},
  };
  return options;
}

Options parse(std::vector<std::string> words) { return parse_words(words, table()); }

std::string error_of(std::vector<std::string> words) {
  try {
    parse(std::move(words)).integers("gpus", {}, 1, 100);
  } catch (const InputError& wrong) {
    return wrong.what();
  }
  return "no error";
}

TEST(Parse, ValuesSwitchesAndWords) {
  const Options options =
      parse({"word", "--gpus=1-3,8", "--compiled", "-b", "8", "--system", "a", "--system=b", "-"});
  EXPECT_THAT(options.integers("gpus", {}, 1, 100), ElementsAre(1, 2, 3, 8));
  EXPECT_TRUE(options.has("compiled"));
  EXPECT_EQ(options.text("b"), "8");
  EXPECT_THAT(options.all("system"), ElementsAre("a", "b"));
  EXPECT_THAT(options.positional(), ElementsAre("word", "-"));
}

TEST(Parse, AnOptionalValueNeedsAnEqualsSign) {
  EXPECT_EQ(parse({"--json"}).text("json"), "");
  EXPECT_EQ(parse({"--json=out.json"}).text("json"), "out.json");
  EXPECT_THAT(parse({"--json", "word"}).positional(), ElementsAre("word"));
}

TEST(Parse, AnUnknownOptionNamesTheNearest) {
  EXPECT_THAT(error_of({"--gpu", "2"}), HasSubstr("unknown option '--gpu': did you mean '--gpus'?"));
  EXPECT_THAT(error_of({"--overlab=on"}), HasSubstr("did you mean '--overlap'?"));
}

TEST(Parse, AMissingOrExtraValueIsNamed) {
  EXPECT_THAT(error_of({"--gpus"}), HasSubstr("option '--gpus' needs a value: --gpus LIST"));
  EXPECT_THAT(error_of({"--compiled=yes"}), HasSubstr("option '--compiled' takes no value"));
  EXPECT_THAT(error_of({"--gpus", "1", "--gpus", "2"}), HasSubstr("given twice"));
}

TEST(Parse, AChoiceIsChecked) { EXPECT_THAT(error_of({"--overlap", "of"}), HasSubstr("(one of on, off)")); }

TEST(Parse, NumbersAreCheckedWithTheirOption) {
  EXPECT_THAT(error_of({"--gpus", "0"}),
              HasSubstr("--gpus 0: out of range; give a whole number between 1 and 100"));
  EXPECT_THAT(error_of({"--gpus", "-3"}), HasSubstr("--gpus -3: out of range"));
  EXPECT_THAT(error_of({"--gpus", "two"}), HasSubstr("--gpus two: not a whole number"));
  EXPECT_THAT(error_of({"--gpus", "4-"}), HasSubstr("--gpus 4-: the range 4- has no end; write it as 4-8"));
  EXPECT_THAT(error_of({"--gpus", "8-2"}), HasSubstr("runs backwards; write it as 2-8"));
  EXPECT_THAT(error_of({"--gpus", "1,"}), HasSubstr("--gpus 1,: a number is missing beside a comma"));
  EXPECT_THAT(error_of({"--gpus", "99999999999999999999"}), HasSubstr("out of range"));
}

}  // namespace
}  // namespace scalesim::cli
