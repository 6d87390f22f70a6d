// The simple network models by hand: Hockney's rings, Open MPI's messages, the hierarchical bound.
#include <gtest/gtest.h>

#include "comm/collective/model.h"
#include "core/error.h"
#include "topology/system/load_cluster.h"

namespace scalesim::comm {
namespace {

HockneyLink link(double alpha, double bandwidth) { return {Seconds(alpha), BytesPerSecond(bandwidth)}; }

// Inside 2 us and 10 GB/s, between 20 us and 1 GB/s.
std::unique_ptr<CollectiveModel> hockney() { return make_hockney_model(link(2e-6, 10e9), link(20e-6, 1e9)); }

// Four ranks, 1 MB: 6 steps of 2 us and 1.5 MB at 10 GB/s = 12 + 150 us; between nodes, with three groups on
// every NIC, 6 x 20 us and 4.5 MB at 1 GB/s = 120 + 4500 us.
TEST(Hockney, AddsStepsAndBytes) {
  const CollectiveTime inside = hockney()->time(Collective::all_reduce, Bytes(1e6), {4, 1, 3});
  EXPECT_NEAR(inside.time.value(), 162e-6, 1e-12);
  EXPECT_NEAR(inside.low.value(), 108e-6, 1e-12);
  EXPECT_NEAR(inside.high.value(), 243e-6, 1e-12);
  EXPECT_EQ(inside.bottleneck, "link inside the node");
  const CollectiveTime between = hockney()->time(Collective::all_reduce, Bytes(1e6), {4, 2, 3});
  EXPECT_NEAR(between.time.value(), 4620e-6, 1e-12);
  EXPECT_EQ(between.bottleneck, "network");
}

// Steps and bytes of the others over four ranks in one node: gathers 3 and 0.75, broadcast 3 and 1,
// send-receive 1 and 1, all-to-all 3 and 0.75.
TEST(Hockney, KnowsEveryCollective) {
  const std::pair<Collective, double> times[] = {
      {Collective::all_gather, 6e-6 + 75e-6},    {Collective::reduce_scatter, 6e-6 + 75e-6},
      {Collective::broadcast, 6e-6 + 100e-6},    {Collective::reduce, 6e-6 + 100e-6},
      {Collective::send_receive, 2e-6 + 100e-6}, {Collective::all_to_all, 6e-6 + 75e-6}};
  for (const auto& [collective, time] : times)
    EXPECT_NEAR(hockney()->time(collective, Bytes(1e6), {4, 1, 1}).time.value(), time, 1e-12)
        << to_text(collective);
  // On two nodes two of the three peers are elsewhere: 2 ranks x 3/4 x 2/3 = 1 buffer per NIC.
  EXPECT_NEAR(hockney()->time(Collective::all_to_all, Bytes(1e6), {4, 2, 1}).time.value(), 60e-6 + 1e-3,
              1e-12);
}

TEST(Hockney, OneRankIsDoneAtOnceAndWrongLinksAreRefused) {
  EXPECT_EQ(hockney()->time(Collective::all_reduce, Bytes(1e6), {1, 1, 1}).time, Seconds(0));
  EXPECT_THROW(make_hockney_model(link(-1e-6, 1e9), link(0, 1e9)), InputError);
  EXPECT_THROW(make_hockney_model(link(0, 1e9), link(0, 0)), InputError);
  EXPECT_NO_THROW(make_hockney_model(link(0, 1), link(0, 1)));
}

OpenMpiTransport transport(double eager_alpha, double eager, double alpha, double rate, double limit) {
  return {link(eager_alpha, eager), link(alpha, rate), Bytes(limit)};
}

std::unique_ptr<CollectiveModel> open_mpi() {
  return make_open_mpi_model(transport(1e-6, 2e9, 3e-6, 4e9, 4096), transport(10e-6, 1e9, 50e-6, 1e9, 65536),
                             BytesPerSecond(1e9));
}

// All-gather over four ranks doubles: 2 steps, 3/4 of the buffer. 8 KiB: 6144 B in messages of 3072, eager:
// 2 + 3.072 us. 64 KiB: 49152 B in messages of 24576, rendezvous: 6 + 12.288 us.
TEST(OpenMpiModel, SmallMessagesAreEager) {
  const auto time = [](double bytes) {
    return open_mpi()->time(Collective::all_gather, Bytes(bytes), {4, 1, 1});
  };
  EXPECT_NEAR(time(8192).time.value(), 5.072e-6, 1e-12);
  EXPECT_NEAR(time(65536).time.value(), 18.288e-6, 1e-12);
  EXPECT_EQ(time(4096).protocol, "eager");
  EXPECT_EQ(time(4097).protocol, "rendezvous");
  EXPECT_EQ(time(8192).bottleneck, "shared memory");
}

// An all-reduce of 4 KiB over four ranks: two exchanges of the whole, 2 us + 8192 B / 2 GB/s, and 3/4 of 4096
// B summed at 1 GB/s: 2 + 4.096 + 3.072 us.
TEST(OpenMpiModel, SumsTakeTime) {
  const CollectiveTime time = open_mpi()->time(Collective::all_reduce, Bytes(4096), {4, 1, 1});
  EXPECT_NEAR(time.time.value(), 9.168e-6, 1e-12);
  EXPECT_EQ(time.algorithm, "recursive doubling");
  EXPECT_NEAR(time.high / time.low, 2.25, 1e-12);
  // A reduce sums, a broadcast of the same shape does not: 3/4 x 4096 B.
  const auto of = [](Collective c) { return open_mpi()->time(c, Bytes(4096), {4, 1, 1}).time.value(); };
  EXPECT_NEAR(of(Collective::reduce) - of(Collective::broadcast), 3.072e-6, 1e-12);
}

// Two groups on every node share the wire: broadcast of 64 KiB from one node to another, one step, twice the
// bytes: beyond the eager limit.
TEST(OpenMpiModel, GroupsShareTheNetwork) {
  const auto time = [](int groups) {
    return open_mpi()->time(Collective::broadcast, Bytes(65536), {2, 2, groups}).time.value();
  };
  EXPECT_NEAR(time(1), 10e-6 + 65.536e-6, 1e-11);
  EXPECT_NEAR(time(2), 50e-6 + 131.072e-6, 1e-11);
  EXPECT_EQ(open_mpi()->time(Collective::broadcast, Bytes(1), {2, 2, 1}).bottleneck, "TCP");
}

// Open MPI's defaults: 4 KiB and 64 KiB are eager; headers leave 0.94 of the line rate.
TEST(OpenMpiModel, DefaultsAreThoseOfItsTransports) {
  EXPECT_EQ(open_mpi_shared_memory().eager_limit, Bytes(4096));
  EXPECT_EQ(open_mpi_tcp(BytesPerSecond(1.25e9)).eager_limit, Bytes(65536));
  EXPECT_DOUBLE_EQ(open_mpi_tcp(BytesPerSecond(1e9)).rendezvous.bandwidth.value(), 0.94e9);
  EXPECT_DOUBLE_EQ(open_mpi_tcp(BytesPerSecond(1e9)).eager.bandwidth.value(), 0.94e9);
  EXPECT_LT(open_mpi_shared_memory().eager.alpha, open_mpi_shared_memory().rendezvous.alpha);
  EXPECT_LT(open_mpi_tcp(BytesPerSecond(1e9)).eager.alpha,
            open_mpi_tcp(BytesPerSecond(1e9)).rendezvous.alpha);
  EXPECT_THROW(make_open_mpi_model(open_mpi_shared_memory(), open_mpi_shared_memory(), BytesPerSecond(0)),
               InputError);
}

std::unique_ptr<CollectiveModel> hierarchical(const char* system, int nodes) {
  topology::ClusterOptions options;
  options.nodes = nodes;
  return make_hierarchical_model(topology::load_cluster(system, options, DataCatalogue::embedded()));
}

// Two DGX H100: 18 links of 20.6 GB/s inside, 8 NICs of 50 GB/s. 1 GB: inside 2 x 7/8 GB / 370.8, between 2 x
// 1/2 GB / 400; 5 us each. Best case the longer one, worst their sum, nominal 0.4 of the gap below the worst.
TEST(Hierarchical, LiesBetweenOverlappedAndSerial) {
  const CollectiveTime time =
      hierarchical("dgx-h100", 2)->time(Collective::all_reduce, Bytes(1e9), {16, 2, 1});
  const double inside = 5e-6 + 1.75 / 370.8, between = 5e-6 + 1.0 / 400;
  EXPECT_NEAR(time.low.value(), inside, 1e-9);
  EXPECT_NEAR(time.high.value(), inside + between, 1e-9);
  EXPECT_NEAR(time.time.value(), inside + 0.6 * between, 1e-9);
  EXPECT_EQ(time.bottleneck, "NVLink");
}

// All-to-all: each GPU sends 7/16 of 1 GB inside; the node 8 x 8/16 = 4 GB out, which binds.
TEST(Hierarchical, AllToAllSendsWhatLeavesTheNode) {
  const CollectiveTime time =
      hierarchical("dgx-h100", 2)->time(Collective::all_to_all, Bytes(1e9), {16, 2, 1});
  EXPECT_NEAR(time.low.value(), 5e-6 + 4.0 / 400, 1e-9);
  EXPECT_NEAR(time.high.value(), 10e-6 + 4.0 / 400 + 0.4375 / 370.8, 1e-9);
  EXPECT_EQ(time.bottleneck, "NIC");
}

TEST(Hierarchical, OneNodeHasNoBounds) {
  const CollectiveTime time =
      hierarchical("dgx-h100", 1)->time(Collective::all_reduce, Bytes(1e9), {8, 1, 1});
  EXPECT_EQ(time.low, time.high);
  EXPECT_EQ(hierarchical("dgx-h100", 1)->time(Collective::all_reduce, Bytes(1e9), {1, 1, 1}).time,
            Seconds(0));
}

}  // namespace
}  // namespace scalesim::comm
