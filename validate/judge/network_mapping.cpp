// Whole networks: the names of the measurement files and the graphs they mean. A row maps a name to
// an architecture; nothing here knows a measured value.
#include "validate/judge/network_mapping.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include "sim/core/error.h"
#include "sim/core/text.h"

namespace anesim::validate {
namespace {

/// `name` and the first words of `variant` as the files have them, and the network
/// (traces/networks). A variant of "" stands for any.
struct Row {
  std::string_view name, variant, network;
};

constexpr std::array rows{
    Row{"BERT-SQuAD FP16 (Apple sample)", "", "bert_base,sequence=384,head=tokens"},
    Row{"BERT-base-size token classifier", "", "bert_base,sequence=512,head=tokens,form=ane"},
    Row{"CRAFT text detection (EasyOCR)", "", "craft,height=736,width=1280"},
    // The page does not state the image; 512 is the network's usual one.
    Row{"CenterNet-ResNet34", "", "centernet_resnet34"},
    Row{"ConvNeXt", "T", "convnext_t"},
    Row{"DeiT", "S", "deit_small"},
    Row{"DeiT", "T distilled", "deit_tiny,distilled=true"},
    Row{"DeiT", "T", "deit_tiny"},
    Row{"Depth-Anything", "small F16", "depth_anything_small,height=396,width=518"},
    Row{"DistilBERT", "ANE-optimised, sequence 128", "distilbert,form=ane"},
    Row{"DistilBERT", "baseline, sequence 128", "distilbert"},
    Row{"EdgeViT", "XXS", "edgevit_xxs"},
    Row{"EfficientFormer", "L1", "efficientformer_l1"},
    Row{"EfficientFormer", "L3", "efficientformer_l3"},
    Row{"EfficientFormerV2", "S0", "efficientformer_v2_s0"},
    Row{"EfficientFormerV2", "S2", "efficientformer_v2_s2"},
    Row{"EfficientMod", "xxs", "efficientmod_xxs"},
    Row{"EfficientNet", "B0", "efficientnet_b0"},
    Row{"EfficientViT", "B1 r288", "efficientvit_b1,resolution=288"},
    Row{"EfficientViT", "B3 r224", "efficientvit_b3"},
    Row{"FasterNet", "T1", "fasternet_t1"},
    Row{"FastViT", "SA12", "fastvit_sa12"},
    Row{"FastViT", "T12", "fastvit_t12"},
    Row{"FastViT", "T8", "fastvit_t8"},
    Row{"Gemma 4 12B first MLP, W4A16, K=32 groups decomposed", "",
        "gated_mlp,width=3840,hidden=15360,activation=gelu,groups_of=32"},
    Row{"Gemma 4 E4B first MLP", "", "gated_mlp,width=2560,hidden=10240,activation=gelu"},
    Row{"Gemma 4 E4B first MLP repeated eight times behind an FP16 RMS norm", "",
        "gated_mlp,width=2560,hidden=10240,activation=gelu,layers=8,norm=rms"},
    Row{"GhostNetV3", "1.0x", "ghostnet_v3_100"},
    Row{"GhostNetV3", "1.6x", "ghostnet_v3_160"},
    Row{"MobileFormer", "294M", "mobile_former_294m"},
    Row{"MobileNetEdgeTPU", "x1.0", "mobilenet_edgetpu"},
    Row{"MobileNetV2", "x0.5", "mobilenet_v2,width=50"},
    Row{"MobileNetV2", "x1.0", "mobilenet_v2"},
    Row{"MobileNetV2", "x1.4", "mobilenet_v2,width=140"},
    Row{"MobileNetV2", "x2.0", "mobilenet_v2,width=200"},
    Row{"MobileNetV3-L", "x0.75", "mobilenet_v3_large,width=75"},
    Row{"MobileNetV4", "Conv-L", "mobilenet_v4_conv_l"},
    Row{"MobileNetV4", "Conv-S", "mobilenet_v4_conv_s"},
    Row{"MobileOne", "S0", "mobileone_s0"},
    Row{"MobileOne", "S1", "mobileone_s1"},
    Row{"MobileOne", "S2", "mobileone_s2"},
    Row{"MobileOne", "S3", "mobileone_s3"},
    Row{"MobileOne", "S4", "mobileone_s4"},
    Row{"MobileViT", "XXS", "mobilevit_xxs"},
    Row{"MobileViT", "XS", "mobilevit_xs"},
    Row{"MobileViT", "S", "mobilevit_s"},
    Row{"MobileViTv2", "1.5", "mobilevit_v2_150"},
    Row{"PoolFormer", "S12", "poolformer_s12"},
    Row{"PoolFormer", "S36", "poolformer_s36"},
    Row{"RecNeXt", "A1", "recnext_a1"},
    Row{"RecNeXt", "A3", "recnext_a3"},
    Row{"RecNeXt", "A5", "recnext_a5"},
    Row{"RecNeXt", "M1", "recnext_m1"},
    Row{"RecNeXt", "M3", "recnext_m3"},
    Row{"RecNeXt", "M5", "recnext_m5"},
    Row{"RepViT", "M1.1", "repvit_m1_1"},
    Row{"RepViT-SAM image encoder", "", "repvit_sam_encoder"},
    Row{"ResNet", "18", "resnet18"},
    Row{"ResNet", "50", "resnet50"},
    Row{"ResNet-18", "batch norm folded", "resnet18"},
    Row{"ResNet-50", "", "resnet50"},
    Row{"ShuffleNetV2", "x1.5", "shufflenet_v2_x1_5"},
    Row{"StarNet", "050", "starnet_050"},
    Row{"StarNet", "150", "starnet_150"},
    Row{"StarNet", "S2", "starnet_s2"},
    Row{"StarNet", "S4", "starnet_s4"},
    Row{"StarNet sum variant", "S2", "starnet_s2,join=sum"},
    Row{"StarNet sum variant", "S4", "starnet_s4,join=sum"},
    // Positions are not stated; the programs of that repository that do state them have 64.
    Row{"SwiGLU-style FFN stack", "dim 64 hidden 128, 1 layers in one program",
        "gated_mlp,width=64,hidden=128,activation=silu,positions=64"},
    Row{"SwiGLU-style FFN stack", "dim 64 hidden 128, 12 layers in one program",
        "gated_mlp,width=64,hidden=128,activation=silu,positions=64,layers=12"},
    Row{"SwiGLU-style FFN stack", "dim 288 hidden 768, 1 layers in one program",
        "gated_mlp,width=288,hidden=768,activation=silu,positions=64"},
    Row{"SwiGLU-style FFN stack", "dim 288 hidden 768, 12 layers in one program",
        "gated_mlp,width=288,hidden=768,activation=silu,positions=64,layers=12"},
    Row{"SwiGLU-style FFN stack", "dim 768 hidden 2048, 1 layers in one program",
        "gated_mlp,width=768,hidden=2048,activation=silu,positions=64"},
    Row{"SwiGLU-style FFN stack", "dim 768 hidden 2048, 12 layers in one program",
        "gated_mlp,width=768,hidden=2048,activation=silu,positions=64,layers=12"},
    Row{"SwiftFormer", "L3", "swiftformer_l3"},
    Row{"SwiftFormer", "XS", "swiftformer_xs"},
    Row{"UForm image encoder", "english-base", "uform_base_image"},
    Row{"UForm image encoder", "english-small", "uform_small_image"},
    Row{"SwiftFormer ablation", "EfficientFormer-L1 with conv encoder and additive attention",
        "efficientformer_l1,mixer=swiftformer"},
    Row{"ViT-B/16", "12 layers, 197 tokens", "vit_base"},
    Row{"Whisper encoder", "base", "whisper_base_encoder"},
    Row{"Whisper encoder", "medium", "whisper_medium_encoder"},
    Row{"Whisper encoder", "small", "whisper_small_encoder"},
    Row{"Whisper encoder", "tiny", "whisper_tiny_encoder"},
    Row{"YOLO11n detect", "raw head", "yolo11n"},
    Row{"YOLO26n obb", "app burst", "yolo26n_obb,resolution=640"},
    Row{"YOLO26n segment", "app burst", "yolo26n_seg"},
    Row{"iFormer", "L2", "iformer_l2"},
    Row{"iFormer", "S", "iformer_s"},
    Row{"iFormer ablation", "M with depthwise conv in FFN", "iformer_m,ffn=depthwise"},
    Row{"iFormer ablation", "M with pre-LN and SiLU attention", "iformer_m,attention=pre_ln_silu"},
    Row{"iFormer ablation", "SHA with split, 1/4 channels and concat",
        "iformer_m,attention=split_quarter"},
    Row{"iFormer ablation", "SHA with split", "iformer_m,attention=split"},
    Row{"iFormer ablation", "kernel 3x3 instead of 7x7", "iformer_m,kernel=3"},
};

/// Networks that are known but for something that the measurement does not say.
struct Unstated {
  std::string_view name, what;
};
constexpr std::array unstated{
    Unstated{"MiniMax H3 DiT block", "positions"},
    Unstated{"MiniMax H3 DiT, 50 blocks", "positions"},
    Unstated{"all-MiniLM-L6-v2", "tokens"},
};

/// Pipelines: programs called one after another, each so many times.
struct Pipeline {
  std::string_view name, variant;
  std::vector<std::pair<std::string_view, int>> programs;
};
const std::vector<Pipeline>& pipelines() {
  static const std::vector<Pipeline> table{
      // One program a half layer; the Stories configurations of that repository have 256 positions.
      {"stories110m",
       "dim 768, 12 layers, 24 evaluations",
       {{"decoder_layers,layers=1,part=attention", 12},
        {"decoder_layers,layers=1,part=feed_forward", 12}}},
      {"stories110m",
       "dim 768, 12 layers, whole forward pass in one program",
       {{"decoder_layers", 1}}},
      {"stories15m",
       "dim 288, 6 layers, 12 evaluations",
       {{"decoder_layers,width=288,hidden=768,heads=6,layers=1,part=attention", 6},
        {"decoder_layers,width=288,hidden=768,heads=6,layers=1,part=feed_forward", 6}}},
      {"Stable Diffusion 1.4",
       "end to end, 50 steps, SPLIT_EINSUM, fp16",
       {{"clip_l_text,batch=2", 1}, {"sd15_unet,batch=2", 50}, {"sd_vae_decoder", 1}}},
      {"Stable Diffusion 2.1 base",
       "end to end, 20 steps",
       {{"clip_h_text,batch=2", 1},
        {"sd21_unet,batch=2,attention=split_einsum_v2", 20},
        {"sd_vae_decoder", 1}}},
      {"Stable Diffusion 2.1 base",
       "unet step, SPLIT_EINSUM_V2, 6 bit",
       {{"sd21_unet,batch=2,attention=split_einsum_v2", 1}}},
      {"Stable Diffusion XL iOS",
       "end to end, 20 steps",
       {{"clip_l_text,batch=2", 1},
        {"clip_g_text,batch=2", 1},
        {"sdxl_unet,batch=2,latent=96", 20},
        {"sd_vae_decoder,latent=96", 1}}},
      {"Stable Diffusion XL iOS",
       "unet step, SPLIT_EINSUM, 4.04 bit mixed",
       {{"sdxl_unet,batch=2,latent=96", 1}}},
  };
  return table;
}

/// Stored formats in words.
struct Precision {
  std::string_view words, parameters;
};
constexpr std::array precisions{
    Precision{"fp16", ""},
    Precision{"FP16", ""},
    // cadamcat's files: four-bit codes in a palette.
    Precision{"W4A16", "weight_dtype=lut4"},
    Precision{"A8W4", "weight_dtype=lut4,activation_dtype=int8"},
    Precision{"lut1", "weight_dtype=lut1"},
    Precision{"lut2", "weight_dtype=lut2"},
    Precision{"lut4", "weight_dtype=lut4"},
    Precision{"lut6", "weight_dtype=lut6"},
    Precision{"lut8", "weight_dtype=lut8"},
    Precision{"lut6 weights, fp16 activations", "weight_dtype=lut6"},
    Precision{"lut8 weights, fp16 activations", "weight_dtype=lut8"},
    Precision{"w8a16", "weight_dtype=int8"},
    Precision{"mixed-bit palettized (4.04 bit mean), fp16 activations", "weight_dtype=lut4"},
    Precision{"int8 weights, fp16 activations", "weight_dtype=int8"},
    Precision{"int8 weights and activations", "weight_dtype=int8,activation_dtype=int8"},
    Precision{"sparse", "weight_dtype=sparse"},
    // UForm's: an engine takes no fp32, and 8-bit activations are not said: weights are the int8.
    Precision{"mix of int8, fp16 and fp32", "weight_dtype=int8"},
};

using Values = std::map<std::string, std::string, std::less<>>;

void add(Values& values, std::string_view text) {
  for (const auto& [key, value] : workloads::parse_parameters(text).values) values[key] = value;
}

/// The whole number before `end` in text that starts with `start`.
std::optional<int> number_between(std::string_view text, std::string_view start,
                                  std::string_view end) {
  if (!text.starts_with(start) || !text.ends_with(end)) return std::nullopt;
  text.remove_prefix(start.size());
  text.remove_suffix(std::min(text.size(), end.size()));
  int number = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || stop != text.data() + text.size()) return std::nullopt;
  return number;
}

/// What follows the architecture in a variant: stored formats, a larger image, a source. False for
/// words without a meaning here. The formats themselves stand in `precision`.
bool apply_rest(Values& values, std::string_view rest) {
  if (rest.empty() || rest == "fp16" || rest == "w8" || rest == "w8a8" ||
      rest == "w8a8 symmetric per channel" || rest == "(MLPerf Mobile)" ||
      rest == ", one fused program") {
    return true;
  }
  if (const auto side = number_between(rest, "backbone ", "")) {
    values["resolution"] = fmt::format("{}", *side);
    values["head"] = "none";
    return true;
  }
  if (const auto percent = number_between(rest, "sparse ", "%")) {
    values["weight_sparsity"] = fmt::format("{}", *percent / 100.0);
    return true;
  }
  if (number_between(rest, "batch ", "")) return true;  // the case has it too
  if (rest.starts_with("palettized ")) {
    if (rest.ends_with(" bit") || rest.ends_with(" bit per tensor")) return true;
    const auto group = rest.find(" bit group ");
    if (group != std::string_view::npos) {
      values["palette_group"] = std::string(rest.substr(group + 11));
      return true;
    }
  }
  return false;
}

bool apply_precision(Values& values, const Workload& workload) {
  if (!workload.precision) return true;
  for (const Precision& precision : precisions) {
    if (precision.words != *workload.precision) continue;
    add(values, precision.parameters);
    return true;
  }
  return false;
}

/// Inputs that are not an image of the usual size.
void apply_input(Values& values, const Workload& workload) {
  if (workload.batch && *workload.batch > 1) values["batch"] = fmt::format("{}", *workload.batch);
  const std::string input = workload.input.value_or("");
  if (const auto positions = number_between(input, "", " positions"))
    values["positions"] = fmt::format("{}", *positions);
}

/// Calls of a request that goes through the program in tiles ("...; tiles of 64 positions").
int tile_calls(Values& values, const Workload& workload) {
  const std::string variant = workload.variant.value_or("");
  const auto from = variant.rfind("; tiles of ");
  if (from == std::string::npos) return 1;
  const auto tile =
      number_between(std::string_view(variant).substr(from), "; tiles of ", " positions");
  const auto all = number_between(workload.input.value_or(""), "", " positions");
  if (!tile || !all || *tile < 1) return 1;
  values["positions"] = fmt::format("{}", *tile);
  return (*all + *tile - 1) / *tile;
}

ProgramRequest program(std::string_view network, const Values& more) {
  const auto end = network.find(',');
  ProgramRequest request{fmt::format("network:{}", network.substr(0, end)), {}};
  if (end != std::string_view::npos)
    request.parameters = workloads::parse_parameters(network.substr(end + 1));
  for (const auto& [key, value] : more) request.parameters.values[key] = value;
  return request;
}

bool map_pipeline(CaseRequest& request, const Values& format) {
  const Workload& workload = request.measured->workload;
  for (const Pipeline& pipeline : pipelines()) {
    if (pipeline.name != workload.name || pipeline.variant != workload.variant) continue;
    for (const auto& [network, calls] : pipeline.programs)
      request.points.push_back({static_cast<double>(calls), program(network, format)});
    request.sequence = true;
    return true;
  }
  return false;
}

}  // namespace

std::string network_name(const Workload& workload) {
  std::string name = workload.name.value_or("");
  if (workload.variant) name += (name.empty() ? "" : " ") + *workload.variant;
  return name;
}

void map_network(CaseRequest& request) {
  const Workload& workload = request.measured->workload;
  request.placed = true;
  Values values;
  if (!apply_precision(values, workload)) {
    request.unsupported =
        fmt::format("no stored format is known for '{}'", printable(*workload.precision));
    return;
  }
  if (map_pipeline(request, values)) return;
  apply_input(values, workload);
  const std::string_view variant = workload.variant ? std::string_view(*workload.variant) : "";
  for (const Row& row : rows) {
    if (row.name != workload.name || !variant.starts_with(row.variant)) continue;
    std::string_view rest = variant.substr(row.variant.size());
    // S, not S0
    if (!row.variant.empty() && !rest.empty() && rest.front() != ' ' && rest.front() != ',')
      continue;
    if (rest.starts_with(' ')) rest.remove_prefix(1);
    // A row for every variant does not read it: it describes what the network is.
    if (!row.variant.empty() || rest.starts_with("batch ")) {
      if (!apply_rest(values, rest)) continue;
    }
    const int calls = tile_calls(values, workload);
    request.points.push_back({static_cast<double>(calls), program(row.network, values)});
    request.sequence = calls > 1;
    return;
  }
  const std::string network = printable(network_name(workload));
  request.unsupported = fmt::format("no graph of '{}' is built in (see --graph)", network);
  for (const Unstated& form : unstated)
    if (form.name == workload.name)
      request.unsupported =
          fmt::format("the number of {} of '{}' is not stated (see --graph)", form.what, network);
}

void supply_graphs(std::vector<CaseRequest>& requests, const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    bool found = false;
    std::vector<std::string> known;
    for (CaseRequest& request : requests) {
      if (request.measured->workload.kind != Kind::model) continue;
      const std::string own = network_name(request.measured->workload);
      known.push_back(own);
      if (own != name) continue;
      request.points = {{1, {"graph:" + name, {}}}};
      request.sequence = false;
      request.placed = true;
      request.unsupported.clear();
      found = true;
    }
    if (!found)
      throw UserError(
          fmt::format("--graph: no case is named '{}'{} (a name and its variant, as "
                      "'anesim validate -o json' shows them)",
                      printable(name), did_you_mean(name, known)));
  }
}

}  // namespace anesim::validate
