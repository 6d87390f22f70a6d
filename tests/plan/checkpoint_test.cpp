// A checkpoint comes back as it was, and only for the question it belongs to.
#include "plan/distribute/checkpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"

namespace scalesim::plan {
namespace {

using testing::AllOf;
using testing::HasSubstr;

Question question() {
  return {"1234-abcd", {{"model", "resnet50"}, {"budget", "2M CNY"}, {"rent", ""}}, {{"my.toml", "77"}}, 10};
}

std::string refusal(const std::string& text, const Question& asked) {
  try {
    read_checkpoint(text, "a.checkpoint", asked);
  } catch (const InputError& wrong) {
    return wrong.what();
  }
  return "accepted";
}

TEST(Checkpoint, ComesBackWithoutLoss) {
  const Results results = {{0, "[1e-300,\"a \\\"quote\\\"\"]"}, {9, ""}};
  EXPECT_EQ(read_checkpoint(write_checkpoint(question(), results), "a", question()), results);
}

TEST(Checkpoint, OfAnotherQuestionIsRefusedWithWhatDiffers) {
  const std::string kept = write_checkpoint(question(), {});
  Question other = question();
  other.words["budget"] = "3M CNY";
  EXPECT_THAT(refusal(kept, other), AllOf(HasSubstr("'a.checkpoint' cannot be resumed"),
                                          HasSubstr("--budget 2M CNY"), HasSubstr("not --budget 3M CNY")));
  other = question();
  other.words.erase("rent");
  EXPECT_THAT(refusal(kept, other), HasSubstr("asked with --rent, not no --rent"));
  other = question();
  other.files["my.toml"] = "78";
  EXPECT_THAT(refusal(kept, other), HasSubstr("'my.toml' has changed since"));
  other = question();
  other.program = "1235-abcd";
  EXPECT_THAT(refusal(kept, other), HasSubstr("another build of scalesim"));
}

TEST(Checkpoint, ThatIsNoneIsRefused) {
  for (const char* text : {"", "{", "[]", "{\"schema\": \"scalesim.plan/1\"}"})
    EXPECT_THAT(refusal(text, question()), HasSubstr("'a.checkpoint' is no checkpoint")) << text;
  std::string cut = write_checkpoint(question(), {{0, "x"}});
  EXPECT_THAT(refusal(cut.substr(0, cut.size() / 2), question()), HasSubstr("is no checkpoint"));
  EXPECT_THAT(refusal("{\"schema\": \"scalesim.checkpoint/1\"}", question()),
              HasSubstr("damaged checkpoint"));
}

TEST(Checkpoint, FingerprintsDifferWithTheQuestion) {
  Question other = question();
  other.words["model"] = "resnet18";
  EXPECT_NE(fingerprint(question()), fingerprint(other));
  EXPECT_EQ(fingerprint(question()), fingerprint(question()));
  // FNV-1a of nothing is its offset basis.
  EXPECT_EQ(fingerprint(""), "cbf29ce484222325");
}

}  // namespace
}  // namespace scalesim::plan
