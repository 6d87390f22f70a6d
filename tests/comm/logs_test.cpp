// Other tools' logs and our own JSON become samples; broken ones are refused with their line.
#include <gtest/gtest.h>

#include <filesystem>

#include "comm/logs/load_profile.h"
#include "comm/logs/log_reader.h"
#include "comm/profile/profile_json.h"
#include "core/error.h"
#include "core/file.h"

namespace scalesim::comm {
namespace {

constexpr const char* nccl_log = R"(# nThread 1 nGpus 2 minBytes 8 maxBytes 134217728 step: 2(factor)
# Using devices
#  Rank  0 Group  0 Pid   6151 on     node1 device  0 [0x01] NVIDIA A100-SXM4-80GB
#  Rank  1 Group  0 Pid   6151 on     node1 device  1 [0x25] NVIDIA A100-SXM4-80GB
#
#                                                              out-of-place                       in-place
#       size         count      type   redop    root     time   algbw   busbw #wrong     time   algbw   busbw #wrong
#        (B)    (elements)                               (us)  (GB/s)  (GB/s)            (us)  (GB/s)  (GB/s)
     1048576        262144     float     sum      -1    20.00   52.43   52.43      0    20.10   52.17   52.17      0
     2097152        524288     float     sum      -1    30.00   69.91   69.91      0    30.20   69.44   69.44      0
# Out of bounds values : 0 OK
)";

const LogReader& reader_for(const std::vector<std::unique_ptr<LogReader>>& readers, std::string_view text) {
  const LogReader* found = nullptr;
  for (const auto& reader : readers) {
    if (!reader->recognises(text)) continue;
    EXPECT_EQ(found, nullptr) << "two readers recognise the same log";
    found = reader.get();
  }
  EXPECT_NE(found, nullptr);
  return *found;
}

CommProfile read(std::string_view text) {
  const auto readers = make_logs();
  return reader_for(readers, text).read(text, "test.log");
}

TEST(Logs, ReadTheTableOfNcclTests) {
  const CommProfile profile = read(nccl_log);
  ASSERT_EQ(profile.samples.size(), 2u);
  EXPECT_EQ(profile.ranks, 2);
  EXPECT_EQ(profile.hosts, std::vector<std::string>{"node1"});
  EXPECT_EQ(profile.gpus, std::vector<std::string>{"NVIDIA A100-SXM4-80GB"});
  EXPECT_EQ(profile.samples[0].collective, Collective::all_reduce);  // busbw = algbw over 2 ranks
  EXPECT_NEAR(profile.samples[1].median.value(), 30e-6, 1e-12);
}

TEST(Logs, ReadTheTableThroughMpirunAndBeforeTheRootColumn) {
  const CommProfile profile = read(
      "[1,0]<stdout>:#  Rank  0 Pid   1 on  a device  0 [0x01] Tesla V100\n"
      "[1,0]<stdout>:#  Rank  1 Pid   2 on  b device  0 [0x01] Tesla V100\n"
      "[1,0]<stdout>:#  Rank  2 Pid   2 on  b device  1 [0x02] Tesla V100\n"
      "[1,0]<stdout>:#                                        out-of-place          in-place\n"
      "[1,0]<stdout>:#       size  count   type   redop     time   algbw   busbw  error     time   algbw   "
      "busbw  error\n"
      "[1,0]<stdout>:      1024   256   float   sum    10.00    0.10    0.136  1e-07    10.0  0.10  0.136  "
      "1e-07\n");
  ASSERT_EQ(profile.samples.size(), 1u);
  EXPECT_EQ(profile.samples[0].ranks, 3);
  EXPECT_EQ(profile.samples[0].nodes, 2);
  EXPECT_NEAR(profile.samples[0].median.value(), 10e-6, 1e-12);
  EXPECT_EQ(profile.samples[0].collective, Collective::all_reduce);  // 0.136 / 0.10 = 2 * 2/3
}

TEST(Logs, ReadTheJsonOfNcclTests) {
  const CommProfile profile =
      read(R"({"nccl_version": "2.27.3", "args": ["./build/all_gather_perf", "-b", "8"],
    "devices": [{"hostname": "n1", "device_name": "H100"}, {"hostname": "n2", "device_name": "H100"}],
    "results": [{"size": 1024, "count": 256, "out_of_place": {"time": 12.5, "alg_bw": 0.08, "bus_bw": 0.04, "nwrong": 0}}]})");
  ASSERT_EQ(profile.samples.size(), 1u);
  EXPECT_EQ(profile.samples[0].collective, Collective::all_gather);
  EXPECT_EQ(profile.samples[0].nodes, 2);
  EXPECT_NEAR(profile.samples[0].median.value(), 12.5e-6, 1e-12);
}

TEST(Logs, ReadOsuAndCountWholeBuffers) {
  const CommProfile reduce = read(
      "$ mpirun -np 8 osu_allreduce\n# OSU MPI Allreduce Latency Test v5.9\n# Size       Avg Latency(us)\n"
      "4        2.50\n1048576   900.00\n");
  ASSERT_EQ(reduce.samples.size(), 2u);
  EXPECT_EQ(reduce.samples[1].ranks, 8);
  EXPECT_EQ(reduce.samples[1].bytes, Bytes(1048576));
  // OSU's all-gather sizes are one rank's piece: 8 of them are the buffer.
  const CommProfile gather =
      read("# ranks: 8\n# OSU MPI Allgather Latency Test v5.9\n# Size Avg Latency(us)\n1024 50.0\n");
  EXPECT_EQ(gather.samples[0].bytes, Bytes(8192));
}

TEST(Logs, ReadImbBySlowestRank) {
  const CommProfile profile = read(
      "# Benchmarking Allreduce \n# #processes = 4 \n       #bytes #repetitions  t_min[usec]  t_max[usec]  "
      "t_avg[usec]\n"
      "            0         1000         0.03         0.04         0.03\n         1024         1000         "
      "5.00         6.00         5.50\n");
  ASSERT_EQ(profile.samples.size(), 1u);
  EXPECT_EQ(profile.samples[0].ranks, 4);
  EXPECT_NEAR(profile.samples[0].median.value(), 6e-6, 1e-12);
  EXPECT_EQ(profile.samples[0].repetitions, 1000);
}

TEST(Logs, NameTheLineThatWasCut) {
  const std::string cut = std::string(nccl_log).substr(0, std::string(nccl_log).find("69.91"));
  try {
    read(cut);
    FAIL() << "a cut log was accepted";
  } catch (const InputError& error) {
    EXPECT_EQ(error.place().line, 10);
    EXPECT_NE(error.message().find("algbw"), std::string::npos);
  }
}

TEST(Logs, SurviveEveryTruncation) {
  const std::string log = nccl_log;
  for (size_t length = 0; length < log.size(); ++length) {
    const std::string cut = log.substr(0, length);
    for (const auto& reader : make_logs()) {
      if (!reader->recognises(cut)) continue;
      try {
        EXPECT_FALSE(reader->read(cut, "cut.log").samples.empty());
      } catch (const InputError&) {
      }
    }
  }
}

// A run without in-place columns (only out-of-place was printed), named by its own header; #wrong is kept and
// said.
TEST(NcclTestsLog, ReadsTablesWithoutInPlaceAndCountsWrongResults) {
  const CommProfile profile = read(R"(# nccl-tests version 2.17.1
# Collective test starting: alltoall_perf
#  Rank  0 Group  0 Pid 1 on a device  0 [0000:8f:00] NVIDIA B200
#  Rank  1 Group  0 Pid 2 on b device  0 [0000:8f:00] NVIDIA B200
#
#       size         count      type   redop    root     time   algbw   busbw  #wrong
#        (B)    (elements)                               (us)  (GB/s)  (GB/s)
        1024           128     float    none      -1     8.72    0.12    0.06     N/A
     1048576        131072     float    none      -1    25.00   41.94   20.97       3
)");
  ASSERT_EQ(profile.samples.size(), 2u);
  EXPECT_EQ(profile.samples[0].collective, Collective::all_to_all);
  EXPECT_EQ(profile.samples[0].nodes, 2);
  EXPECT_EQ(profile.samples[0].wrong, 0);
  EXPECT_EQ(profile.samples[1].wrong, 3);
  ASSERT_EQ(profile.warnings.size(), 1u);
  EXPECT_NE(profile.warnings[0].find("3 elements"), std::string::npos);
}

TEST(NcclTestsLog, SaysThatItWasCutBeforeTheTable) {
  try {
    read(
        "# nThread 1 nGpus 2 minBytes 8 maxBytes 64 step: 2(factor)\n#  Rank  0 Group  0 Pid 1 on a device  "
        "0 [0x1] X\n"
        "#  Rank  1 Group  0 Pid 1 on a device  1 [0x2] X\n");
    FAIL() << "accepted";
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find("nccl-tests"), std::string::npos) << error.what();
  }
}

TEST(ProfileJson, ComesBackAsItWasWritten) {
  CommProfile profile = read(nccl_log);
  profile.environment["NCCL_ALGO"] = "Ring";
  profile.warnings = {"noisy"};
  profile.pairs = {
      {{0, 3, Seconds(2e-5), BytesPerSecond(1e9), BytesPerSecond(9e8)}, "hosta", "hostb", Bytes(4e6)}};
  profile.contention = {{"2 groups of one rank per host", 2, 4, Bytes(4e6), Seconds(0.01), Seconds(0.02)}};
  profile.samples.front().scope = "inter-node";
  profile.samples.front().estimate = Seconds(1e-3);
  const std::string text = profile_json(profile);
  const CommProfile again = parse_profile_json(text, "p.json");
  EXPECT_EQ(profile_json(again), text);
  ASSERT_EQ(again.pairs.size(), 1u);
  EXPECT_EQ(again.pairs[0].host_b, "hostb");
  EXPECT_EQ(again.pairs[0].backward, BytesPerSecond(9e8));
  ASSERT_EQ(again.contention.size(), 1u);
  EXPECT_EQ(again.contention[0].together, Seconds(0.02));
  EXPECT_EQ(again.samples.front().estimate, Seconds(1e-3));
  EXPECT_EQ(again.samples.size(), 2u);
  EXPECT_EQ(again.environment.at("NCCL_ALGO"), "Ring");
}

TEST(ProfileJson, NamesWhatIsWrong) {
  const auto message = [](const std::string& text) {
    try {
      parse_profile_json(text, "p.json");
    } catch (const InputError& error) {
      return std::string(error.what());
    }
    return std::string("accepted");
  };
  EXPECT_NE(message("{\"schema\": \"scalesim.profile/1\",").find("p.json:1"), std::string::npos);
  EXPECT_NE(message("{\"schema\": \"scalesim.plan/1\"}").find("scalesim.plan/1"), std::string::npos);
  EXPECT_NE(message("[]").find("object"), std::string::npos);
  EXPECT_NE(message(R"({"schema":"scalesim.profile/1","backend":"mpi","transport":"","ranks":2,
    "samples":[{"collective":"all_reduce","ranks":2,"bytes":-4,"median_s":1}]})")
                .find("samples[0]"),
            std::string::npos);
}

TEST(LoadProfile, TellsFormatsApartByContent) {
  const std::string path = (std::filesystem::path(testing::TempDir()) / "scalesim_logs_test.log").string();
  write_file(path, nccl_log);
  EXPECT_EQ(load_profile(path).samples.size(), 2u);
  write_file(path, profile_json(read(nccl_log)));
  EXPECT_EQ(load_profile(path).samples.size(), 2u);
  write_file(path, "GPU0 GPU1\n X NV12\n");
  EXPECT_THROW(load_profile(path), InputError);
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace scalesim::comm
