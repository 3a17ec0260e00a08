// Calibration on the machine itself, with few cases: a known value is found again, folds left out
// are predicted, data and patch are what the files say.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "sim/core/text.h"
#include "tests/sim/json_schema.h"
#include "tests/validate/fixture.h"
#include "validate/calibrate/calibrate.h"
#include "validate/calibrate/calibration_report.h"
#include "validate/calibrate/harm.h"
#include "validate/calibrate/patch.h"
#include "validate/data/load.h"
#include "validate/judge/fitted_on.h"
#include "validate/judge/runner.h"
#include "validate/predict/predictor.h"
#include "validate/uncertainty/residuals.h"

namespace anesim::validate {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const std::string root = ANESIM_SOURCE_DIR;

std::vector<MeasurementFile> measurements(const std::string& file) {
  return load_measurements({root + "/validate/measurements/" + file});
}

CalibrationOptions quiet() {
  CalibrationOptions o;
  o.data_root = root;
  o.progress = false;
  return o;
}

std::vector<Prediction> predictions(const std::vector<CaseRequest>& requests,
                                    std::vector<spec::Override> overrides = {}) {
  RunOptions run;
  run.progress = false;
  return run_cases(requests, machine_predictor({root, std::move(overrides)}), run).predictions;
}

/// The unit with only these parameters.
FitUnit unit_of(const std::string& name, const std::set<std::string>& paths) {
  FitUnit unit = calibration_units(root, {name}).at(0);
  std::erase_if(unit.parameters, [&](const UnitParameter& p) { return !paths.count(p.name()); });
  return unit;
}

TEST(NamesCase, FileAloneOrWithAPatternOfIds) {
  EXPECT_TRUE(names_case("mine", "mine", "one"));
  EXPECT_FALSE(names_case("mine", "mine2", "one"));
  EXPECT_TRUE(names_case("mine/one", "mine", "one"));
  EXPECT_FALSE(names_case("mine/one", "mine", "one_two"));
  EXPECT_TRUE(names_case("mine/*_b*", "mine", "a_bc"));
  EXPECT_TRUE(names_case("mine/a*b*c", "mine", "aXbbXc"));
  EXPECT_FALSE(names_case("mine/a*b*c", "mine", "aXbX"));
  EXPECT_TRUE(names_case("mine/*", "mine", ""));
}

TEST(FittedOn, EveryShippedRowNamesACaseOfItsChipAndStack) {
  const auto files = load_measurements({root + "/validate/measurements"});
  const auto requests = requests_for(files);
  for (const FitUnit& unit : calibration_units(root, {})) {
    EXPECT_TRUE(unit.left_out.empty()) << unit.name;
    const auto cases = cases_of({unit}, requests, root);
    for (const UnitParameter& p : unit.parameters)
      for (const std::string& row : p.value.fitted_on)
        EXPECT_TRUE(std::any_of(
            cases.begin(), cases.end(),
            [&](const CaseRequest& r) { return names_case(row, r.file->name, r.measured->id); }))
            << unit.name << ": " << p.name() << ": " << row;
  }
}

TEST(Units, HoldWhatTheirFileHoldsAndVariantsInherit) {
  const auto units = calibration_units(root, {"M1 Max", "m5"});
  ASSERT_EQ(units.size(), 2u);  // by name of the list, not in the order asked
  std::vector<std::string> names;
  for (const auto& p : units[0].parameters) names.push_back(p.name());
  EXPECT_THAT(names, testing::ElementsAre("aneforge: input_copy", "aneforge: output_copy",
                                          "aneforge: padded_copy"));
  const FitUnit energy = unit_of("m5", {"power.mac"});
  const auto of = [&](const char* chip, const char* stack) {
    const auto device = spec::resolve_device(root, chip);
    return in_force(energy, device, spec::resolve_stack(root, stack, device));
  };
  EXPECT_EQ(of("M5 Pro", "coreml"), std::vector<bool>{true});
  EXPECT_EQ(of("M4", "coreml"), std::vector<bool>{false});
  const FitUnit copies = unit_of("m1-max", {"aneforge: input_copy"});
  const auto m1_max = spec::resolve_device(root, "m1-max");
  EXPECT_EQ(in_force(copies, m1_max, spec::resolve_stack(root, "coreml", m1_max)),
            std::vector<bool>{false});
}

TEST(Units, MoveAValueAndItsFollowers) {
  const FitUnit unit = unit_of("m6", {"power.mac", "aneforge: completion_short", "l2.exposed"});
  ASSERT_EQ(unit.parameters.size(), 2u);  // the M6's energy of a MAC is measured
  auto device = spec::resolve_device(root, "m6");
  auto stack = spec::resolve_stack(root, "aneforge", device);
  move(device, unit, {true, true}, {0.2, 1e-4});
  EXPECT_EQ(device.l2.exposed, 0.2);
  move(stack, unit, {true, false}, {0.2, 1e-4});
  EXPECT_EQ(stack.completion_short.value, 125e-6);
  move(stack, unit, {true, true}, {0.2, 1e-4});
  EXPECT_EQ(stack.completion_short.value, 1e-4);
  EXPECT_EQ(stack.completion_long.value, 1e-4);
}

TEST(Units, UnknownNamesAreRefused) {
  try {
    (void)calibration_units(root, {"m66"});
    FAIL();
  } catch (const UserError& e) {
    EXPECT_STREQ(e.what(), "'m66' is neither a device nor a stack (did you mean 'm6'?)");
  }
}

nlohmann::json fit_schema() {
  return nlohmann::json::parse(read_whole_file(root + "/configs/schemas/anesim-fit-1.schema.json"));
}

void expect_in_schema(const nlohmann::json& document) {
  for (const std::string& wrong : schema_violations(fit_schema(), document)) ADD_FAILURE() << wrong;
}

TEST(FitSchema, NamesEveryVerdictAndRefusesWhatDiffers) {
  std::vector<std::string> names;
  for (int i = 0; i <= static_cast<int>(Verdict::not_better); ++i)
    names.emplace_back(name(static_cast<Verdict>(i)));
  nlohmann::json schema = fit_schema();
  const auto& known = schema["$defs"]["parameter"]["properties"]["verdict"]["enum"];
  EXPECT_THAT(known.get<std::vector<std::string>>(), testing::UnorderedElementsAreArray(names));
  auto document = calibration_json({});
  expect_in_schema(document);
  document["units"] = {{{"name", "m2"}}};
  EXPECT_FALSE(schema_violations(schema, document).empty());
}

TEST(Calibration, AFitThatRaisesTheErrorOfItsCasesIsHeld) {
  const auto files = measurements("aneforge-m5base.yaml");
  const FitUnit unit = unit_of("m5", {"power.mac"});
  const auto requests = cases_of({unit}, requests_for(files), root);
  auto options = quiet();
  options.all_cases = true;
  const Judgement judgement = judge(requests, predictions(requests));
  const Calibration c = calibrate({unit}, judgement, split_studies(files), options);
  const UnitResult& r = c.units.at(0);
  // Two rows far below the others pull: the loss falls, the median error would rise to 36 %.
  EXPECT_EQ(r.fit.parameters[0].verdict, Verdict::not_better);
  EXPECT_EQ(r.fit.parameters[0].value, r.unit.parameters[0].value.value);
  EXPECT_LT(r.fit.parameters[0].tried, 0.9 * r.fit.parameters[0].value);
  EXPECT_THAT(r.fit.parameters[0].why, HasSubstr("median error of its cases"));
  for (const CalibratedCase& one : r.cases) EXPECT_EQ(one.before, one.fitted);
  EXPECT_EQ(calibration_patch(c, options), "");
  EXPECT_THAT(calibration_text(c, TableStyle::plain), HasSubstr("not better"));
  expect_in_schema(calibration_json(c));
}

TEST(Harm, IsOfFittedCasesOrOfFoldsLeftOut) {
  UnitResult r;
  UnitParameter p;
  p.value.value = 1;
  p.value.high = 10;
  r.unit.parameters = {p};
  r.fit.parameters = {{2, 2, 0.1, Verdict::fitted, ""}};
  r.fit.touched = {{true, true, false}};
  r.cases.resize(3);
  for (CalibratedCase& c : r.cases) c.before = 0.2, c.loss_before = 0.02;
  // The third case does not depend on the value: what happens to it is no reason.
  EXPECT_FALSE(most_harmful_move(r, {{0.1, 0.01}, {0.1, 0.01}, {9, 9}}));
  EXPECT_THAT(most_harmful_move(r, {{0.3, 0.01}, {0.3, 0.01}, {0, 0}})->why,
              HasSubstr("median error of its cases 20.0 % as it is, 30.0 % moved"));
  EXPECT_THAT(most_harmful_move(r, {{0.1, 0.05}, {0.1, 0.05}, {0, 0}})->why, HasSubstr("loss"));
  r.cases[0].crossed = 0.25, r.cases[0].loss_crossed = 0.01;
  EXPECT_THAT(most_harmful_move(r, {{0.1, 0.01}, {0.1, 0.01}, {0, 0}})->why,
              HasSubstr("20.0 % as it is, 25.0 % moved and cross-validated"));
  r.fit.parameters[0].verdict = Verdict::uncertain;  // is not moved
  EXPECT_FALSE(most_harmful_move(r, {{0.3, 0.3}, {0.3, 0.3}, {0, 0}}));
}

TEST(Calibration, FindsTheValueThatMadeTheMeasurements) {
  const auto files = measurements("aneforge-m2pro.yaml");
  const FitUnit unit = unit_of("m2", {"power.mac"});
  const auto requests = cases_of({unit}, requests_for(files), root);
  Judgement judgement = judge(requests, predictions(requests));
  const auto truth = predictions(requests, {{"power.mac", "0.8 pJ"}});
  for (std::size_t i = 0; i < requests.size(); ++i)
    judgement.cases[i].reference.value = truth[i].value;
  auto options = quiet();
  options.all_cases = true;
  const Calibration c = calibrate({unit}, judgement, split_studies(files), options);
  ASSERT_EQ(c.units.size(), 1u);
  const UnitResult& r = c.units[0];
  EXPECT_GE(r.cases.size(), 5u);
  EXPECT_NEAR(r.fit.parameters[0].value, 0.8e-12, 0.001e-12);
  EXPECT_EQ(r.fit.parameters[0].verdict, Verdict::fitted);
  EXPECT_DOUBLE_EQ(r.unit.parameters[0].value.value, 1.11e-12);  // the configs are not touched
  const std::string patch = calibration_patch(c, options);
  EXPECT_THAT(patch, HasSubstr("--- a/configs/devices/m2.yaml\n+++ b/configs/devices/m2.yaml\n"));
  EXPECT_THAT(patch, HasSubstr("+    mac: {value: 800 fJ, evidence: fitted"));
  EXPECT_THAT(patch, HasSubstr("fitted_on: [aneforge-m2pro], note: \"calibrated: "));
}

TEST(Calibration, FoldsLeftOutArePredictedAsWellAsFittedOnes) {
  const auto files = measurements("m6-conv-kernel-slopes.yaml");
  const FitUnit unit = unit_of("m6", {"dual.halo", "dual.merge"});
  auto requests = cases_of({unit}, requests_for(files), root);
  // Vertical kernels of one width: a fold a kernel.
  std::erase_if(requests, [](const CaseRequest& r) {
    return r.measured->id.find("x1_c256") == std::string::npos ||
           !r.measured->id.ends_with("slope");
  });
  ASSERT_GE(requests.size(), 6u);
  const Judgement judgement = judge(requests, predictions(requests));
  const Calibration c =
      calibrate({unit}, judgement,
                split_studies(load_measurements({root + "/validate/measurements"})), quiet());
  const auto checks = cross_checks(c);
  const CrossCheck& all = checks.at("all");
  EXPECT_GE(c.units[0].folds, 3u);
  EXPECT_GE(all.crossed, 4u);
  ASSERT_TRUE(all.ratio());
  EXPECT_LE(*all.ratio(), most_cross_ratio) << calibration_text(c, TableStyle::plain);
  expect_in_schema(calibration_json(c));
  const auto by_class = cross_checks(c.units[0]);
  EXPECT_EQ(by_class.at("engine").crossed, all.crossed);
  EXPECT_EQ(by_class.at("engine").folds, c.units[0].folds);
  EXPECT_THAT(calibration_text(c, TableStyle::markdown), HasSubstr("| m6 | engine | "));
}

TEST(Patch, EditsOneLineAndKeepsTheRest) {
  const std::string text =
      "a: 1\n  x: {value: 1.5 us, evidence: fitted, source: \"s, t\", fitted_on: [f/*]}  \n"
      "  y: {value: 2, note: \"calibrated: old | by hand\", evidence: fitted}\n  z: {value: 3}\nb: "
      "2\n";
  const std::string after =
      edited(text, {{{"f", 3, 14}, "2.5", "new", ""}, {{"f", 4, 14}, "3.5", "why", "g, h"}});
  EXPECT_THAT(after, HasSubstr("  y: {value: 2.5, note: \"calibrated: new | by hand\""));
  EXPECT_THAT(after, HasSubstr("  z: {value: 3.5, note: \"calibrated: why\"}\n"));
  EXPECT_THAT(after, HasSubstr("value: 1.5 us"));
  EXPECT_EQ(unified_diff("c.yaml", text, text), "");
  EXPECT_EQ(unified_diff("c.yaml", "1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nX\n6\n7\n8\n9\n"),
            "--- a/c.yaml\n+++ b/c.yaml\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+X\n 6\n 7\n 8\n");
  EXPECT_EQ(unified_diff("c.yaml", "1\n2\n3\n", "X\nY\n3\n"),
            "--- a/c.yaml\n+++ b/c.yaml\n@@ -1,3 +1,3 @@\n-1\n-2\n+X\n+Y\n 3\n");
  EXPECT_THAT(edited("  x: {value: 1, fitted_on: [a, b], range: [0, 2]}\n",
                     {{{"f", 1, 14}, "2", "n", "c"}}),
              HasSubstr("fitted_on: [c], range: [0, 2], note:"));
}

TEST(Patch, MovesOnlyWhatTheDataTell) {
  UnitResult r;
  const auto add = [&](double from, double to, std::optional<double> error, Verdict verdict) {
    UnitParameter p;
    p.value.path = "x";
    p.value.value = from;
    p.value.low = 0;
    p.value.high = 10;
    r.unit.parameters.push_back(p);
    r.fit.parameters.push_back({to, to, error, verdict, ""});
  };
  add(1, 2.34567, 0.5, Verdict::fitted);  // moves, rounded
  add(1, 1.2, 0.5, Verdict::fitted);      // less than half its error
  add(1, 1.0005, {}, Verdict::fitted);    // hardly at all
  add(1, 9.9999, 0.1, Verdict::fitted);   // would round out of its range
  add(1, 10, 0.1, Verdict::at_bound);
  const auto moves = moves_of(r);
  ASSERT_EQ(moves.size(), 2u);
  EXPECT_DOUBLE_EQ(moves[0].value, 2.35);
  EXPECT_EQ(moves[0].text, "2.35");
  EXPECT_DOUBLE_EQ(moves[1].value, 10);
}

}  // namespace
}  // namespace anesim::validate
