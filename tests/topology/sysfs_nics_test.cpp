// RDMA adapters from a made-up /sys/class/infiniband.
#include "topology/probe/sysfs_nics.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace scalesim::topology {
namespace {

namespace fs = std::filesystem;

void write(const fs::path& path, const std::string& text) {
  fs::create_directories(path.parent_path());
  std::ofstream(path) << text << "\n";
}

// 200 Gb/s on an active port is 25 GB/s; a port that is down has no rate; node -1 is not known.
TEST(SysfsNics, ReadsStateRateAndNode) {
  const fs::path folder = fs::path(testing::TempDir()) / "scalesim_sysfs_nics";
  fs::remove_all(folder);
  write(folder / "mlx5_0/ports/1/state", "4: ACTIVE");
  write(folder / "mlx5_0/ports/1/rate", "200 Gb/sec (4X HDR)");
  write(folder / "mlx5_0/ports/1/link_layer", "InfiniBand");
  write(folder / "mlx5_0/device/numa_node", "1");
  write(folder / "mlx5_1/ports/1/state", "1: DOWN");
  write(folder / "mlx5_1/ports/1/rate", "10 Gb/sec (4X)");
  write(folder / "mlx5_1/device/numa_node", "-1");
  const std::vector<NicReading> nics = sysfs_nics(folder.string());
  fs::remove_all(folder);
  ASSERT_EQ(nics.size(), 2u);
  EXPECT_EQ(nics[0].name, "mlx5_0");
  EXPECT_EQ(nics[0].up, true);
  EXPECT_EQ(nics[0].rate, BytesPerSecond(25e9));
  EXPECT_EQ(nics[0].numa, "1");
  EXPECT_EQ(nics[0].layer, "InfiniBand");
  EXPECT_EQ(nics[1].up, false);
  EXPECT_EQ(nics[1].rate, std::nullopt);
  EXPECT_EQ(nics[1].numa, std::nullopt);
}

TEST(SysfsNics, AMachineWithoutRdmaHasNone) { EXPECT_TRUE(sysfs_nics("/nonexistent/infiniband").empty()); }

}  // namespace
}  // namespace scalesim::topology
