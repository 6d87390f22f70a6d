// Several captures of one machine: what is filled in, what is the same thing in other words, and what
// contradicts.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "topology/capture/reading/reader.h"
#include "topology/parts/gpu_catalogue.h"

namespace scalesim::topology {
namespace {

using testing::HasSubstr;

MachineReport read(const std::vector<std::string>& texts) {
  static const GpuCatalogue gpus(DataCatalogue::embedded());
  std::vector<FileText> files;
  for (const std::string& text : texts) files.emplace_back(fmt::format("file {}", files.size() + 1), text);
  return read_machine(files, gpus);
}

/// nvidia-smi --query-gpu: these columns of one GPU, or of several rows.
std::string query(const std::string& columns, const std::string& rows) {
  return columns + "\n" + rows + "\n";
}

std::vector<std::string> contradictions(const MachineReport& report) {
  std::vector<std::string> texts;
  for (const Finding& finding : report.findings)
    if (finding.code == "contradiction") texts.push_back(finding.text);
  return texts;
}

struct Row {
  const char* column;
  const char* first;
  const char* second;
  bool contradicts;
};

// States of the moment may differ, facts may not; numbers within 2 % are one and the same.
const Row rows[] = {{"memory.total", "81920 MiB", "40960 MiB", true},
                    {"memory.total", "81920 MiB", "81559 MiB", false},  // 0.4 %
                    {"memory.total", "100000 MiB", "98100 MiB", false},
                    {"memory.total", "100000 MiB", "97900 MiB", true},
                    {"pcie.link.gen.max", "4", "3", true},
                    {"pcie.link.gen.max", "4", "4", false},
                    {"pcie.link.gen.current", "4", "1", false},
                    {"pcie.link.width.max", "16", "8", true},
                    {"pcie.link.width.current", "16", "8", false},
                    {"mig.mode.current", "Enabled", "Disabled", true},
                    {"persistence_mode", "Enabled", "Disabled", true},
                    {"ecc.mode.current", "Enabled", "Disabled", true},
                    {"power.limit", "400 W", "300 W", true},
                    {"power.draw", "400 W", "60 W", false},
                    {"pstate", "P0", "P8", false},
                    {"utilization.gpu", "100 %", "0 %", false},
                    {"compute_cap", "8.0", "9.0", true},
                    {"mig.mode.current", "Enabled", "[N/A]", false}};

TEST(Merge, FactsMustAgreeStatesOfTheMomentNeedNot) {
  for (const Row& row : rows) {
    const std::string columns = std::string("index, name, ") + row.column;
    const MachineReport report =
        read({query(columns, std::string("0, NVIDIA A100-SXM4-80GB, ") + row.first),
              query(columns, std::string("0, NVIDIA A100-SXM4-80GB, ") + row.second)});
    EXPECT_EQ(!contradictions(report).empty(), row.contradicts)
        << row.column << ' ' << row.first << ' ' << row.second;
    EXPECT_EQ(report.gpus.size(), 1u);
  }
}

TEST(Merge, AContradictionNamesTheGpuTheFactAndTheFile) {
  const std::string columns = "index, name, mig.mode.current";
  const MachineReport report = read({query(columns, "3, NVIDIA A100-SXM4-80GB, Enabled"),
                                     query(columns, "3, NVIDIA A100-SXM4-80GB, Disabled")});
  ASSERT_EQ(contradictions(report).size(), 1u);
  EXPECT_EQ(contradictions(report)[0], "GPU 3: MIG mode is on in one file and off in file 2");
  EXPECT_EQ(report.gpus[0].mig, true);  // the first file is believed
}

// Tables cut names with dots and old drivers leave the vendor out.
TEST(Merge, NamesMayBeCut) {
  const auto names = [](const std::string& a, const std::string& b) {
    return read({query("index, name", "0, " + a), query("index, name", "0, " + b)});
  };
  EXPECT_TRUE(contradictions(names("NVIDIA A100-SXM...", "NVIDIA A100-SXM4-80GB")).empty());
  EXPECT_EQ(names("NVIDIA A100-SXM...", "NVIDIA A100-SXM4-80GB").gpus[0].name, "NVIDIA A100-SXM4-80GB");
  EXPECT_EQ(names("NVIDIA A100-SXM4-80GB", "NVIDIA A100-SXM...").gpus[0].name, "NVIDIA A100-SXM4-80GB");
  EXPECT_TRUE(contradictions(names("A100-SXM4-80GB", "NVIDIA A100-SXM4-80GB")).empty());
  EXPECT_EQ(contradictions(names("NVIDIA A30", "NVIDIA A40")).size(), 1u);
  EXPECT_EQ(contradictions(names("NVIDIA H100...", "NVIDIA A100-SXM4-80GB")).size(), 1u);
}

// The same UUID is the same GPU, whatever number a file gives it; facts of both come together.
TEST(Merge, GpusAreKnownByTheirUuid) {
  const MachineReport report = read(
      {query("index, name, uuid, pstate", "0, NVIDIA A30, GPU-a, P0\n1, NVIDIA A30, GPU-b, P1"),
       query("index, name, uuid, power.limit", "0, NVIDIA A30, GPU-b, 165 W\n1, NVIDIA A30, GPU-a, 150 W")});
  ASSERT_EQ(report.gpus.size(), 2u);
  EXPECT_EQ(report.gpus[0].uuid, "GPU-a");
  EXPECT_EQ(report.gpus[0].performance_state, 0);
  EXPECT_EQ(report.gpus[0].power_limit, Watts(150));
  EXPECT_EQ(report.gpus[1].power_limit, Watts(165));
  EXPECT_TRUE(contradictions(report).empty());
}

TEST(Merge, AFileWithMoreGpusIsOfAnotherState) {
  const MachineReport report = read({query("index, name", "0, NVIDIA A30"),
                                     query("index, name", "0, NVIDIA A30\n5, NVIDIA A30\n7, NVIDIA A30")});
  ASSERT_EQ(report.gpus.size(), 3u);
  ASSERT_EQ(contradictions(report).size(), 1u);
  EXPECT_EQ(contradictions(report)[0], "file 2 names 2 GPUs that the files before it do not, GPU 5 first");
  EXPECT_EQ(report.gpus[2].index, 7);
}

std::string matrix(const std::string& cell) {
  return "\tGPU0\tGPU1\tGPU2\nGPU0\t X \t" + cell + "\tPHB\nGPU1\t" + cell +
         "\t X \tPHB\nGPU2\tPHB\tPHB\t X \n";
}

// One finding for all pairs that differ, with the first of them.
TEST(Merge, MatricesMustShowTheSame) {
  EXPECT_TRUE(contradictions(read({matrix("NV4"), matrix("NV4")})).empty());
  EXPECT_THAT(contradictions(read({matrix("NV4"), matrix("NV2")})),
              testing::ElementsAre("gpu0 to gpu1 is NV4 in one matrix and NV2 in file 2"));
  const std::string other =
      "\tGPU0\tGPU1\tGPU2\nGPU0\t X \tSYS\tSYS\nGPU1\tSYS\t X \tPHB\nGPU2\tSYS\tPHB\t X \n";
  EXPECT_THAT(
      contradictions(read({matrix("PIX"), other})),
      testing::ElementsAre("gpu0 to gpu1 is PIX in one matrix and SYS in file 2, and 1 more pairs differ"));
}

std::string port(const std::string& name, const std::string& rate) {
  return "CA '" + name + "'\nPort 1:\nState: Active\nPhysical state: LinkUp\nRate: " + rate +
         "\nLink layer: Ethernet\n";
}

// ibstat sorts as text; ports of one adapter add up, and 100 Gb/s are 12.5 GB/s.
TEST(Merge, AdaptersAreNumberedByTheirNamesNumber) {
  const MachineReport report = read({port("mlx5_10", "200") + port("mlx5_2", "100")});
  ASSERT_EQ(report.nics.size(), 2u);
  EXPECT_EQ(report.nics[0].name, "mlx5_2");
  EXPECT_EQ(report.nics[0].rate, BytesPerSecond(12.5e9));
  EXPECT_EQ(report.nics[1].rate, BytesPerSecond(25e9));
  EXPECT_EQ(report.nics[1].layer, "Ethernet");
  const MachineReport two_ports =
      read({port("mlx5_0", "100") + "Port 2:\nState: Active\nPhysical state: LinkUp\nRate: 200\n"});
  EXPECT_EQ(two_ports.nics[0].rate, BytesPerSecond(37.5e9));
}

TEST(Merge, AdaptersMustAgreeToo) {
  EXPECT_TRUE(contradictions(read({port("mlx5_0", "100"), port("mlx5_0", "100")})).empty());
  ASSERT_EQ(contradictions(read({port("mlx5_0", "100"), port("mlx5_0", "200")})).size(), 1u);
  EXPECT_THAT(contradictions(read({port("mlx5_0", "100"), port("mlx5_0", "200")}))[0],
              HasSubstr("mlx5_0: the line rate is 12.5 GB/s"));
}

// A NIC of another name than the known ones is a new one, and nobody knows where it is plugged in.
TEST(Merge, ANicThatTheWiringLacksIsANote) {
  const MachineReport report = read({port("mlx5_0", "100"), port("mlx5_1", "100")});
  EXPECT_EQ(report.nics.size(), 2u);
  EXPECT_EQ(report.nics[1].index, 1);
  bool noted = false;
  for (const Finding& finding : report.findings) noted = noted || finding.code == "nic-not-in-matrix";
  EXPECT_TRUE(noted);
}

}  // namespace
}  // namespace scalesim::topology
