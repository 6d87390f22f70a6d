// Numbers in text: what is one, where it ends, and what does not fit.
#include "core/number.h"

#include <gmock/gmock.h>

#include <cmath>
#include <cstdint>
#include <limits>

namespace scalesim {
namespace {

TEST(Number, ReadsTheNearestDoubleAndTellsWhatIsBehind) {
  EXPECT_EQ(leading_double("450 GB/s").value, 450);
  EXPECT_EQ(leading_double("450 GB/s").rest, " GB/s");
  EXPECT_EQ(leading_double("0.1").value, 0.1);
  EXPECT_EQ(leading_double("-.5e1x").value, -5);
  EXPECT_EQ(leading_double("-.5e1x").rest, "x");
  EXPECT_EQ(leading_double("1e").rest, "e");      // an exponent needs digits
  EXPECT_EQ(leading_double("0x10").rest, "x10");  // no hexadecimal
  EXPECT_EQ(leading_double("1,5").rest, ",5");    // in every locale
}

TEST(Number, RefusesWhatIsNoNumber) {
  for (const char* text : {"", " 1", "+1", ".", "-", "e5", "GB"}) {
    EXPECT_EQ(leading_double(text).error, std::errc::invalid_argument) << text;
    EXPECT_EQ(leading_double(text).rest, text);
  }
}

TEST(Number, TellsTooLargeAndTooSmallFromInfiniteAndZero) {
  // The largest double is 1.797...e308, the smallest above zero 4.94e-324.
  for (const char* text : {"1e400", "-1e400", "1e-400", "0.0001e-400"}) {
    EXPECT_EQ(leading_double(text).error, std::errc::result_out_of_range) << text;
    EXPECT_EQ(leading_double(text).value, 0);
    EXPECT_TRUE(leading_double(text).rest.empty());
  }
  EXPECT_EQ(to_double("0e999"), 0);
  EXPECT_EQ(to_double("4.9e-324"), std::numeric_limits<double>::denorm_min());
  EXPECT_EQ(to_double("-inf"), -std::numeric_limits<double>::infinity());
  EXPECT_TRUE(std::isnan(to_double("nan").value()));
}

TEST(Number, AWholeTextIsANumberOrNothing) {
  EXPECT_EQ(to_double("1.5"), 1.5);
  EXPECT_EQ(to_double("1.5 "), std::nullopt);
  EXPECT_EQ(to_integer<int>("42"), 42);
  EXPECT_EQ(to_integer<int>("42.0"), std::nullopt);
  EXPECT_EQ(to_integer<int>(""), std::nullopt);
  EXPECT_EQ(to_integer<std::uint32_t>("ff", 16), 255U);
}

TEST(Number, IntegersTellWhereTheyEndAndWhetherTheyFit) {
  const auto pair = leading_integer<int>("3-5");
  EXPECT_EQ(pair.value, 3);
  EXPECT_EQ(pair.rest, "-5");
  // 2^31 is one more than an int holds.
  EXPECT_EQ(leading_integer<int>("2147483648").error, std::errc::result_out_of_range);
  EXPECT_EQ(leading_integer<std::int64_t>("2147483648").value, 2147483648);
  EXPECT_EQ(leading_integer<int>("x").error, std::errc::invalid_argument);
}

}  // namespace
}  // namespace scalesim
