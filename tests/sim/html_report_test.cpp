#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "sim/report/report.h"
#include "tests/sim/sample_result.h"

namespace anesim::report {
namespace {

std::size_t occurrences(const std::string& text, const std::string& word) {
  std::size_t n = 0;
  for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) ++n;
  return n;
}

/// What stands between `from` and the next `to`.
std::string between(const std::string& text, const std::string& from, const std::string& to) {
  const std::size_t begin = text.find(from) + from.size();
  return text.substr(begin, text.find(to, begin) - begin);
}

nlohmann::json page_data(const std::string& page) {
  return nlohmann::json::parse(
      between(page, "<script type=\"application/json\" id=\"data\">", "</script>"));
}

TEST(Html, NamesCannotBecomeMarkup) {
  Result r = sample_result();
  r.headline = "<script>alert(1)</script>";
  r.input = "\"><img src=x onerror=alert(1)>";
  r.version = "<b>";
  const std::string page = html(r);
  EXPECT_EQ(occurrences(page, "</script>"), 2u);
  EXPECT_EQ(occurrences(page, "<script>"), 1u);
  EXPECT_EQ(page.find("<img"), std::string::npos);
  EXPECT_EQ(page.find("<b>"), std::string::npos);
  EXPECT_NE(page.find("<title>&lt;script&gt;alert(1)&lt;/script&gt;</title>"), std::string::npos);
  EXPECT_NE(page.find("<li>&lt;i&gt;x&lt;/i&gt;</li>"), std::string::npos);
}

TEST(Html, NeedsNothingFromOutside) {
  const std::string page = html(sample_result());
  EXPECT_EQ(page.find(" src="), std::string::npos);
  EXPECT_EQ(page.find("url("), std::string::npos);
  EXPECT_EQ(occurrences(page, "http://"), occurrences(page, "http://www.w3.org/2000/svg"));
  EXPECT_EQ(page.find("https://"), std::string::npos);
  EXPECT_NE(page.find("default-src 'none'"), std::string::npos);
}

TEST(Html, CarriesOpsAndTimeline) {
  const auto data = page_data(html(sample_result()));
  EXPECT_EQ(data["ops"].size(), 3u);
  EXPECT_EQ(data["ops"][1]["name"], "=cmd|'/c calc'!A0,\"x\"\\x1b[2J</script><b>\\xff");
  EXPECT_EQ(data["ops"][0]["bytes"], 12'582'912);
  EXPECT_EQ(data["tracks"], (nlohmann::json{"ANE0", "DMA \"k\""}));
  EXPECT_EQ(data["slices"][0], (nlohmann::json{0, 0, 10, 1210, -1}));
}

TEST(Html, DrawsOpsWhereNoTimelineWasRecorded) {
  Result r = sample_result();
  r.slices.clear();
  const auto data = page_data(html(r));
  EXPECT_EQ(data["tracks"], nlohmann::json::array({"ANE0"}));
  ASSERT_EQ(data["slices"].size(), 2u);  // an op without time has no slice
  EXPECT_EQ(data["slices"][1], (nlohmann::json{0, 1, 1210, 1610.5, 1}));
}

TEST(Html, AnEmptyResultIsAPage) {
  const std::string page = html(Result{});
  EXPECT_EQ(page.find("<canvas"), std::string::npos);
  EXPECT_NE(page.find("</html>"), std::string::npos);
}

}  // namespace
}  // namespace anesim::report
