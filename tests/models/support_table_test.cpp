// The reader of ane-placement/1 and the table that ships.
#include "models/spec/support_table.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "models/compiler/lower.h"
#include "models/spec/resolve.h"
#include "sim/config/yaml.h"

namespace anesim::spec {
namespace {

namespace fs = std::filesystem;

const std::string shipped = std::string(ANESIM_SOURCE_DIR) + "/configs/placement/engine-ops.yaml";

/// Reads a table made of these parts; the message of the error without the place.
std::string error_of(const std::string& operations, const std::string& limits = "[]",
                     const std::string& types = "[int32]", const std::string& generation = "h13") {
  const fs::path file = fs::path(testing::TempDir()) / "placement_test.yaml";
  std::ofstream(file) << "schema: ane-placement/1\nname: t\ngenerations: [h13, h14]\noperations: "
                      << operations << "\nlimits: " << limits << "\ntypes: {cpu: " << types
                      << ", evidence: assumed, source: s}\n";
  try {
    (void)read_support_table(file.string(), generation);
  } catch (const UserError& e) {
    const std::string text = e.what();
    const auto at = text.find(": ");
    return text.substr(at + 2);
  }
  return "";
}

TEST(SupportTable, RefusesWhatItDoesNotKnow) {
  const std::string good = "{ops: [sin], engine: h14, evidence: measured, source: s}";
  EXPECT_EQ(error_of("[" + good + "]"), "");
  EXPECT_NE(error_of("[{ops: [sin], engine: h15, evidence: measured, source: s}]")
                .find("'h15' is not a generation (expected h13, h14, never)"),
            std::string::npos);
  EXPECT_NE(error_of("[{ops: [sin], engine: h14, evidence: guess, source: s}]")
                .find("'guess' is not an evidence mark"),
            std::string::npos);
  EXPECT_NE(error_of("[{ops: [sin], engine: h14, evidence: measured}]").find("source"),
            std::string::npos);
  EXPECT_NE(error_of("[" + good + ", " + good + "]").find("operation 'sin' stands in two rows"),
            std::string::npos);
  EXPECT_NE(error_of("[]",
                     "[{limit: widht, generations: [h13], value: 1, evidence: assumed, "
                     "source: s}]")
                .find("'widht' is not a limit"),
            std::string::npos);
  EXPECT_NE(error_of("[]", "[]", "[int33]").find("'int33' is not a data type"), std::string::npos);
  EXPECT_NE(error_of("[]", "[]", "[int32]", "h99")
                .find("generation 'h99' of the device is missing (listed: h13, h14)"),
            std::string::npos);
  EXPECT_NE(error_of("[{opps: [sin]}]").find("opps"), std::string::npos);
}

TEST(SupportTable, LimitsAreThoseOfTheGeneration) {
  EXPECT_EQ(read_support_table(shipped, "h13").limit("width"), 16384);
  EXPECT_EQ(read_support_table(shipped, "h16").limit("width"), 65536);
  EXPECT_EQ(read_support_table(shipped, "h13").limit("nothing"), std::nullopt);
}

TEST(SupportTable, EveryDeviceHasAGenerationOfIt) {
  for (const auto& d : list_devices(ANESIM_SOURCE_DIR)) {
    SCOPED_TRACE(d.name);
    const auto spec = resolve_device(ANESIM_SOURCE_DIR, d.name);
    EXPECT_FALSE(spec.support.ops.empty());
    EXPECT_EQ(spec.support.generation_name(spec.support.own), spec.generation);
  }
}

TEST(SupportTable, ListsOperationsWithTheirReasons) {
  const auto find = [](const std::string& device, const std::string& op) {
    for (const auto& s : compiler::op_support(resolve_device(ANESIM_SOURCE_DIR, device)))
      if (s.op == op) return s;
    return compiler::OpSupport{};
  };
  EXPECT_EQ(find("m1", "conv").unit, "ne");
  EXPECT_EQ(find("m1", "conv").reason, "");
  EXPECT_EQ(find("m1", "sin").unit, "cpu");
  EXPECT_EQ(find("m1", "sin").needs, "h15");
  EXPECT_EQ(find("m1", "sin").reason, "needs generation h15, m1 has h13");
  EXPECT_EQ(find("m4", "sin").unit, "planar");
  EXPECT_EQ(find("m1", "gather").needs, "h14 (h11 with constant indices)");
  EXPECT_EQ(find("m1", "gather").unit, "dma");
  EXPECT_EQ(find("m4", "lstm").needs, "never");
  EXPECT_EQ(find("m4", "lstm").reason, "not an operation of the engine");
  EXPECT_EQ(find("m4", "crop_resize").reason, "Core ML keeps it on the CPU");
  EXPECT_FALSE(find("m4", "lstm").source.empty());
}

/// The schema file names the keys that the reader takes.
TEST(SupportTable, SchemaFile) {
  std::ifstream in(std::string(ANESIM_SOURCE_DIR) + "/configs/schemas/ane-placement-1.schema.json");
  const auto schema = nlohmann::json::parse(in);
  const auto& row = schema["properties"]["operations"]["items"]["properties"];
  const auto root = config::read_yaml(shipped);
  for (const auto& [key, value] : root.map())
    EXPECT_TRUE(schema["properties"].contains(key)) << key;
  for (const auto& r : root.require("operations").sequence())
    for (const auto& [key, value] : r.map()) EXPECT_TRUE(row.contains(key)) << key;
  EXPECT_EQ(schema["properties"]["limits"]["items"]["properties"]["limit"]["enum"]
                .get<std::vector<std::string>>(),
            support_limits());
}

}  // namespace
}  // namespace anesim::spec
