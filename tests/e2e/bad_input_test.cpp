// What the program says to wrong input: exit code 2, one line that names the place, what came and
// what was expected; nothing on standard output and no file left behind.
#include <gmock/gmock.h>

#include "tests/e2e/program.h"

namespace anesim::e2e {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

std::string conv_block() { return file_text(source("traces/examples/conv_block.mil")); }

std::string conv_block_of_batch(const std::string& batch) {
  return replaced(conv_block(), "[1, 64, 56, 56]", "[" + batch + ", 64, 56, 56]");
}

std::string trace(const std::string& rows, const std::string& more = {}) {
  return "schema: ane-trace/1\nname: t\nprograms:\n  - name: a\n    workload: matmul\n"
         "    parameters: {m: " +
         rows + ", k: 64, n: 64}\n" + more;
}

/// A device file of `m4` in which `from` became `to`.
std::string m4_with(const std::string& from, const std::string& to) {
  const std::string text = file_text(source("configs/devices/m4.yaml"));
  EXPECT_NE(text.find(from), std::string::npos) << from;
  return replaced(text, from, to);
}

void expect_refused(const Ended& ended, const std::string& message) {
  EXPECT_EQ(ended.code, 2);
  EXPECT_EQ(ended.out, "");
  EXPECT_THAT(ended.err, StartsWith("error: "));
  EXPECT_EQ(std::count(ended.err.begin(), ended.err.end(), '\n'), 1) << ended.err;
  EXPECT_THAT(ended.err, HasSubstr(message));
}

struct BadFile {
  std::string name, text, message;
};

void PrintTo(const BadFile& file, std::ostream* out) { *out << file.name; }

class BadFiles : public testing::TestWithParam<BadFile> {};

TEST_P(BadFiles, AreRefusedByRunExplainAndCheck) {
  const BadFile& bad = GetParam();
  const Folder folder;
  const Given here{.folder = folder.path()};
  folder.write(bad.name, bad.text);
  for (const std::string verb : {"run", "explain", "check"}) {
    SCOPED_TRACE(verb);
    expect_refused(anesim({verb, bad.name}, here), bad.message);
  }
  expect_refused(anesim({"run", bad.name, "--timeline", "t.json", "--report", "r.html"}, here),
                 bad.message);
  EXPECT_THAT(folder.names(), ElementsAre(bad.name));
}

INSTANTIATE_TEST_SUITE_P(
    Mil, BadFiles,
    testing::Values(
        BadFile{"truncated.mil", conv_block().substr(0, 2000),
                "truncated.mil:14:202: unexpected end of the text (expected ',')"},
        BadFile{"half_string.mil", conv_block().substr(0, conv_block().find("residual")),
                "half_string.mil:2:88: unexpected end of the text (expected '\"', the end of "},
        BadFile{"garbage.mil", "hello world {",
                "garbage.mil:1:1: unexpected 'hello' (expected 'program', the start of MIL text)"},
        BadFile{"empty.mil", "",
                "empty.mil:1:1: unexpected end of the text (expected 'program', the start of MIL "
                "text)"},
        BadFile{"binary.mil",
                std::string("\x7f"
                            "ELF\0\1\2",
                            7),
                "binary.mil:1:1: unexpected character '\\x7f' (expected MIL text)"},
        BadFile{"unknown.mil", replaced(conv_block(), "relu(x = conv_1)", "relv(x = conv_1)"),
                "unknown.mil:13:52: unknown operation 'relv' (did you mean 'relu'?); "
                "--approximate-unknown keeps it"},
        BadFile{"unbound.mil", replaced(conv_block(), "[1, 64, 56, 56]> x)", "[?, 64, 56, 56]> x)"),
                "unbound.mil:4:52: 1 unknown dimension of the inputs (expected --dim x=N)"},
        BadFile{"zero.mil", conv_block_of_batch("0"),
                "zero.mil:4:52: input 'x' has shape [0, 64, 56, 56] (expected dimensions of "
                "1..2^40)"},
        BadFile{"negative.mil", conv_block_of_batch("-1"),
                "negative.mil:4:36: unexpected '-1' (expected a dimension of 0..2^63-1)"},
        BadFile{"over.mil", conv_block_of_batch("4611686018427387904"),
                "over.mil:4:70: input 'x': shape [4611686018427387904, 64, 56, 56] has over 2^63 "
                "elements"},
        BadFile{"over64.mil", conv_block_of_batch("99999999999999999999"),
                "over64.mil:4:36: unexpected '99999999999999999999' (expected a dimension of "
                "0..2^63-1)"}),
    [](const auto& test) { return test.param.name.substr(0, test.param.name.find('.')); });

INSTANTIATE_TEST_SUITE_P(
    Trace, BadFiles,
    testing::Values(
        BadFile{"empty.yaml", "", "empty.yaml:1:1: is nothing (expected a map)"},
        BadFile{"binary.yaml",
                std::string("\x7f"
                            "ELF\0\1\2",
                            7),
                "binary.yaml:1:1: control character \\x7f (expected text)"},
        BadFile{"zero.yaml", trace("0"),
                "zero.yaml:4:5: program 'a': workload matmul: parameter 'm': '0' is not allowed "
                "(expected a whole number from 1 to 4294967296)"},
        BadFile{"negative.yaml", trace("-1"),
                "negative.yaml:4:5: program 'a': workload matmul: parameter 'm': '-1' is not "
                "allowed"},
        BadFile{"over.yaml", trace("4611686018427387904"),
                "over.yaml:4:5: program 'a': workload matmul: parameter 'm': "
                "'4611686018427387904' is not allowed"},
        BadFile{"cycle.yaml",
                trace("64",
                      "streams:\n  - {name: s1, program: a, after: s2}\n"
                      "  - {name: s2, program: a, after: s1}\n"),
                "cycle.yaml:8:3: streams: streams wait for each other in a cycle: s1 -> s2 -> s1"},
        BadFile{"typo.yaml", trace("64", "streams:\n  - {name: s, program: a, cuont: 2}\n"),
                "typo.yaml:8:27: unknown key 'streams[0].cuont' (did you mean 'count'?)"},
        BadFile{"unit.yaml", trace("64", "streams:\n  - {name: s, program: a, period: 2}\n"),
                "unit.yaml:8:35: streams[0].period: '2' has no unit (expected e.g. '2 us')"},
        BadFile{"long.yaml",
                trace("64", "streams:\n  - {name: s, program: a, count: 2, period: 99999999 s}\n"),
                "long.yaml:8:5: streams[0]: stream 's' lasts 2e+08 s (expected up to 1e+06 s for "
                "all its calls)"},
        BadFile{"shape.yaml",
                "schema: ane-trace/1\nprograms:\n  - name: a\n    inputs: [{name: x, shape: [1, "
                "4611686018427387904, 8, 8]}]\n    ops: [{op: relu, name: r, x: x}]\n"
                "    outputs: [r]\n",
                "shape.yaml:4:35: programs[0].inputs[0].shape[1]: 4611686018427387904 is out of "
                "range (expected 1..1099511627776)"},
        BadFile{"op.yaml",
                "schema: ane-trace/1\nprograms:\n  - name: a\n    inputs: [{name: x, shape: [1, 8, "
                "8, 8]}]\n    ops: [{op: relv, name: r, x: x}]\n    outputs: [r]\n",
                "op.yaml:5:11: relv 'r': unknown operation (did you mean 'relu'?)"}),
    [](const auto& test) { return test.param.name.substr(0, test.param.name.find('.')); });

TEST(BadInput, Workloads) {
  expect_refused(anesim({"run", "workload:matmu,m=1"}),
                 "unknown workload 'matmu' (did you mean 'matmul'?) (expected one of ");
  for (const std::string size : {"0", "-1", "4611686018427387904"}) {
    expect_refused(anesim({"run", "workload:matmul,m=" + size + ",k=1,n=1"}),
                   "workload matmul: parameter 'm': '" + size +
                       "' is not allowed (expected a whole number from 1 to 4294967296)");
  }
  expect_refused(anesim({"run", "workload:matmul,m=4294967296,k=4294967296,n=4294967296"}),
                 "workload:matmul,m=4294967296,k=4294967296,n=4294967296: conv 'y': shape [1, "
                 "4294967296, 1, 4294967296] has over 2^63 elements");
}

TEST(BadInput, OtherFilesThanTraces) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"configs/devices/m4.yaml",
       "m4.yaml:1:9: schema is 'ane-device/1' (expected 'ane-trace/1'); give it with --device"},
      {"configs/stacks/coreml.yaml",
       "coreml.yaml:1:9: schema is 'ane-stack/1' (expected 'ane-trace/1'); give it with --stack"},
      {"configs/llms/gpt2-small.yaml",
       "gpt2-small.yaml:1:9: schema is 'ane-llm/1' (expected 'ane-trace/1'); run it as "
       "llm:FILE,key=value,..."},
      {"validate/measurements/m6-conv-kernel-slopes.yaml",
       "schema is 'ane-measurements/1' (expected 'ane-trace/1'); give it to 'anesim validate'"},
      {"validate/accuracy.yaml",
       "schema is 'ane-accuracy/1' (expected 'ane-trace/1'); give it to 'anesim validate "
       "--fail-over'"},
      {"configs/placement/engine-ops.yaml", "schema is 'ane-placement/1' (expected 'ane-trace/1')"},
      {"validate/residuals.yaml", "schema is 'ane-residuals/1' (expected 'ane-trace/1')"},
      {"validate/grades.yaml", "schema is 'ane-grades/1' (expected 'ane-trace/1')"},
      {"validate/scenarios/index.yaml", "schema is 'ane-scenarios/1' (expected 'ane-trace/1')"}};
  for (const auto& [file, message] : cases) {
    SCOPED_TRACE(file);
    expect_refused(anesim({"run", file}), message);
    expect_refused(anesim({"explain", file}), message);
  }
  expect_refused(anesim({"run", "configs/devices/m4.yaml", "--calls", "2"}),
                 "give it with --device");
  expect_refused(anesim({"run", "-"}, {.input = file_text(source("configs/devices/m4.yaml"))}),
                 "standard input:1:9: schema is 'ane-device/1' (expected 'ane-trace/1'); give it");
  expect_refused(anesim({"run", "-"}, {.input = R"({"schema": "anesim-result/1"})"}),
                 "schema is 'anesim-result/1' (expected 'ane-trace/1'); give it to 'anesim "
                 "compare'");
}

TEST(BadInput, Devices) {
  const Folder folder;
  const Given here{.folder = folder.path()};
  folder.write("typo.yaml", m4_with("    clock: {value: 2364 MHz", "    clok: {value: 2364 MHz"));
  folder.write("twice.yaml", m4_with("name: m4\n", "name: m4\nname: m4\n"));
  folder.write("unit.yaml", m4_with("2364 MHz,", "2364,"));
  folder.write("model.mil", conv_block());
  const std::vector<std::pair<std::string, std::string>> cases{
      {"typo.yaml", "typo.yaml:16:11: unknown key 'engine.clok' (did you mean 'clock'?)"},
      {"twice.yaml", "twice.yaml:3:1: duplicate key 'name'"},
      {"unit.yaml", "unit.yaml:16:20: engine.clock: '2364' has no unit (expected e.g. '2364 MHz')"},
      {"m44", "unknown device 'm44' (did you mean 'm4'?); known: a11, "}};
  for (const auto& [device, message] : cases) {
    SCOPED_TRACE(device);
    expect_refused(anesim({"run", "model.mil", "-d", device}, here), message);
    expect_refused(anesim({"explain", "model.mil", "-d", device}, here), message);
    expect_refused(anesim({"list", "ops", "-d", device}, here), message);
    if (device != "m44") expect_refused(anesim({"check", device}, here), message);
  }
}

TEST(BadInput, Options) {
  const std::string input = "traces/examples/conv_block.mil";
  const std::vector<std::pair<std::vector<std::string>, std::string>> cases{
      {{"run"}, "run needs an input (a Core ML "},
      {{"runn"}, "unknown verb 'runn' (did you mean 'run'?) (expected run, explain, "},
      {{"run", "absent.mil"}, "absent.mil: no such file (an input is a Core ML "},
      {{"run", input, "--stack", "coremll"}, "unknown stack 'coremll' (did you mean 'coreml'?)"},
      {{"run", input, "-o", "jsn"},
       "'jsn' is not a choice (expected table, json, jsonl, csv, md) (did you mean 'json'?)"},
      {{"run", input, "--set", "engine.clok=2 GHz"},
       "--set engine.clok: unknown parameter 'engine.clok' (did you mean 'engine.clock'?)"},
      {{"run", input, "--set", "engine.clock=2"},
       "--set: engine.clock: '2' has no unit (expected e.g. '2 MHz')"},
      {{"run", input, "--set", "engine.clock"},
       "--set 'engine.clock' is not PATH=VALUE (expected e.g. 'engine.clock=2 GHz')"},
      {{"run", input, "--set", "engine.clock=-2 GHz"}, "is negative (expected 0 or more)"},
      {{"run", input, "--measured", "3"}, "--measured: '3' has no unit (expected e.g. '3 us')"},
      {{"run", input, "--compute-units", "gpu"},
       "--compute-units 'gpu' is not a choice (expected all, cpu_and_ne, cpu_and_gpu or cpu_only)"},
      {{"run", input, "--dim", "x"}, "--dim 'x' is not NAME=N or INPUT[AXIS]=N with N from 1"},
      {{"run", input, "--dim", "past=0"},
       "--dim 'past=0': tensors without elements are not supported (expected a size from 1; 1 "
       "stands well for an empty cache)"},
      {{"run", input, "--dim", "past=-1"}, "is not NAME=N or INPUT[AXIS]=N with N from 1"},
      {{"run", input, "--set", "memory.dram.interleave=1.5 B"},
       "--set: memory.dram.interleave: '1.5 B' is 1.5 B (expected a whole number of bytes)"},
      {{"run", input, "--dim", "x[2]=32", "--dim", "x[2]=16"},
       "--dim 'x[2]' is given twice: 32 and 16 (expected one size)"},
      {{"foo", "--help"}, "unknown verb 'foo' (expected run, explain, "},
      {{"run", "--devic", "m4", input},
       "run has no option '--devic' (did you mean '--device'?) (see 'anesim run --help')"},
      {{"run", input, "--stack", "foo"}, "unknown stack 'foo'; known: aneforge, coreai, coreml"},
      {{"list"},
       "list needs what to list (expected devices, stacks, workloads, networks, llms, ops)"},
      {{"run", "workload:matmul,m=1000000,k=1000000,n=1000000", "-d", "m6"},
       " s of simulated time on m6 (expected up to 1e+06 s for all calls)"},
      {{"explain",
        "workload:conv_chain,layers=1,in_channels=4294967295,out_channels=256,kernel=3x3,height=32,"
        "width=32",
        "-d", "m6"},
       "conv 'conv_0': the bytes or MACs of all its tiles pass 2^63"},
      {{"run", input, "--dim", "x=3"}, "--dim x: input has the fixed shape [1, 64, 56, 56]"},
      {{"run", input, "--function", "man"},
       "no function 'man' (did you mean 'main'?) (expected one of main)"},
      {{"run", "traces/examples/two_clients.yaml", "--calls", "5"},
       "--calls does not apply to the trace 'traces/examples/two_clients.yaml' (expected count: in "
       "its streams)"},
      {{"run", input, "--calls", "0"}, "--calls: Value 0 not in range 1 to 1000000"},
      {{"run", "traces"},
       "traces: has no model (expected Manifest.json of an .mlpackage, model.mil of an .mlmodelc, "
       "or "
       "one .mlmodel)"},
      {{"run", "CMakeLists.txt"},
       "CMakeLists.txt: is no Core ML model, MIL text or ONNX model (expected "},
      {{"compare", input, input},
       "conv_block.mil:1:1: is no JSON (expected what 'anesim run -o json' writes)"},
      {{"run", "network:resnet5"}, "unknown network 'resnet5' (did you mean 'resnet50'?)"},
      {{"run", "network:resnet50,bach=2"},
       "network resnet50: unknown parameter 'bach' (did you mean 'batch'?) (expected resolution"},
      {{"run", "--set", "engine.clock=2 GHz", "network:resnet5"}, "unknown network 'resnet5'"},
      {{"validate", "--graph", "RepViT", "validate/measurements/vision-a15.yaml"},
       "--graph 'RepViT' is not NAME=FILE"},
      {{"validate", "--graph", "RepViT M1.0=traces/examples/conv_block.mil"},
       "--graph: no case is named 'RepViT M1.0' (did you mean 'RepViT M1.1'?)"},
      {{"validate", "--graph", "RepViT M1.1=absent.onnx"}, "absent.onnx: no such file"},
      {{"list", "device"},
       "cannot list 'device' (expected devices, stacks, workloads, networks, llms, ops) "
       "(did you mean 'devices'?)"}};
  for (const auto& [arguments, message] : cases) {
    SCOPED_TRACE(message);
    expect_refused(anesim(arguments), message);
  }
}

TEST(BadOutput, FoldersThatDoNotExist) {
  const Folder folder;
  const Given here{.folder = folder.path()};
  folder.write("model.mil", conv_block());
  for (const std::string option : {"--timeline", "--report"}) {
    expect_refused(anesim({"run", "model.mil", option, "no/x"}, here),
                   option + " 'no/x': cannot write into folder 'no': No such file or directory");
    expect_refused(anesim({"run", "model.mil", option, "."}, here),
                   option + " '.': is a folder (expected a file)");
  }
  // The one that could be written is not written either.
  expect_refused(anesim({"run", "model.mil", "--timeline", "t.json", "--report", "no/x"}, here),
                 "--report 'no/x': cannot write into folder");
  expect_refused(anesim({"run", "model.mil", "--timeline", "t", "--report", "./t"}, here),
                 "--timeline and --report are both './t' (expected two files)");
  EXPECT_THAT(folder.names(), ElementsAre("model.mil"));
}

TEST(BadOutput, NeverOverAnInput) {
  const Folder folder;
  const Given here{.folder = folder.path()};
  const std::string device = file_text(source("configs/devices/m4.yaml"));
  folder.write("model.mil", conv_block());
  folder.write("device.yaml", device);
  folder.write("trace.yaml", "schema: ane-trace/1\nprograms: [{name: a, graph: model.mil}]\n");
  std::filesystem::create_symlink("model.mil", folder.path("link.mil"));
  for (const std::string option : {"--timeline", "--report"}) {
    for (const std::string out : {"./model.mil", "link.mil", "device.yaml"}) {
      expect_refused(anesim({"run", "model.mil", "-d", "device.yaml", option, out}, here),
                     option + " '" + out + "' would overwrite its input (expected another file)");
    }
    for (const std::string out : {"trace.yaml", "model.mil"}) {
      expect_refused(anesim({"run", "trace.yaml", option, out}, here), "would overwrite its input");
    }
  }
  EXPECT_EQ(file_text(folder.path("model.mil")), conv_block());
  EXPECT_EQ(file_text(folder.path("device.yaml")), device);
}

TEST(BadOutput, DefaultFilesAreInputsToo) {
  const Folder folder;
  const Given here{.folder = folder.path()};
  const std::string text = file_text(source("validate/measurements/m6-conv-kernel-slopes.yaml"));
  folder.write("mine.yaml", text);
  expect_refused(anesim({"calibrate", "mine.yaml", "--residuals", "./mine.yaml"}, here),
                 "--residuals './mine.yaml' would overwrite its input (expected another file)");
  EXPECT_EQ(file_text(folder.path("mine.yaml")), text);
  const std::string measured = source("validate/measurements/m6-conv-kernel-slopes.yaml");
  expect_refused(anesim({"calibrate", "--residuals", measured}), "would overwrite its input");
  const std::string ours = source("configs/devices/m4.yaml");
  expect_refused(anesim({"calibrate", "mine.yaml", "--residuals", ours}, here),
                 "would overwrite a file that comes with the program (expected another file)");
  folder.write("model.mil", conv_block());
  expect_refused(anesim({"run", "model.mil", "--report", source("validate/residuals.yaml")}, here),
                 "would overwrite a file that comes with the program");
}

TEST(BadInput, ResultsThatAreNone) {
  const Folder folder;
  const Given here{.folder = folder.path()};
  const Ended good = anesim({"run", "workload:matmul,m=64,k=64,n=64", "-o", "json"});
  folder.write("a.json", good.out);
  const std::vector<std::pair<std::string, std::string>> cases{
      {"{\"a\":\n nonsense", "b.json:2:3: is no JSON (expected what 'anesim run -o json' writes)"},
      {good.out.substr(0, good.out.find("\"name\"")), ": the JSON ends too early (expected what "},
      {"", "b.json:1:1: the JSON ends too early"},
      {"[]", "b.json: is not a result (expected what 'anesim run -o json' writes): a list of "},
      {"7", "b.json: is not a result"},
      {"[1e999]", "a number in it is too large (expected one below 1e308)"},
      {"{\"schema\": \"anesim-result/1\", \"totals\": {}}", "key 'simulated_us' is missing"},
      {replaced(good.out, "\"simulated_us\": ", "\"simulated_us\": true, \"x\": "),
       "'simulated_us' is no number"}};
  for (const auto& [text, message] : cases) {
    SCOPED_TRACE(message);
    folder.write("b.json", text);
    expect_refused(anesim({"compare", "a.json", "b.json"}, here), message);
  }
  EXPECT_EQ(anesim({"compare", "a.json", "a.json"}, here).code, 0);
}

TEST(BadOutput, FullDiskIsAnError) {
  const Ended ended = shell("anesim run traces/examples/conv_block.mil -o json >/dev/full");
  EXPECT_EQ(ended.code, 2);
  EXPECT_EQ(ended.err, "error: cannot write to standard output\n");
}

TEST(ClosedPipe, EndsSilently) {
  const Ended ended = shell("anesim run traces/examples/vit_encoder.mil -o json | head -1");
  EXPECT_EQ(ended.code, 0);
  EXPECT_EQ(ended.out, "{\n");
  EXPECT_EQ(ended.err, "");
  const Ended list = shell("anesim list ops | head -1");
  EXPECT_EQ(list.err, "");
}

TEST(UserDevice, ExtendsOneOfOurs) {
  const Folder folder;
  const Given here{.folder = folder.path()};
  const std::string head = "schema: ane-device/1\nname: mine\nextends: ";
  folder.write("model.mil", conv_block());
  folder.write("mine.yaml", head + "m4\n");
  folder.write("again.yaml", head + "mine\n");
  folder.write("m4.yaml", head + "m4\n");  // beside the others, and of the name that it extends
  folder.write("bad.yaml", head + "mn4\n");
  for (const std::string file : {"mine.yaml", "again.yaml", "m4.yaml"}) {
    const Ended ended = anesim({"run", "model.mil", "-d", file}, here);
    EXPECT_EQ(ended.code, 0) << ended.err;
    EXPECT_THAT(ended.out, HasSubstr("mine, stack coreml"));
  }
  for (const std::string verb : {"run", "check"}) {
    std::vector<std::string> words{verb, "bad.yaml"};
    if (verb == "run") words = {"run", "model.mil", "-d", "bad.yaml"};
    expect_refused(anesim(words, here),
                   "bad.yaml:3:10: extends: 'mn4' is no file beside this one and none of ours: "
                   "neither 'mn4.yaml' nor '");
    expect_refused(anesim(words, here), "(did you mean 'm4'?)");
  }
  folder.write("stack.yaml", "schema: ane-stack/1\nname: slow\nextends: coreml\n");
  const Ended stack = anesim({"run", "model.mil", "--stack", "stack.yaml"}, here);
  EXPECT_EQ(stack.code, 0) << stack.err;
  EXPECT_THAT(stack.out, HasSubstr("stack slow"));
}

TEST(StandardInput, DevicesAndStacksAreChecked) {
  const std::string device = file_text(source("configs/devices/m5-pro.yaml"));
  EXPECT_THAT(anesim({"check", "-"}, {.input = device}).out, StartsWith("-: ok (device m5-pro, "));
  const std::string stack = file_text(source("configs/stacks/private.yaml"));
  EXPECT_EQ(anesim({"check", "-"}, {.input = stack}).out, "-: ok (stack private)\n");
  const Ended bad = anesim({"check", "-"},
                           {.input = m4_with("clock: {value: 2364 MHz", "clok: {value: 2364 MHz")});
  EXPECT_EQ(bad.code, 2);
  EXPECT_THAT(bad.err, HasSubstr("standard input:16:11: unknown key 'engine.clok'"));
}

TEST(StandardInput, MilAndTrace) {
  EXPECT_THAT(anesim({"run", "-"}, {.input = conv_block()}).out,
              StartsWith("standard input takes "));
  const Ended mil = anesim({"run", "-", "-o", "csv"}, {.input = conv_block()});
  EXPECT_EQ(mil.code, 0) << mil.err;
  EXPECT_THAT(mil.out, HasSubstr("conv_2"));
  const Ended two = anesim({"run", "-", "-d", "m4,m6"}, {.input = conv_block()});
  EXPECT_EQ(two.code, 0) << two.err;
  const std::string text = file_text(source("traces/examples/two_clients.yaml"));
  const Ended clients = anesim({"run", "-"}, {.input = text});
  EXPECT_EQ(clients.code, 0) << clients.err;
  EXPECT_THAT(clients.out, StartsWith("two clients takes "));
  EXPECT_THAT(clients.out, HasSubstr("m6, stack coreml"));
  EXPECT_EQ(anesim({"check", "-"}, {.input = text}).out, "-: ok (trace, 2 programs, 2 streams)\n");
  expect_refused(anesim({"run", "-"}, {.input = "hello"}),
                 "standard input:1:1: unexpected 'hello' (expected 'program', the start of MIL");
  expect_refused(anesim({"run", "-"}, {.input = trace("0")}),
                 "standard input:4:5: program 'a': workload matmul: parameter 'm': '0'");
  expect_refused(anesim({"run", "-"}), "standard input:1:1: unexpected end of the text");
}

/// yaml-cpp would keep gigabytes before it knew.
TEST(BadInput, MillionsOfOpenBracketsAreRefusedAtOnce) {
  const Folder folder;
  const std::string file = folder.write("bomb.yaml", "x: " + std::string(12'000'000, '['));
  const Ended ended = anesim({"check", file});
  expect_refused(ended, "bomb.yaml:1:68: nested more than 64 deep");
  EXPECT_LT(ended.peak_bytes, 300'000'000);
}

}  // namespace
}  // namespace anesim::e2e
