#include "traces/coreml/layer_builder.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/core/text.h"
#include "traces/coreml/layer_table.h"

namespace anesim::coreml {

namespace {
using graph::DType;
using graph::Shape;

/// Seq and Batch, C, H, W of what a description calls an array of rank 1 to 5; the engine sees one
/// leading dimension.
Shape as_nchw(const Shape& s) {
  switch (s.size()) {
    case 1:
      return {1, s[0], 1, 1};
    case 2:
      return {s[0], s[1], 1, 1};
    case 3:
      return {1, s[0], s[1], s[2]};
    case 5:
      return {s[0] * s[1], s[2], s[3], s[4]};
    default:
      return s;
  }
}
}  // namespace

LayerBuilder::LayerBuilder(const NeuralNetwork& network, std::string file)
    : build("network"), network_(network), file_(std::move(file)) {}

void LayerBuilder::fail(const std::string& what) const {
  throw UserError({file_, 0, 0}, fmt::format("layer '{}': {}", printable(current_->name), what));
}

void LayerBuilder::input(const Feature& feature) {
  const auto refuse = [&](const std::string& why) {
    throw UserError({file_, 0, 0}, fmt::format("input '{}' {}", printable(feature.name), why));
  };
  Shape shape = feature.shape;
  if (feature.kind == FeatureKind::number) shape = {1};
  if (feature.kind == FeatureKind::text || feature.kind == FeatureKind::other) {
    refuse("is no image and no array (expected one)");
  }
  if (shape.empty() || shape.size() > 5) {
    refuse(fmt::format("has {} dimensions (expected 1 to 5)", shape.size()));
  }
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] < 1 && i < feature.ranges.size()) shape[i] = feature.ranges[i].low;
    if (shape[i] < 1 || shape[i] > (std::int64_t{1} << 24)) {
      refuse(fmt::format("has shape {} (expected dimensions of 1..2^24)", graph::text(shape)));
    }
  }
  try {
    (void)graph::element_count(shape);
  } catch (const UserError& error) {
    refuse(error.what());
  }
  const bool image = feature.kind == FeatureKind::image;
  if (image ? true : !network_.exact_arrays) shape = as_nchw(shape);
  Layer layer;
  layer.name = feature.name;
  current_ = &layer;
  TensorId id = build.input(feature.name, shape, feature.dtype);
  if (feature.dtype != DType::fp16) {
    id = op("cast", {{"x", {id}}, {"dtype", {build.text("fp16")}}}, "cast");
  }
  for (const Preprocessing& step : network_.preprocessing) {
    // Without a name it is for the only image.
    if (step.feature.empty() ? !image : step.feature != feature.name) continue;
    const std::int64_t channels = build.shape(id).size() > 1 ? build.shape(id)[1] : 1;
    if (step.mean_image) {
      id = op("sub", {{"x", {id}}, {"y", {weight("mean", build.shape(id), {})}}}, "mean_image");
    }
    if (step.scales) id = op("mul", {{"x", {id}}, {"y", {build.number(0.5)}}}, "scale");
    if (step.shifts) {
      id = op("add", {{"x", {id}}, {"y", {weight("bias", {1, channels, 1, 1}, {})}}}, "bias");
    }
  }
  blobs_[feature.name] = id;
  current_ = nullptr;
}

graph::TensorId LayerBuilder::in(std::size_t index) const {
  if (index >= current_->inputs.size()) {
    fail(fmt::format("has {} inputs (expected {} or more)", current_->inputs.size(), index + 1));
  }
  const auto found = blobs_.find(current_->inputs[index]);
  if (found != blobs_.end()) return found->second;
  std::vector<std::string> near;
  for (const auto& [name, id] : blobs_) {
    if (near.size() < 10'000) near.push_back(name);
  }
  std::ranges::sort(near);
  fail(fmt::format("input '{}' is made by no layer before it{}", printable(current_->inputs[index]),
                   did_you_mean(current_->inputs[index], near)));
}

bool LayerBuilder::has_input(std::size_t index) const {
  return index < current_->inputs.size() && blobs_.contains(current_->inputs[index]);
}

void LayerBuilder::out(TensorId id, std::size_t index) {
  if (index < current_->outputs.size()) blobs_[current_->outputs[index]] = id;
}

std::string LayerBuilder::unique(std::string_view part) {
  std::string name = current_->name;
  if (name.empty()) name = "layer";
  if (!part.empty()) name += fmt::format("/{}", part);
  if (names_.insert(name).second) return name;
  int& number = repeats_[name];
  std::string candidate;
  do {
    candidate = fmt::format("{}_{}", name, ++number);
  } while (!names_.insert(candidate).second);
  return candidate;
}

std::vector<graph::TensorId> LayerBuilder::op_many(std::string_view type, Arguments arguments,
                                                   std::string_view part) {
  return build.op_many(type, std::move(arguments), unique(part));
}

graph::TensorId LayerBuilder::op(std::string_view type, Arguments arguments,
                                 std::string_view part) {
  return build.op(type, std::move(arguments), unique(part));
}

void LayerBuilder::simple(std::string_view type, Arguments more) {
  Arguments arguments{{"x", {in(0)}}};
  for (auto& argument : more) arguments.push_back(std::move(argument));
  out(op(type, std::move(arguments)));
}

graph::TensorId LayerBuilder::weight(std::string_view part, Shape shape,
                                     graph::StorageFormat format) {
  return build.weight(fmt::format("{}/{}", current_->name, part), std::move(shape), format);
}

graph::TensorId LayerBuilder::reshaped(TensorId id, Shape wanted, std::string_view part) {
  if (build.shape(id) == wanted) return id;
  return op("reshape", {{"x", {id}}, {"shape", {build.ints(std::move(wanted))}}}, part);
}

/// Memory traffic: results as declared, else as large as the first input.
void LayerBuilder::unknown(const Layer& layer, const std::string& kind) {
  Arguments arguments{{"x", {}}};
  for (std::size_t i = 0; i < layer.inputs.size(); ++i) arguments[0].second.push_back(in(i));
  std::vector<graph::TensorType> types;
  for (std::size_t i = 0; i < layer.outputs.size(); ++i) {
    graph::TensorType type;
    if (i < layer.declared.size()) {
      for (const std::int64_t dim : layer.declared[i]) {
        if (dim < 1 || dim > (std::int64_t{1} << 24)) {
          fail(fmt::format("declares the result {} (expected dimensions of 1..2^24)",
                           graph::text(layer.declared[i])));
        }
      }
      type.shape = exact() ? layer.declared[i] : as_nchw(layer.declared[i]);
    } else if (!layer.inputs.empty()) {
      type.shape = shape(0);
    } else {
      fail(fmt::format("is a {}, whose result has no known shape", kind));
    }
    types.push_back(std::move(type));
  }
  const auto results = build.opaque(kind, std::move(arguments), std::move(types), unique(""));
  for (std::size_t i = 0; i < results.size(); ++i) out(results[i], i);
}

void LayerBuilder::layer(const Layer& layer, bool approximate_unknown) {
  current_ = &layer;
  const LayerKind* kind = find_layer_kind(layer.kind);
  if (kind != nullptr && kind->build != nullptr) {
    try {
      kind->build(*this, layer);
      return;
    } catch (const UserError& error) {
      const std::string_view what = error.what();
      if (what.starts_with(file_)) throw;
      throw UserError({file_, 0, 0}, fmt::format("{} layer {}", kind->name, what));
    }
  }
  const std::string name = kind != nullptr ? kind->name : fmt::format("layer_{}", layer.kind);
  if (!approximate_unknown) {
    fail(
        fmt::format("is a {} layer, which is not modelled; --approximate-unknown treats it as "
                    "memory traffic",
                    name));
  }
  unknown(layer, name);
}

graph::Graph LayerBuilder::finish(const std::vector<Feature>& outputs) {
  std::vector<TensorId> results;
  std::vector<std::string> names;
  Layer layer;
  current_ = &layer;
  for (const Feature& feature : outputs) {
    const auto found = blobs_.find(feature.name);
    if (found == blobs_.end()) continue;
    layer.name = feature.name;
    // A dictionary of class probabilities and a feature of a network are fp32 for the caller.
    const bool narrow = feature.kind == FeatureKind::array && feature.dtype == DType::fp16;
    TensorId id = found->second;
    if (!narrow) id = op("cast", {{"x", {id}}, {"dtype", {build.text("fp32")}}}, "cast");
    results.push_back(id);
    names.push_back(feature.name);
  }
  current_ = nullptr;
  if (results.empty()) {
    throw UserError({file_, 0, 0}, "no layer makes an output of the model's description");
  }
  graph::Graph graph = build.finish(results);
  for (std::size_t i = 0; i < results.size(); ++i) graph.at(results[i]).name = names[i];
  return graph;
}

graph::Graph network_graph(const NeuralNetwork& network, const Description& description,
                           const std::string& file, bool approximate_unknown) {
  if (network.layers.empty()) throw UserError({file, 0, 0}, "the neural network has no layers");
  if (description.inputs.empty()) {
    throw UserError({file, 0, 0},
                    "the description names no inputs, so no layer has a shape (expected at least "
                    "one)");
  }
  LayerBuilder builder(network, file);
  for (const Feature& feature : description.inputs) builder.input(feature);
  for (const Layer& layer : network.layers) builder.layer(layer, approximate_unknown);
  graph::Graph graph = builder.finish(description.outputs);
  graph.file = file;
  return graph;
}

}  // namespace anesim::coreml
