// Wrappers around a collective model.
#include "sim/engine/changed_links.h"

#include <algorithm>

namespace scalesim::sim {
namespace {

using comm::Collective;
using comm::CollectiveModel;
using comm::CollectiveTime;
using comm::Group;

class Changed : public CollectiveModel {
 public:
  explicit Changed(std::shared_ptr<const CollectiveModel> model) : model_(std::move(model)) {}
  std::string_view name() const override { return model_->name(); }
  std::vector<Input> inputs() const override { return model_->inputs(); }

 protected:
  const CollectiveModel& model() const { return *model_; }

 private:
  std::shared_ptr<const CollectiveModel> model_;
};

class FasterLink : public Changed {
 public:
  FasterLink(std::shared_ptr<const CollectiveModel> model, std::string link, double factor)
      : Changed(std::move(model)), link_(std::move(link)), factor_(factor) {}
  CollectiveTime time(Collective collective, Bytes bytes, const Group& group) const override {
    const CollectiveTime now = model().time(collective, bytes, group);
    return now.bottleneck == link_ ? model().time(collective, bytes / factor_, group) : now;
  }

 private:
  std::string link_;
  double factor_;
};

class LessLatency : public Changed {
 public:
  LessLatency(std::shared_ptr<const CollectiveModel> model, double share)
      : Changed(std::move(model)), share_(share) {}
  CollectiveTime time(Collective collective, Bytes bytes, const Group& group) const override {
    constexpr Bytes kSmallest(1);
    CollectiveTime now = model().time(collective, bytes, group);
    const Seconds less = model().time(collective, std::min(bytes, kSmallest), group).time * share_;
    for (Seconds* time : {&now.time, &now.low, &now.high}) *time = std::max(Seconds(0), *time - less);
    return now;
  }

 private:
  double share_;
};

}  // namespace

std::shared_ptr<const CollectiveModel> with_faster_link(std::shared_ptr<const CollectiveModel> model,
                                                        std::string link, double factor) {
  return std::make_shared<FasterLink>(std::move(model), std::move(link), factor);
}

std::shared_ptr<const CollectiveModel> with_less_latency(std::shared_ptr<const CollectiveModel> model,
                                                         double share) {
  return std::make_shared<LessLatency>(std::move(model), share);
}

}  // namespace scalesim::sim
