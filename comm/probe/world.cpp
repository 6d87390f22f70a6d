// The world of one rank, and the choice between it and MPI.
#include "comm/probe/world.h"

namespace scalesim::comm {
namespace {

class SingleRank : public World {
 public:
  int rank() const override { return 0; }
  int size() const override { return 1; }
  bool distributed() const override { return false; }
  void barrier() override {}
  std::string broadcast(const std::string& text) override { return text; }
  std::vector<std::string> gather(const std::string& text) override { return {text}; }
};

}  // namespace

std::unique_ptr<World> single_rank_world() { return std::make_unique<SingleRank>(); }

std::unique_ptr<World> join_world() { return single_rank_world(); }

}  // namespace scalesim::comm
