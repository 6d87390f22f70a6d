// Which name is near enough to be meant, and what a hand-written table says of keys that are not as they
// should be.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "core/toml.h"
#include "tests/support/error_of.h"

namespace scalesim {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// Words of up to eight letters may differ by two, longer ones by a third.
TEST(NearestName, ToleratesTwoSlipsOrAThird) {
  const std::vector<std::string> known = {"alpha", "bandwidth", "cat"};
  EXPECT_EQ(nearest_name("alpah", known), "alpha");   // swapped
  EXPECT_EQ(nearest_name("lpha", known), "alpha");    // lost
  EXPECT_EQ(nearest_name("aalpha", known), "alpha");  // doubled
  EXPECT_EQ(nearest_name("olphe", known), "alpha");   // two wrong
  EXPECT_EQ(nearest_name("olpho", {"alpha"}), "alpha");
  EXPECT_EQ(nearest_name("olqho", {"alpha"}), "");  // three wrong
  EXPECT_EQ(nearest_name("bndwdth", known), "bandwidth");
  EXPECT_EQ(nearest_name("bnxwxxh", known), "");
  EXPECT_EQ(nearest_name("BANDWITDH", known), "bandwidth");
  EXPECT_EQ(nearest_name("x", {}), "");
}

// Three letters or more that begin a name are one slip away at most; of equally near ones the first.
TEST(NearestName, CompletesABeginning) {
  EXPECT_EQ(nearest_name("rtx", {"a100", "rtx4090", "rtx3090"}), "rtx4090");
  EXPECT_EQ(nearest_name("rt", {"rtx-something-long"}), "");
  EXPECT_EQ(nearest_name("cats", {"cat", "cars"}), "cars");  // as near, and of the same length
}

TEST(UnknownName, SaysWhatIsMeantAndWhereToLook) {
  EXPECT_STREQ(unknown_name("model", "vgg61", {"vgg16"}, "see the list").what(),
               "unknown model 'vgg61': did you mean 'vgg16'? (see the list)");
  EXPECT_STREQ(unknown_name("model", "qqqqq", {"vgg16"}).what(), "unknown model 'qqqqq'");
}

TEST(TomlKinds, EachTypeIsItsOwn) {
  const TomlTable t = TomlTable::parse(
      "text = 'a'\nwhole = 3\nreal = 2.5\nflag = true\ntexts = ['a', 'b']\nnumbers = [1, 2.5]\nwholes = [3, "
      "4]\n"
      "price = '2k USD'\n[table]\nx = 1\n[[list]]\ny = 1\n[[list]]\ny = 2\n",
      "t.toml");
  EXPECT_TRUE(t.boolean("flag"));
  EXPECT_EQ(t.integer("whole"), 3);
  EXPECT_DOUBLE_EQ(t.number("whole"), 3);
  EXPECT_THAT(t.numbers("numbers"), ElementsAre(1, 2.5));
  EXPECT_THAT(t.integers("wholes"), ElementsAre(3, 4));
  EXPECT_EQ(t.money("price").amount, 2000);
  EXPECT_EQ(t.table("table").integer("x"), 1);
  ASSERT_EQ(t.tables("list").size(), 2u);
  EXPECT_EQ(t.tables("list")[1].integer("y"), 2);
  EXPECT_TRUE(t.tables("nothing").empty());
  EXPECT_FALSE(t.optional_table("nothing").has_value());
  EXPECT_THAT(error_of([&] { t.integer("real"); }),
              HasSubstr("t.toml:3:8: key 'real' is a number, but must be a whole number"));
  EXPECT_THAT(error_of([&] { t.boolean("whole"); }), HasSubstr("a whole number, but must be true or false"));
  EXPECT_THAT(error_of([&] { t.integer("flag"); }), HasSubstr("true or false, but must be a whole number"));
  EXPECT_THAT(error_of([&] { t.number("flag"); }), HasSubstr("must be a number"));
  EXPECT_THAT(error_of([&] { t.texts("numbers"); }),
              HasSubstr("must be a list of texts, but holds a whole number"));
  EXPECT_THAT(error_of([&] { t.texts("text"); }), HasSubstr("must be a list of texts"));
  EXPECT_THAT(error_of([&] { t.integers("numbers"); }),
              HasSubstr("list of whole numbers, but holds a number"));
  EXPECT_THAT(error_of([&] { t.table("text"); }), HasSubstr("must be a table: write [text]"));
  EXPECT_THAT(error_of([&] { t.tables("text"); }), HasSubstr("write [[text]]"));
  EXPECT_THAT(error_of([&] { t.tables("wholes"); }), HasSubstr("write [[wholes]]"));
  EXPECT_THAT(error_of([&] { t.money("text"); }), HasSubstr("t.toml:1:8: 'a' is not a price"));
}

TEST(TomlKinds, MissingKeysHaveDefaultsOrANearName) {
  const TomlTable t = TomlTable::parse("bandwith = 1\n", "t.toml");
  EXPECT_EQ(t.text("a", "b"), "b");
  EXPECT_EQ(t.number("a", 1.5), 1.5);
  EXPECT_EQ(t.integer("a", 7), 7);
  EXPECT_TRUE(t.boolean("a", true));
  EXPECT_TRUE(t.optional_texts("a").empty());
  EXPECT_EQ(t.number("bandwith", 9), 1);
  EXPECT_THAT(error_of([&] { t.number("bandwidth"); }), HasSubstr("t.toml:1:12: key 'bandwidth' is missing"));
  EXPECT_THAT(error_of([&] { t.number("bandwidth"); }), HasSubstr("(is 'bandwith' meant to be it?)"));
}

TEST(TomlKinds, RangesHoldTheirEnds) {
  const TomlTable t = TomlTable::parse("a = 1\nb = 0.5\nc = nan\n", "t.toml");
  EXPECT_EQ(t.integer_in("a", 1, 1), 1);
  EXPECT_THROW(t.integer_in("a", 2, 3), InputError);
  EXPECT_THROW(t.integer_in("a", -1, 0), InputError);
  EXPECT_EQ(t.number_in("b", 0.5, 0.5), 0.5);
  EXPECT_THROW(t.number_in("b", 0.6, 1), InputError);
  EXPECT_THROW(t.number_in("b", 0, 0.4), InputError);
  EXPECT_THROW(t.number_in("c", 0, 1), InputError);
}

// A key is asked for by reading it, by has(), and in a table taken from the list.
TEST(TomlKinds, UnknownKeysAreFoundInEveryTable) {
  const auto refusal = [](const char* text, auto read) {
    const TomlTable t = TomlTable::parse(text, "t.toml");
    read(t);
    return error_of([&] { t.refuse_unknown_keys(); });
  };
  EXPECT_EQ(refusal("a = 1\n", [](const TomlTable& t) { t.has("a"); }), "no error");
  EXPECT_THAT(refusal("a = 1\nb = 2\n", [](const TomlTable& t) { t.has("a"); }),
              HasSubstr("t.toml:2:5: unknown key 'b'"));
  EXPECT_THAT(refusal("[[l]]\na = 1\n[[l]]\nb = 1\n",
                      [](const TomlTable& t) {
                        for (const TomlTable& one : t.tables("l")) one.has("a");
                      }),
              HasSubstr("t.toml:4:5"));
}

}  // namespace
}  // namespace scalesim
