#include "traces/coreml/model.h"

#include <fmt/format.h>

#include <array>
#include <string_view>

#include "traces/coreml/program_reader.h"

namespace anesim::coreml {

namespace {
struct Kind {
  int field;
  std::string_view what;
};
/// Model.proto: the kinds of model that have no graph.
constexpr std::array no_graph = std::to_array<Kind>({
    {300, "linear regressor"},
    {301, "support vector regressor"},
    {302, "tree ensemble regressor"},
    {304, "Bayesian probit regressor"},
    {400, "linear classifier"},
    {401, "support vector classifier"},
    {402, "tree ensemble classifier"},
    {404, "nearest neighbours classifier"},
    {555, "custom model"},
    {556, "linked model"},
    {560, "serialised classifier"},
    {600, "one-hot encoder"},
    {601, "imputer"},
    {602, "feature vectoriser"},
    {603, "dictionary vectoriser"},
    {604, "scaler"},
    {606, "categorical mapping"},
    {607, "normaliser"},
    {609, "array feature extractor"},
    {610, "non-maximum suppression"},
    {900, "identity"},
    {2000, "text classifier"},
    {2001, "word tagger"},
    {2002, "vision feature print"},
    {2003, "sound analysis preprocessing"},
    {2004, "gazetteer"},
    {2005, "word embedding"},
    {2006, "audio feature print"},
});

Pipeline read_pipeline(Wire& wire);

/// Reads one field of a Model.
void read_field(Wire& wire, int field, Model& model) {
  switch (field) {
    case 1:
      model.specification = wire.integer();
      return;
    case 2:
      model.description = read_description(wire);
      return;
    case 200:  // classifier and regressor: a pipeline in field 1
    case 201:
      wire.message([&](int inner) {
        if (inner == 1) model.content = read_pipeline(wire);
      });
      return;
    case 202:
      model.content = read_pipeline(wire);
      return;
    case 303:  // regressor
    case 403:  // classifier
    case 500:
      model.content = read_neural_network(wire);
      return;
    case 502:
      model.content = read_program(wire);
      return;
    default:
      for (const Kind& kind : no_graph) {
        if (kind.field == field) model.content = NoGraph{std::string(kind.what)};
      }
  }
}

void require_content(Wire& wire, const Model& model) {
  if (!std::holds_alternative<std::monostate>(model.content)) return;
  wire.fail(model.specification > 0 ? "the model has no content that this program knows"
                                    : "is no Core ML model");
}

Pipeline read_pipeline(Wire& wire) {
  Pipeline result;
  wire.message([&](int field) {
    if (field == 1) {
      Model model;
      wire.message([&](int inner) { read_field(wire, inner, model); });
      require_content(wire, model);
      result.models.push_back(std::move(model));
    }
    if (field == 2) result.names.push_back(wire.text());
  });
  return result;
}
}  // namespace

Model read_model(Wire& wire) {
  Model model;
  wire.fields([&](int field) { read_field(wire, field, model); });
  require_content(wire, model);
  return model;
}

}  // namespace anesim::coreml
