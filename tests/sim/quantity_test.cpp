#include "sim/config/quantity.h"

#include <gtest/gtest.h>

#include "sim/core/error.h"

namespace anesim::config {
namespace {

std::string error(std::string_view text, Dimension dimension) {
  try {
    const double value = parse_quantity(text, dimension);
    return "no error, value " + std::to_string(value);
  } catch (const UserError& e) {
    return e.what();
  }
}

TEST(Quantity, ParsesToBaseUnits) {
  EXPECT_EQ(parse_quantity("32 MiB", Dimension::bytes), 33554432);
  EXPECT_EQ(parse_quantity("1.5 kB", Dimension::bytes), 1500);
  EXPECT_EQ(parse_quantity("64B", Dimension::bytes), 64);
  EXPECT_EQ(parse_quantity("1.2 TB/s", Dimension::rate), 1.2e12);
  EXPECT_EQ(parse_quantity("2580 MHz", Dimension::frequency), 2.58e9);
  EXPECT_EQ(parse_quantity("3 ns", Dimension::time), 3e-9);
  EXPECT_EQ(parse_quantity("1.7 ms", Dimension::time), 1.7e-3);
  EXPECT_EQ(parse_quantity("2 \u00B5s", Dimension::time), 2e-6);
  EXPECT_EQ(parse_quantity("30 cycles", Dimension::cycles), 30);
  EXPECT_EQ(parse_quantity("0.5 pJ", Dimension::energy), 0.5e-12);
  EXPECT_EQ(parse_quantity("500 mW", Dimension::power), 0.5);
  EXPECT_EQ(parse_quantity("4 G/s", Dimension::elements_per_second), 4e9);
  EXPECT_EQ(parse_quantity("80 %", Dimension::fraction), 0.8);
  EXPECT_EQ(parse_quantity("0.25", Dimension::fraction), 0.25);
  EXPECT_EQ(parse_quantity("-1.5e3", Dimension::none), -1500);
  EXPECT_EQ(parse_quantity("16", Dimension::count), 16);
}

TEST(Quantity, RefusesWithExpectation) {
  EXPECT_EQ(error("120", Dimension::rate), "'120' has no unit (expected e.g. '120 GB/s')");
  EXPECT_EQ(error("32", Dimension::bytes), "'32' has no unit (expected e.g. '32 MiB')");
  EXPECT_EQ(error("32 Mib", Dimension::bytes),
            "'32 Mib' has an unknown unit 'Mib' (did you mean 'MiB'?)");
  EXPECT_EQ(error("3 parsec", Dimension::time),
            "'3 parsec' has an unknown unit 'parsec' (expected ps, ns, us, ms or s)");
  EXPECT_EQ(error("fast", Dimension::rate),
            "'fast' is not a number with a unit (expected e.g. '120 GB/s')");
  EXPECT_EQ(error("-3 GB/s", Dimension::rate), "'-3 GB/s' is negative (expected 0 or more)");
  EXPECT_EQ(error("1.2", Dimension::fraction),
            "'1.2' is outside 0..1 (a share can be written '80 %')");
  EXPECT_EQ(error("120 %", Dimension::fraction), "'120 %' is outside 0..100 %");
  EXPECT_EQ(error("16 B", Dimension::count), "'16 B' has a unit (expected a plain number)");
  EXPECT_EQ(error("1.5", Dimension::count), "'1.5' is not a whole number");
  EXPECT_EQ(error("-1", Dimension::count), "'-1' is negative (expected 0 or more)");
  EXPECT_EQ(error("1e300 GiB", Dimension::bytes), "'1e300 GiB' is too large");
  EXPECT_EQ(error("1.5 B", Dimension::bytes),
            "'1.5 B' is 1.5 B (expected a whole number of bytes)");
  EXPECT_EQ(error("0.3 KiB", Dimension::bytes),
            "'0.3 KiB' is 307.2 B (expected a whole number of bytes)");
  for (const char* text : {"", ".nan", "inf", "nan", "0x10", "1_000", "010", ".5", "5.", "+1", "1e",
                           "1e999", "--1", " 1"}) {
    EXPECT_EQ(error(text, Dimension::none), "'" + std::string(text) + "' is not a decimal number");
  }
  EXPECT_EQ(error("1\x1b[0m", Dimension::rate),
            "'1\\x1b[0m' has an unknown unit '\\x1b[0m' (expected B/s, kB/s, MB/s, GB/s or TB/s)");
}

TEST(Quantity, FormatsWithAFittingUnit) {
  EXPECT_EQ(format_quantity(33554432, Dimension::bytes), "32 MiB");
  EXPECT_EQ(format_quantity(1024, Dimension::bytes), "1 KiB");
  EXPECT_EQ(format_quantity(1500, Dimension::bytes), "1.5 kB");
  EXPECT_EQ(format_quantity(0, Dimension::bytes), "0 B");
  EXPECT_EQ(format_quantity(100, Dimension::bytes), "100 B");
  EXPECT_EQ(format_quantity(120e9, Dimension::rate), "120 GB/s");
  EXPECT_EQ(format_quantity(1.2e12, Dimension::rate), "1.2 TB/s");
  EXPECT_EQ(format_quantity(2.58e9, Dimension::frequency), "2.58 GHz");
  EXPECT_EQ(format_quantity(1.7e-3, Dimension::time), "1.7 ms");
  EXPECT_EQ(format_quantity(3e-9, Dimension::time), "3 ns");
  EXPECT_EQ(format_quantity(30, Dimension::cycles), "30 cycles");
  EXPECT_EQ(format_quantity(0.5e-12, Dimension::energy), "500 fJ");
  EXPECT_EQ(format_quantity(0.8, Dimension::fraction), "0.8");
  EXPECT_EQ(format_quantity(16, Dimension::count), "16");
}

TEST(Quantity, FormattedTextReadsBack) {
  for (const double value : {1.0, 1023.0, 1025.0, 123456789.0, 3221225472.0, 33554433.0}) {
    EXPECT_EQ(parse_quantity(format_quantity(value, Dimension::bytes), Dimension::bytes), value);
  }
}

}  // namespace
}  // namespace anesim::config
