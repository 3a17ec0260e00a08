#include "sim/core/short_time.h"

#include <gtest/gtest.h>

namespace anesim {
namespace {

TEST(ShortTime, TakesTheUnitThatSuits) {
  EXPECT_EQ(short_time(0), "0 us");
  EXPECT_EQ(short_time(0.4504), "450 ns");
  EXPECT_EQ(short_time(12.34), "12.3 us");
  EXPECT_EQ(short_time(999.4), "999 us");
  EXPECT_EQ(short_time(999.6), "1 ms");
  EXPECT_EQ(short_time(4200), "4.2 ms");
  EXPECT_EQ(short_time(17530, 4), "17.53 ms");
  EXPECT_EQ(short_time(127400, 4), "127.4 ms");
  EXPECT_EQ(short_time(2.5e6), "2.5 s");
  EXPECT_EQ(short_time(1.23e10), "12300 s");
}

TEST(ShortTime, BothEndsOfARangeHaveOneUnit) {
  EXPECT_EQ(short_range(329, 654, 1304), "329-1304 us");
  EXPECT_EQ(short_range(654, 1304, 2600), "0.654-2.6 ms");
  EXPECT_EQ(short_range(15123, 17530, 20324, 4), "15.12-20.32 ms");
}

}  // namespace
}  // namespace anesim
