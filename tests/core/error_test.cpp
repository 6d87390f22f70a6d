// Spelling help and places in messages.
#include "core/error.h"

#include <gtest/gtest.h>

namespace scalesim {
namespace {

TEST(Errors, TheNearestNameIsASlipAwayOrNone) {
  const std::vector<std::string> known = {"resnet18", "resnet50", "vgg16", "a100-sxm4-80gb"};
  EXPECT_EQ(nearest_name("resnet81", known), "resnet18");        // two neighbours swapped
  EXPECT_EQ(nearest_name("modle", {"mode", "model"}), "model");  // not a letter less
  EXPECT_EQ(nearest_name("ResNet50", known), "resnet50");
  EXPECT_EQ(nearest_name("a100-sxm", known), "a100-sxm4-80gb");  // a beginning of it
  EXPECT_EQ(nearest_name("transformer", known), "");
}

TEST(Errors, APlaceComesFirst) {
  EXPECT_STREQ(InputError(Place{"f.toml", 3, 7}, "wrong").what(), "f.toml:3:7: wrong");
  EXPECT_STREQ(InputError(Place{"f.toml", 3, 0}, "wrong").what(), "f.toml:3: wrong");
  EXPECT_STREQ(InputError(Place{"f.toml", 0, 0}, "wrong").what(), "f.toml: wrong");
  EXPECT_STREQ(InputError("wrong").what(), "wrong");
}

TEST(Errors, ABrokenPromiseIsOurBugAndSaysWhere) {
  try {
    SCALESIM_CHECK(1 + 1 == 3);
    FAIL();
  } catch (const InternalError& bug) {
    EXPECT_NE(std::string(bug.what()).find("1 + 1 == 3"), std::string::npos);
    EXPECT_NE(std::string(bug.what()).find("error_test.cpp"), std::string::npos);
  }
}

}  // namespace
}  // namespace scalesim
