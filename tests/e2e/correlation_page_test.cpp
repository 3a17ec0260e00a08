// The correlation report in a browser: charts drawn, filters work, nothing hostile acts.
#include <gmock/gmock.h>

#include <cstdlib>
#include <regex>

#include "tests/e2e/browser.h"
#include "tests/e2e/program.h"

namespace anesim::e2e {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

std::string measurement(const std::string& title, const std::string& cases) {
  return "schema: ane-measurements/1\nsource: {id: mine, title: \"" + title +
         "\", authors: a, url: u, licence: MIT, retrieved: 2026-11-21}\ndevice: {chip: M4}\n"
         "software: {api: private, stack: private}\nmethod: by hand\ncases:\n" +
         cases;
}

std::string chain(const std::string& id, int layers, const std::string& scored_as, double value) {
  return "  - {id: \"" + id + "\", workload: {kind: conv_chain, layers: " + std::to_string(layers) +
         ", in_channels: 256, height: 16, width: 16, weight_dtype: fp16}, class: " + scored_as +
         ", metric: latency, unit: us, value: " + std::to_string(value) +
         ", at: here, conditions: {trust: B}}\n";
}

/// Six cases of two classes, drawn.
class CorrelationPage : public testing::Test {
 protected:
  void SetUp() override {
    std::string cases;
    for (const int layers : {1, 2, 4, 8}) {
      cases += chain("a" + std::to_string(layers), layers, "call", 100.0 + 10 * layers);
    }
    cases += chain("b1", 16, "formats", 200) + chain("b2", 32, "formats", 300);
    const std::string file = folder.write("mine.yaml", measurement("t", cases));
    const Ended ended =
        anesim({"validate", file, "--report", folder.path("r.html")}, {.folder = folder.path()});
    ASSERT_EQ(ended.code, 0) << ended.err;
  }
  Folder folder;
};

TEST_F(CorrelationPage, DrawsEveryChart) {
  const Opened page = open_page(folder.path("r.html"));
  if (!page.available) GTEST_SKIP() << "chromium is not installed";
  EXPECT_THAT(page.errors, IsEmpty());
  EXPECT_EQ(page_value(page, "ready"), "yes");
  EXPECT_EQ(page_value(page, "cases"), "6");
  EXPECT_EQ(page_value(page, "scored"), "6");
  EXPECT_EQ(occurrences(element(page, "figure", "correlation"), "<circle"), 6u);
  EXPECT_GE(occurrences(element(page, "figure", "distribution"), "<rect"), 1u);
  EXPECT_THAT(element(page, "figure", "cumulative"), HasSubstr("<path"));
  for (const char* id : {"residuals-macs", "residuals-bytes", "residuals-intensity"}) {
    EXPECT_EQ(occurrences(element(page, "figure", id), "<circle"), 6u) << id;
  }
  // Worst cases: a row each, its bar split by what bounds the time.
  const std::string worst = element(page, "table", "worst");
  EXPECT_EQ(occurrences(worst, "class=\"bar\""), 6u);
  EXPECT_THAT(worst, HasSubstr("host"));
  EXPECT_THAT(element(page, "table", "by-class"), HasSubstr("#class=formats"));
}

TEST_F(CorrelationPage, TheAddressFilters) {
  const Opened page = open_page(folder.path("r.html"), "#class=formats&chip=M4&source=mine");
  if (!page.available) GTEST_SKIP() << "chromium is not installed";
  EXPECT_THAT(page.errors, IsEmpty());
  EXPECT_EQ(page_value(page, "cases"), "2");
  EXPECT_EQ(occurrences(element(page, "figure", "correlation"), "<circle"), 2u);
  EXPECT_THAT(element(page, "table", "worst"), Not(HasSubstr("mine / a1")));
  const Opened none = open_page(folder.path("r.html"), "#chip=M1");
  EXPECT_THAT(none.errors, IsEmpty());
  EXPECT_EQ(page_value(none, "cases"), "0");
  EXPECT_THAT(element(none, "figure", "correlation"), HasSubstr("nothing to draw"));
}

TEST_F(CorrelationPage, ASelectFiltersAndAPointerShowsTheCase) {
  // What a reader does: choose a class, then point at a dot.
  const std::string hand =
      "<script>const select = document.getElementById('filter-class'); select.value = 'call';\n"
      "select.dispatchEvent(new Event('change'));\n"
      "const svg = document.querySelector('#correlation svg');\n"
      "const box = svg.querySelector('circle').getBoundingClientRect();\n"
      "for (const type of ['pointerenter', 'pointermove']) svg.dispatchEvent(new PointerEvent(type,"
      " {pointerType: 'mouse', clientX: box.x + 3, clientY: box.y + 3, bubbles: true}));\n"
      "</script></body>";
  const std::string page_text = file_text(folder.path("r.html"));
  const std::size_t end = page_text.rfind("</body>");
  folder.write("hand.html", page_text.substr(0, end) + hand + page_text.substr(end + 7));
  const Opened page = open_page(folder.path("hand.html"));
  if (!page.available) GTEST_SKIP() << "chromium is not installed";
  EXPECT_THAT(page.errors, IsEmpty());
  EXPECT_EQ(page_value(page, "cases"), "4");
  EXPECT_THAT(element(page, "figure", "correlation"), HasSubstr("mine / a"));
  EXPECT_THAT(element(page, "figure", "correlation"), HasSubstr("predicted "));
  EXPECT_THAT(element(page, "figure", "correlation"), HasSubstr("grade B"));
}

TEST(CorrelationPageNames, HostileTextDoesNotAct) {
  const Folder folder;
  const std::string hostile =
      "</script><script>document.documentElement.dataset.owned='yes'</script><img src=x "
      "onerror=console.log(1)>";
  const std::string file = folder.write(
      "mine.yaml", measurement(hostile + "\\x1b[2J\\u202e", chain(hostile, 2, "call", 100)));
  const Ended ended = anesim({"validate", file, "--report", folder.path("r.html")});
  if (ended.code == 2) return;  // the reader may refuse such an id
  ASSERT_EQ(ended.code, 0) << ended.err;
  const std::string text = file_text(folder.path("r.html"));
  EXPECT_EQ(occurrences(text, "</script>"), 3u);
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  const Opened page = open_page(folder.path("r.html"));
  if (!page.available) GTEST_SKIP() << "chromium is not installed";
  EXPECT_THAT(page.errors, IsEmpty());
  EXPECT_EQ(page_value(page, "owned"), "");
  EXPECT_EQ(page_value(page, "ready"), "yes");
}

TEST(RunPage, DrawsWithoutConsoleErrors) {
  const Folder folder;
  const Ended ended = anesim({"run", source("traces/examples/conv_block.mil"), "--quiet",
                              "--report", folder.path("r.html")});
  ASSERT_EQ(ended.code, 0) << ended.err;
  const Opened page = open_page(folder.path("r.html"));
  if (!page.available) GTEST_SKIP() << "chromium is not installed";
  EXPECT_THAT(page.errors, IsEmpty());
  EXPECT_GE(occurrences(page.dom, "<circle"), 1u);
}

}  // namespace
}  // namespace anesim::e2e
