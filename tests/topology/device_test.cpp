// Devices by kind and number, and their texts.
#include "topology/machine/device.h"

#include <gtest/gtest.h>

namespace scalesim::topology {
namespace {

TEST(Device, TextIsReadBack) {
  for (const DeviceId& device : {DeviceId{ComponentKind::gpu, 0}, DeviceId{ComponentKind::nic, 12}})
    EXPECT_EQ(parse_device(to_text(device)), device);
  EXPECT_EQ(to_text(DeviceId{ComponentKind::nic, 3}), "nic3");
}

TEST(Device, OtherTextIsNoDevice) {
  for (const char* text : {"", "gpu", "gpu-1", "gpu 1", "cpu0", "nic3x", "gpu1234567890", "nvswitch0"})
    EXPECT_EQ(parse_device(text), std::nullopt) << text;
}

TEST(Device, GpusStandBeforeNicsAndBothByNumber) {
  EXPECT_LT((DeviceId{ComponentKind::gpu, 7}), (DeviceId{ComponentKind::nic, 0}));
  EXPECT_LT((DeviceId{ComponentKind::gpu, 2}), (DeviceId{ComponentKind::gpu, 10}));
}

}  // namespace
}  // namespace scalesim::topology
