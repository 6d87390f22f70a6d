// Every unit that is understood against its SI value, and the borders at which printed texts change their
// prefix.
#include <gtest/gtest.h>

#include "core/error.h"
#include "core/units_text.h"

namespace scalesim {
namespace {

template <class Q>
void expect_all(const std::vector<std::pair<const char*, double>>& rows) {
  for (const auto& [text, value] : rows) EXPECT_DOUBLE_EQ(parse_quantity<Q>(text).value(), value) << text;
}

TEST(UnitTable, Times) {
  expect_all<Seconds>({{"2 s", 2},
                       {"3ms", 3e-3},
                       {"4 us", 4e-6},
                       {"5ns", 5e-9},
                       {"2 min", 120},
                       {"1.5h", 5400},
                       {"2 d", 172800},
                       {"1w", 604800},
                       {"7 sec", 7},
                       {"7 seconds", 7},
                       {"2 hours", 7200},
                       {"1 hour", 3600},
                       {"3 days", 259200},
                       {"1 day", 86400},
                       {"  8 s ", 8}});
}

TEST(UnitTable, Sizes) {
  expect_all<Bytes>({{"1 B", 1},
                     {"1 kB", 1000},
                     {"1 KB", 1000},
                     {"2 MB", 2e6},
                     {"3 GB", 3e9},
                     {"4 TB", 4e12},
                     {"5 PB", 5e15},
                     {"1 KiB", 1024},
                     {"1 MiB", 1048576},
                     {"1 GiB", 1073741824},
                     {"1 TiB", 1099511627776}});
}

// A bit is an eighth of a byte.
TEST(UnitTable, Rates) {
  expect_all<BytesPerSecond>({{"8 B/s", 8},
                              {"1 kB/s", 1e3},
                              {"1 MB/s", 1e6},
                              {"1 GB/s", 1e9},
                              {"1 TB/s", 1e12},
                              {"8 b/s", 1},
                              {"8 kb/s", 1e3},
                              {"8 Mb/s", 1e6},
                              {"8 Gb/s", 1e9},
                              {"8 Tb/s", 1e12},
                              {"8 kbit/s", 1e3},
                              {"8 Mbit/s", 1e6},
                              {"8 Gbit/s", 1e9},
                              {"1 MiB/s", 1048576},
                              {"1 GiB/s", 1073741824}});
}

TEST(UnitTable, WorkPowerAndFrequency) {
  expect_all<Flops>({{"1 FLOP", 1},
                     {"1 MFLOP", 1e6},
                     {"1 GFLOP", 1e9},
                     {"1 TFLOP", 1e12},
                     {"1 PFLOP", 1e15},
                     {"1 EFLOP", 1e18}});
  expect_all<FlopsPerSecond>({{"1 FLOPS", 1},
                              {"1 MFLOPS", 1e6},
                              {"1 GFLOPS", 1e9},
                              {"1 TFLOPS", 1e12},
                              {"1 PFLOPS", 1e15},
                              {"1 FLOP/s", 1},
                              {"1 GFLOP/s", 1e9},
                              {"1 TFLOP/s", 1e12},
                              {"1 TOPS", 1e12},
                              {"1 GOPS", 1e9}});
  expect_all<Watts>({{"700 W", 700}, {"1.5 kW", 1500}, {"2 MW", 2e6}});
  expect_all<Hertz>({{"1 Hz", 1}, {"2 kHz", 2e3}, {"3 MHz", 3e6}, {"1.41 GHz", 1.41e9}});
}

TEST(UnitTable, UnitsAreNotGuessed) {
  for (const char* wrong : {"1 S", "1 mS", "1 minutes", "1", "s", "1 s s", "1e400 s", "nan s", "- 1 s"})
    EXPECT_THROW(parse_quantity<Seconds>(wrong), InputError) << wrong;
  for (const char* wrong : {"1 gb", "1 G", "1 GB/s", "1 Gb"})
    EXPECT_THROW(parse_quantity<Bytes>(wrong), InputError) << wrong;
  for (const char* wrong : {"1 w", "1 KW", "1 kWh"})
    EXPECT_THROW(parse_quantity<Watts>(wrong), InputError) << wrong;
}

// Three significant digits: two, one and no decimals; 999.5 rounds to the next prefix.
TEST(UnitTexts, ChangeTheirPrefixWhereTheNumberWouldHaveFourDigits) {
  const std::pair<double, const char*> sizes[] = {
      {0, "0.00 B"},       {1, "1.00 B"},      {9.994, "9.99 B"},  {9.996, "10.0 B"}, {99.94, "99.9 B"},
      {99.96, "100 B"},    {999, "999 B"},     {999.6, "1.00 kB"}, {1000, "1.00 kB"}, {999.4e3, "999 kB"},
      {1e6, "1.00 MB"},    {1.5e9, "1.50 GB"}, {2e12, "2.00 TB"},  {3e15, "3.00 PB"}, {4e18, "4.00 EB"},
      {-2000, "-2.00 kB"}, {0.25, "0.25 B"}};
  for (const auto& [value, text] : sizes) EXPECT_EQ(to_text(Bytes(value)), text) << value;
  EXPECT_EQ(to_text(BytesPerSecond(12.5e9)), "12.5 GB/s");
  EXPECT_EQ(to_text(FlopsPerSecond(1.98e15)), "1.98 PFLOPS");
  EXPECT_EQ(to_text(Watts(40e3)), "40.0 kW");
}

// From three hours on hours, from three days on days; below 5 ps nothing.
TEST(UnitTexts, TimesGoFromNanosecondsToDays) {
  const std::pair<double, const char*> times[] = {
      {0, "0 s"},         {4e-12, "0 s"},      {6e-12, "0.01 ns"},  {3e-9, "3.00 ns"},
      {1e-6, "1.00 us"},  {0.0345, "34.5 ms"}, {1, "1.00 s"},       {5000, "5000 s"},
      {10799, "10799 s"}, {10800, "3.0 h"},    {86400, "24.0 h"},   {259199, "72.0 h"},
      {259200, "3.0 d"},  {-1e-3, "-1.00 ms"}, {-86400, "-24.0 h"}, {864000, "10.0 d"}};
  for (const auto& [value, text] : times) EXPECT_EQ(to_text(Seconds(value)), text) << value;
}

// What is printed with three digits reads back within half a digit of the third: 0.5 %.
TEST(UnitTexts, ReadBackWhatTheyPrint) {
  for (double value = 1.234; value < 1e17; value *= 3.7) {
    EXPECT_NEAR(parse_quantity<Bytes>(to_text(Bytes(value))).value() / value, 1, 0.0051) << value;
    EXPECT_NEAR(parse_quantity<BytesPerSecond>(to_text(BytesPerSecond(std::min(value, 9e14)))).value() /
                    std::min(value, 9e14),
                1, 0.0051);
  }
  for (double value = 1.2e-8; value < 1e7; value *= 3.7)
    EXPECT_NEAR(parse_quantity<Seconds>(to_text(Seconds(value))).value() / value, 1, 0.02) << value;
}

// nccl-tests: powers of 1024, fractions rounded down to bytes.
TEST(MessageSizes, AreThoseOfNcclTests) {
  const std::pair<const char*, double> sizes[] = {{"1", 1},        {"1k", 1024},       {"1K", 1024},
                                                  {"2M", 2097152}, {"1G", 1073741824}, {"1T", 1099511627776},
                                                  {"1.5K", 1536},  {"0.3K", 307},      {" 8 ", 8}};
  for (const auto& [text, size] : sizes) EXPECT_EQ(parse_message_size(text).value(), size) << text;
  for (const char* wrong : {"0", "-1", "1KiB", "K", "1 K", "1P", "2e15", "nan"})
    EXPECT_THROW(parse_message_size(wrong), InputError) << wrong;
  EXPECT_NO_THROW(parse_message_size("1e15"));
}

TEST(MessageSizes, PrintWholeMultiplesOnly) {
  const std::pair<double, const char*> sizes[] = {{0, "0"},
                                                  {1, "1"},
                                                  {1023, "1023"},
                                                  {1024, "1K"},
                                                  {1025, "1025"},
                                                  {1536, "1536"},
                                                  {1048576, "1M"},
                                                  {1572864, "1536K"},
                                                  {1073741824, "1G"},
                                                  {1099511627776, "1T"},
                                                  {1125899906842624, "1024T"}};
  for (const auto& [size, text] : sizes) EXPECT_EQ(message_size_text(Bytes(size)), text);
}

}  // namespace
}  // namespace scalesim
