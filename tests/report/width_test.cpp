// Columns on a terminal: of wide characters, marks and emoji.
#include "report/text/width.h"

#include <gtest/gtest.h>

#include "report/text/prose.h"
#include "report/text/table.h"

namespace scalesim::report {
namespace {

constexpr const char* kFamily = "\U0001F468\u200D\U0001F469\u200D\U0001F467";  // man, woman, girl, joined
constexpr const char* kFlag = "\U0001F1E8\U0001F1F3";                          // C and N
constexpr const char* kHeart = "\u2764\uFE0F";                                 // drawn as an emoji

TEST(Width, AsciiIsOneColumnAByte) {
  EXPECT_EQ(display_width(""), 0u);
  EXPECT_EQ(display_width("8 x h100"), 8u);
  EXPECT_EQ(display_width("\x01"), 1u);
}

TEST(Width, SignsOfTheProgramAreOneColumn) {
  EXPECT_EQ(display_width("\u00b5\u00b7\u2500\u2514\u2588\u28ff"), 6u);
}

TEST(Width, ChineseTakesTwoColumnsAndMarksNone) {
  EXPECT_EQ(display_width("\u663e\u5361"), 4u);
  EXPECT_EQ(display_width("e\u0301"), 1u);
  EXPECT_EQ(display_width("e\u0301\u0302x"), 2u);
}

TEST(Width, WhatIsDrawnAsOneEmojiTakesTwoColumns) {
  for (const char* emoji : {"\U0001F680", kFamily, kFlag, kHeart})
    EXPECT_EQ(display_width(emoji), 2u) << emoji;
}

TEST(Width, BytesThatAreNoTextCountAsOne) {
  EXPECT_EQ(display_width("\xff\xfe"), 2u);
  EXPECT_EQ(display_width("a\xe6\x98"), 3u);  // cut in the middle of a character
}

TEST(Width, NoCharacterIsCut) {
  EXPECT_EQ(start_within("\u663e\u5361", 3), "\u663e");
  EXPECT_EQ(start_within("e\u0301x", 1), "e\u0301");
  EXPECT_EQ(start_within("ab", 5), "ab");
  EXPECT_EQ(end_within("\u663e\u5361x", 2), "x");
  EXPECT_EQ(end_within("ab", 5), "ab");
  EXPECT_EQ(first_character(std::string(kFamily) + "x"), kFamily);
  EXPECT_EQ(first_character(""), "");
}

TEST(Width, TablesWithChineseNamesLineUp) {
  Table table({{"name", Align::left}, {"n"}});
  table.add({"\u663e\u5361", "1"});
  table.add({"abc", "2"});
  EXPECT_EQ(table.text(0), "name  n\n\u663e\u5361  1\nabc   2\n");
}

TEST(Width, LinesAreCutBetweenWideCharacters) {
  EXPECT_EQ(wrapped("\u663e\u5361\u670d", 5), (std::vector<std::string>{"\u663e\u5361", "\u670d"}));
  // Narrower than one character: one a line rather than none for ever.
  EXPECT_EQ(wrapped("\u663e\u5361", 1), (std::vector<std::string>{"\u663e", "\u5361"}));
  EXPECT_EQ(fitted("\u663e\u5361 \u670d\u52a1", 6), "\u663e\u5361\n  \u670d\u52a1");
}

}  // namespace
}  // namespace scalesim::report
