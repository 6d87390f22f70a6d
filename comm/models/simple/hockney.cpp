// Rings of messages that each cost alpha + bytes / bandwidth.
#include <algorithm>

#include "comm/models/profile/structure.h"
#include "core/error.h"
#include "core/units_text.h"

namespace scalesim::comm {

namespace {

class Hockney final : public CollectiveModel {
 public:
  Hockney(const HockneyLink& inside, const HockneyLink& between) : inside_(inside), between_(between) {
    for (const HockneyLink& link : {inside, between}) {
      if (!(link.bandwidth.value() > 0) || link.alpha.value() < 0) {
        throw InputError("a link needs a latency of at least 0 and a bandwidth above 0");
      }
    }
  }

  std::string_view name() const override { return "hockney"; }

  CollectiveTime time(Collective collective, Bytes bytes, const Group& group) const override {
    SCALESIM_CHECK(group.ranks >= 1 && group.nodes >= 1 && group.groups_per_node >= 1);
    CollectiveTime answer;
    answer.algorithm = "none";
    answer.bottleneck = "none";
    if (group.ranks == 1) return answer;
    const bool across = group.nodes > 1;
    const HockneyLink& link = across ? between_ : inside_;
    const Structure ring = ring_structure(collective, group);
    const double sharing = across ? group.groups_per_node : 1;
    answer.algorithm = ring.algorithm;
    answer.protocol = "alpha-beta";
    answer.bottleneck = across ? "network" : "link inside the node";
    answer.time = ring.steps * link.alpha + sharing * ring.wire * bytes / link.bandwidth;
    answer.low = answer.time / 1.5;
    answer.high = answer.time * 1.5;
    return answer;
  }

  std::vector<Input> inputs() const override {
    return {{"link inside the node", inside_.bandwidth.value(), "B/s", to_text(inside_.bandwidth),
             Provenance::assumed, "given"},
            {"link between nodes", between_.bandwidth.value(), "B/s", to_text(between_.bandwidth),
             Provenance::assumed, "given"}};
  }

 private:
  HockneyLink inside_;
  HockneyLink between_;
};

}  // namespace

std::unique_ptr<CollectiveModel> make_hockney_model(const HockneyLink& inside, const HockneyLink& between) {
  return std::make_unique<Hockney>(inside, between);
}

}  // namespace scalesim::comm
