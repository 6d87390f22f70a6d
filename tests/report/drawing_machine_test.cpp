// A captured machine for the eye: what its text, its picture and its graph must hold.
#include "report/drawing/machine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "topology/capture/reading/reader.h"
#include "topology/parts/gpu_catalogue.h"

namespace scalesim::report {
namespace {

using testing::HasSubstr;
using topology::MachineReport;

MachineReport read(const std::vector<std::string>& texts) {
  static const topology::GpuCatalogue gpus(DataCatalogue::embedded());
  std::vector<topology::FileText> files;
  for (const std::string& text : texts) files.emplace_back("file", text);
  return read_machine(files, gpus);
}

const std::string kTwoSockets =
    "\tGPU0\tGPU1\tNIC0\tCPU Affinity\tNUMA Affinity\nGPU0\t X \tSYS\tPHB\t0-7\t0\nGPU1\tSYS\t X "
    "\tSYS\t8-15\t1\nNIC0\tPHB\tSYS\t X\n";

TEST(Drawing, TextHoldsMatrixTreeRingAndFindings) {
  const std::string text = text_drawing(read({kTwoSockets}), false);
  for (const char* part : {"2 GPUs, 1 NIC", "gpu0   X ", "SYS ?", "NUMA node 0  cpus 0-7", "`- gpu1",
                           "ring 0-1: slowest hop gpu0-gpu1, SYS", "[nic-far]"})
    EXPECT_THAT(text, HasSubstr(part));
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_NE(text_drawing(read({kTwoSockets}), true).find('\x1b'), std::string::npos);
}

TEST(Drawing, PicturesHoldEveryDeviceOnceAndEscapeNames) {
  const MachineReport report = read({kTwoSockets, "GPU 0: <b>&\"x (UUID: GPU-0)\n"});
  const std::string svg = svg_drawing(report), dot = dot_drawing(report.machine);
  for (const char* part : {">GPU 0<", ">GPU 1<", ">NIC 0<", "&lt;b&gt;&amp;&quot;x"})
    EXPECT_THAT(svg, HasSubstr(part));
  EXPECT_EQ(svg.find("<b>"), std::string::npos);
  EXPECT_THAT(dot, HasSubstr("gpu1"));
  EXPECT_THAT(dot, HasSubstr("<b>&\\\"x"));
  EXPECT_THAT(dot, HasSubstr("inter_socket"));
}

TEST(Drawing, AMachineWithoutDevicesIsDrawnToo) {
  EXPECT_THAT(svg_drawing(MachineReport{}), HasSubstr("0 GPUs"));
  EXPECT_THAT(text_drawing(MachineReport{}, false), HasSubstr("no findings"));
}

}  // namespace
}  // namespace scalesim::report
