#include "models/spec/settings.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/config/quantity.h"
#include "sim/core/text.h"

namespace anesim::spec {

using config::Node;

namespace {

const std::vector<std::string>& evidence_marks() {
  static const std::vector<std::string> marks{"measured", "published", "fitted", "assumed"};
  return marks;
}

}  // namespace

template <class Spec>
double parse_value(const Parameter<Spec>& p, const std::string& text, const Place& place) {
  auto fail = [&](const std::string& what) -> double {
    throw UserError(place, fmt::format("{}: {}", p.path, what));
  };
  if (!p.choices.empty()) {
    for (std::size_t i = 0; i < p.choices.size(); ++i)
      if (p.choices[i] == text) return static_cast<double>(i);
    return fail(fmt::format("'{}' is not a choice (expected {}){}", printable(text),
                            fmt::join(p.choices, ", "), did_you_mean(text, p.choices)));
  }
  double v = 0;
  try {
    v = config::parse_quantity(text, p.dimension);
  } catch (const UserError& e) {
    return fail(e.what());
  }
  if (v < p.low || v > p.high)
    return fail(fmt::format("{} is out of range (expected {} to {})", printable(text),
                            config::format_quantity(p.low, p.dimension),
                            config::format_quantity(p.high, p.dimension)));
  return v;
}

namespace {

/// `range: [lo, hi]` of a fitted value: where calibration may move it.
template <class Spec>
void read_range(const Node& node, const Parameter<Spec>& p, double value, Setting& s) {
  const auto& ends = node.sequence();
  if (ends.size() != 2) node.fail("expected the lowest and the highest value, [lo, hi]");
  s.low = parse_value(p, ends[0].text(), ends[0].place());
  s.high = parse_value(p, ends[1].text(), ends[1].place());
  s.range_place = node.place();
  if (s.low >= s.high) node.fail("the lowest value is not below the highest");
  if (value < s.low || value > s.high)
    throw UserError(s.place,
                    fmt::format("{}: {} is outside its range {} to {}", p.path, printable(s.text),
                                printable(ends[0].text()), printable(ends[1].text())));
}

/// `fitted_on: [FILE/ID, ...]`: the rows that a fitted or measured value was read from.
void read_rows(const Node& node, Setting& s) {
  if (s.evidence != "fitted" && s.evidence != "measured")
    node.fail("only a value with evidence 'fitted' or 'measured' has this key");
  for (const Node& row : node.sequence()) s.fitted_on.push_back(row.text());
  if (s.fitted_on.empty()) node.fail("expected at least one measurement file");
}

/// A leaf is a map {value, evidence, source[, note, follows]}, of a measured value {..., fitted_on}
/// too, of a fitted one {..., fitted_on, range}.
template <class Spec>
void collect_leaf(const Node& node, const std::string& path, Settings& out) {
  if (node.kind() != Node::Kind::map)
    node.fail(
        fmt::format("{} needs value, evidence and source (expected e.g. "
                    "{{value: ..., evidence: assumed, source: ...}})",
                    path));
  const Parameter<Spec>& p = *find_parameter<Spec>(path);
  node.only_keys({"value", "evidence", "source", "note", "range", "fitted_on", "follows"});
  Setting s;
  const Node& value = node.require("value");
  s.text = value.text();
  s.place = value.place();
  s.origin = value.place().text();
  s.evidence = node.require("evidence").text();
  const auto& marks = evidence_marks();
  if (std::find(marks.begin(), marks.end(), s.evidence) == marks.end())
    node.require("evidence")
        .fail(fmt::format("'{}' is not an evidence mark (expected {}){}", printable(s.evidence),
                          fmt::join(marks, ", "), did_you_mean(s.evidence, marks)));
  s.source = node.require("source").text();
  const double v = parse_value(p, s.text, s.place);
  if (const Node* note = node.find("note")) s.note = note->text();
  if (const Node* range = node.find("range")) {
    if (s.evidence != "fitted" || !p.choices.empty() || node.find("follows"))
      range->fail("only a number of its own with evidence 'fitted' has this key");
    read_range(*range, p, v, s);
  }
  if (const Node* rows = node.find("fitted_on")) {
    if (node.find("follows")) rows->fail("a value that follows another has the rows of that one");
    read_rows(*rows, s);
  }
  if (const Node* leader = node.find("follows")) {
    s.follows = leader->text();
    const auto* other = find_parameter<Spec>(s.follows);
    if (!other || other->dimension != p.dimension || other->path == path)
      leader->fail(fmt::format("'{}' is not another parameter of this kind{}", printable(s.follows),
                               did_you_mean(s.follows, all_paths<Spec>())));
  }
  out[path] = std::move(s);
}

}  // namespace

template <class Spec>
void collect(const Node& node, const std::string& prefix, Settings& out) {
  for (const auto& [key, child] : node.map()) {
    const std::string path = prefix.empty() ? key : prefix + "." + key;
    if (find_parameter<Spec>(path)) {
      collect_leaf<Spec>(child, path, out);
      continue;
    }
    const std::string group = path + ".";
    const auto paths = all_paths<Spec>();
    const bool is_group = std::any_of(paths.begin(), paths.end(),
                                      [&](const std::string& p) { return p.rfind(group, 0) == 0; });
    if (is_group && child.kind() == Node::Kind::map) {
      collect<Spec>(child, path, out);
      continue;
    }
    std::vector<std::string> siblings;
    for (const auto& p : paths)
      if (prefix.empty() || p.rfind(prefix + ".", 0) == 0) {
        const std::string rest = prefix.empty() ? p : p.substr(prefix.size() + 1);
        siblings.push_back(rest.substr(0, rest.find('.')));
      }
    throw UserError(child.place(), fmt::format("unknown key '{}'{}", printable(path),
                                               did_you_mean(key, siblings)));
  }
}

template <class Spec>
void lead_followers(Settings& settings) {
  Settings leaders = settings;
  for (auto& [path, s] : settings) {
    if (s.follows.empty()) continue;
    const auto leader = leaders.find(s.follows);
    if (leader == leaders.end() || !leader->second.follows.empty())
      throw UserError(s.place, fmt::format("{}: follows {}, which has no value of its own", path,
                                           printable(s.follows)));
    const auto& p = *find_parameter<Spec>(path);
    const auto& l = *find_parameter<Spec>(s.follows);
    const Setting& other = leader->second;
    if (other.evidence != "override" &&
        parse_value(p, s.text, s.place) != parse_value(l, other.text, other.place))
      throw UserError(s.place, fmt::format("{}: {} is not the {} of {}, which it follows", path,
                                           printable(s.text), printable(other.text), s.follows));
    s.text = other.text;
  }
}

template double parse_value(const Parameter<DeviceSpec>&, const std::string&, const Place&);
template double parse_value(const Parameter<StackSpec>&, const std::string&, const Place&);
template void collect<DeviceSpec>(const Node&, const std::string&, Settings&);
template void collect<StackSpec>(const Node&, const std::string&, Settings&);
template void lead_followers<DeviceSpec>(Settings&);
template void lead_followers<StackSpec>(Settings&);

}  // namespace anesim::spec
