// Money: no price without a currency, no sum over two of them, conversions that return where they came from.
#include "core/money.h"

#include <gtest/gtest.h>

#include "core/error.h"

namespace scalesim {
namespace {

TEST(Money, ParsesAmountsWithMultipliers) {
  EXPECT_EQ(parse_money("15000 CNY").amount, 15000);
  EXPECT_EQ(parse_money("2M CNY").amount, 2e6);
  EXPECT_EQ(parse_money("1.5k USD").currency, "USD");
  EXPECT_EQ(parse_money("0 USD").amount, 0);
}

TEST(Money, RefusesWhatIsNoPrice) {
  for (const char* text : {"", "15000", "CNY", "15000 yuan", "-3 USD", "nan USD", "3 usd", "3X USD"})
    EXPECT_THROW(parse_money(text), InputError) << text;
}

TEST(Money, PrintsWithThousandsSeparated) {
  EXPECT_EQ(to_text(Money{1234567, "CNY"}), "1,234,567 CNY");
  EXPECT_EQ(to_text(Money{999, "USD"}), "999 USD");
  EXPECT_EQ(to_text(Money{0.79, "USD"}), "0.79 USD");
}

TEST(Money, AddsOnlyWithinOneCurrency) {
  EXPECT_EQ((Money{1, "USD"} + Money{2, "USD"}).amount, 3);
  EXPECT_THROW((Money{1, "USD"} + Money{2, "CNY"}), InputError);
}

TEST(Money, ConvertsThereAndBack) {
  const ExchangeRates rates{{{"USD", 1}, {"CNY", 7.2}, {"EUR", 0.92}}, "2026-05", "test"};
  EXPECT_DOUBLE_EQ(rates.convert({100, "USD"}, "CNY").amount, 720);
  const Money back = rates.convert(rates.convert({12345, "CNY"}, "EUR"), "CNY");
  EXPECT_NEAR(back.amount, 12345, 1e-9);
  EXPECT_THROW(rates.convert({1, "USD"}, "GBP"), InputError);
}

}  // namespace
}  // namespace scalesim
