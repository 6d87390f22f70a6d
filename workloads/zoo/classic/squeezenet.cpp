// SqueezeNet: fire modules, arXiv 1602.07360 table 1; torchvision/models/squeezenet.py.
#include <array>

#include "workloads/build/variants.h"

namespace scalesim::workloads {
namespace {

/// A fire module's widths; a squeeze of 0 is a pooling.
struct Fire {
  int squeeze, expand;
};
constexpr Fire kPool{0, 0};

struct Variant {
  std::string_view name;
  int stem, stem_kernel;
  std::array<Fire, 10> modules;
};
constexpr Variant kVariants[] = {
    {"squeezenet1_0",
     96,
     7,
     {{{16, 64}, {16, 64}, {32, 128}, kPool, {32, 128}, {48, 192}, {48, 192}, {64, 256}, kPool, {64, 256}}}},
    {"squeezenet1_1",
     64,
     3,
     {{{16, 64}, {16, 64}, kPool, {32, 128}, {32, 128}, kPool, {48, 192}, {48, 192}, {64, 256}, {64, 256}}}},
};

void fire(Builder& b, const Fire& f) {
  const Node squeezed = b.conv("squeeze", f.squeeze, {.bias = true}).act().here();
  const Node small = b.conv("expand1x1", f.expand, {.bias = true}).act().here();
  const Node large = b.at(squeezed).conv("expand3x3", f.expand, {.kernel = 3, .bias = true}).act().here();
  b.concat({small, large});
}

Model build(const Variant& v, const ModelOptions& options) {
  Builder b(v.name, image_input(options, 224), "torchvision/models/squeezenet.py; arXiv 1602.07360");
  const Window pool{.kernel = 3, .stride = 2, .ceil = true};
  b.conv("features.0", v.stem, {.kernel = v.stem_kernel, .stride = 2, .padding = 0, .bias = true}).act();
  b.max_pool("features.2", pool);
  int index = 3;
  for (const Fire& f : v.modules) {
    if (f.squeeze == 0) {
      b.max_pool("features." + std::to_string(index++), pool);
      continue;
    }
    auto in_block = b.block("features", index++);
    fire(b, f);
  }
  b.dropout("classifier.0").conv("classifier.1", 1000, {.bias = true}).act().global_pool("classifier.3");
  return b.take();
}

}  // namespace

std::unique_ptr<Family> make_family_squeezenet() { return make_variants(kVariants, build); }

}  // namespace scalesim::workloads
