#include "traces/onnx/onnx.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "sim/core/text.h"
#include "traces/onnx/importer.h"
#include "traces/onnx/proto.h"
#include "traces/onnx/wire.h"

namespace anesim::onnx {

namespace {
/// A file as memory that the system fills where it is read: weights are stepped over, not loaded.
class Mapped {
 public:
  explicit Mapped(const std::string& path) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return;
    struct stat about {};
    if (::fstat(fd, &about) == 0 && S_ISREG(about.st_mode) && about.st_size > 0) {
      size_ = static_cast<std::size_t>(about.st_size);
      void* const start = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, fd, 0);
      const int error = errno;
      ::close(fd);
      if (start == MAP_FAILED) {
        throw UserError(fmt::format("cannot read '{}': {}", printable(path, 200), strerror(error)));
      }
      start_ = start;
      return;
    }
    ::close(fd);
  }
  ~Mapped() {
    if (start_ != nullptr) ::munmap(start_, size_);
  }
  Mapped(const Mapped&) = delete;
  Mapped& operator=(const Mapped&) = delete;

  [[nodiscard]] bool valid() const { return start_ != nullptr; }
  [[nodiscard]] std::string_view bytes() const { return {static_cast<const char*>(start_), size_}; }

 private:
  void* start_ = nullptr;
  std::size_t size_ = 0;
};
}  // namespace

bool is_onnx(std::string_view bytes) {
  constexpr char ir_version_tag = 0x08;
  return bytes.size() > 2 && bytes[0] == ir_version_tag && bytes[1] > 0 && bytes[1] < 32;
}

namespace {
graph::Graph parse(std::string_view bytes, const Source& source, const ReadOptions& options) {
  const std::string& file = source.file;
  const std::string structure = without_weights(bytes, file);
  ::onnx::ModelProto model;
  if (!model.ParseFromString(structure)) {
    throw UserError({file, 0, 0},
                    "is no ONNX model: a field has the wrong form (or types nest too deep)");
  }
  if (!model.has_graph()) throw UserError({file, 0, 0}, "is no ONNX model: it has no graph");
  return import_model(model, source, options);
}
}  // namespace

graph::Graph parse_onnx(std::string_view bytes, const std::string& file,
                        const ReadOptions& options) {
  return parse(bytes, {file, ""}, options);
}

graph::Graph read_onnx(const std::string& path, const ReadOptions& options) {
  const auto named = [&](graph::Graph graph) {
    graph.name = path == "-" ? "stdin" : std::filesystem::path(path).stem().string();
    return graph;
  };
  if (path != "-") {
    const Mapped file(path);
    const std::string folder = std::filesystem::path(path).parent_path().string();
    const Source source{path, folder.empty() ? "." : folder};
    if (file.valid()) return named(parse(file.bytes(), source, options));
  }
  // Standard input, a pipe, or something that cannot be read: the message names it.
  return named(parse_onnx(read_whole_file(path), path == "-" ? "stdin" : path, options));
}

}  // namespace anesim::onnx
