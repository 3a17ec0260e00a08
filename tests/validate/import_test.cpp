// Other people's results become files that our strict reader accepts; errors name their place.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/e2e/program.h"
#include "validate/data/measurement.h"
#include "validate/import/importer.h"
#include "validate/judge/prediction.h"

namespace anesim::validate {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

MeasurementFile imported(const std::string& format, const std::string& text,
                         const ImportOptions& options = {}) {
  const Imported result = import_measurements(format, text, "dir/mine.txt", options);
  const auto file = parse_measurements(result.yaml, "mine.yaml");
  EXPECT_EQ(file.cases.size(), result.cases);
  return file;
}

std::string error_of(const std::string& format, const std::string& text,
                     const ImportOptions& options = {}) {
  try {
    (void)import_measurements(format, text, "mine.txt", options);
  } catch (const UserError& e) {
    return e.what();
  }
  return "accepted";
}

const Case& case_of(const MeasurementFile& file, const std::string& id) {
  for (const Case& c : file.cases) {
    if (c.id == id) return c;
  }
  ADD_FAILURE() << "no case " << id;
  return file.cases.at(0);
}

TEST(ImportCsv, RowsBecomeCases) {
  const auto file = imported(
      "csv",
      "id,kind,layers,in_channels,kernel,height,width,class,metric,unit,value,min,max,note\r\n"
      "\"a, b\",conv_chain,16,256,3x3,32,32,call,latency,us,702.5,695,731,\"said \"\"so\"\"\"\r\n"
      "# a remark\n\n"
      ",conv_chain,8,64,,,,call,latency,ms,0.3,,,\n",
      {.id = "mine", .chip = "Apple M4 Pro", .stack = "private", .retrieved = "2026-11-21"});
  EXPECT_EQ(file.device.chip, "M4 Pro");
  EXPECT_EQ(file.software.stack, "private");
  EXPECT_EQ(file.source.id, "mine");
  EXPECT_EQ(file.source.retrieved, "2026-11-21");
  ASSERT_EQ(file.cases.size(), 2u);
  const Case& first = file.cases[0];
  EXPECT_EQ(first.id, "a, b");
  EXPECT_EQ(first.workload.layers, 16);
  EXPECT_THAT(*first.workload.kernel, ElementsAre(3, 3));
  EXPECT_EQ(first.value, 702.5);
  EXPECT_EQ(first.max, 731);
  EXPECT_EQ(first.note, "said \"so\"");
  EXPECT_EQ(file.cases[1].id, "line_5");
  EXPECT_EQ(file.cases[1].at, "line 5");
  EXPECT_TRUE(request_for(file, first).unsupported.empty());
}

TEST(ImportCsv, NIsADimensionOfProductsAndElsewhereTheSamples) {
  const auto file = imported("csv",
                             "kind,layers,in_channels,m,k,n,samples,class,metric,unit,value\n"
                             "matmul,,,64,32,128,500,call,latency,us,90\n"
                             "conv_chain,1,8,,,100,,call,latency,us,80\n",
                             {.chip = "M4"});
  ASSERT_EQ(file.cases.size(), 2u);
  EXPECT_EQ(file.cases[0].workload.n, 128);
  EXPECT_EQ(file.cases[0].n, 500);
  EXPECT_FALSE(file.cases[1].workload.n);
  EXPECT_EQ(file.cases[1].n, 100);
}

TEST(ImportCsv, ErrorsNameTheLine) {
  const std::string head = "kind,layers,in_channels,class,metric,unit,value\n";
  const ImportOptions m4{.chip = "M4"};
  EXPECT_EQ(error_of("csv", head + "conv_chain,1,8,call,latency,us,1\n", m4), "accepted");
  EXPECT_THAT(error_of("csv", head + "conv_chain,1,8,call,latency,us,1\n"),
              HasSubstr("mine.txt: a table does not say of which chip"));
  EXPECT_THAT(error_of("csv", head + "conv_chain,1,8,call,latency,us\n", m4),
              HasSubstr("mine.txt:2: 6 fields (expected 7 as in the header)"));
  EXPECT_THAT(error_of("csv", head + "\nconv_chan,1,8,call,latency,us,1\n", m4),
              testing::AllOf(HasSubstr("mine.txt:3: "), HasSubstr("conv_chain")));
  EXPECT_THAT(error_of("csv", head + "conv_chain,1,8,call,latency,W,1\n", m4),
              HasSubstr("mine.txt:2: "));
  EXPECT_THAT(error_of("csv", head + "conv_chain,1,8,call,latency,us,-1\n", m4),
              HasSubstr("mine.txt:2: "));
  EXPECT_THAT(error_of("csv", head + "\"conv_chain,1\n", m4),
              HasSubstr("mine.txt:2: a field in quotes does not end"));
  EXPECT_THAT(error_of("csv", "", m4), HasSubstr("an empty table"));
  EXPECT_THAT(error_of("csv", head, m4), HasSubstr("no case"));
  EXPECT_THAT(error_of("cvs", head, m4), HasSubstr("did you mean 'csv'?"));
}

std::string roofline(const std::string& summary, const std::string& more = "") {
  return R"({"suite": "roofline", "host": {"chip": "Apple M4 Max", "os": "macOS 26"}, )" + more +
         R"("perf_rooflines": [{"name": "sweep", "summary": {"device": "ANE", )" + summary + "}}]}";
}

TEST(ImportAneforge, SweepsBecomeCases) {
  const auto file =
      imported("aneforge",
               roofline(R"("gemm": [{"N": 512, "lat_ms": 0.25, "power": {"ane_active_mW": 2190.5}},
                           {"m": 1, "k": 64, "n": 128, "lat_ms": 0.1},
                           {"N": 1024, "lat_ms": 0.5, "device": "GPU"}],
                  "conv": {"rows": [{"c": 64, "hw": 32, "batch": 4, "lat_ms": 0.4,
                           "power": {"lat_ms": 0.45}}]},
                  "softmax": [{"rows": 256, "cols": 4096, "lat_ms": 1.5}])"));
  EXPECT_EQ(file.device.chip, "M4 Max");
  EXPECT_EQ(file.device.os, "macOS 26");
  EXPECT_EQ(file.software.stack, "aneforge");
  ASSERT_EQ(file.cases.size(), 5u);
  const Case& gemm = case_of(file, "gemm_square_512_latency");
  EXPECT_EQ(gemm.workload.kind, Kind::matmul);
  EXPECT_EQ(gemm.workload.k, 512);
  EXPECT_EQ(gemm.value, 0.25);
  EXPECT_EQ(gemm.at, "mine.txt, sweep gemm");
  EXPECT_EQ(case_of(file, "gemm_square_512_power").value, 2.1905);
  EXPECT_EQ(case_of(file, "gemm_m1_k64_n128_latency").workload.n, 128);
  const Case& conv = case_of(file, "conv3x3_c64_hw32_b4_latency");
  EXPECT_EQ(conv.workload.batch, 4);
  EXPECT_EQ(conv.sustained, 0.45);
  EXPECT_THAT(*case_of(file, "stream_softmax_256x4096_latency").workload.shape,
              ElementsAre(256, 4096));
  for (const Case& c : file.cases) EXPECT_EQ(request_for(file, c).unsupported, "") << c.id;
}

TEST(ImportAneforge, RowsWithoutWorkloadAreNamed) {
  const Imported result = import_measurements(
      "aneforge", roofline(R"("gemm": [{"N": 8, "lat_ms": 1}], "fft": [{"n": 8, "lat_ms": 2}])"),
      "mine.json", {});
  EXPECT_EQ(result.cases, 1u);
  EXPECT_THAT(result.left_out,
              ElementsAre("mine.json: perf_rooflines[0].summary.fft[0]: no workload is known for "
                          "this row of 'fft'"));
}

TEST(ImportAneforge, ErrorsNameTheirPath) {
  const auto error = [](const std::string& summary) {
    return error_of("aneforge", roofline(summary));
  };
  EXPECT_EQ(error(R"("gemm": [{"N": 8, "lat_ms": -1}])"),
            "mine.txt: perf_rooflines[0].summary.gemm[0].lat_ms: -1 (expected a number above 0)");
  EXPECT_EQ(error(R"("gemm": [{"N": 8.5, "lat_ms": 1}])"),
            "mine.txt: perf_rooflines[0].summary.gemm[0].N: 8.5 (expected a whole number from 1)");
  EXPECT_THAT(error(R"("gemm": [])"), HasSubstr("no case"));
  EXPECT_EQ(error_of("aneforge", "{\"suite\": \"roofline\",\n \"x\": }"),
            "mine.txt:2:7: not a JSON document");
  EXPECT_THAT(error_of("aneforge", R"({"suite": "llm"})"), HasSubstr("suite is 'llm'"));
  EXPECT_THAT(error_of("aneforge", "[]"), HasSubstr("not an object"));
  EXPECT_THAT(error_of("aneforge", R"({"suite": "roofline", "perf_rooflines": []})"),
              HasSubstr("names no chip"));
  std::string deep = R"("a": )";
  for (int i = 0; i < 100; ++i) deep += R"({"a": )";
  deep += "1" + std::string(100, '}');
  EXPECT_THAT(error(deep), HasSubstr("is nested too deeply"));
}

TEST(ImportMaderix, ResultsOfOneChip) {
  const std::string two =
      R"({"results": [{"chip": "M1 Max", "ane_ms": "35-45", "ms_per_step": [143, 167]},
                      {"chip": "Apple M5", "ane_ms": 9.1, "peak_tflops": "12.44 TFLOPS"}]})";
  const auto m1 = imported("maderix", two, {.chip = "M1 Max"});
  EXPECT_EQ(case_of(m1, "train_ane_time").value, 35);
  EXPECT_EQ(case_of(m1, "train_ane_time").max, 45);
  EXPECT_EQ(case_of(m1, "train_step").value, 143);
  EXPECT_EQ(case_of(m1, "train_step").scored_as, Class::training);
  const auto m5 = imported("maderix", two, {.chip = "Apple M5"});
  EXPECT_EQ(case_of(m5, "conv1x1_c512_s64_L128").value, 12.44);
  EXPECT_FALSE(case_of(m5, "train_ane_time").max.has_value());
  EXPECT_THAT(error_of("maderix", two), HasSubstr("holds results of M1 Max, M5 (expected --chip"));
  EXPECT_THAT(error_of("maderix", two, {.chip = "M1 Mx"}), HasSubstr("did you mean 'M1 Max'?"));
  EXPECT_THAT(error_of("maderix", R"([{"chip": "M4", "ane_ms": "fast"}])"),
              HasSubstr("mine.txt: [0].ane_ms: 'fast' is neither a number nor a range"));
  EXPECT_THAT(error_of("maderix", R"([{"ane_ms": 3}])"), HasSubstr("[0]: names no 'chip'"));
  EXPECT_THAT(error_of("maderix", "[]"), HasSubstr("an empty list"));
  EXPECT_THAT(error_of("maderix", "{}"), HasSubstr("has no list 'results'"));
}

TEST(ImportHostile, NumbersBeyondADouble) {
  EXPECT_EQ(error_of("aneforge", roofline(R"("gemm": [{"N": 8,
 "lat_ms": 1e999}])")),
            "mine.txt:2:12: the number '1e999' is too large (expected one below 1e308)");
  EXPECT_EQ(error_of("maderix", R"([{"chip": "M4", "peak_tflops": -1e999}])"),
            "mine.txt:1:32: the number '-1e999' is too large (expected one below 1e308)");
  EXPECT_THAT(error_of("maderix", R"([{"chip": "M4", "peak_tflops": "1e999 TFLOPS"}])"),
              HasSubstr("[0].peak_tflops: '1e999 TFLOPS' holds a number that is too large"));
  EXPECT_THAT(error_of("maderix", R"([{"chip": "M4", "peak_tflops": 1e300}])"),
              HasSubstr("[0].peak_tflops: "));
  EXPECT_THAT(error_of("csv",
                       "kind,layers,in_channels,class,metric,unit,value\n"
                       "conv_chain,1,8,call,latency,us,1e999\n",
                       {.chip = "M4"}),
              HasSubstr("mine.txt:2: "));
}

/// Every value of a document, one after the other, as every type there is.
TEST(ImportHostile, WrongTypesEverywhereAreTheUsers) {
  const std::vector<nlohmann::json> others{nullptr,
                                           true,
                                           -1,
                                           0,
                                           1.5e300,
                                           18446744073709551615u,
                                           "",
                                           "text",
                                           "\xff\x1b",
                                           nlohmann::json::array(),
                                           nlohmann::json::array({1, "2"}),
                                           nlohmann::json::object(),
                                           {{"lat_ms", "x"}}};
  const std::vector<std::pair<std::string, std::string>> documents{
      {"aneforge", roofline(R"("gemm": [{"N": 8, "lat_ms": 1, "op": "relu", "sustained_ms": 2,
                                         "power": {"ane_active_mW": 5, "lat_ms": 3}}],
                               "conv": [{"c": 8, "hw": 8, "batch": 1, "kernel": 3, "lat_ms": 1}],
                               "relu": [{"shape": [8, 8], "lat_ms": 1}])",
                            R"("aneforge_version": "1", )")},
      {"maderix", R"({"results": [{"chip": "M4", "ane_ms": "35-45", "ms_per_step": [143, 167],
                                   "peak_tflops": 12, "training": {"ane_ms": 3}}]})"}};
  int accepted = 0, refused = 0;
  for (const auto& [format, text] : documents) {
    const auto flat = nlohmann::json::parse(text).flatten();
    for (const auto& [pointer, unused] : flat.items()) {
      for (auto at = nlohmann::json::json_pointer(pointer); !at.empty(); at.pop_back()) {
        for (const auto& other : others) {
          auto document = nlohmann::json::parse(text);
          document[at] = other;
          const std::string bad =
              document.dump(-1, ' ', false, nlohmann::json::error_handler_t::ignore);
          // Anything but a UserError would leave error_of() and end the test.
          const std::string error = error_of(format, bad);
          ++(error == "accepted" ? accepted : refused);
          EXPECT_THAT(error, testing::AnyOf("accepted", testing::StartsWith("mine.txt:"))) << bad;
        }
      }
    }
  }
  EXPECT_GT(accepted, 50);
  EXPECT_GT(refused, 200);
}

TEST(ImportHostile, NamesStayText) {
  const auto file =
      imported("csv",
               "id,kind,layers,in_channels,class,metric,unit,value,note\n"
               "\"x: {y}\n- z\",conv_chain,1,8,call,latency,us,1,\"# \\ \"\" \x1b[2J ' \xff\"\n",
               {.id = "a: b", .chip = "M4", .title = "{t}", .authors = "[x, y]"});
  EXPECT_EQ(file.cases.at(0).id, "x: {y}\n- z");
  EXPECT_EQ(file.source.authors, "[x, y]");
  EXPECT_THAT(file.cases.at(0).note, HasSubstr("# \\ \" \x1b[2J ' "));
}

TEST(ImportHostile, NamesOfColumnsStayNames) {
  EXPECT_THAT(error_of("csv",
                       "kind,layers,\"in_channels: 8, batch\",class,metric,unit,value\n"
                       "conv_chain,1,2,call,latency,us,1\n",
                       {.chip = "M4"}),
              HasSubstr("unknown key 'cases[0].workload.in_channels: 8, batch'"));
  const auto file = imported("csv",
                             "# remarks may have \"quotes, \"and commas\n"
                             "kind,layers,in_channels,class,metric,unit,value,note\n"
                             "conv_chain,1,8,call,latency,us,1,NULL\n",
                             {.chip = "M4"});
  EXPECT_EQ(file.cases.at(0).note, "NULL");
}

/// What would take time or memory beyond all measure is refused; much of the same is read quickly.
TEST(ImportHostile, TimeAndMemoryAreBounded) {
  const auto repeated = [](const std::string& text, int times) {
    std::string all;
    for (int i = 0; i < times; ++i) all += text;
    return all;
  };
  EXPECT_EQ(error_of("maderix", repeated("[", 100'000)), "mine.txt: has more than 200 levels");
  EXPECT_EQ(error_of("maderix", "{" + repeated(R"("a": 1, )", 100'000) + R"("b": 1})"),
            "mine.txt: has an object of more than 1000 members");
  EXPECT_EQ(error_of("maderix", "{\"" + repeated("k", 1001) + "\": 1}"),
            "mine.txt: has a key of more than 1000 bytes");
  EXPECT_EQ(error_of("maderix", R"([{"chip": ")" + repeated("M4", 501) + R"("}])"),
            "mine.txt: [0].chip: is longer than 1000 bytes");
  EXPECT_EQ(error_of("csv", "id\n" + repeated(",", 200), {.chip = "M4"}),
            "mine.txt:2: more than 200 fields");
  EXPECT_THAT(error_of("csv", "id\n" + repeated("a\n", 10'000'000), {.chip = "M4"}),
              HasSubstr("mine.txt:2: "));
  const auto file = imported("csv",
                             "id,kind,layers,in_channels,class,metric,unit,value\n" +
                                 repeated("a,conv_chain,1,8,call,latency,us,1\n", 3000),
                             {.chip = "M4"});
  EXPECT_EQ(file.cases.at(2999).id, "a_3000");
}

TEST(ImportVerb, WritesAFileThatValidateReads) {
  const e2e::Folder folder;
  const auto ended =
      e2e::anesim({"import-measurements", "--format", "csv", "validate/import/example.csv",
                   "--chip", "M4", "--id", "mine", "-o", folder.path("mine.yaml")});
  ASSERT_EQ(ended.code, 0) << ended.err;
  EXPECT_EQ(ended.out, "");
  const auto judged = e2e::anesim({"validate", folder.path("mine.yaml"), "-o", "csv"});
  EXPECT_EQ(judged.code, 0) << judged.err;
  EXPECT_THAT(judged.out, HasSubstr("mine,chain16,M4,call"));
  EXPECT_THAT(judged.out, HasSubstr("mine,product,M4,call"));
  EXPECT_THAT(judged.out, testing::Not(HasSubstr("failed"))) << "both rows are predicted";
  EXPECT_THAT(judged.out, testing::Not(HasSubstr("unsupported")));
  const auto again = e2e::anesim({"import-measurements", "--format", "csv",
                                  folder.path("mine.yaml"), "-o", folder.path("mine.yaml")});
  EXPECT_EQ(again.code, 2);
  EXPECT_THAT(again.err, HasSubstr("would overwrite its input"));
  EXPECT_EQ(e2e::anesim({"import-measurements", "--format", "csv", folder.path("none.csv")}).code,
            2);
  folder.write("over.json", R"([{"chip": "M4", "peak_tflops": 1e999}])");
  const auto over = e2e::anesim(
      {"import-measurements", "--format", "maderix", folder.path("over.json"), "-o", "-"});
  EXPECT_EQ(over.code, 2);
  EXPECT_THAT(over.err, HasSubstr("over.json:1:32: the number '1e999' is too large"));
}

}  // namespace
}  // namespace anesim::validate
