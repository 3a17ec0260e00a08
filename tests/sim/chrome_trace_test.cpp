#include "sim/timeline/chrome_trace.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "sim/core/error.h"
#include "tests/sim/sample_result.h"

namespace anesim::timeline {
namespace {

TEST(ChromeTrace, IsReadableJson) {
  const auto trace = nlohmann::json::parse(chrome_trace(sample_result()));
  const auto& events = trace["traceEvents"];
  ASSERT_EQ(events.size(), 7u);
  EXPECT_EQ(events[0]["args"]["name"], "m1: vit.yaml");
  EXPECT_EQ(events[3]["name"], "thread_name");
  EXPECT_EQ(events[3]["args"]["name"], "DMA \"k\"");
  EXPECT_EQ(events[5]["ph"], "X");
  EXPECT_EQ(events[5]["tid"], 1);
  EXPECT_EQ(events[5]["ts"], 10.0);
  EXPECT_EQ(events[5]["dur"], 1200.0);
  EXPECT_EQ(events[6]["name"], R"(a"\\x1b\xff</script>)");
  EXPECT_EQ(events[6]["tid"], 2);
}

TEST(ChromeTrace, LongNamesAreShortened) {
  Result r = sample_result();
  r.device = r.input = r.tracks[0] = r.labels[0] = std::string(1'000'000, 'n');
  r.slices.assign(1000, {0, 0, 0, 1000});
  const std::string text = chrome_trace(r);
  EXPECT_LT(text.size(), 1000u * 200);
  const auto trace = nlohmann::json::parse(text);
  EXPECT_EQ(trace["traceEvents"].back()["name"], std::string(77, 'n') + "...");
}

TEST(ChromeTrace, NeighboursTouchAfterRounding) {
  Result r = sample_result();
  // 1.4996 ns long each: rounding start and duration apart would leave gaps or overlaps.
  r.slices = {{0, 0, 0, 1500}, {0, 0, 1500, 2999}, {0, 0, 2999, 4499}};
  const std::string text = chrome_trace(r);
  EXPECT_NE(text.find("\"ts\":0.000,\"dur\":0.002"), std::string::npos);
  EXPECT_NE(text.find("\"ts\":0.002,\"dur\":0.001"), std::string::npos);
  EXPECT_NE(text.find("\"ts\":0.003,\"dur\":0.001"), std::string::npos);
}

TEST(ChromeTrace, RefusesSlicesOutsideTheTables) {
  Result r = sample_result();
  r.slices = {{2, 0, 0, 1}};
  EXPECT_THROW((void)chrome_trace(r), InternalError);
  r.slices = {{0, 0, 5, 1}};
  EXPECT_THROW((void)chrome_trace(r), InternalError);
}

TEST(ChromeTrace, TakesAHundredBytesASlice) {
  Result r = sample_result();
  r.slices.assign(200000, {0, 0, 123'456'789, 234'567'891});
  const std::string text = chrome_trace(r);
  EXPECT_GT(text.size(), 200000u * 60);
  EXPECT_LT(text.size(), 200000u * 140);
}

}  // namespace
}  // namespace anesim::timeline
