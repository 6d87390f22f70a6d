// Prices as people write them, and as they are printed.
#include <gtest/gtest.h>

#include "core/error.h"
#include "core/money.h"
#include "core/toml.h"

namespace scalesim {
namespace {

TEST(MoneyTable, UnderstandsMultipliersWithAndWithoutSpace) {
  struct Row {
    const char* text;
    double amount;
    const char* currency;
  };
  const Row rows[] = {{"15000 CNY", 15000, "CNY"}, {"15000CNY", 15000, "CNY"}, {"2M USD", 2e6, "USD"},
                      {"2 M USD", 2e6, "USD"},     {"2MUSD", 2e6, "USD"},      {"1.5k EUR", 1500, "EUR"},
                      {"1.5K EUR", 1500, "EUR"},   {"3B CNY", 3e9, "CNY"},     {" 7 USD ", 7, "USD"},
                      {"0.10 USD", 0.1, "USD"},    {"1e3 USD", 1000, "USD"}};
  for (const Row& row : rows) {
    EXPECT_DOUBLE_EQ(parse_money(row.text).amount, row.amount) << row.text;
    EXPECT_EQ(parse_money(row.text).currency, row.currency) << row.text;
  }
  for (const char* wrong :
       {"", "USD", "5", "5 usd", "5 US", "5 USDT", "5 m USD", "5 G USD", "-1 USD", "inf USD", "5 M"})
    EXPECT_THROW(parse_money(wrong), InputError) << wrong;
}

TEST(MoneyTable, SeparatesThousandsAndShowsCentsOfSmallAmounts) {
  const std::pair<double, const char*> amounts[] = {{0, "0 USD"},
                                                    {1, "1 USD"},
                                                    {0.5, "0.50 USD"},
                                                    {99.99, "99.99 USD"},
                                                    {100.25, "100 USD"},
                                                    {999, "999 USD"},
                                                    {1000, "1,000 USD"},
                                                    {12345, "12,345 USD"},
                                                    {123456, "123,456 USD"},
                                                    {1234567, "1,234,567 USD"},
                                                    {-1, "-1 USD"},
                                                    {-123, "-123 USD"},
                                                    {-1234, "-1,234 USD"},
                                                    {-123456, "-123,456 USD"},
                                                    {1e9, "1,000,000,000 USD"}};
  for (const auto& [amount, text] : amounts) EXPECT_EQ(to_text(Money{amount, "USD"}), text) << amount;
}

TEST(MoneyTable, ScalesAndAdds) {
  const Money sum = Money{2, "USD"} * 3 + Money{-1, "USD"};
  EXPECT_EQ(sum.amount, 5);
  EXPECT_EQ(sum.currency, "USD");
}

// One US dollar is 7.2 yuan and 0.9 euro: 14.4 yuan are 1.8 euro.
TEST(MoneyTable, ConvertsThroughTheDollar) {
  const ExchangeRates rates = parse_exchange_rates(TomlTable::parse(
      "date = '2026'\nsource = 's'\n[per_usd]\nUSD = 1\nCNY = 7.2\nEUR = 0.9\n", "rates.toml"));
  EXPECT_EQ(rates.date, "2026");
  EXPECT_DOUBLE_EQ(rates.convert({14.4, "CNY"}, "EUR").amount, 1.8);
  EXPECT_EQ(rates.convert({14.4, "CNY"}, "EUR").currency, "EUR");
  EXPECT_DOUBLE_EQ(rates.convert({5, "XXX"}, "XXX").amount, 5);  // nothing to convert
  EXPECT_THROW(rates.convert({5, "XXX"}, "USD"), InputError);
  EXPECT_THROW(rates.convert({5, "USD"}, "XXX"), InputError);
  EXPECT_THROW(
      parse_exchange_rates(TomlTable::parse("date = 'd'\nsource = 's'\nrate = 1\n[per_usd]\n", "r.toml")),
      InputError);
}

}  // namespace
}  // namespace scalesim
