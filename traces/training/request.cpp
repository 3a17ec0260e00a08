#include <fmt/format.h>

#include <algorithm>

#include "sim/core/error.h"
#include "traces/training/training.h"
#include "traces/workloads/named.h"

namespace anesim::training {

using workloads::Form;
using workloads::ParameterInfo;
using workloads::Values;

const std::vector<ParameterInfo>& parameters() {
  static const std::vector<ParameterInfo> table{
      {"pipeline",
       Form::word,
       "dynamic",
       "weights in the input surfaces or baked into programs",
       {"dynamic", "static"}},
      {"sequence", Form::count, "256", "positions of a microbatch", {}, 4096},
      {"batch", Form::count, "1", "microbatches of a step", {}, 64},
      {"accumulate", Form::count, "1", "steps between two updates of the weights", {}, 100000},
      {"update",
       Form::word,
       "none",
       "what the changed weights cost",
       {"none", "rewrite", "recompile", "reload"}},
      {"vocabulary",
       Form::count,
       "",
       "rows of the output matrix on the CPU (dynamic: 9205, the words of the data; static: all)",
       {},
       1 << 24},
      {"pass", Form::word, "both", "forward, backward or both", {"both", "forward", "backward"}},
      {"classifier", Form::word, "cpu", "where the output matrix runs", {"cpu", "engine"}},
  };
  return table;
}

Request parse_request(const std::filesystem::path& folder, std::string_view text) {
  const auto named = workloads::parse_named(text);
  Request r;
  r.model = language::find_model(folder, named.name);
  const Values v(r.model.name, parameters(), named.parameters, "training of");
  const auto& s = r.model.shape;
  r.pipeline = v.word("pipeline") == "static" ? Pipeline::fixed : Pipeline::dynamic;
  r.sequence = v.count("sequence");
  r.batch = v.count("batch");
  r.accumulate = v.count("accumulate");
  r.classifier_on_engine = v.word("classifier") == "engine";
  const bool compacts = r.pipeline == Pipeline::dynamic && !r.classifier_on_engine;
  const std::int64_t rows = compacts ? std::min(words_of_the_data, s.vocabulary) : s.vocabulary;
  r.vocabulary = v.count_or("vocabulary", rows);
  r.compacted = compacts && !v.has("vocabulary") && rows < s.vocabulary;
  r.forward = v.word("pass") != "backward";
  r.backward = v.word("pass") != "forward";
  const std::string& update = v.word("update");
  r.update = update == "rewrite"     ? Update::rewrite
             : update == "recompile" ? Update::recompile
             : update == "reload"    ? Update::reload
                                     : Update::none;
  const bool dynamic = r.pipeline == Pipeline::dynamic;
  if (dynamic && (r.update == Update::recompile || r.update == Update::reload))
    v.fail(
        fmt::format("parameter 'update': {} needs pipeline=static (weights of the dynamic "
                    "pipeline are rewritten)",
                    update));
  if (!dynamic && r.update == Update::rewrite)
    v.fail("parameter 'update': rewrite needs pipeline=dynamic (expected recompile or reload)");
  if (s.linear || s.sliding || s.shared_kv_from || s.per_layer_input > 0 || s.post_norms ||
      !s.gated_ffn || s.norm != language::Norm::rms || s.rotated != s.head_size)
    v.fail("the training programs are those of Llama-like layers (RMSNorm, gated FFN, full RoPE)");
  return r;
}

}  // namespace anesim::training
