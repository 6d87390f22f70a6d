// The topology document: its contract, and that reading it back gives the same document.
#include "report/json/topology_json.h"
#include "core/toml.h"
#include "topology/parts/gpu_catalogue.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "topology/capture/reading/reader.h"

namespace scalesim::report {
namespace {

using nlohmann::json;

topology::MachineReport read(const std::string& text) {
  return topology::read_machine({{"sample", text}}, topology::GpuCatalogue(DataCatalogue::embedded()));
}

const std::string kMatrix =
    "\tGPU0\tGPU1\tNIC0\tCPU Affinity\tNUMA Affinity\n"
    "GPU0\t X \tNV12\tPIX\t0-7\t0,2\nGPU1\tNV12\t X \tSYS\t8-15\t1\nNIC0\tPIX\tSYS\t X\n\nNIC Legend:\n\n  "
    "NIC0: mlx5_0\n";

TEST(TopologyJson, FollowsTheContract) {
  const json document = json::parse(topology_json(read(kMatrix)));
  EXPECT_EQ(document["schema"], "scalesim.topology/1");
  EXPECT_EQ(document["gpus"][0]["index"], 0);
  EXPECT_EQ(document["gpus"][0]["name"], nullptr);
  EXPECT_EQ(document["gpus"][0]["cpus"], "0-7");
  EXPECT_EQ(document["gpus"][0]["numa"], "0,2");  // a set stays text
  EXPECT_EQ(document["gpus"][1]["numa"], 1);      // one number is a number
  EXPECT_EQ(document["nics"][0]["name"], "mlx5_0");
  ASSERT_EQ(document["links"].size(), 3u);  // each unordered pair once
  EXPECT_EQ(document["links"][0],
            json({{"a", "gpu0"}, {"b", "gpu1"}, {"class", "NV"}, {"count", 12}, {"bandwidth", nullptr}}));
  EXPECT_EQ(document["links"][2]["class"], "SYS");
  EXPECT_EQ(document["links"][2]["count"], nullptr);
  EXPECT_TRUE(document["findings"].is_array());
  EXPECT_TRUE(document["warnings"].is_array());
}

TEST(TopologyJson, ReadsBackToTheSameDocument) {
  const std::string xml =
      "<system version=\"1\"><cpu numaid=\"0\" affinity=\"0000000f\" arch=\"x86_64\" vendor=\"GenuineIntel\" "
      "modelid=\"85\">"
      "<pci busid=\"0000:18:00.0\" class=\"0x060400\" link_speed=\"16 GT/s\" link_width=\"16\">"
      "<pci busid=\"0000:1a:00.0\" class=\"0x030200\" link_speed=\"16 GT/s\" link_width=\"16\"><gpu "
      "dev=\"0\" sm=\"80\"><nvlink target=\"0000:1b:00.0\" count=\"2\" tclass=\"0x030200\"/></gpu></pci>"
      "<pci busid=\"0000:1b:00.0\" class=\"0x030200\" link_speed=\"16 GT/s\" link_width=\"16\"><gpu "
      "dev=\"1\" sm=\"80\"><nvlink target=\"0000:1a:00.0\" count=\"2\" tclass=\"0x030200\"/></gpu></pci>"
      "<pci busid=\"0000:1c:00.0\" class=\"0x020700\" link_speed=\"16 GT/s\" link_width=\"16\"><nic><net "
      "name=\"mlx5_0\" dev=\"0\" speed=\"200000\"/></nic></pci>"
      "</pci></cpu><cpu numaid=\"1\" vendor=\"GenuineIntel\" modelid=\"85\"/></system>";
  for (const std::string& text :
       {kMatrix, xml,
        std::string("GPU 0: NVIDIA H200 (UUID: GPU-1)\n\t Link 0: 26.562 GB/s\n\t Link 1: <inactive>\n")}) {
    const std::string document = topology_json(read(text));
    EXPECT_EQ(topology_json(read(document)), document);
  }
}

TEST(TopologyJson, DamagedDocumentsNameThePlace) {
  const auto error_of = [](const std::string& text) {
    try {
      read(text);
    } catch (const InputError& wrong) {
      return std::string(wrong.what());
    }
    return std::string("no error");
  };
  EXPECT_NE(
      error_of(R"({"schema": "scalesim.topology/1", "gpus": [{"index": -1}]})").find("gpus[0].index is -1"),
      std::string::npos);
  EXPECT_NE(error_of(R"({"schema": "scalesim.topology/2", "gpus": []})").find("schema"), std::string::npos);
  EXPECT_NE(error_of(R"({"schema": "scalesim.topology/1", "gpus": [)").find("damaged or cut"),
            std::string::npos);
  EXPECT_NE(
      error_of(
          R"({"schema": "scalesim.topology/1", "gpus": [{"index": 0}], "links": [{"a": "gpu0", "b": "cpu1", "class": "PIX"}]})")
          .find("links[0].b"),
      std::string::npos);
}

}  // namespace
}  // namespace scalesim::report
