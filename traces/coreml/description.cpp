#include "traces/coreml/description.h"

#include <fmt/format.h>

#include <algorithm>

namespace anesim::coreml {

namespace {
using graph::DType;

SizeRange read_range(Wire& wire) {
  SizeRange range;
  wire.message([&](int field) {
    if (field == 1) range.low = std::max<std::int64_t>(wire.integer(), 0);
    if (field == 2) range.high = std::max<std::int64_t>(wire.integer(), 0);  // -1: no bound
  });
  return range;
}

/// ArrayFeatureType.ArrayDataType
DType read_array_type(Wire& wire) {
  switch (const std::int64_t number = wire.integer()) {
    case 0:
    case 65568:
      return DType::fp32;
    case 65600:
      return DType::fp64;
    case 131104:
      return DType::int32;
    case 65552:
      return DType::fp16;
    case 131080:
      return DType::int8;
    default:
      wire.fail(fmt::format("array data type {} is not known", number));
  }
}

/// A set of shapes allows each size that occurs in it.
void widen(std::vector<SizeRange>& ranges, const graph::Shape& shape) {
  if (ranges.empty()) {
    for (const std::int64_t size : shape) ranges.push_back({size, size});
  }
  for (std::size_t i = 0; i < std::min(ranges.size(), shape.size()); ++i) {
    ranges[i].low = std::min(ranges[i].low, shape[i]);
    ranges[i].high = std::max(ranges[i].high, shape[i]);
  }
}

void read_array(Wire& wire, Feature& feature) {
  feature.kind = FeatureKind::array;
  wire.message([&](int field) {
    if (field == 1) {
      wire.integers([&](std::int64_t size) { feature.shape.push_back(size); });
    } else if (field == 2) {
      feature.dtype = read_array_type(wire);
    } else if (field == 21) {
      wire.message([&](int inner) {
        if (inner != 1) return;
        graph::Shape shape;
        wire.message([&](int number) {
          if (number == 1) wire.integers([&](std::int64_t size) { shape.push_back(size); });
        });
        widen(feature.ranges, shape);
      });
    } else if (field == 31) {
      wire.message([&](int inner) {
        if (inner == 1) feature.ranges.push_back(read_range(wire));
      });
    }
  });
}

void read_image(Wire& wire, Feature& feature) {
  constexpr int grayscale = 10, grayscale_fp16 = 40;
  feature.kind = FeatureKind::image;
  feature.dtype = DType::uint8;
  std::int64_t width = 0, height = 0;
  std::int64_t channels = 3;
  SizeRange widths, heights;
  bool flexible = false;
  wire.message([&](int field) {
    if (field == 1) {
      width = wire.integer();
    } else if (field == 2) {
      height = wire.integer();
    } else if (field == 3) {
      const std::int64_t space = wire.integer();
      if (space == grayscale || space == grayscale_fp16) channels = 1;
      if (space == grayscale_fp16) feature.dtype = DType::fp16;
    } else if (field == 21) {
      wire.message([&](int inner) {
        if (inner != 1) return;
        std::int64_t w = 0, h = 0;
        wire.message([&](int number) {
          if (number == 1) w = wire.integer();
          if (number == 2) h = wire.integer();
        });
        widen(feature.ranges, {channels, h, w});
      });
    } else if (field == 31) {
      flexible = true;
      wire.message([&](int inner) {
        if (inner == 1) widths = read_range(wire);
        if (inner == 2) heights = read_range(wire);
      });
    }
  });
  feature.shape = {channels, height, width};
  if (flexible) feature.ranges = {{channels, channels}, heights, widths};
}

void read_kind(Wire& wire, Feature& feature) {
  wire.message([&](int field) {
    switch (field) {
      case 1:  // int64
      case 2:  // double
        feature.kind = FeatureKind::number;
        feature.dtype = field == 1 ? DType::int64 : DType::fp64;
        break;
      case 3:
        feature.kind = FeatureKind::text;
        feature.dtype = DType::string;
        break;
      case 4:
        read_image(wire, feature);
        break;
      case 5:
        read_array(wire, feature);
        break;
      case 8:  // state
        wire.message([&](int inner) {
          if (inner == 1) read_array(wire, feature);
        });
        break;
      case 1000:
        feature.optional = wire.flag();
        break;
      default:
        break;
    }
  });
}

Feature read_feature(Wire& wire) {
  Feature feature;
  wire.message([&](int field) {
    if (field == 1) feature.name = wire.text();
    if (field == 3) read_kind(wire, feature);
  });
  return feature;
}
}  // namespace

Description read_description(Wire& wire) {
  Description result;
  wire.message([&](int field) {
    switch (field) {
      case 1:
        result.inputs.push_back(read_feature(wire));
        break;
      case 10:
        result.outputs.push_back(read_feature(wire));
        break;
      case 20: {
        FunctionDescription function;
        wire.message([&](int inner) {
          if (inner == 1) function.name = wire.text();
          if (inner == 2) function.inputs.push_back(read_feature(wire));
          if (inner == 3) function.outputs.push_back(read_feature(wire));
        });
        result.functions.push_back(std::move(function));
        break;
      }
      case 21:
        result.standard_function = wire.text();
        break;
      default:
        break;
    }
  });
  return result;
}

const std::vector<Feature>& Description::inputs_of(std::string_view function) const {
  const auto found = std::ranges::find(functions, function, &FunctionDescription::name);
  return found == functions.end() ? inputs : found->inputs;
}

void describe_flexible(graph::Graph& graph, const std::vector<Feature>& features) {
  for (const graph::TensorId id : graph.inputs) {
    const graph::Tensor& tensor = graph.at(id);
    const auto found = std::ranges::find(features, tensor.name, &Feature::name);
    if (found == features.end()) continue;
    // The features of an image lack the batch.
    if (found->shape.size() > tensor.shape.size()) continue;
    const std::size_t lead = tensor.shape.size() - found->shape.size();
    for (std::size_t axis = lead; axis < tensor.shape.size(); ++axis) {
      if (tensor.shape[axis] != graph::unknown_dim) continue;
      graph::FlexibleDim dim;
      dim.input = id;
      dim.axis = axis;
      dim.standard = std::max<std::int64_t>(found->shape[axis - lead], 0);
      if (axis - lead < found->ranges.size()) {
        dim.low = found->ranges[axis - lead].low;
        dim.high = found->ranges[axis - lead].high;
      }
      graph.flexible.push_back(std::move(dim));
    }
  }
}

}  // namespace anesim::coreml
