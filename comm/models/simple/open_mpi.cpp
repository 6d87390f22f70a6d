// Open MPI over host memory: which algorithm coll/tuned picks, and what its messages cost over shared memory
// and TCP.
#include <algorithm>

#include "comm/models/profile/size_table.h"
#include "comm/models/profile/structure.h"
#include "core/error.h"
#include "core/units_text.h"

namespace scalesim::comm {

namespace {

/// Seconds of `steps` messages that together carry `bytes`; each is eager or rendezvous by its own size.
double messages(const OpenMpiTransport& transport, double steps, double bytes) {
  const bool eager = bytes / std::max(1.0, steps) <= transport.eager_limit.value();
  const HockneyLink& link = eager ? transport.eager : transport.rendezvous;
  return steps * link.alpha.value() + bytes / link.bandwidth.value();
}

class OpenMpi final : public CollectiveModel {
 public:
  OpenMpi(const OpenMpiTransport& inside, const OpenMpiTransport& between, BytesPerSecond reduction)
      : inside_(inside), between_(between), reduction_(reduction) {
    if (!(reduction.value() > 0)) throw InputError("the rate of reductions must be above 0");
  }

  std::string_view name() const override { return "open_mpi"; }

  CollectiveTime time(Collective collective, Bytes bytes, const Group& group) const override {
    SCALESIM_CHECK(group.ranks >= 1 && group.nodes >= 1 && group.groups_per_node >= 1);
    CollectiveTime answer;
    answer.algorithm = "none";
    answer.bottleneck = "none";
    if (group.ranks == 1) return answer;
    const SizeTable& table =
        tables_.get(collective, group, [&](double size) { return seconds(collective, size, group); });
    answer.time = Seconds(table.at(bytes.value()));
    answer.low = answer.time / 1.5;
    answer.high = answer.time * 1.5;
    const bool across = group.nodes > 1;
    const OpenMpiTransport& transport = across ? between_ : inside_;
    answer.algorithm = open_mpi_structure(collective, bytes.value(), group).algorithm;
    answer.protocol = bytes <= transport.eager_limit ? "eager" : "rendezvous";
    answer.bottleneck = across ? "TCP" : "shared memory";
    return answer;
  }

  std::vector<Input> inputs() const override {
    const auto input = [](std::string name, BytesPerSecond rate, std::string source) {
      return Input{std::move(name), rate.value(),        "B/s",
                   to_text(rate),   Provenance::assumed, std::move(source)};
    };
    return {
        input("shared memory, large messages", inside_.rendezvous.bandwidth, "Open MPI btl/vader defaults"),
        input("between nodes, large messages", between_.rendezvous.bandwidth, "Open MPI btl/tcp defaults"),
        input("reduction on one core", reduction_, "given")};
  }

 private:
  double seconds(Collective collective, double bytes, const Group& group) const {
    const Structure structure = open_mpi_structure(collective, bytes, group);
    const bool across = group.nodes > 1;
    double total = messages(across ? between_ : inside_, structure.steps,
                            structure.wire * bytes * (across ? group.groups_per_node : 1));
    const bool reduces = collective == Collective::all_reduce || collective == Collective::reduce_scatter ||
                         collective == Collective::reduce;
    if (reduces) total += bytes * (group.ranks - 1) / group.ranks / reduction_.value();
    return total;
  }

  OpenMpiTransport inside_;
  OpenMpiTransport between_;
  BytesPerSecond reduction_;
  SizeTableCache tables_;
};

}  // namespace

OpenMpiTransport open_mpi_shared_memory() {
  // btl/vader: fast boxes and 4 KiB eager fragments at a microsecond; single copy (CMA) above, nominal 40
  // Gb/s.
  return {{Seconds(1e-6), BytesPerSecond(2.5e9)}, {Seconds(3e-6), BytesPerSecond(5e9)}, Bytes(4096)};
}

OpenMpiTransport open_mpi_tcp(BytesPerSecond line_rate) {
  // Kernel TCP: 15-30 us one way; 0.94 of line rate is what Ethernet, IP and TCP headers leave at an MTU of
  // 1500.
  return {{Seconds(25e-6), 0.94 * line_rate}, {Seconds(60e-6), 0.94 * line_rate}, Bytes(65536)};
}

std::unique_ptr<CollectiveModel> make_open_mpi_model(const OpenMpiTransport& inside,
                                                     const OpenMpiTransport& between,
                                                     BytesPerSecond reduction) {
  return std::make_unique<OpenMpi>(inside, between, reduction);
}

}  // namespace scalesim::comm
