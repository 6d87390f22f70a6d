// libFuzzer entry for the reader of cluster files: whatever the bytes, it answers with a cluster or an
// InputError, and a cluster can be drawn.
#include <cstdint>
#include <string>

#include "core/error.h"
#include "report/drawing/machine.h"
#include "topology/capture/reading/reader.h"
#include "topology/cluster/cluster.h"
#include "topology/system/load_cluster.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace scalesim::topology;
  static const scalesim::DataCatalogue catalogue = scalesim::DataCatalogue::embedded();
  try {
    const Cluster cluster =
        cluster_of_files({{"fuzz.toml", {reinterpret_cast<const char*>(data), size}}}, {}, catalogue);
    constexpr int kMostDrawn = 64;
    if (cluster.gpus_per_node <= kMostDrawn) scalesim::report::svg_drawing(report_of(cluster.node));
  } catch (const scalesim::InputError&) {
  }
  return 0;
}
