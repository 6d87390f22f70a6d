// Turns a model's answer into costs of single messages, and plays them.
#include "sim/engine/message_model.h"

#include <algorithm>
#include <optional>

#include "sim/engine/message_engine.h"

namespace scalesim::sim {
namespace {

using comm::Collective;

struct Ring {
  MessagePattern pattern;
  int steps;
};

std::optional<Ring> ring_of(Collective collective, int ranks) {
  switch (collective) {
    case Collective::all_reduce:
      return Ring{MessagePattern::ring_all_reduce, 2 * (ranks - 1)};
    case Collective::all_gather:
      return Ring{MessagePattern::ring_all_gather, ranks - 1};
    case Collective::reduce_scatter:
      return Ring{MessagePattern::ring_reduce_scatter, ranks - 1};
    default:
      return std::nullopt;
  }
}

class MessageModel : public comm::CollectiveModel {
 public:
  explicit MessageModel(std::shared_ptr<const comm::CollectiveModel> inner) : inner_(std::move(inner)) {}
  std::string_view name() const override { return "messages"; }
  std::vector<Input> inputs() const override { return inner_->inputs(); }

  comm::CollectiveTime time(Collective collective, Bytes bytes, const comm::Group& group) const override {
    comm::CollectiveTime answer = inner_->time(collective, bytes, group);
    const auto ring = ring_of(collective, group.ranks);
    if (!ring || group.ranks < 2 || answer.time <= Seconds(0)) return answer;
    const Seconds played = play(*ring, bytes, group, answer.time, collective);
    const double ratio = played / answer.time;
    answer.time = played;
    answer.low *= ratio;
    answer.high *= ratio;
    return answer;
  }

 private:
  Seconds play(const Ring& ring, Bytes bytes, const comm::Group& group, Seconds whole,
               Collective collective) const {
    const Seconds latency = std::min(whole, inner_->time(collective, Bytes(1), group).time);
    MessageCosts costs;
    costs.latency = latency.value() / ring.steps;
    const double wire = std::max(1e-15, (whole - latency).value() / ring.steps);
    costs.bandwidth = bytes.value() / group.ranks / wire;
    return simulate_messages(ring.pattern, group.ranks, bytes, 1, costs, LinkMap(group.ranks)).time;
  }

  std::shared_ptr<const comm::CollectiveModel> inner_;
};

}  // namespace

std::shared_ptr<const comm::CollectiveModel> message_model(
    std::shared_ptr<const comm::CollectiveModel> inner) {
  return std::make_shared<MessageModel>(std::move(inner));
}

}  // namespace scalesim::sim
