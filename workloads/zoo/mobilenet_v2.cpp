// MobileNet v2: inverted residuals, arXiv 1801.04381 table 2; torchvision/models/mobilenetv2.py.
#include <array>

#include "workloads/builder.h"
#include "workloads/zoo.h"

namespace scalesim::workloads {
namespace {

struct Row {
  int expansion, channels, repeats, stride;
};
constexpr std::array<Row, 7> kRows = {{{1, 16, 1, 1},
                                       {6, 24, 2, 2},
                                       {6, 32, 3, 2},
                                       {6, 64, 4, 2},
                                       {6, 96, 3, 1},
                                       {6, 160, 3, 2},
                                       {6, 320, 1, 1}}};

void inverted_residual(Builder& b, std::int64_t expansion, std::int64_t channels, int stride) {
  const Node input = b.here();
  const std::int64_t hidden = b.shape().channels * expansion;
  if (expansion != 1) b.conv("conv.0.0", hidden).norm("conv.0.1").act("relu6");
  b.depthwise("conv.1.0", 3, stride).norm("conv.1.1").act("relu6");
  b.conv("conv.2", channels).norm("conv.3");
  if (b.shape() == b.shape_of(input)) b.add({input, b.here()});
}

class MobileNetV2 : public Family {
 public:
  std::vector<std::string_view> names() const override { return {"mobilenet_v2"}; }

  Model build(std::string_view name, const ModelOptions& options) const override {
    const std::int64_t size = options.image.value_or(224);
    Builder b(name, {3, size, size}, "torchvision/models/mobilenetv2.py; arXiv 1801.04381");
    {
      auto in_features = b.in("features");
      b.conv("0.0", 32, {3, 2}).norm("0.1").act("relu6");
      int index = 1;
      for (const Row& row : kRows) {
        for (int i = 0; i < row.repeats; ++i) {
          auto in_block = b.block("", index++);
          inverted_residual(b, row.expansion, row.channels, i == 0 ? row.stride : 1);
        }
      }
      b.conv("18.0", 1280).norm("18.1").act("relu6");
    }
    b.global_pool("avgpool").flatten().dropout("classifier.0").linear("classifier.1", 1000);
    return b.take();
  }
};

}  // namespace

std::unique_ptr<Family> make_family_mobilenet_v2() { return std::make_unique<MobileNetV2>(); }

}  // namespace scalesim::workloads
