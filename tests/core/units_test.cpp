// Units: parsing refuses what it cannot be sure of, printing is readable, arithmetic keeps dimensions.
#include <gtest/gtest.h>

#include "core/error.h"
#include "core/units_text.h"

namespace scalesim {
namespace {

TEST(Units, ParsesTheFormsPeopleWrite) {
  EXPECT_DOUBLE_EQ(parse_quantity<BytesPerSecond>("450 GB/s").value(), 450e9);
  EXPECT_DOUBLE_EQ(parse_quantity<BytesPerSecond>("100 Gb/s").value(), 12.5e9);  // bits: an eighth
  EXPECT_DOUBLE_EQ(parse_quantity<FlopsPerSecond>("989 TFLOPS").value(), 989e12);
  EXPECT_DOUBLE_EQ(parse_quantity<Seconds>("215ms").value(), 0.215);
  EXPECT_DOUBLE_EQ(parse_quantity<Seconds>("30d").value(), 30 * 86400.0);
  EXPECT_DOUBLE_EQ(parse_quantity<Bytes>("24 GiB").value(), 24 * 1073741824.0);
}

TEST(Units, RefusesABareNumber) {
  try {
    parse_quantity<BytesPerSecond>("450");
    FAIL() << "a bare number must be refused";
  } catch (const InputError& wrong) {
    EXPECT_NE(wrong.message().find("has no unit"), std::string::npos) << wrong.message();
    EXPECT_NE(wrong.message().find("GB/s"), std::string::npos) << wrong.message();
  }
}

TEST(Units, RefusesWhatIsNoNumber) {
  for (const char* text : {"", "fast", "nan GB/s", "inf s", "1e999 s", "5 parsecs", "5 GB"})
    EXPECT_THROW(parse_quantity<BytesPerSecond>(text), InputError) << text;
}

TEST(Units, PrintsThreeSignificantDigits) {
  EXPECT_EQ(to_text(BytesPerSecond(24e9)), "24.0 GB/s");
  EXPECT_EQ(to_text(Seconds(0.0000345)), "34.5 us");
  EXPECT_EQ(to_text(Bytes(80e9)), "80.0 GB");
  EXPECT_EQ(to_text(FlopsPerSecond(989.4e12)), "989 TFLOPS");
}

TEST(Units, MessageSizesAsNcclTestsTakesThem) {
  EXPECT_EQ(parse_message_size("8").value(), 8);
  EXPECT_EQ(parse_message_size("512K").value(), 524288);
  EXPECT_EQ(parse_message_size("8g").value(), 8589934592.0);
  EXPECT_EQ(message_size_text(Bytes(33554432)), "32M");
  EXPECT_EQ(message_size_text(Bytes(1000)), "1000");
  for (const char* text : {"", "0", "-4", "4X", "4KB"})
    EXPECT_THROW(parse_message_size(text), InputError) << text;
}

}  // namespace
}  // namespace scalesim
