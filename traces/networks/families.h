// The families of networks, one file each; networks.cpp joins them into one table.
#pragma once

#include <vector>

#include "traces/networks/networks.h"

namespace anesim::networks {

/// The networks of a table of forms (each with `name` and `published`): `make` takes a form and the
/// values of `parameters`. The table must outlive the program.
[[nodiscard]] std::vector<NetworkInfo> family_of(
    const auto& table, std::string_view description,
    const std::vector<workloads::ParameterInfo>& parameters, auto make) {
  std::vector<NetworkInfo> family;
  for (const auto& form : table)
    family.push_back(
        {form.name, description, form.published, parameters,
         [&form, make](const workloads::Values& values) { return make(form, values); }});
  return family;
}

[[nodiscard]] std::vector<NetworkInfo> bert_family();
[[nodiscard]] std::vector<NetworkInfo> convnext_family();
[[nodiscard]] std::vector<NetworkInfo> craft_family();
[[nodiscard]] std::vector<NetworkInfo> depth_anything_family();
[[nodiscard]] std::vector<NetworkInfo> edgevit_family();
[[nodiscard]] std::vector<NetworkInfo> efficientformer_family();
[[nodiscard]] std::vector<NetworkInfo> efficientformer_v2_family();
[[nodiscard]] std::vector<NetworkInfo> efficientmod_family();
[[nodiscard]] std::vector<NetworkInfo> efficientnet_family();
[[nodiscard]] std::vector<NetworkInfo> efficientvit_family();
[[nodiscard]] std::vector<NetworkInfo> fasternet_family();
[[nodiscard]] std::vector<NetworkInfo> fastvit_family();
[[nodiscard]] std::vector<NetworkInfo> feed_forward_family();
[[nodiscard]] std::vector<NetworkInfo> ghostnet_v3_family();
[[nodiscard]] std::vector<NetworkInfo> iformer_family();
[[nodiscard]] std::vector<NetworkInfo> inception_family();
[[nodiscard]] std::vector<NetworkInfo> mobile_former_family();
[[nodiscard]] std::vector<NetworkInfo> mobilenet_edgetpu_family();
[[nodiscard]] std::vector<NetworkInfo> mobilenet_v1_family();
[[nodiscard]] std::vector<NetworkInfo> mobilenet_v2_family();
[[nodiscard]] std::vector<NetworkInfo> mobilenet_v3_family();
[[nodiscard]] std::vector<NetworkInfo> mobilenet_v4_family();
[[nodiscard]] std::vector<NetworkInfo> mobileone_family();
[[nodiscard]] std::vector<NetworkInfo> mobilevit_family();
[[nodiscard]] std::vector<NetworkInfo> mobilevit_v2_family();
[[nodiscard]] std::vector<NetworkInfo> poolformer_family();
[[nodiscard]] std::vector<NetworkInfo> recnext_family();
[[nodiscard]] std::vector<NetworkInfo> repvit_family();
[[nodiscard]] std::vector<NetworkInfo> resnet_family();
[[nodiscard]] std::vector<NetworkInfo> shufflenet_family();
[[nodiscard]] std::vector<NetworkInfo> squeezenet_family();
[[nodiscard]] std::vector<NetworkInfo> stable_diffusion_family();
[[nodiscard]] std::vector<NetworkInfo> starnet_family();
[[nodiscard]] std::vector<NetworkInfo> swiftformer_family();
[[nodiscard]] std::vector<NetworkInfo> vit_family();
[[nodiscard]] std::vector<NetworkInfo> whisper_family();
[[nodiscard]] std::vector<NetworkInfo> yolo11_family();
[[nodiscard]] std::vector<NetworkInfo> yolo26_family();
[[nodiscard]] std::vector<NetworkInfo> yolo_family();

}  // namespace anesim::networks
