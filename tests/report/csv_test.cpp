// Text in a CSV cell, as RFC 4180 has it.
#include "report/csv/csv.h"

#include <gtest/gtest.h>

namespace scalesim::report {
namespace {

TEST(Csv, TextStandsBetweenQuotesAndKeepsCommas) { EXPECT_EQ(csv_text("8 x a, b"), "\"8 x a, b\""); }

TEST(Csv, QuotesInsideAreDoubled) { EXPECT_EQ(csv_text("the \"best\""), "\"the \"\"best\"\"\""); }

}  // namespace
}  // namespace scalesim::report
