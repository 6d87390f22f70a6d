// Hand-written input: every mistake is named with its place and the remedy.
#include "core/toml.h"
#include "tests/support/error_of.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace scalesim {
namespace {

using testing::HasSubstr;

TEST(Toml, ReadsTextsNumbersAndQuantities) {
  const TomlTable table =
      TomlTable::parse("name = 'a'\nn = 3\nrate = '24 GB/s'\nlist = ['x', 'y']\n", "t.toml");
  EXPECT_EQ(table.text("name"), "a");
  EXPECT_EQ(table.integer("n"), 3);
  EXPECT_DOUBLE_EQ(table.number("n"), 3);
  EXPECT_DOUBLE_EQ(table.quantity<BytesPerSecond>("rate").value(), 24e9);
  EXPECT_THAT(table.texts("list"), testing::ElementsAre("x", "y"));
  EXPECT_EQ(table.text("other", "fallback"), "fallback");
}

TEST(Toml, ASyntaxErrorHasLineAndColumn) {
  EXPECT_THAT(error_of([] { TomlTable::parse("a = 1\nb = = 2\n", "t.toml"); }), HasSubstr("t.toml:2:"));
}

TEST(Toml, AWrongTypeSaysWhatIsThereAndWhatShouldBe) {
  const TomlTable table = TomlTable::parse("a = 1\nb = 'two'\n", "t.toml");
  EXPECT_THAT(error_of([&] { table.text("a"); }),
              HasSubstr("t.toml:1:5: key 'a' is a whole number, but must be a text"));
  EXPECT_THAT(error_of([&] { table.number("b"); }),
              HasSubstr("t.toml:2:5: key 'b' is a text, but must be a number"));
  EXPECT_THAT(error_of([&] { table.text("c"); }), HasSubstr("key 'c' is missing"));
}

TEST(Toml, ABareNumberIsNoQuantity) {
  const TomlTable table = TomlTable::parse("rate = '24'\nother = 24\n", "t.toml");
  EXPECT_THAT(error_of([&] { table.quantity<BytesPerSecond>("rate"); }),
              HasSubstr("t.toml:1:8: '24' has no unit"));
  EXPECT_THAT(error_of([&] { table.quantity<BytesPerSecond>("other"); }), HasSubstr("t.toml:2:9"));
}

TEST(Toml, AMisspeltKeyIsAnErrorWithTheNearestName) {
  const TomlTable table = TomlTable::parse("[link]\nbandwith = '1 GB/s'\n", "t.toml");
  const TomlTable link = table.table("link");
  link.optional_quantity<BytesPerSecond>("bandwidth");
  EXPECT_THAT(error_of([&] { table.refuse_unknown_keys(); }),
              HasSubstr("t.toml:2:12: unknown key 'bandwith': did you mean 'bandwidth'?"));
}

TEST(Toml, ARangeIsNamedInItsError) {
  const TomlTable table = TomlTable::parse("share = 1.5\n", "t.toml");
  EXPECT_THAT(error_of([&] { table.number_in("share", 0, 1); }),
              HasSubstr("key 'share' is 1.5, but must lie between 0 and 1"));
}

// Found by fuzzing: toml++ 3.3 has undefined behaviour on most characters beyond ASCII outside quotes.
TEST(Toml, ACharacterBeyondAsciiOutsideQuotesIsAnErrorWithItsPlace) {
  EXPECT_THAT(error_of([] { TomlTable::parse("a = 1\nb = \u00e9\n", "t.toml"); }),
              HasSubstr("t.toml:2:5: not valid TOML: '\u00e9' stands outside quotes"));
  EXPECT_THAT(error_of([] { TomlTable::parse("source \u00ffx = 1\n", "t.toml"); }), HasSubstr("t.toml:1:8"));
}

TEST(Toml, CharactersBeyondAsciiAreWelcomeInQuotesAndComments) {
  const TomlTable table = TomlTable::parse(
      "\xEF\xBB\xBF# caf\u00e9\na = \"\\\"\u00e9\" # \u00e8\nb = '\u4e2d'\nc = \"\"\"\n\"\u00e9\"\"\"\" # "
      "\u00e9\n",
      "t.toml");
  EXPECT_EQ(table.text("a"), "\"\u00e9");
  EXPECT_EQ(table.text("b"), "\u4e2d");
  EXPECT_EQ(table.text("c"), "\"\u00e9\"");
}

}  // namespace
}  // namespace scalesim
