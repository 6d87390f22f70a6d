// The page with a document inside: no text of the document can leave its script element.
#include "report/html/html.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "core/error.h"

namespace scalesim::report {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Html, EscapedDocumentHasNoTagAndMeansTheSame) {
  const nlohmann::json document = {{"schema", "scalesim.plan/1"},
                                   {"name", "</script><!-- \"quoted\" \\u003c"}};
  const std::string escaped = escape_for_script(document.dump());
  EXPECT_THAT(escaped, Not(HasSubstr("<")));
  EXPECT_EQ(nlohmann::json::parse(escaped), document);
}

TEST(Html, PageHoldsTheDocumentOnceAndOneScriptElementForIt) {
  if (!html_available()) GTEST_SKIP() << "SKIP: this build has no report page (no npm)";
  const std::string page = html_page(R"({"schema":"scalesim.plan/1","name":"</script>"})");
  EXPECT_THAT(
      page, HasSubstr(R"(id="scalesim-data">{"schema":"scalesim.plan/1","name":"\u003c/script>"}</script>)"));
  EXPECT_THAT(page, Not(HasSubstr("SCALESIM_DOCUMENT")));
}

TEST(Html, PageWithoutDataIsAtMostOneAndAHalfMegabytes) { EXPECT_LE(page_shell().size(), 1'500'000U); }

TEST(Html, PageAsksForNothingFromTheNetwork) {
  if (!html_available()) GTEST_SKIP() << "SKIP: this build has no report page (no npm)";
  EXPECT_THAT(std::string(page_shell()), HasSubstr("default-src 'none'"));
}

TEST(Html, BuildWithoutThePageExplainsItself) {
  if (html_available()) GTEST_SKIP() << "SKIP: this build has the report page";
  EXPECT_THROW(html_page("{}"), InputError);
}

}  // namespace
}  // namespace scalesim::report
