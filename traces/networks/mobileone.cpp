// MobileOne S0 to S4 in inference form: all branches of a block merged into one convolution each.
#include <array>

#include "traces/networks/families.h"
#include "traces/networks/net.h"

namespace anesim::networks {
namespace {

struct MobileOne {
  std::string_view name;
  std::array<std::int64_t, 4> widths;
  std::int64_t stem;
  bool excite;  ///< in the last five blocks of stage 3 and in stage 4
  Published published;
};
constexpr std::string_view source = "arXiv 2206.04040, apple/ml-mobileone";
constexpr std::array table{
    MobileOne{"mobileone_s0", {48, 128, 256, 1024}, 48, false, {2.079e6, 0.275e9, source}},
    MobileOne{"mobileone_s1", {96, 192, 512, 1280}, 64, false, {4.765e6, 0.825e9, source}},
    MobileOne{"mobileone_s2", {96, 256, 640, 2048}, 64, false, {7.808e6, 1.298e9, source}},
    MobileOne{"mobileone_s3", {128, 320, 768, 2048}, 64, false, {10.078e6, 1.896e9, source}},
    MobileOne{"mobileone_s4", {192, 448, 896, 2048}, 64, true, {14.838e6, 2.979e9, source}},
};
constexpr std::array<std::int64_t, 4> blocks{2, 8, 10, 1};

graph::Graph make(const MobileOne& form, const Values& values) {
  Net net(std::string(form.name), values);
  TensorId x = net.conv(net.image(), form.stem, {.kernel = 3, .stride = 2, .activation = "relu"});
  const auto finished = [&](TensorId y, bool excite) {
    if (excite) y = net.excite(y, {.inner = net.channels(y) / 16});
    return net.activate(y, "relu");
  };
  for (std::size_t stage = 0; stage < blocks.size(); ++stage) {
    for (std::int64_t i = 0; i < blocks[stage]; ++i) {
      net.at("stage" + std::to_string(stage + 1) + ".block" + std::to_string(i + 1) + ".");
      const bool excite = form.excite && (stage == 3 || (stage == 2 && i >= 5));
      x = finished(net.depthwise(x, {.kernel = 3, .stride = i == 0 ? 2 : 1}), excite);
      x = finished(net.conv(x, form.widths[stage]), excite);
    }
  }
  return net.finish({net.classifier(x)});
}

}  // namespace

std::vector<NetworkInfo> mobileone_family() {
  return family_of(table, "reparameterised plain network, image classification", image_parameters(),
                   make);
}

}  // namespace anesim::networks
