// The table of times by size: exact on its grid, linear between, never falling.
#include "comm/models/profile/size_table.h"

#include <gtest/gtest.h>

#include <cmath>

namespace scalesim::comm {
namespace {

// A straight line is kept everywhere, also beyond the last point of 16 TiB.
TEST(SizeTable, KeepsAStraightLine) {
  const SizeTable table([](double bytes) { return 1e-6 + bytes * 1e-9; });
  for (const double bytes : {1.0, 1.5, 3.0, 1000.0, 12345.0, 1e9, 3.3e12, 4e13})
    EXPECT_NEAR(table.at(bytes), 1e-6 + bytes * 1e-9, 1e-12 * (1 + bytes)) << bytes;
}

TEST(SizeTable, NothingTakesNoTimeAndAByteTheFirstPoint) {
  const SizeTable table([](double bytes) { return bytes; });
  EXPECT_EQ(table.at(0), 0);
  EXPECT_EQ(table.at(-5), 0);
  EXPECT_EQ(table.at(0.25), 1);
  EXPECT_EQ(table.at(1), 1);
}

// 100 us up to 1 KiB, then 10 us up to 1 MiB: padding is always possible, so 100 us stay until the line
// passes them.
TEST(SizeTable, FillsADip) {
  const SizeTable table([](double bytes) { return bytes <= 1024 ? 100e-6 : bytes * 1e-9; });
  EXPECT_DOUBLE_EQ(table.at(1024), 100e-6);
  EXPECT_DOUBLE_EQ(table.at(50000), 100e-6);
  EXPECT_DOUBLE_EQ(table.at(1 << 20), (1 << 20) * 1e-9);
  double before = 0;
  for (double bytes = 1; bytes < 1e7; bytes *= 1.01) {
    EXPECT_GE(table.at(bytes), before) << bytes;
    before = table.at(bytes);
  }
}

// Between the points 1024 and 1152 of a square: the chord at 1088, half way.
TEST(SizeTable, IsLinearBetweenItsPoints) {
  const SizeTable table([](double bytes) { return bytes * bytes; });
  EXPECT_DOUBLE_EQ(table.at(1088), (1024.0 * 1024 + 1152.0 * 1152) / 2);
  EXPECT_DOUBLE_EQ(table.at(1024), 1024.0 * 1024);
}

// Eight points per power of two: 8, 9, 10, ... 15, 16, 18, ...
TEST(SizeTable, HasEightPointsPerPowerOfTwo) {
  const std::pair<double, double> points[] = {{0, 1},     {0.5, 1}, {1, 1},      {1.1, 1},    {1.125, 1.125},
                                              {8, 8},     {8.9, 8}, {9, 9},      {15.9, 15},  {16, 16},
                                              {17.9, 16}, {18, 18}, {1023, 960}, {1024, 1024}};
  for (const auto& [bytes, point] : points) EXPECT_DOUBLE_EQ(SizeTable::grid_point(bytes), point) << bytes;
}

TEST(SizeTableCache, AsksOncePerQuestion) {
  const SizeTableCache cache;
  int asked = 0;
  const auto time = [&](double bytes) {
    asked += bytes == 1;
    return bytes;
  };
  const SizeTable& first = cache.get(Collective::all_reduce, {8, 1, 1}, time);
  EXPECT_EQ(&cache.get(Collective::all_reduce, {8, 1, 1}, time), &first);
  EXPECT_EQ(asked, 1);
  EXPECT_NE(&cache.get(Collective::all_reduce, {8, 2, 1}, time), &first);
  EXPECT_NE(&cache.get(Collective::all_gather, {8, 1, 1}, time), &first);
  EXPECT_NE(&cache.get(Collective::all_reduce, {8, 1, 2}, time), &first);
  EXPECT_EQ(asked, 4);
}

}  // namespace
}  // namespace scalesim::comm
