// StarNet (ma-xu/Rewrite-the-Stars): two branches of a block multiplied element by element.
#include <array>

#include "traces/networks/families.h"
#include "traces/networks/net.h"

namespace anesim::networks {
namespace {

struct StarNet {
  std::string_view name;
  std::int64_t width, ratio;
  std::array<std::int64_t, 4> depths;
  Published published;
};
constexpr std::string_view source = "arXiv 2403.19967 tables 6 and 19";
constexpr std::array table{
    StarNet{"starnet_050", 16, 3, {1, 1, 3, 1}, {0.54e6, 92.8e6, source}},
    StarNet{"starnet_150", 24, 3, {1, 2, 4, 2}, {1.56e6, 229e6, source}},
    StarNet{"starnet_s1", 24, 4, {2, 2, 8, 3}, {2.9e6, 425e6, source}},
    StarNet{"starnet_s2", 32, 4, {1, 2, 6, 2}, {3.7e6, 547e6, source}},
    StarNet{"starnet_s3", 32, 4, {2, 2, 8, 4}, {5.8e6, 757e6, source}},
    StarNet{"starnet_s4", 32, 4, {3, 3, 12, 5}, {7.5e6, 1075e6, source}},
};

TensorId block(Net& net, TensorId x, std::int64_t ratio, std::string_view join) {
  const std::int64_t width = net.channels(x);
  const TensorId y = net.depthwise(x, {.kernel = 7});
  const TensorId one = net.conv(y, ratio * width, {.activation = "relu6"});
  const TensorId two = net.conv(y, ratio * width);
  const TensorId joined = net.conv(net.binary(join, one, two), width);
  return net.add(x, net.depthwise(joined, {.kernel = 7}));
}

graph::Graph make(const StarNet& form, const Values& values) {
  Net net(std::string(form.name), values);
  const std::string_view join = values.word("join") == "sum" ? "add" : "mul";
  TensorId x = net.conv(net.image(), 32, {.kernel = 3, .stride = 2, .activation = "relu6"});
  for (std::size_t stage = 0; stage < form.depths.size(); ++stage) {
    net.at("stage" + std::to_string(stage + 1) + ".");
    x = net.conv(x, form.width << stage, {.kernel = 3, .stride = 2});
    for (std::int64_t i = 0; i < form.depths[stage]; ++i) {
      net.at("stage" + std::to_string(stage + 1) + ".block" + std::to_string(i + 1) + ".");
      x = block(net, x, form.ratio, join);
    }
  }
  return net.finish({net.classifier(x)});
}

}  // namespace

std::vector<NetworkInfo> starnet_family() {
  std::vector<NetworkInfo> family;
  for (const StarNet& form : table) {
    family.push_back({form.name, "branches joined element by element, image classification",
                      form.published,
                      with({{"join",
                             Form::word,
                             "product",
                             "of the branches; sum: the ablation of the paper",
                             {"product", "sum"}}},
                           image_parameters()),
                      [&form](const Values& values) { return make(form, values); }});
  }
  return family;
}

}  // namespace anesim::networks
