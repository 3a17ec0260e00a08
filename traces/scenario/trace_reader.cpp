#include "traces/scenario/trace_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "sim/config/quantity.h"
#include "sim/core/text.h"
#include "traces/scenario/inline_graph.h"

namespace anesim::scenario {
namespace {

using config::Dimension;
using config::Node;

double quantity(const Node& n, Dimension d) {
  try {
    const double v = config::parse_quantity(n.text(), d);
    if (v < 0) n.fail(fmt::format("{}: {} is negative", n.path(), printable(n.text())));
    return v;
  } catch (const UserError& e) {
    const std::string what = e.what();
    if (what.rfind(n.place().text(), 0) == 0) throw;
    throw UserError(n.place(), n.path() + ": " + what);
  }
}

double microseconds_of(const Node& n) { return quantity(n, Dimension::time) * 1e6; }

constexpr double longest_us = longest_s * 1e6;

Program read_program(const Node& n, const std::string& trace_file, const OpenGraph& open) {
  n.only_keys({"name", "graph", "workload", "parameters", "network", "dims", "inputs", "constants",
               "ops", "outputs"});
  Program p;
  p.name = n.require("name").text();
  const int forms = (n.find("graph") ? 1 : 0) + (n.find("workload") ? 1 : 0) +
                    (n.find("network") ? 1 : 0) + (n.find("ops") ? 1 : 0);
  if (forms != 1)
    n.fail(fmt::format("program '{}' needs exactly one of graph, workload, network and ops",
                       printable(p.name)));
  std::vector<graph::DimBinding> dims;
  if (const Node* d = n.find("dims"))
    for (const auto& [name, size] : d->map())
      dims.push_back({name, size.integer(1, std::int64_t{1} << 40)});
  if (n.find("ops")) {
    p.graph = read_inline_graph(n, p.name);
    return p;
  }
  std::string input;
  if (const Node* g = n.find("graph")) {
    namespace fs = std::filesystem;
    fs::path path = g->text();
    if (path.is_relative() && trace_file != "standard input")
      path = fs::path(trace_file).parent_path() / path;
    input = path.string();
  } else {
    const bool workload = n.find("workload") != nullptr;
    input =
        (workload ? "workload:" : "network:") + n.require(workload ? "workload" : "network").text();
    if (const Node* parameters = n.find("parameters"))
      for (const auto& [key, value] : parameters->map()) {
        std::string text;
        if (value.kind() == Node::Kind::sequence) {
          for (const Node& item : value.sequence()) text += (text.empty() ? "" : "x") + item.text();
        } else {
          text = value.text();
        }
        input += "," + key + "=" + text;
      }
  }
  try {
    p.graph = open(input, dims);
  } catch (const UserError& e) {
    if (n.find("graph")) throw;  // that file has places of its own
    throw UserError(n.place(), fmt::format("program '{}': {}", printable(p.name), e.what()));
  }
  return p;
}

/// Places of names in a list.
using Index = std::map<std::string, std::size_t>;

std::vector<std::string> names_of(const Index& index) {
  std::vector<std::string> names;
  for (const auto& [name, place] : index) names.push_back(name);
  return names;
}

Stream read_stream(const Node& n, const Index& programs) {
  n.only_keys({"name", "program", "count", "depth", "gap", "period", "arrivals", "start", "after",
               "priority", "stack"});
  Stream s;
  s.name = n.require("name").text();
  const Node& program = n.require("program");
  const auto it = programs.find(program.text());
  if (it == programs.end())
    program.fail(fmt::format("no program is named '{}'{}", printable(program.text()),
                             did_you_mean(program.text(), names_of(programs))));
  s.program = it->second;
  if (const Node* v = n.find("count")) s.count = v->integer(1, 1'000'000);
  if (const Node* v = n.find("depth")) s.depth = v->integer(1, 127);
  if (const Node* v = n.find("gap")) s.gap_us = microseconds_of(*v);
  if (const Node* v = n.find("period")) s.period_us = microseconds_of(*v);
  if (const Node* v = n.find("arrivals")) {
    for (const Node& a : v->sequence()) s.arrivals_us.push_back(microseconds_of(a));
    if (!std::is_sorted(s.arrivals_us.begin(), s.arrivals_us.end()))
      v->fail("arrival times do not increase");
    if (n.find("count") && s.count != static_cast<std::int64_t>(s.arrivals_us.size()))
      v->fail(
          fmt::format("count is {} but there are {} arrival times", s.count, s.arrivals_us.size()));
    s.count = static_cast<std::int64_t>(s.arrivals_us.size());
    if (s.count == 0) v->fail("a stream needs at least one arrival");
  }
  if (const Node* v = n.find("start")) s.start_us = microseconds_of(*v);
  if (const Node* v = n.find("after")) s.after = v->text();
  if (const Node* v = n.find("priority")) s.priority = static_cast<int>(v->integer(0, 7));
  if (const Node* v = n.find("stack")) s.stack = v->text();
  if (s.period_us && !s.arrivals_us.empty())
    n.fail(fmt::format("stream '{}' has both period and arrivals", printable(s.name)));
  if (s.depth > 1 && (s.period_us || !s.arrivals_us.empty()))
    n.fail(fmt::format("stream '{}': depth applies only without period and arrivals",
                       printable(s.name)));
  double last_us =
      s.start_us + static_cast<double>(s.count) * std::max(s.gap_us, s.period_us.value_or(0));
  if (!s.arrivals_us.empty()) last_us += s.arrivals_us.back();
  if (!(last_us <= longest_us))
    n.fail(fmt::format("stream '{}' lasts {:.3g} s (expected up to {:g} s for all its calls)",
                       printable(s.name), last_us * 1e-6, longest_us * 1e-6));
  return s;
}

/// `after` must name streams and must not go in circles.
void check_order(const Node& node, const std::vector<Stream>& streams) {
  Index index;
  for (std::size_t i = 0; i < streams.size(); ++i) index.emplace(streams[i].name, i);
  std::set<std::size_t> good;  // lead into no cycle
  for (std::size_t first = 0; first < streams.size(); ++first) {
    std::vector<std::size_t> way{first};
    std::set<std::size_t> seen{first};
    while (!streams[way.back()].after.empty() && !good.contains(way.back())) {
      const std::string& after = streams[way.back()].after;
      const auto it = index.find(after);
      if (it == index.end())
        node.fail(fmt::format("stream '{}' comes after '{}', which is not a stream{}",
                              printable(streams[first].name), printable(after),
                              did_you_mean(after, names_of(index))));
      way.push_back(it->second);
      if (!seen.insert(it->second).second) {
        std::vector<std::string> names;
        for (const std::size_t i : way) names.push_back(streams[i].name);
        node.fail(fmt::format("streams wait for each other in a cycle: {}",
                              printable(fmt::format("{}", fmt::join(names, " -> ")))));
      }
    }
    good.insert(way.begin(), way.end());
  }
}

}  // namespace

void refuse_other_schemas(const Node& root, const SchemaHints& hints) {
  if (root.kind() != Node::Kind::map) return;
  const Node* schema = root.find("schema");
  if (!schema || schema->text() == "ane-trace/1") return;
  const auto hint = hints.find(schema->text());
  throw UserError(
      schema->place(),
      fmt::format("schema is '{}' (expected 'ane-trace/1'){}{}", printable(schema->text()),
                  hint == hints.end() ? "" : "; ", hint == hints.end() ? "" : hint->second));
}

Scenario read_trace(const Node& root, const OpenGraph& open) {
  refuse_other_schemas(root, {});  // before the keys, which differ with the schema
  root.only_keys({"schema", "name", "device", "idle", "programs", "streams", "traffic"});
  (void)root.require("schema");
  Scenario s;
  if (const Node* n = root.find("name")) s.name = n->text();
  if (const Node* n = root.find("device")) s.device = n->text();
  if (const Node* n = root.find("idle")) s.idle_s = quantity(*n, Dimension::time);
  const Node& programs = root.require("programs");
  Index named;
  for (const Node& n : programs.sequence()) {
    s.programs.push_back(read_program(n, root.place().file, open));
    if (!named.emplace(s.programs.back().name, named.size()).second)
      n.fail(fmt::format("a program named '{}' exists already", printable(s.programs.back().name)));
  }
  if (s.programs.empty()) programs.fail("a trace needs at least one program");
  if (const Node* streams = root.find("streams")) {
    std::set<std::string> names;
    for (const Node& n : streams->sequence()) {
      s.streams.push_back(read_stream(n, named));
      if (!names.insert(s.streams.back().name).second)
        n.fail(fmt::format("a stream named '{}' exists already", printable(s.streams.back().name)));
    }
    if (s.streams.empty()) streams->fail("a trace needs at least one stream");
    check_order(*streams, s.streams);
  } else {
    for (std::size_t i = 0; i < s.programs.size(); ++i) {
      Stream stream;
      stream.name = s.programs[i].name;
      stream.program = i;
      if (i > 0) stream.after = s.programs[i - 1].name;
      s.streams.push_back(stream);
    }
  }
  if (const Node* traffic = root.find("traffic"))
    for (const Node& n : traffic->sequence()) {
      n.only_keys({"agent", "read", "write", "start", "end"});
      BackgroundTraffic t;
      t.agent = n.require("agent").text();
      if (const Node* v = n.find("read")) t.read_bytes_per_second = quantity(*v, Dimension::rate);
      if (const Node* v = n.find("write")) t.write_bytes_per_second = quantity(*v, Dimension::rate);
      if (const Node* v = n.find("start")) t.start_us = microseconds_of(*v);
      if (const Node* v = n.find("end")) t.end_us = microseconds_of(*v);
      if (t.end_us && *t.end_us <= t.start_us) n.fail("traffic ends before it starts");
      if (t.start_us > longest_us || t.end_us.value_or(0) > longest_us)
        n.fail(fmt::format("traffic lasts too long (expected up to {:g} s)", longest_us * 1e-6));
      s.traffic.push_back(t);
    }
  if (s.name.empty()) s.name = s.programs[0].name;
  return s;
}

}  // namespace anesim::scenario
