#include "traces/coreml/coreml.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <google/protobuf/io/zero_copy_stream_impl.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <limits>
#include <unordered_set>

#include "sim/core/text.h"
#include "traces/coreml/container.h"
#include "traces/coreml/layer_builder.h"
#include "traces/coreml/model.h"
#include "traces/coreml/pipeline.h"
#include "traces/graph/builder.h"
#include "traces/graph/shape_rules.h"
#include "traces/mil/importer.h"

namespace anesim::coreml {

namespace {
namespace io = google::protobuf::io;

graph::Graph program_graph(const Model& model, const mil::Program& program, const std::string& file,
                           const mil::ReadOptions& options) {
  const std::string& standard = model.description.standard_function;
  const mil::Function& function =
      mil::choose_function(program, file, options.function, standard.empty() ? "main" : standard);
  graph::Graph graph = mil::import_function(function, file, options);
  describe_flexible(graph, model.description.inputs_of(function.name.text));
  return graph;
}

/// A model without a graph as one operation that nobody knows, between its features.
graph::Graph unknown_graph(const Model& model, const NoGraph& none, const std::string& file,
                           const mil::ReadOptions& options) {
  if (!options.approximate_unknown) {
    throw UserError({file, 0, 0},
                    fmt::format("is a {}, which has no graph (expected an ML program, a neural "
                                "network, or a pipeline of them; --approximate-unknown treats it "
                                "as memory traffic)",
                                none.what));
  }
  graph::Builder builder(none.what);
  const auto shape = [](const Feature& feature) {
    graph::Shape result = feature.shape;
    for (std::size_t i = 0; i < result.size(); ++i) {
      if (result[i] < 1 && i < feature.ranges.size()) result[i] = feature.ranges[i].high;
      result[i] = std::clamp<std::int64_t>(result[i], 1, std::int64_t{1} << 24);
    }
    return result;
  };
  graph::Builder::Arguments arguments{{"x", {}}};
  for (const Feature& input : model.description.inputs) {
    arguments[0].second.push_back(builder.input(input.name, shape(input), input.dtype));
  }
  std::vector<graph::TensorType> types;
  for (const Feature& output : model.description.outputs) {
    types.push_back({shape(output), output.dtype});
  }
  const auto results =
      builder.opaque(none.what, std::move(arguments), std::move(types), std::string(none.what));
  graph::Graph graph = builder.finish(results);
  for (std::size_t i = 0; i < results.size(); ++i) {
    graph.at(results[i]).name = model.description.outputs[i].name;
  }
  return graph;
}

graph::Graph to_graph(const Model& model, const std::string& file, const mil::ReadOptions& options);

graph::Graph pipeline_graph(const Model& model, const Pipeline& pipeline, const std::string& file,
                            const mil::ReadOptions& options) {
  if (!options.function.empty()) {
    throw UserError({file, 0, 0}, "is a pipeline of models: --function does not apply");
  }
  std::vector<PipelinePart> parts;
  std::unordered_set<std::string> names;
  for (std::size_t i = 0; i < pipeline.models.size(); ++i) {
    PipelinePart part;
    if (i < pipeline.names.size()) part.name = pipeline.names[i];
    if (part.name.empty() || !names.insert(part.name).second) part.name = fmt::format("model{}", i);
    part.graph =
        to_graph(pipeline.models[i], fmt::format("{}: model {} of its pipeline", file, i), options);
    parts.push_back(std::move(part));
  }
  return join_parts(std::move(parts), file, model.description.outputs);
}

graph::Graph to_graph(const Model& model, const std::string& file,
                      const mil::ReadOptions& options) {
  graph::Graph graph;
  if (const auto* program = std::get_if<mil::Program>(&model.content)) {
    graph = program_graph(model, *program, file, options);
  } else if (const auto* network = std::get_if<NeuralNetwork>(&model.content)) {
    if (!options.function.empty()) {
      throw UserError({file, 0, 0}, "is a neural network: --function does not apply");
    }
    graph = network_graph(*network, model.description, file, options.approximate_unknown);
  } else if (const auto* pipeline = std::get_if<Pipeline>(&model.content)) {
    graph = pipeline_graph(model, *pipeline, file, options);
  } else {
    graph = unknown_graph(model, std::get<NoGraph>(model.content), file, options);
  }
  graph::propagate_shapes(graph);
  return graph;
}

/// A file that is closed with its owner.
class File {
 public:
  explicit File(const std::string& path)
      : descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
    struct stat status {};
    if (descriptor_ < 0 || ::fstat(descriptor_, &status) != 0) {
      const int error = errno;
      if (descriptor_ >= 0) ::close(descriptor_);
      throw UserError(fmt::format("{}: {}", path, std::strerror(error)));
    }
    size_ = status.st_size;
    if (!S_ISREG(status.st_mode)) {
      ::close(descriptor_);
      throw UserError(path + ": is no file");
    }
  }
  ~File() { ::close(descriptor_); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  [[nodiscard]] int descriptor() const { return descriptor_; }
  [[nodiscard]] std::int64_t size() const { return size_; }

 private:
  int descriptor_;
  std::int64_t size_ = 0;
};
}  // namespace

graph::Graph parse_coreml(std::string_view bytes, const std::string& file,
                          const mil::ReadOptions& options) {
  const auto size =
      static_cast<int>(std::min<std::size_t>(bytes.size(), std::numeric_limits<int>::max()));
  io::ArrayInputStream stream(bytes.data(), size);
  Wire wire(stream, static_cast<std::int64_t>(bytes.size()), file);
  return to_graph(read_model(wire), file, options);
}

bool looks_like_model(std::string_view head) {
  // specificationVersion, a small number, then the description; ONNX begins alike, but its second
  // field is a name, whose first byte is a letter and no tag of a ModelDescription.
  if (head.size() < 5 || head[0] != '\x08' || static_cast<unsigned char>(head[1]) > 127)
    return false;
  if (head[2] != '\x12') return false;
  std::size_t at = 3;
  while (at < head.size() && (head[at] & 0x80) != 0) ++at;  // the length
  if (++at >= head.size()) return false;
  const auto tag = static_cast<unsigned char>(head[at]);
  return tag == 0x0a || tag == 0x52 || tag == 0x5a || tag == 0x62 || tag == 0x6a || tag >= 0x80;
}

namespace {
graph::Graph compiled_pipeline(const Container& container, const mil::ReadOptions& options) {
  std::vector<PipelinePart> parts;
  for (const std::string& folder : container.parts) {
    if (look_inside(folder).content == Content::pipeline) {
      throw UserError(folder + ": is a pipeline inside of a pipeline");
    }
    PipelinePart part;
    part.graph = read_coreml(folder, options);
    part.name = part.graph.name;
    parts.push_back(std::move(part));
  }
  graph::Graph graph = join_parts(std::move(parts), container.file, {});
  graph::propagate_shapes(graph);
  return graph;
}
}  // namespace

graph::Graph read_coreml(const std::string& path, const mil::ReadOptions& options) {
  const Container container = look_inside(path);
  graph::Graph graph;
  switch (container.content) {
    case Content::text:
      graph = mil::read_mil(container.file, options);
      break;
    case Content::pipeline:
      graph = compiled_pipeline(container, options);
      break;
    case Content::protobuf: {
      const File file(container.file);
      io::FileInputStream stream(file.descriptor());
      Wire wire(stream, file.size(), container.file);
      graph = to_graph(read_model(wire), container.file, options);
    }
  }
  std::filesystem::path named(path);
  if (!named.has_filename()) named = named.parent_path();
  graph.name = named.stem().string();
  return graph;
}

}  // namespace anesim::coreml
