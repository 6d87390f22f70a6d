// AlexNet as torchvision has it ("one weird trick", arXiv 1404.5997): no local response norm, one column.
#include "workloads/build/variants.h"

namespace scalesim::workloads {
namespace {

struct Variant {
  std::string_view name;
};
constexpr Variant kVariants[] = {{"alexnet"}};

Model build(const Variant& v, const ModelOptions& options) {
  Builder b(v.name, image_input(options, 224), "torchvision/models/alexnet.py; arXiv 1404.5997");
  b.conv("features.0", 64, {.kernel = 11, .stride = 4, .padding = 2, .bias = true}).act();
  b.max_pool("features.2", {3, 2});
  b.conv("features.3", 192, {.kernel = 5, .bias = true}).act().max_pool("features.5", {3, 2});
  b.conv("features.6", 384, {.kernel = 3, .bias = true}).act();
  b.conv("features.8", 256, {.kernel = 3, .bias = true}).act();
  b.conv("features.10", 256, {.kernel = 3, .bias = true}).act().max_pool("features.12", {3, 2});
  b.global_pool("avgpool", 6).flatten().dropout("classifier.0");
  b.linear("classifier.1", 4096).act().dropout("classifier.3");
  b.linear("classifier.4", 4096).act().linear("classifier.6", 1000);
  return b.take();
}

}  // namespace

std::unique_ptr<Family> make_family_alexnet() { return make_variants(kVariants, build); }

}  // namespace scalesim::workloads
