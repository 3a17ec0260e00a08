// Device and stack files: those shipped resolve and name their evidence, broken ones are refused
// with a text that says where, what and what helps.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <stdexcept>

#include "models/spec/own_values.h"
#include "models/spec/parameters.h"
#include "models/spec/resolve.h"
#include "sim/config/yaml.h"
#include "sim/core/error.h"

namespace anesim::spec {
namespace {

namespace fs = std::filesystem;

const std::string root = ANESIM_SOURCE_DIR;

std::string error(const auto& action) {
  try {
    action();
  } catch (const UserError& e) {
    return e.what();
  }
  return "no error";
}

const ResolvedParameter& parameter(const auto& spec, const std::string& path) {
  const auto at = std::find_if(spec.parameters.begin(), spec.parameters.end(),
                               [&](const ResolvedParameter& p) { return p.path == path; });
  if (at == spec.parameters.end()) throw std::runtime_error("no parameter " + path);
  return *at;
}

/// A data root of its own, removed with the test. Places in messages lose the folder's name.
class BrokenFiles : public testing::Test {
 protected:
  void SetUp() override {
    const auto* info = testing::UnitTest::GetInstance()->current_test_info();
    folder_ = fs::temp_directory_path() /
              (std::string("anesim-spec-") + std::to_string(::getpid()) + "-" + info->name());
    fs::create_directories(folder_ / "configs/devices");
    fs::create_directories(folder_ / "configs/stacks");
  }
  void TearDown() override { fs::remove_all(folder_); }

  void write(const std::string& file, const std::string& text) {
    std::ofstream(folder_ / "configs" / file) << text;
  }
  void device(const std::string& name, const std::string& rest) {
    write("devices/" + name + ".yaml",
          "schema: ane-device/1\nname: " + name + "\n" + rest + generation_);
  }
  /// Without its table no device resolves in the end.
  void with_placement() {
    fs::create_directories(folder_ / "configs/placement");
    fs::copy_file(fs::path(root) / "configs/placement/engine-ops.yaml",
                  folder_ / "configs/placement/engine-ops.yaml");
    generation_ = "generation: h16\n";
  }
  std::string refused(const std::string& name, const std::vector<Override>& overrides = {}) {
    return cut(error([&] { (void)resolve_device(folder_.string(), name, overrides); }));
  }
  std::string refused_stack(const std::string& name, const std::string& chip = "X") {
    DeviceSpec d;
    d.chip = chip;
    return cut(error([&] { (void)resolve_stack(folder_.string(), name, d); }));
  }
  /// One leaf with this value, as parameters.engine.clock unless said otherwise.
  std::string with(const std::string& value, const std::string& group = "engine",
                   const std::string& key = "clock") {
    device("x", "parameters:\n  " + group + ":\n    " + key + ": {value: " + value +
                    ", evidence: assumed, source: test}\n");
    return refused("x");
  }

  fs::path folder_;
  std::string generation_;

 private:
  std::string cut(std::string text) const {
    const std::string prefix = folder_.string() + "/configs/";
    for (auto at = text.find(prefix); at != std::string::npos; at = text.find(prefix))
      text.erase(at, prefix.size());
    return text;
  }
};

TEST(Devices, EveryFileResolves) {
  const auto devices = list_devices(root);
  EXPECT_GE(devices.size(), 27u);
  for (const auto& d : devices) {
    SCOPED_TRACE(d.name);
    EXPECT_FALSE(d.description.empty());
    const DeviceSpec spec = resolve_device(root, d.name);
    EXPECT_EQ(spec.name, d.name);
    EXPECT_EQ(canonical_name(spec.chip), d.name);
    EXPECT_EQ(spec.generation.size(), 3u);
    EXPECT_TRUE(spec.generation >= "h11" && spec.generation <= "h18") << spec.generation;
    for (const auto& s : list_stacks(root))
      EXPECT_NO_THROW((void)resolve_stack(root, s.name, spec));
  }
}

TEST(Devices, EveryParameterNamesItsEvidence) {
  for (const auto& d : list_devices(root)) {
    const DeviceSpec spec = resolve_device(root, d.name);
    EXPECT_EQ(spec.parameters.size(), device_parameters().size());
    for (const auto& p : spec.parameters) {
      EXPECT_NE(p.origin, "default") << d.name << ": " << p.path;
      EXPECT_FALSE(p.evidence.empty()) << d.name << ": " << p.path;
      EXPECT_FALSE(p.source.empty()) << d.name << ": " << p.path;
    }
  }
}

TEST(Devices, NamesAndAliasesAreUnique) {
  std::map<std::string, std::string> owner;
  for (const auto& d : list_devices(root)) {
    auto names = d.aliases;
    names.push_back(d.name);
    for (const auto& n : names) {
      const auto [at, is_new] = owner.emplace(canonical_name(n), d.name);
      EXPECT_TRUE(is_new) << n << " means " << at->second << " and " << d.name;
    }
  }
}

TEST(Devices, EveryMeasuredChipHasAFile) {
  for (const char* chip :
       {"A14",    "A15",      "A16",      "A17 Pro", "A19 Pro", "M1",       "M1 Pro",
        "M1 Max", "M1 Ultra", "M2",       "M2 Pro",  "M2 Max",  "M2 Ultra", "M3",
        "M3 Pro", "M3 Max",   "M3 Ultra", "M4",      "M4 Pro",  "M4 Max",   "M5",
        "M5 Pro", "M5 Max",   "M6",       "A11",     "A12",     "A13"})
    EXPECT_EQ(resolve_device(root, chip).chip, chip);
}

TEST(Devices, PeaksFollowFromCoresAndClock) {
  const auto tflops = [](const char* name) {
    return resolve_device(root, name).peak_macs() * 2e-12;
  };
  EXPECT_NEAR(tflops("m1"), 11.7, 0.05);
  EXPECT_NEAR(tflops("m2"), 15.88, 0.05);
  EXPECT_NEAR(tflops("a16"), 16.9, 0.05);
  EXPECT_NEAR(tflops("m3"), 18.0, 0.05);
  EXPECT_NEAR(tflops("m4"), 19.37, 0.05);
  EXPECT_NEAR(tflops("m5"), 19.37, 0.05);
  EXPECT_NEAR(tflops("m6"), 21.14, 0.05);
}

TEST(Devices, GenerationsDifferWhereMeasurementsSaySo) {
  for (const auto& d : list_devices(root)) {
    const DeviceSpec spec = resolve_device(root, d.name);
    const bool transforms = spec.name == "m6" || spec.name.starts_with("m5");
    EXPECT_EQ(spec.engine.winograd_speedup, transforms ? 1.5 : 1.0) << d.name;
    EXPECT_EQ(spec.engine.dies, spec.name.ends_with("ultra") ? 2 : 1) << d.name;
    EXPECT_EQ(spec.engine.dense_zero_skip, spec.name.starts_with("m5")) << d.name;
  }
  const DeviceSpec m4 = resolve_device(root, "m4");
  EXPECT_EQ(m4.memory.sram_size.value, 32 << 20);
  EXPECT_EQ(m4.memory.sram_allocate, SramPolicy::activations);
  EXPECT_GE(m4.notes.size(), 2u);
  EXPECT_EQ(resolve_device(root, "m4-max").memory.sram_allocate, SramPolicy::none);
}

TEST(Devices, NamesIgnoreCaseBlanksAndHyphens) {
  EXPECT_EQ(resolve_device(root, "M1 Max").name, "m1-max");
  EXPECT_EQ(resolve_device(root, "m1_max").name, "m1-max");
  EXPECT_EQ(resolve_device(root, "H16G").name, "m4");
  EXPECT_EQ(resolve_device(root, "h18g").name, "m6");
}

TEST(Devices, AnUnknownNameGivesTheNearest) {
  const std::string text = error([] { (void)resolve_device(root, "m5-por"); });
  EXPECT_TRUE(
      text.starts_with("unknown device 'm5-por' (did you mean 'm5-pro'?); known: a11, a12,"))
      << text;
}

TEST(Devices, AnOverrideWinsAndSaysSo) {
  const DeviceSpec d =
      resolve_device(root, "m4",
                     {parse_override("memory.sram.allocate=none"),
                      parse_override("engine.clock=2 GHz"), parse_override("stack.submit=1 us")});
  EXPECT_EQ(d.memory.sram_allocate, SramPolicy::none);
  EXPECT_EQ(d.engine.clock.value, 2e9);
  EXPECT_EQ(parameter(d, "engine.clock").origin, "--set");
  EXPECT_EQ(parameter(d, "engine.clock").evidence, "override");
  EXPECT_EQ(parameter(d, "engine.clock").value, "2 GHz");
  EXPECT_NE(parameter(d, "planar.clock").origin.find("m4.yaml:"), std::string::npos);
  EXPECT_EQ(
      parameter(resolve_stack(root, "linux", d, {parse_override("stack.submit=1 us")}), "submit")
          .origin,
      "--set");
}

TEST(Devices, AWrongOverrideIsRefused) {
  const auto text = [](const char* set) {
    return error([&] { (void)resolve_device(root, "m4", {parse_override(set)}); });
  };
  EXPECT_EQ(text("engine.clok=2 GHz"),
            "--set engine.clok: unknown parameter 'engine.clok' (did you mean 'engine.clock'?)");
  EXPECT_EQ(text("engine.clock=2000"),
            "--set: engine.clock: '2000' has no unit (expected e.g. '2000 MHz')");
  EXPECT_EQ(text("engine.clock"),
            "--set 'engine.clock' is not PATH=VALUE (expected e.g. 'engine.clock=2 GHz')");
  EXPECT_EQ(text("memory.sram.allocate=weight"),
            "--set: memory.sram.allocate: 'weight' is not a choice (expected none, activations, "
            "weights) (did you mean 'weights'?)");
}

TEST(Devices, AVariantInheritsWhatItDoesNotSay) {
  const DeviceSpec base = resolve_device(root, "m1");
  const DeviceSpec max = resolve_device(root, "m1-max");
  EXPECT_EQ(max.generation, "h13");
  EXPECT_EQ(max.chip, "M1 Max");
  EXPECT_EQ(max.engine.clock, base.engine.clock);
  EXPECT_GT(max.memory.dram_peak().value, base.memory.dram_peak().value);
  EXPECT_NE(parameter(max, "engine.clock").origin.find("m1.yaml:"), std::string::npos);
  EXPECT_NE(parameter(max, "kernel_dma.rate").origin.find("m1-max.yaml:"), std::string::npos);
}

TEST(Stacks, ValuesOfTheChipWin) {
  const auto host = [](const char* device, const char* stack) {
    const StackSpec s = resolve_stack(root, stack, resolve_device(root, device));
    return (s.submit.value + s.completion_short.value) * 1e6;
  };
  EXPECT_NEAR(host("m6", "coreml"), 160, 1e-6);
  EXPECT_NEAR(host("a14", "coreml"), 540, 1e-6);
  EXPECT_NEAR(host("m4", "private"), 90, 1e-6);
  EXPECT_NEAR(host("m3-ultra", "private"), 220, 1e-6);
  EXPECT_NEAR(host("m1-max", "linux"), 40, 1e-6);
  const auto ceiling = [](const char* device) {
    return resolve_stack(root, "private", resolve_device(root, device)).weight_rate.value;
  };
  EXPECT_EQ(ceiling("m3-max"), 78e9);
  EXPECT_EQ(ceiling("m4-max"), 0);
  EXPECT_FALSE(resolve_stack(root, "private", resolve_device(root, "m6")).engine_split);
}

TEST(Stacks, EveryParameterNamesItsEvidence) {
  const DeviceSpec d = resolve_device(root, "m6");
  for (const auto& s : list_stacks(root))
    for (const auto& p : resolve_stack(root, s.name, d).parameters)
      EXPECT_NE(p.origin, "default") << s.name << ": " << p.path;
}

TEST(Stacks, ChipsUnderStackFilesExist) {
  std::set<std::string> chips;
  for (const auto& d : list_devices(root)) chips.insert(d.name);
  for (const auto& entry : fs::directory_iterator(fs::path(root) / "configs/stacks")) {
    const auto file = config::read_yaml(entry.path().string());
    if (const auto* node = file.find("chips")) {
      for (const auto& [chip, values] : node->map())
        EXPECT_TRUE(chips.count(canonical_name(chip))) << entry.path() << ": " << chip;
    }
  }
}

TEST(Stacks, AnUnknownNameGivesTheNearest) {
  EXPECT_EQ(error([] { (void)resolve_stack(root, "coreal", DeviceSpec{}); }),
            "unknown stack 'coreal' (did you mean 'coreai'?); known: aneforge, coreai, coreml, "
            "linux, private");
}

TEST_F(BrokenFiles, AValueNeedsItsUnit) {
  EXPECT_EQ(with("2000"),
            "devices/x.yaml:5:20: engine.clock: '2000' has no unit (expected e.g. '2000 MHz')");
  EXPECT_EQ(
      with("2000 GB/s"),
      "devices/x.yaml:5:20: engine.clock: '2000 GB/s' has an unknown unit 'GB/s' (expected Hz, "
      "kHz, MHz or GHz)");
  EXPECT_EQ(with("2000 mhz"),
            "devices/x.yaml:5:20: engine.clock: '2000 mhz' has an unknown unit 'mhz' (did you mean "
            "'MHz'?)");
  EXPECT_EQ(with("16 KiB", "engine", "cores"),
            "devices/x.yaml:5:20: engine.cores: '16 KiB' has a unit (expected a plain number)");
}

TEST_F(BrokenFiles, AValueStaysInItsBounds) {
  EXPECT_EQ(with("20 GHz"),
            "devices/x.yaml:5:20: engine.clock: 20 GHz is out of range (expected 1 MHz to 10 GHz)");
  EXPECT_EQ(with("0", "engine", "cores"),
            "devices/x.yaml:5:20: engine.cores: 0 is out of range (expected 1 to 256)");
  EXPECT_EQ(with("1.5", "engine", "cores"),
            "devices/x.yaml:5:20: engine.cores: '1.5' is not a whole number");
  EXPECT_EQ(with("maybe", "engine", "dense_zero_skip"),
            "devices/x.yaml:5:30: engine.dense_zero_skip: 'maybe' is not a choice (expected false, "
            "true)");
}

TEST_F(BrokenFiles, ATypoGivesTheNearestName) {
  EXPECT_EQ(with("2 GHz", "engine", "clok"),
            "devices/x.yaml:5:11: unknown key 'engine.clok' (did you mean 'clock'?)");
  EXPECT_EQ(with("2 GHz", "engin"),
            "devices/x.yaml:5:5: unknown key 'engin' (did you mean 'engine'?)");
  device("x", "parametres: {}\n");
  EXPECT_EQ(refused("x"),
            "devices/x.yaml:3:13: unknown key 'parametres' (did you mean 'parameters'?)");
  device("x", "parameters: {engine: {clock: {value: 2 GHz, evidence: mesured, source: a}}}\n");
  EXPECT_EQ(refused("x"),
            "devices/x.yaml:3:55: parameters.engine.clock.evidence: 'mesured' is not an evidence "
            "mark (expected measured, published, fitted, assumed) (did you mean 'measured'?)");
  device("x", "parameters: {engine: {clock: {value: 2 GHz, evidence: measured, sauce: a}}}\n");
  EXPECT_EQ(refused("x"),
            "devices/x.yaml:3:65: unknown key 'parameters.engine.clock.sauce' (did you mean "
            "'source'?)");
}

TEST_F(BrokenFiles, AValueNeedsEvidenceAndSource) {
  device("x", "parameters: {engine: {clock: 2 GHz}}\n");
  EXPECT_EQ(refused("x"),
            "devices/x.yaml:3:30: parameters.engine.clock: engine.clock needs value, evidence and "
            "source (expected e.g. {value: ..., evidence: assumed, source: ...})");
  device("x", "parameters: {engine: {clock: {value: 2 GHz, evidence: measured}}}\n");
  EXPECT_EQ(refused("x"), "devices/x.yaml:3:30: parameters.engine.clock: key 'source' is missing");
}

TEST_F(BrokenFiles, AKeyStandsOnce) {
  device("x",
         "parameters:\n  engine:\n    cores: {value: 1, evidence: assumed, source: a}\n"
         "    cores: {value: 2, evidence: assumed, source: a}\n");
  EXPECT_EQ(refused("x"), "devices/x.yaml:6:5: duplicate key 'parameters.engine.cores'");
}

TEST_F(BrokenFiles, TheSchemaIsNamed) {
  write("devices/x.yaml", "schema: ane-stack/1\nname: x\n");
  EXPECT_EQ(refused("x"), "devices/x.yaml:1:9: schema: schema 'ane-stack/1' is not 'ane-device/1'");
  write("devices/x.yaml", "name: x\n");
  EXPECT_EQ(refused("x"), "devices/x.yaml:1:1: key 'schema' is missing");
}

TEST_F(BrokenFiles, ExtendsNeitherCyclesNorMisses) {
  device("x", "extends: y\n");
  device("y", "extends: z\n");
  device("z", "extends: x\n");
  EXPECT_EQ(refused("x"), "devices/x.yaml: extends itself (a cycle of 'extends')");
  device("x", "extends: x\n");
  EXPECT_EQ(refused("x"), "devices/x.yaml: extends itself (a cycle of 'extends')");
  device("x", "extends: nobody\n");
  EXPECT_THAT(refused("x"),
              testing::AllOf(testing::HasSubstr("devices/x.yaml:3:10: extends: 'nobody' is no file "
                                                "beside this one and none of ours: neither "),
                             testing::HasSubstr("devices/nobody.yaml'")));
}

TEST_F(BrokenFiles, NoRateIsAboveItsBusOrArray) {
  with_placement();
  EXPECT_EQ(with("70 GB/s", "gpu", "bandwidth"),
            "devices/x.yaml:5:24: gpu.bandwidth 70 GB/s is above the DRAM peak (memory.dram.*) "
            "68.256 GB/s");
  EXPECT_EQ(
      with("70 GB/s", "tile_dma", "cached_rate"),
      "devices/x.yaml:5:26: tile_dma.cached_rate 70 GB/s is above the peak of DRAM and shared "
      "SRAM (memory.*) 68.256 GB/s");
  EXPECT_EQ(with("513", "engine", "macs_int8"),
            "devices/x.yaml:5:24: engine.macs_int8 513 is above twice engine.macs_fp16 512");
  EXPECT_EQ(
      with("2.5", "engine", "winograd_speedup"),
      "devices/x.yaml:5:31: engine.winograd_speedup 2.5 is above what Winograd can save 2.25");
  EXPECT_EQ(with("68 GB/s", "gpu", "bandwidth"), "no error");
  device("x",
         "parameters: {tile_dma: {rate: {value: 40 GB/s, evidence: fitted, source: a, range: [1 "
         "GB/s, 69 GB/s]}}}\n");
  EXPECT_EQ(refused("x"),
            "devices/x.yaml:3:84: tile_dma.rate: the end of its range, 69 GB/s is above the DRAM "
            "peak (memory.dram.*) 68.256 GB/s");
  EXPECT_EQ(refused("x", {{"memory.dram.channels", "16"}}), "no error");
  write("stacks/s.yaml",
        "schema: ane-stack/1\nname: s\nparameters: {input_copy: {value: 70 GB/s, evidence: "
        "assumed, source: a}}\n");
  EXPECT_EQ(refused_stack("s"),
            "stacks/s.yaml:3:34: input_copy 70 GB/s is above the peak of DRAM and shared SRAM "
            "(memory.*) 68.256 GB/s");
}

TEST_F(BrokenFiles, FittedValuesStateRangeAndData) {
  with_placement();
  const auto leaf = [&](const std::string& rest) {
    device("x", "parameters: {power: {mac: {value: 1 pJ, source: a, " + rest + "}}}\n");
    return refused("x");
  };
  const std::string fitted = "evidence: fitted, ";
  EXPECT_EQ(leaf(fitted + "range: [0.5 pJ, 2 pJ], fitted_on: [f/x]"), "no error");
  EXPECT_EQ(leaf(fitted + "range: [2 pJ, 0.5 pJ]"),
            "devices/x.yaml:3:77: parameters.power.mac.range: the lowest value is not below the "
            "highest");
  EXPECT_EQ(leaf(fitted + "range: [2 pJ, 3 pJ]"),
            "devices/x.yaml:3:35: power.mac: 1 pJ is outside its range 2 pJ to 3 pJ");
  EXPECT_EQ(leaf(fitted + "range: [2 pJ]"),
            "devices/x.yaml:3:77: parameters.power.mac.range: expected the lowest and the highest "
            "value, [lo, hi]");
  EXPECT_EQ(leaf(fitted + "range: [0.5, 2 pJ]"),
            "devices/x.yaml:3:78: power.mac: '0.5' has no unit (expected e.g. '0.5 pJ')");
  EXPECT_EQ(leaf(fitted + "range: [0.5 pJ, 2 J]"),
            "devices/x.yaml:3:86: power.mac: 2 J is out of range (expected 0 fJ to 1 uJ)");
  EXPECT_EQ(
      leaf(fitted + "fitted_on: []"),
      "devices/x.yaml:3:81: parameters.power.mac.fitted_on: expected at least one measurement "
      "file");
  EXPECT_EQ(
      leaf("evidence: assumed, fitted_on: [f]"),
      "devices/x.yaml:3:82: parameters.power.mac.fitted_on: only a value with evidence 'fitted' or "
      "'measured' has this key");
  EXPECT_EQ(
      leaf("evidence: measured, range: [0.5 pJ, 2 pJ]"),
      "devices/x.yaml:3:79: parameters.power.mac.range: only a number of its own with evidence "
      "'fitted' has this key");
  EXPECT_EQ(
      leaf("evidence: assumed, range: [0.5 pJ, 2 pJ]"),
      "devices/x.yaml:3:78: parameters.power.mac.range: only a number of its own with evidence "
      "'fitted' has this key");
  EXPECT_EQ(
      leaf("evidence: assumed, bounds: 1"),
      "devices/x.yaml:3:71: unknown key 'parameters.power.mac.bounds' (known: value, evidence, "
      "source, note, range, fitted_on, follows)");
}

TEST_F(BrokenFiles, ADeviceIsReadFromTheRowsOfItsOwnValues) {
  with_placement();
  const std::string measured = "evidence: measured, source: a, fitted_on: ";
  device("base", "parameters: {power: {mac: {value: 1 pJ, " + measured +
                     "[f/x]}}, engine: {sparse_zero_skip: {value: \"true\", " + measured +
                     "[\"f/s*\"]}}}\n");
  device("b", "extends: base\nparameters: {power: {mac: {value: 2 pJ, " + measured + "[g/y]}}}\n");
  EXPECT_THAT(resolve_device(folder_.string(), "base").read_from,
              testing::UnorderedElementsAre("f/x", "f/s*"));
  const DeviceSpec b = resolve_device(folder_.string(), "b");
  EXPECT_THAT(b.read_from, testing::UnorderedElementsAre("g/y", "f/s*"));
  EXPECT_TRUE(b.fitted.empty());  // measured: calibration leaves it alone
  const DeviceSpec set = resolve_device(folder_.string(), "b", {{"power.mac", "3 pJ"}});
  EXPECT_THAT(set.read_from, testing::ElementsAre("f/s*"));
}

TEST_F(BrokenFiles, AFollowerEqualsAndMovesWithWhatItFollows) {
  with_placement();
  const auto both = [&](const std::string& follower,
                        const std::string& leader = "kernel_dma.rate") {
    device("x",
           "parameters:\n  kernel_dma:\n"
           "    rate: {value: 50 GB/s, evidence: assumed, source: a}\n"
           "    restream_rate: {value: " +
               follower + ", evidence: assumed, source: a, follows: " + leader + "}\n");
    return refused("x");
  };
  EXPECT_EQ(both("40 GB/s"),
            "devices/x.yaml:6:28: kernel_dma.restream_rate: 40 GB/s is not the 50 GB/s of "
            "kernel_dma.rate, which it follows");
  EXPECT_EQ(both("50 GB/s", "tile_dma.rate"),
            "devices/x.yaml:6:28: kernel_dma.restream_rate: follows tile_dma.rate, which has no "
            "value of its own");
  EXPECT_EQ(both("50 GB/s", "kernel_dma.rat"),
            "devices/x.yaml:6:76: parameters.kernel_dma.restream_rate.follows: 'kernel_dma.rat' is "
            "not another parameter of this kind (did you mean 'kernel_dma.rate'?)");
  EXPECT_EQ(both("50 GB/s"), "no error");
  const DeviceSpec moved = resolve_device(folder_.string(), "x", {{"kernel_dma.rate", "30 GB/s"}});
  EXPECT_EQ(moved.kernel_dma.restream_rate.value, 30e9);
  EXPECT_EQ(parameter(moved, "kernel_dma.restream_rate").follows, "kernel_dma.rate");
  EXPECT_EQ(parameter(moved, "kernel_dma.rate").follows, "");
}

TEST(Devices, RestOnFewNumbersOfTheirOwn) {
  for (const auto& item : list_devices(root)) {
    const DeviceSpec device = resolve_device(root, item.name);
    for (const auto& stack : list_stacks(root))
      for (const auto& fault : evidence_faults(root, device, stack.name)) ADD_FAILURE() << fault;
  }
}

TEST_F(BrokenFiles, TooManyNumbersOfItsOwnAreTold) {
  with_placement();
  write("stacks/s.yaml",
        "schema: ane-stack/1\nname: s\nchips:\n  B:\n"
        "    submit: {value: 1 us, evidence: fitted, source: a}\n"
        "    pipelined: {value: 1 us, evidence: fitted, source: a, range: [0 us, 9 us], fitted_on: "
        "[f]}\n"
        "    reload: {value: 1 ms, evidence: assumed, source: a}\n");
  device("base",
         "parameters: {power: {mac: {value: 1 pJ, evidence: fitted, source: "
         "a, range: [0 pJ, 2 pJ], fitted_on: [f]}}}\n");
  device("b",
         "chip: B\nextends: base\nparameters: {power: {shared: {value: 7 W, evidence: assumed, "
         "source: a}, int8_share: {value: 0.75, evidence: assumed, source: a}}}\n");
  const DeviceSpec b = resolve_device(folder_.string(), "b");
  EXPECT_EQ(base_of_generation(folder_.string(), b).name, "base");
  const OwnValues own = own_values(folder_.string(), b, "s");
  EXPECT_EQ(own.fitted, (std::vector<std::string>{"stack.submit", "stack.pipelined"}));
  // int8_share is the base's.
  EXPECT_EQ(own.assumed, (std::vector<std::string>{"power.shared", "stack.reload"}));
  const auto faults = evidence_faults(folder_.string(), b, "s");
  ASSERT_EQ(faults.size(), 2u);
  EXPECT_NE(faults[0].find("submit is fitted and has no range"), std::string::npos);
  EXPECT_NE(faults[1].find("submit is fitted and does not name its data"), std::string::npos);
  // The base itself is where fitted values belong.
  EXPECT_TRUE(
      own_values(folder_.string(), resolve_device(folder_.string(), "base"), "s").fitted.empty());
}

TEST_F(BrokenFiles, ParametersAgreeWithEachOther) {
  EXPECT_EQ(with("200 GB/s", "kernel_dma", "rate"),
            "devices/x.yaml:5:19: kernel_dma.rate 200 GB/s is above the DRAM peak (memory.dram.*) "
            "68.256 GB/s");
  EXPECT_EQ(with("128", "engine", "macs_int8"), "x: engine.macs_int8 is below engine.macs_fp16");
  EXPECT_EQ(with("9 GHz", "governor", "lowest"), "x: governor.lowest is above engine.clock");
  EXPECT_EQ(with("8 MiB", "memory", "sram"),
            "devices/x.yaml:5:19: unknown key 'memory.sram.value'");
  device("x",
         "parameters: {memory: {sram: {size: {value: 8 MiB, evidence: assumed, source: a}}}}\n");
  EXPECT_EQ(refused("x"), "x: memory.sram.size is set but memory.sram.bandwidth is 0");
}

TEST_F(BrokenFiles, AnEmptyFolderSaysWhatHelps) {
  fs::remove_all(folder_ / "configs");
  EXPECT_EQ(refused("x"),
            "devices: cannot read the folder (No such file or directory); set ANESIM_DATA to the "
            "folder that holds configs/");
}

TEST_F(BrokenFiles, StacksAreHeldToTheSameRules) {
  const std::string head = "schema: ane-stack/1\nname: s\n";
  write("stacks/s.yaml",
        head + "parameters: {submit: {value: 30, evidence: assumed, source: a}}\n");
  EXPECT_EQ(refused_stack("s"),
            "stacks/s.yaml:3:30: submit: '30' has no unit (expected e.g. '30 us')");
  write("stacks/s.yaml",
        head + "chips: {M4: {submitt: {value: 1 us, evidence: assumed, source: a}}}\n");
  EXPECT_EQ(refused_stack("s"),
            "stacks/s.yaml:3:23: unknown key 'submitt' (did you mean 'submit'?)")
      << "values of other chips are checked too";
  write("stacks/s.yaml",
        head + "parameters: {long_task: {value: 1 us, evidence: assumed, source: a}}\n");
  EXPECT_EQ(refused_stack("s"), "s: long_task is below short_task");
}

}  // namespace
}  // namespace anesim::spec
