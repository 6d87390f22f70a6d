// A family of networks added as one file: one linear layer behind one convolution.
#include "workloads/build/variants.h"

namespace scalesim::workloads {
namespace {

struct Variant {
  std::string_view name;
};
constexpr Variant kVariants[] = {{"added_net"}};

Model build(const Variant& v, const ModelOptions& options) {
  Builder b(v.name, image_input(options, 32), "written for this test");
  b.conv("features", 8, {.kernel = 3}).act().global_pool("pool").flatten().linear("classifier", 10);
  return b.take();
}

}  // namespace

std::unique_ptr<Family> make_family_added_net() { return make_variants(kVariants, build); }

}  // namespace scalesim::workloads
