#include "sim/report/report.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "sim/report/figures.h"
#include "tests/sim/sample_result.h"

namespace anesim::report {
namespace {

TEST(Figures, ReadAsPeopleWrite) {
  EXPECT_EQ(time_text(0), "0 us");
  EXPECT_EQ(time_text(0.4504), "450 ns");
  EXPECT_EQ(time_text(12.34), "12.3 us");
  EXPECT_EQ(time_text(999.4), "999 us");
  EXPECT_EQ(time_text(999.6), "1.00 ms");
  EXPECT_EQ(time_text(2.5e6), "2.50 s");
  EXPECT_EQ(bytes_text(1000), "1000 B");
  EXPECT_EQ(bytes_text(12'582'912), "12.0 MiB");
  EXPECT_EQ(bytes_text(1'048'575), "1.00 MiB");
  EXPECT_EQ(count_text(123), "123");
  EXPECT_EQ(count_text(4.6e9), "4.60 G");
  EXPECT_EQ(share_text(0.6117), "61.2 %");
}

TEST(Figures, PartsThatOverlapSaySo) {
  StepResult step;
  step.units = 1;
  step.us = 100;
  step.parts = {{"ffn", 60, 0, 0}, {"host", 40, 0, 0}};
  EXPECT_EQ(step_text(step)[1].second, "ffn 60.0 us (60.0 %), host 40.0 us (40.0 %)");
  step.parts.push_back({"queue", 42, 0, 0});
  EXPECT_EQ(step_text(step)[1].second,
            "parts that overlap, 142.0 % in all: ffn 60.0 us (60.0 %), host 40.0 us (40.0 %), "
            "queue 42.0 us (42.0 %)");
}

TEST(Table, SaysTheSentenceFirst) {
  const std::string expected = R"(vit.yaml takes 1.70 ms on m1, bound by weights

input       vit.yaml
device      m1, stack coreml
time        1.70 ms (90 % interval 1.61-1.79 ms)
work        4.60 G MACs, 2.71 TMAC/s, 98.1 % on the engine
bound by    weights 75.0 %, compute 25.0 %
busy        ne 50.0 %
traffic     activations_read 1000 B, weights 12.0 MiB
energy      3.25 mJ
simulation  850 us wall time, slowdown 0.5 (pipeline 0.75, process 2), 1.23 k events

slowest ops (2 of 3)
     time   share  bound    unit  type     op                                            why
  1.20 ms  75.0 %  weights  ANE0  conv     conv_1                                        weights streamed 4 times
   400 us  25.0 %  compute  ANE0  softmax  =cmd|'/c calc'!A0,"x"\x1b[2J</script><b>\xff  a | b
  +1 more op, 0 us

statistics
  statistic                 value  unit  meaning
  ane0.kernel_dma.bytes  12582912  B     bytes of weights read

notes
  softmax is approximated
  <i>x</i>
)";
  EXPECT_EQ(table(sample_result(), {2, true}), expected);
}

TEST(Table, SaysWhatIsMissing) {
  Result r = sample_result();
  r.complete = false;
  r.ops.clear();
  r.notes.clear();
  const std::string text = table(r);
  EXPECT_NE(text.find("\nstopped before the end: what follows covers the finished part\n"),
            std::string::npos);
  EXPECT_EQ(text.find("slowest"), std::string::npos);
  EXPECT_EQ(text.find("notes"), std::string::npos);
  EXPECT_NO_THROW((void)table(Result{}));
}

TEST(Json, FollowsTheSchema) {
  const auto j = nlohmann::json::parse(json(sample_result()));
  EXPECT_EQ(j["schema"], "anesim-result/1");
  EXPECT_EQ(j["device"]["name"], "m1");
  EXPECT_EQ(j["device"]["parameters"][0]["evidence"], "measured");
  EXPECT_EQ(j["totals"]["interval_us"], nlohmann::json::array({1610, 1790}));
  EXPECT_EQ(j["totals"]["macs"], 4'600'000'000);
  EXPECT_EQ(j["totals"]["share_by_bound"]["weights"], 0.75);
  EXPECT_EQ(j["ops"][0]["bound"], "weights");
  EXPECT_TRUE(j["ops"][1]["energy_mj"].is_null());
  EXPECT_EQ(j["ops"][1]["name"], "=cmd|'/c calc'!A0,\"x\"\x1b[2J</script><b>\uFFFD");
  EXPECT_EQ(j["requests"][0]["done_us"], 1700);
  EXPECT_EQ(json(sample_result()).find("</script"), std::string::npos);
  EXPECT_EQ(json(sample_result()).find("{\n  \"schema\": \"anesim-result/1\",\n"), 0u);
}

TEST(Json, LinesHoldTheSameObject) {
  const std::string line = jsonl(sample_result());
  EXPECT_EQ(std::count(line.begin(), line.end(), '\n'), 1);
  EXPECT_EQ(line.back(), '\n');
  EXPECT_EQ(nlohmann::json::parse(line), nlohmann::json::parse(json(sample_result())));
}

TEST(Json, NumbersStayReadable) {
  Result r;
  r.totals.simulated_us = 0.1 + 0.2;
  r.totals.wall_us = 1.0 / 0.0;
  const std::string text = json(r);
  EXPECT_NE(text.find("\"simulated_us\": 0.3,"), std::string::npos);
  EXPECT_NE(text.find("\"wall_us\": null,"), std::string::npos);
  EXPECT_NE(text.find("\"ops\": [],"), std::string::npos);
}

TEST(Csv, QuotesAndDefusesCells) {
  EXPECT_EQ(csv(sample_result()),
            "version,device,stack,input,index,name,type,unit,start_us,end_us,bound,macs,energy_mj,"
            "bytes_activations_read,bytes_weights,reason\r\n"
            "0.1.0,m1,coreml,vit.yaml,0,conv_1,conv,ANE0,10,1210,weights,4500000000,3,,12582912,"
            "weights streamed 4 times\r\n"
            "0.1.0,m1,coreml,vit.yaml,1,\"'=cmd|'/c calc'!A0,\"\"x\"\"\uFFFD[2J</script><b>\uFFFD\""
            ",softmax,ANE0,1210,1610.5,compute,100000000,,1000,,a | b\r\n"
            "0.1.0,m1,coreml,vit.yaml,2,reshape,reshape,-,1610.5,1610.5,weights,0,3,,,\r\n");
  Result r = sample_result();
  for (const char* name : {"=1", "+1", "-1", "@x", "\t=1", " =1"}) {
    r.ops[0].name = name;
    EXPECT_NE(csv(r).find(",0,'" + std::string(name) + ",conv"), std::string::npos) << name;
  }
  r.ops[0].name = "a\nb";
  EXPECT_NE(csv(r).find(",0,\"a\nb\",conv"), std::string::npos);
}

TEST(Markdown, EscapesMarkup) {
  const std::string text = markdown(sample_result(), {2, false});
  EXPECT_EQ(text.find("vit.yaml takes 1.70 ms on m1, bound by weights\n\n| total | value |\n"), 0u);
  EXPECT_NE(text.find("| 400 us | 25.0 % | compute | ANE0 | softmax | =cmd\\|'/c calc'!A0,\"x\""
                      "\\\\x1b\\[2J&lt;/script&gt;&lt;b&gt;\\\\xff | a \\| b |\n"),
            std::string::npos);
  EXPECT_NE(text.find("\n\\+1 more op, 0 us\n"), std::string::npos);
  EXPECT_NE(text.find("\n- &lt;i&gt;x&lt;/i&gt;\n"), std::string::npos);
}

TEST(Bounds, HaveNames) {
  EXPECT_STREQ(name(Bound::compute), "compute");
  EXPECT_STREQ(name(Bound::host), "host");
}

}  // namespace
}  // namespace anesim::report
