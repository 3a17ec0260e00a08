#include "traces/networks/networks.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/core/error.h"
#include "sim/core/text.h"
#include "traces/networks/families.h"
#include "traces/workloads/named.h"

namespace anesim::networks {

const std::vector<NetworkInfo>& networks() {
  static const std::vector<NetworkInfo> table = [] {
    std::vector<NetworkInfo> all;
    for (auto family : {bert_family,
                        convnext_family,
                        craft_family,
                        depth_anything_family,
                        edgevit_family,
                        efficientformer_family,
                        efficientformer_v2_family,
                        efficientmod_family,
                        efficientnet_family,
                        efficientvit_family,
                        fasternet_family,
                        fastvit_family,
                        feed_forward_family,
                        ghostnet_v3_family,
                        iformer_family,
                        inception_family,
                        mobile_former_family,
                        mobilenet_edgetpu_family,
                        mobilenet_v1_family,
                        mobilenet_v2_family,
                        mobilenet_v3_family,
                        mobilenet_v4_family,
                        mobileone_family,
                        mobilevit_family,
                        mobilevit_v2_family,
                        poolformer_family,
                        recnext_family,
                        repvit_family,
                        resnet_family,
                        shufflenet_family,
                        squeezenet_family,
                        stable_diffusion_family,
                        starnet_family,
                        swiftformer_family,
                        vit_family,
                        whisper_family,
                        yolo11_family,
                        yolo26_family,
                        yolo_family}) {
      for (NetworkInfo& info : family()) all.push_back(std::move(info));
    }
    std::ranges::sort(all, {}, &NetworkInfo::name);
    check(std::ranges::adjacent_find(all, {}, &NetworkInfo::name) == all.end(),
          "two networks of one name");
    return all;
  }();
  return table;
}

const NetworkInfo& find_network(std::string_view name) {
  std::vector<std::string> known;
  for (const NetworkInfo& info : networks()) {
    if (info.name == name) return info;
    known.emplace_back(info.name);
  }
  throw UserError(fmt::format("unknown network '{}'{} (see 'anesim list networks')",
                              printable(name), did_you_mean(name, known)));
}

graph::Graph make_network(std::string_view text) {
  const auto named = workloads::parse_named(text);
  const NetworkInfo& info = find_network(named.name);
  return info.make(workloads::Values(info.name, info.parameters, named.parameters, "network"));
}

}  // namespace anesim::networks
